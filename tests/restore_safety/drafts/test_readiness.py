from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from restore_safety.drafts.readiness import draft_status
from restore_safety.models import RestoreDraft, RestoreRun
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.safety import GateCode
from restore_safety.wizard.pages.frame import draft_page
from tenants.access.service import bootstrap_role
from tenants.models.capabilities import Role
from tests.factories import ProviderConnectionFactory, TenantFactory
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import DraftFactory, EvidenceFactory, RestoreRunFactory

CHECKS, PREVIEW = EvidenceKind.CHECKS, EvidenceKind.PREVIEW


@pytest.fixture
def draft(tenant, operator):
    backup_set = BackupSetFactory(tenant=tenant, item_count=1)
    BackupItemFactory(backup_set=backup_set)
    return DraftFactory(tenant=tenant, owner=operator, backup_set=backup_set)


def _age_gate(draft, longest):
    draft.tenant.max_evidence_age = longest
    draft.tenant.save()
    draft = RestoreDraft.objects.select_related("tenant", "backup_set").get(pk=draft.pk)
    status = draft_status(draft=draft, actor=draft.owner, now=timezone.now())
    gates = status.assessment.execution.gates
    return next(gate for gate in gates if gate.code is GateCode.EVIDENCE_AGE)


def _captured(draft, kind, age):
    then = timezone.now() - age
    EvidenceFactory(draft=draft, kind=kind, started_at=then, completed_at=then)


@pytest.mark.parametrize(
    ("ages", "too_old", "what_to_run"),
    [
        ({CHECKS: 3, PREVIEW: 1}, (CHECKS,), "run the checks again."),
        ({CHECKS: 1, PREVIEW: 3}, (PREVIEW,), "run the preview again."),
        ({CHECKS: 3, PREVIEW: 3}, (CHECKS, PREVIEW), "run the checks and the preview again."),
        ({CHECKS: 1}, (PREVIEW,), "run the preview again."),
    ],
    ids=["checks", "preview", "both", "never"],
)
def test_a_refused_age_says_which_evidence_is_too_old(draft, ages, too_old, what_to_run):
    for kind, hours in ages.items():
        _captured(draft, kind, timedelta(hours=hours))

    gate = _age_gate(draft, timedelta(hours=2))

    assert (gate.passed, gate.too_old) == (False, too_old)
    assert gate.reason == f"This tenant takes no evidence older than 2 hours: {what_to_run}"


@pytest.mark.parametrize("longest", [None, timedelta(hours=2)])
def test_evidence_within_the_longest_age_passes(draft, longest):
    for kind in EvidenceKind:
        _captured(draft, kind, timedelta(hours=1))

    gate = _age_gate(draft, longest)

    assert (gate.passed, gate.too_old) == (True, ())


@pytest.mark.parametrize(
    ("longest", "said"),
    [
        (timedelta(milliseconds=1), "a second"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(minutes=90), "1 hour and 30 minutes"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=2, hours=1, seconds=5), "2 days and 1 hour"),
    ],
)
def test_the_longest_age_is_told_in_words(draft, longest, said):
    assert f"no evidence older than {said}: run" in _age_gate(draft, longest).reason


@pytest.fixture
def restored_into(draft, connection):
    """A restore of another tenant into the draft's directory, unless another one is named."""

    def make(tenant, *, directory_id=connection.directory_id, **values):
        ProviderConnectionFactory(tenant=tenant, directory_id=directory_id)
        return RestoreRunFactory(
            tenant=tenant, cloud="emulator", directory_id=directory_id, running=True, **values
        )

    return make


def _lock(draft):
    """The gate as it is told to the draft's owner, and where the page leads from there."""
    status = draft_status(draft=draft, actor=draft.owner, now=timezone.now())
    gates = status.assessment.execution.gates
    return next(gate for gate in gates if gate.code is GateCode.LOCK)


def test_restore_of_a_tenant_of_another_workspace_holds_the_directory_and_says_no_more(
    draft, other_tenant, restored_into
):
    run = restored_into(other_tenant)

    gate = _lock(draft)
    page = draft_page(draft=draft, actor=draft.owner, step="confirm", now=timezone.now())

    assert (gate.passed, gate.reason) == (
        False,
        "Another restore into this directory is not finished yet.",
    )
    assert run.operation_run.get_absolute_url() not in str(page.next)


def test_restore_of_a_tenant_one_may_see_is_named(draft, restored_into):
    neighbour = TenantFactory(workspace=draft.tenant.workspace, name="Contoso again")
    bootstrap_role(user=draft.owner, tenant=neighbour, role=Role.AUDITOR)
    run = restored_into(neighbour)

    assert _lock(draft).reason == (
        f"A restore of Contoso again, which is the same directory, started by {run.requested_by}, "
        "is not finished yet."
    )


@pytest.mark.parametrize("is_elsewhere", [True, False])
def test_neither_another_directory_nor_a_dry_run_holds_it(
    draft, other_tenant, restored_into, is_elsewhere
):
    if is_elsewhere:
        restored_into(other_tenant, directory_id=uuid4())
    else:
        restored_into(other_tenant, is_dry_run=True)

    assert RestoreRun.objects.live().exists()
    assert _lock(draft).passed
