"""The life of a draft: who may change it, what its ledger keeps, and which evidence speaks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from operations.models import OperationRun, RunOutcome, RunStatus
from restore_safety.drafts import capture_records
from restore_safety.drafts import service as drafts
from restore_safety.drafts.capture_records import EmptyScopeError
from restore_safety.drafts.service import (
    Consent,
    DraftDiscardedError,
    DraftInUseError,
    DraftSubmittedError,
    NotAgreedError,
    ScopeChoices,
)
from restore_safety.models import BackupItem, CapturedEvidence, RestoreDraft
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.integrity import IntegrityState
from restore_safety.truth.ledger import ChangeCause
from restore_safety.truth.scope import AssignmentMode, ConflictPolicy, ScopeMode
from tenants.access.service import AccessDeniedError
from tenants.models import AuditEvent
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import RestoreRunFactory

NOW = timezone.now()


@pytest.fixture
def backup_set(tenant):
    made = BackupSetFactory(tenant=tenant, item_count=3)
    BackupItemFactory.create_batch(2, backup_set=made)
    BackupItemFactory(backup_set=made, contract_key="assignmentFilters")
    return made


@pytest.fixture
def draft(operator, tenant, backup_set):
    opened = drafts.open_draft(actor=operator, tenant=tenant, now=NOW)
    change(opened, backup_set=backup_set)
    opened.changes.all().delete()
    return opened


def change(draft, actor=None, consent=None, **choices):
    made = drafts.change_scope(
        actor=actor or draft.owner,
        draft=draft,
        choices=ScopeChoices(**choices),
        now=NOW,
        consent=consent,
    )
    draft.refresh_from_db()
    return [(line.field, line.cause) for line in made]


def queue(draft, kind=EvidenceKind.CHECKS, **changes):
    said = {"actor": draft.owner, "draft": draft, "kind": kind, "title": "Checks", "now": NOW}
    return capture_records.queue_capture(**said | changes)


def complete(evidence, **facts):
    assert capture_records.complete_capture(
        evidence=evidence, now=NOW + timedelta(seconds=1), plan_hash="sha256:1", **facts
    )
    return evidence


def state_of(draft, kind=EvidenceKind.CHECKS):
    return drafts.evidence_status(draft=draft, kind=kind, scope=draft.to_truth()).integrity.state


def test_a_draft_belongs_to_who_opened_it(operator, tenant):
    draft = drafts.open_draft(actor=operator, tenant=tenant, now=NOW)

    assert (draft.owner, draft.tenant, draft.submitted_at) == (operator, tenant, None)
    assert AuditEvent.objects.get(action="restore_draft.opened").subject == (
        f"restore_draft:{draft.pk}"
    )


@pytest.mark.parametrize("act", ["open", "change", "queue", "discard"])
def test_who_may_only_look_may_not_prepare(draft, auditor, tenant, act):
    acts = {
        "open": lambda: drafts.open_draft(actor=auditor, tenant=tenant, now=NOW),
        "change": lambda: change(draft, auditor, assignment_mode=AssignmentMode.LEAVE),
        "queue": lambda: queue(draft, actor=auditor),
        "discard": lambda: drafts.discard(actor=auditor, draft=draft),
    }

    with pytest.raises(AccessDeniedError):
        acts[act]()

    assert (RestoreDraft.objects.count(), draft.changes.count()) == (1, 0)


@pytest.mark.parametrize(
    ("choices", "line"),
    [
        ({"mode": ScopeMode.SELECTED}, ("mode", ChangeCause.SCOPE_MODE_CHANGED)),
        (
            {"assignment_mode": AssignmentMode.LEAVE},
            ("assignment_mode", ChangeCause.ASSIGNMENTS_OPTION_CHANGED),
        ),
        (
            {"conflict_policy": ConflictPolicy.SKIP},
            ("conflict_policy", ChangeCause.CONFLICT_POLICY_CHANGED),
        ),
        ({"mapping": {"group": {"a": "b"}}}, ("mapping", ChangeCause.MAPPING_CHANGED)),
        (
            {"include_foundations": False},
            ("include_foundations", ChangeCause.FOUNDATIONS_OPTION_CHANGED),
        ),
    ],
)
def test_each_change_of_the_scope_is_one_line_of_the_ledger(draft, choices, line):
    assert line in change(draft, **choices)

    kept = draft.changes.get(field=line[0])
    assert (kept.actor, kept.fingerprint_before != kept.fingerprint_after) == (draft.owner, True)


def test_what_changes_nothing_leaves_no_line(draft):
    assert change(draft, assignment_mode=AssignmentMode.REPLACE, mapping={"group": {"a": ""}}) == []


def test_a_selection_means_nothing_in_another_set(draft, tenant):
    chosen = str(draft.backup_set.items.first().pk)
    change(draft, mode=ScopeMode.SELECTED, selected=frozenset({chosen}))
    other = BackupSetFactory(tenant=tenant)

    change(draft, backup_set=other)

    assert list(draft.resolved_items()) == []


def test_only_items_of_the_set_can_be_chosen(draft):
    foreign = BackupItemFactory()

    change(draft, mode=ScopeMode.SELECTED, selected=frozenset({str(foreign.pk)}))

    assert list(draft.resolved_items()) == []


def test_without_foundations_filters_stay_out_of_the_scope(draft):
    change(draft, include_foundations=False)

    assert {item.contract_key for item in draft.resolved_items()} == {"configurationPolicies"}


def test_a_submitted_draft_no_longer_changes(draft):
    RestoreDraft.objects.update(submitted_at=NOW)

    with pytest.raises(DraftSubmittedError):
        change(draft, assignment_mode=AssignmentMode.LEAVE)
    with pytest.raises(DraftSubmittedError):
        queue(draft)


def test_evidence_speaks_for_the_scope_it_was_captured_for(draft):
    assert state_of(draft) == IntegrityState.NOT_RUN
    evidence = queue(draft)
    assert state_of(draft) == IntegrityState.STALE
    complete(evidence)
    assert state_of(draft) == IntegrityState.CURRENT

    change(draft, assignment_mode=AssignmentMode.LEAVE)

    assert state_of(draft) == IntegrityState.INVALIDATED


def test_a_scope_changed_back_finds_its_evidence_again_and_keeps_the_trail(draft):
    complete(queue(draft))
    change(draft, assignment_mode=AssignmentMode.LEAVE)
    complete(queue(draft))

    lines = change(draft, assignment_mode=AssignmentMode.REPLACE)

    assert lines == [("assignment_mode", ChangeCause.SCOPE_RESTORED)]
    assert state_of(draft) == IntegrityState.CURRENT
    assert draft.changes.count() == 2


def test_what_costs_evidence_is_stored_once_exactly_that_was_agreed_to(draft):
    checks = complete(queue(draft))
    seen = fingerprint_of(draft.to_truth())

    with pytest.raises(NotAgreedError) as refused:
        change(draft, consent=Consent(seen=seen), assignment_mode=AssignmentMode.LEAVE)
    draft.refresh_from_db()
    kept = draft.include_assignments
    effect = refused.value.effect
    consent = Consent(seen=seen, agreed=effect.agreement)
    with pytest.raises(NotAgreedError):
        change(draft, consent=consent, include_foundations=False)
    changed = change(draft, consent=consent, assignment_mode=AssignmentMode.LEAVE)

    assert (effect.set_aside, effect.returning, effect.is_overtaken) == ((checks,), (), False)
    assert kept
    assert changed == [("assignment_mode", ChangeCause.ASSIGNMENTS_OPTION_CHANGED)]


def test_what_was_made_from_an_older_view_is_stored_once_it_was_agreed_to(draft):
    seen = fingerprint_of(draft.to_truth())
    change(draft, conflict_policy=ConflictPolicy.SKIP)

    with pytest.raises(NotAgreedError) as refused:
        change(draft, consent=Consent(seen=seen), assignment_mode=AssignmentMode.LEAVE)

    assert refused.value.effect.is_overtaken
    assert change(draft, consent=Consent(seen=seen), conflict_policy=ConflictPolicy.SKIP) == []
    assert draft.changes.count() == 1


def test_a_selection_that_was_not_agreed_to_leaves_the_old_one(draft):
    first, second = (str(item.pk) for item in draft.backup_set.items.all()[:2])
    change(draft, mode=ScopeMode.SELECTED, selected=frozenset({first}))
    complete(queue(draft))

    with pytest.raises(NotAgreedError):
        change(draft, consent=Consent(seen=""), selected=frozenset({second}))

    assert [str(pk) for pk in draft.selected_items.values_list("pk", flat=True)] == [first]


@pytest.mark.parametrize("end", ["ended", "gone"])
def test_a_capture_nobody_works_on_makes_room_for_another(draft, end):
    first = queue(draft)
    run = first.operation_run
    if end == "gone":
        run.delete()
    else:
        OperationRun.objects.filter(pk=run.pk).update(
            status=RunStatus.COMPLETED, outcome=RunOutcome.FAILED, ended_at=NOW
        )

    second = queue(draft)

    first.refresh_from_db()
    assert first.state == CaptureState.FAILED
    assert first.failure == "No worker was on this capture any more, so it was given up."
    assert (second.state, second == first) == (CaptureState.CAPTURING, False)


def test_a_second_capture_of_the_same_scope_is_the_first(draft):
    first = queue(draft)

    assert queue(draft) == first
    assert OperationRun.objects.count() == 1


def test_nothing_in_scope_is_nothing_to_look_at(draft):
    change(draft, mode=ScopeMode.SELECTED, selected=frozenset())

    with pytest.raises(EmptyScopeError):
        queue(draft)

    assert CapturedEvidence.objects.count() == 0


def test_a_capture_ends_once(draft):
    evidence = queue(draft)

    assert capture_records.fail_capture(evidence=evidence, failure="No answer", now=NOW)
    assert not capture_records.complete_capture(evidence=evidence, now=NOW, writes=3)
    assert not capture_records.fail_capture(evidence=evidence, failure="Again", now=NOW)

    evidence.refresh_from_db()
    assert (evidence.state, evidence.failure, evidence.writes) == (
        CaptureState.FAILED,
        "No answer",
        0,
    )


def test_evidence_is_found_by_its_operation(draft):
    evidence = queue(draft)

    assert capture_records.evidence_of(evidence.operation_run) == evidence


def test_a_draft_nobody_ran_can_be_discarded(draft, operator):
    queue(draft)

    drafts.discard(actor=operator, draft=draft)

    assert RestoreDraft.objects.count() == CapturedEvidence.objects.count() == 0
    assert BackupItem.objects.count() == 3


def test_a_draft_with_runs_stays_on_record(operator, tenant):
    run = RestoreRunFactory(tenant=tenant)

    with pytest.raises(DraftInUseError):
        drafts.discard(actor=operator, draft=run.draft)

    assert RestoreDraft.objects.filter(pk=run.draft_id).exists()


def test_a_draft_that_is_gone_neither_changes_nor_goes_again(draft, operator):
    held = RestoreDraft.objects.get(pk=draft.pk)
    drafts.discard(actor=operator, draft=draft)

    with pytest.raises(DraftDiscardedError):
        drafts.discard(actor=operator, draft=held)
    with pytest.raises(DraftDiscardedError):
        drafts.change_scope(
            actor=operator, draft=held, choices=ScopeChoices(include_foundations=False), now=NOW
        )
