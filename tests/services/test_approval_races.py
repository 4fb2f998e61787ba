"""Approving a restore while another person changes it, and two people who decide at once."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from restore_safety.drafts import service as drafts
from restore_safety.drafts.service import DraftSubmittedError, ScopeChoices
from restore_safety.execution import approval_requests, gate
from restore_safety.execution.approval_requests import DecisionRefusedError, status_of_request
from restore_safety.execution.gate import RestoreRefusedError
from restore_safety.models import ApprovalRequest, RestoreDraft, RestoreRun
from restore_safety.truth.four_eyes import ApprovalState
from restore_safety.truth.scope import ConflictPolicy
from tenants.models import AuditEvent, Verification
from tests.factories import ProviderConnectionFactory
from tests.restore_safety.execution.scene import CATALOG, SECRET, Scene, catalog

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(
        os.environ.get("RESTORE_SAFETY_SERVICES") != "1",
        reason="needs PostgreSQL and Redis: run make services-test",
    ),
]
ROUNDS = range(6)


@pytest.fixture
def scene(transactional_db, settings, emulator, tenant, operator):
    settings.GRAPH_EMULATOR_URL = emulator.url
    tenant.needs_approval = True
    tenant.save()
    provider = ProviderConnectionFactory(
        tenant=tenant,
        directory_id=uuid.uuid4(),
        secret=SECRET,
        verification=Verification.VERIFIED,
        last_verified_at=timezone.now(),
    )
    with emulator.control as control:
        made = Scene(control=control, connection=provider, tenant=tenant, operator=operator)
        made.fill()
        yield made


@pytest.fixture
def draft(scene):
    return scene.capture(scene.draft((CATALOG, catalog())))


@pytest.fixture
def asked(scene, draft):
    now = timezone.now()
    return approval_requests.ask(
        actor=scene.operator,
        draft=draft,
        confirmation=scene.confirmation(draft),
        authenticated_at=now,
        now=now,
    )


def at_once(*acts):
    """Do all of it at the same moment; what each came to, a refusal as itself."""
    start = Barrier(len(acts))

    def carried_out(act):
        start.wait()
        try:
            return act()
        except (DecisionRefusedError, RestoreRefusedError, DraftSubmittedError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(carried_out, acts))


def decide(request, actor, *, approve=True):
    now = timezone.now()
    approval_requests.decide(
        actor=actor,
        request=ApprovalRequest.objects.get(pk=request.pk),
        approve=approve,
        reason="Looked at it",
        authenticated_at=now,
        now=now,
    )


def change(scene, draft):
    return drafts.change_scope(
        actor=scene.operator,
        draft=RestoreDraft.objects.get(pk=draft.pk),
        choices=ScopeChoices(conflict_policy=ConflictPolicy.COPY),
        now=timezone.now(),
    )


def queue(scene, draft, confirmation):
    now = timezone.now()
    return gate.queue_restore(
        actor=scene.operator,
        draft=RestoreDraft.objects.get(pk=draft.pk),
        confirmation=confirmation,
        authenticated_at=now,
        now=now,
    )


def state(request):
    return status_of_request(ApprovalRequest.objects.get(pk=request.pk), now=timezone.now()).state


@pytest.mark.parametrize("_round", ROUNDS)
def test_approval_given_while_the_scope_changes_starts_nothing(
    scene, draft, asked, manager, _round
):
    confirmation = scene.confirmation(draft)

    decision, _ = at_once(lambda: decide(asked, manager), lambda: change(scene, draft))

    assert state(asked) is ApprovalState.VOID
    assert decision is None or str(decision).startswith("Void")
    # Neither as it was confirmed before, nor confirmed anew as it is now.
    for sent in (confirmation, scene.confirmation(draft)):
        with pytest.raises(RestoreRefusedError):
            queue(scene, draft, sent)
    assert not RestoreRun.objects.exists()


@pytest.mark.parametrize("_round", ROUNDS)
def test_restore_queued_while_the_scope_changes_is_what_was_approved(
    scene, draft, asked, manager, _round
):
    decide(asked, manager)
    confirmation = scene.confirmation(draft)

    run, changed = at_once(lambda: queue(scene, draft, confirmation), lambda: change(scene, draft))

    if isinstance(run, RestoreRun):
        assert isinstance(changed, DraftSubmittedError)
        assert (run.approval_id, run.fingerprint) == (asked.pk, asked.fingerprint)
        assert state(asked) is ApprovalState.USED
    else:
        assert not RestoreRun.objects.exists()
        assert state(asked) is ApprovalState.VOID


@pytest.mark.parametrize("second_approves", [True, False])
@pytest.mark.parametrize("_round", ROUNDS)
def test_two_decisions_at_once_are_one(asked, manager, owner, second_approves, _round):
    answers = at_once(
        lambda: decide(asked, manager), lambda: decide(asked, owner, approve=second_approves)
    )

    (refusal,) = [answer for answer in answers if answer is not None]
    assert isinstance(refusal, DecisionRefusedError)
    asked.refresh_from_db()
    first = manager if answers[0] is None else owner
    assert asked.decided_by == first
    decided = AuditEvent.objects.filter(action__in=["restore.approved", "restore.rejected"])
    assert [event.actor for event in decided] == [first]


@pytest.mark.parametrize("_round", ROUNDS)
def test_request_withdrawn_while_it_is_approved_is_one_of_both(scene, asked, manager, _round):
    decision, withdrawn = at_once(
        lambda: decide(asked, manager),
        lambda: approval_requests.withdraw(
            actor=scene.operator,
            request=ApprovalRequest.objects.get(pk=asked.pk),
            now=timezone.now(),
        ),
    )

    assert withdrawn is (decision is not None)
    assert state(asked) is (ApprovalState.WITHDRAWN if withdrawn else ApprovalState.APPROVED)
