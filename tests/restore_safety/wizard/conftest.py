"""A draft of the operator's with policies to choose from, and evidence that speaks for it."""

import re
from html import unescape

import pytest

from operations.models import OperationRun
from restore_safety.models import Decision, RestoreDraft, Severity
from restore_safety.policies.plan import plan_hash
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.scope import ScopeMode
from tenants.models import Verification
from tests.operations.factories import OperationRunFactory
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import (
    NOW,
    DraftFactory,
    EvidenceFactory,
    FindingFactory,
    PlanItemFactory,
)
from tests.tenants.sign_in.conftest import directory  # noqa: F401 -- a fixture


@pytest.fixture
def backup_set(tenant):
    made = BackupSetFactory(tenant=tenant, label="Nightly backup", item_count=3)
    for number in (1, 2, 3):
        BackupItemFactory(backup_set=made, name=f"Policy {number}")
    return made


@pytest.fixture
def draft(tenant, operator, backup_set, connection):
    connection.verification = Verification.VERIFIED
    connection.last_verified_at = NOW
    connection.save()
    return DraftFactory(tenant=tenant, owner=operator, backup_set=backup_set)


@pytest.fixture
def captured(draft):
    """`captured(kind)`: that evidence, complete, for the draft's scope as it stands."""

    def capture(kind, **facts):
        fresh = RestoreDraft.objects.get(pk=draft.pk)
        facts = {"plan_hash": "", "writes": 0} | facts if kind is EvidenceKind.CHECKS else facts
        made = EvidenceFactory(draft=fresh, kind=kind, **facts)
        if kind is EvidenceKind.PREVIEW and made.state == CaptureState.COMPLETE:
            _plan(made)
        return made

    return capture


@pytest.fixture
def proven(captured):
    """Checks with one warning and a preview, both for the draft's scope as it stands."""
    checks = captured(EvidenceKind.CHECKS, warnings=1)
    FindingFactory(evidence=checks, severity=Severity.WARNING)
    return checks, captured(EvidenceKind.PREVIEW)


@pytest.fixture
def under_way(captured, tenant):
    """Checks being captured."""
    run = OperationRunFactory(tenant=tenant, kind="checks", progress_note="Reading policies")
    return captured(
        EvidenceKind.CHECKS,
        state=CaptureState.CAPTURING,
        completed_at=None,
        operation_run=OperationRun.objects.get(pk=run.pk),
    )


class Desk:
    """The operator's browser over one draft."""

    def __init__(self, browser, draft):
        self.browser = browser
        self.draft = draft

    @property
    def items(self):
        return list(self.draft.backup_set.items.order_by("position"))

    @property
    def selected(self):
        return {str(pk) for pk in self.draft.selected_items.values_list("pk", flat=True)}

    @property
    def seen(self):
        """The fingerprint that a page of the draft shows now."""
        return fingerprint_of(RestoreDraft.objects.get(pk=self.draft.pk).to_truth())

    def address(self, step):
        return f"/restores/drafts/{self.draft.pk}/{step}/"

    def posted(self, step, **changes):
        """What the page of a step would post, with these changes."""
        values = {
            f"draft-{self.draft.pk}-current_step": step,
            "action": "continue",
            "seen": self.seen,
        }
        if step == "scope":
            values |= {
                "scope-mode": ScopeMode.ALL,
                "scope-conflict_policy": "update",
                "scope-assignment_mode": "replace",
                "scope-include_foundations": "on",
            }
        return values | changes

    def get(self, step, **kwargs):
        return self.browser.get(self.address(step), **kwargs)

    def page(self, step):
        return self.get(step).content.decode()

    def post(self, step, **changes):
        return self.browser.post(self.address(step), self.posted(step, **changes))

    def agree(self, asked):
        """Press the button of a page that asked before saving."""
        page = asked.content.decode()
        form = page[page.index('id="agreement"') :]
        values = {}
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
            values.setdefault(name, []).append(unescape(value))
        action = re.search(r'name="action" value="([^"]*)"', form).group(1)
        return self.browser.post(
            self.address(asked.context["page"].step), values | {"action": unescape(action)}
        )


@pytest.fixture
def desk(sign_in, operator, draft):
    return Desk(sign_in(operator), draft)


def _plan(preview):
    for position, item in enumerate(preview.draft.resolved_items().order_by("position"), 1):
        PlanItemFactory(
            evidence=preview, backup_item=item, position=position, decision=Decision.CREATE
        )
    preview.plan_hash = plan_hash(preview.plan.order_by("position"))
    preview.save(update_fields=["plan_hash"])
