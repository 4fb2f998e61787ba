"""The record of a restore: who may do what with it, and what stays true whatever is done."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from operations.models import OperationRun
from restore_safety.drafts import service as drafts
from restore_safety.models import (
    BackupSet,
    CapturedEvidence,
    FollowUpNote,
    PlanItem,
    RestoreDraft,
    RestoreItem,
    RestoreRun,
)
from restore_safety.operation_pages import RestoreContinuation
from restore_safety.restores import records
from restore_safety.restores.follow_ups import open_follow_ups
from restore_safety.restores.pages.results import result_of
from restore_safety.restores.records import RecordAct, RecordRefusedError
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.scope import AssignmentMode, ConflictPolicy, ScopeMode
from tenants.access.service import AccessDeniedError
from tenants.models import AuditEvent, AuditOutcome
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    REHEARSED,
    WITHOUT_ITS_GROUP,
    WRITTEN,
    DraftFactory,
    EvidenceFactory,
    FollowUpNoteFactory,
    PlanItemFactory,
    RestoreRunFactory,
    item_of,
)

LATER = NOW + timedelta(days=1)
ACTS = {
    RecordAct.ACKNOWLEDGE: lambda actor, run: records.acknowledge_follow_up(
        actor=actor, run=run, note="Known.", now=LATER
    ),
    RecordAct.RERUN: lambda actor, run: records.rerun(actor=actor, run=run, now=LATER),
    RecordAct.UNDO: lambda actor, run: records.undo(actor=actor, run=run, now=LATER),
    RecordAct.ARCHIVE: lambda actor, run: records.archive(actor=actor, run=run, now=LATER),
    RecordAct.UNARCHIVE: lambda actor, run: records.unarchive(actor=actor, run=run),
    RecordAct.DELETE: lambda actor, run: records.delete_for_good(actor=actor, run=run),
}


@pytest.fixture
def make(tenant, operator):
    def make(*facts, **values):
        run = RestoreRunFactory(**{"tenant": tenant, "requested_by": operator} | values)
        for fact in facts:
            item_of(run, fact)
        return run

    return make


def trail_of(run):
    events = AuditEvent.objects.filter(subject=f"restore_run:{run.pk}").order_by("pk")
    return [(event.action, event.actor.username) for event in events]


def edited(actor, draft):
    drafts.change_scope(
        actor=actor,
        draft=draft,
        choices=drafts.ScopeChoices(assignment_mode=AssignmentMode.LEAVE),
        now=LATER + timedelta(minutes=1),
    )


def refusal_of(act, actor, run):
    with pytest.raises(RecordRefusedError) as refusal:
        ACTS[act](actor, run)
    return str(refusal.value)


@pytest.mark.parametrize("act", RecordAct)
def test_every_act_is_refused_without_the_right(make, auditor, act):
    run = make(REFUSED, archived_at=NOW)

    with pytest.raises(AccessDeniedError):
        ACTS[act](auditor, run)

    denied = AuditEvent.objects.filter(actor=auditor, outcome=AuditOutcome.DENIED)
    assert denied.get().detail == {"capability": act.capabilities[0]}
    assert RestoreRun.objects.get() == run
    assert list(RestoreDraft.objects.all()) == [run.draft]


@pytest.mark.parametrize("act", [RecordAct.ARCHIVE, RecordAct.UNARCHIVE, RecordAct.DELETE])
def test_keeping_the_records_is_not_for_operators(make, operator, act):
    with pytest.raises(AccessDeniedError):
        ACTS[act](operator, make(WRITTEN, archived_at=NOW))


@pytest.mark.parametrize("act", RecordAct)
def test_nothing_is_done_with_a_restore_under_way(make, owner, act):
    run = make(REFUSED, running=True)

    assert refusal_of(act, owner, run) == "The restore has not ended."


@pytest.mark.parametrize(
    ("act", "state", "reason"),
    [
        (RecordAct.ACKNOWLEDGE, (WRITTEN, None), "It asks for no follow-up."),
        (RecordAct.ARCHIVE, (WRITTEN, NOW), "It is archived already."),
        (
            RecordAct.ARCHIVE,
            (REFUSED, None),
            "Its follow-up is open. Follow it up, or acknowledge it first.",
        ),
        (RecordAct.UNARCHIVE, (WRITTEN, None), "It is not archived."),
        (
            RecordAct.DELETE,
            (WRITTEN, None),
            "Only an archived restore can be deleted. Archive it first.",
        ),
        (
            RecordAct.DELETE,
            (REFUSED, NOW),
            "Its follow-up is open. Follow it up, or acknowledge it first.",
        ),
    ],
)
def test_an_act_is_refused_from_a_wrong_state(make, owner, act, state, reason):
    fact, archived_at = state
    run = make(fact, archived_at=archived_at)

    assert refusal_of(act, owner, run) == reason
    assert trail_of(run) == []


@pytest.mark.parametrize("person", ["operator", "manager"])
def test_acknowledging_writes_down_who_knows_and_changes_no_result(make, request, person):
    actor = request.getfixturevalue(person)
    run = make(REFUSED, status=RestoreStatus.FAILED)
    before = result_of(run)

    records.acknowledge_follow_up(actor=actor, run=run, note=" The group is gone. ", now=LATER)

    note = FollowUpNote.objects.get()
    assert (note.run, note.note, note.author, note.at) == (run, "The group is gone.", actor, LATER)
    assert trail_of(run) == [("restore.follow_up_acknowledged", person)]
    assert result_of(RestoreRun.objects.get()) == before
    assert not RestoreRun.objects.filter(open_follow_ups()).exists()


def test_who_acknowledges_second_hears_that_it_is_known(make, operator, manager):
    run = make(REFUSED)
    ACTS[RecordAct.ACKNOWLEDGE](operator, run)

    assert refusal_of(RecordAct.ACKNOWLEDGE, manager, run) == "It is acknowledged already."
    assert FollowUpNote.objects.get().author == operator


def test_archiving_and_back(make, manager):
    run = make(WRITTEN)

    records.archive(actor=manager, run=run, now=LATER)
    archived = RestoreRun.objects.archived().get()
    records.unarchive(actor=manager, run=run)

    assert (archived.archived_at, archived.archived_by) == (LATER, manager)
    assert RestoreRun.objects.unarchived().get().archived_by is None
    assert trail_of(run) == [("restore.archived", "manager"), ("restore.unarchived", "manager")]


def test_an_acknowledged_restore_may_be_archived(make, manager):
    run = make(REFUSED)
    FollowUpNoteFactory(run=run)

    records.archive(actor=manager, run=run, now=LATER)

    assert list(RestoreRun.objects.archived()) == [run]


def test_deleting_for_good_leaves_the_trail_the_operation_and_the_backups(make, manager, tenant):
    kept = BackupSetFactory(tenant=tenant)
    run = make(WITHOUT_ITS_GROUP, archived_at=NOW, pre_restore_set=kept)
    FollowUpNoteFactory(run=run)
    headline = result_of(run).headline

    records.delete_for_good(actor=manager, run=run)

    gone = (RestoreRun, RestoreItem, FollowUpNote, RestoreDraft, CapturedEvidence, PlanItem)
    assert [model for model in gone if model.objects.exists()] == []
    assert set(BackupSet.objects.all()) == {run.backup_set, kept}
    event = AuditEvent.objects.get(subject=f"restore_run:{run.pk}")
    assert (event.action, event.actor) == ("restore.deleted", manager)
    assert (event.detail["headline"], event.detail["items"]) == (headline, 1)
    operation = OperationRun.objects.get(restore_run=None)
    told = RestoreContinuation().follow_up(operation, manager)
    assert (told.state, told.action, told.url) == (None, None, None)
    assert "deleted for good" in told.sentence


def test_deleting_a_dry_run_leaves_the_draft_that_goes_on(make, manager):
    run = make(REHEARSED, is_dry_run=True, archived_at=NOW)

    records.delete_for_good(actor=manager, run=run)

    assert list(RestoreDraft.objects.all()) == [run.draft]


def test_deleting_a_restore_leaves_the_draft_of_its_rehearsal(make, manager):
    run = make(WRITTEN, archived_at=NOW)
    rehearsal = make(
        REHEARSED,
        is_dry_run=True,
        draft=run.draft,
        preview=run.preview,
        backup_set=run.backup_set,
    )

    records.delete_for_good(actor=manager, run=run)

    assert list(RestoreRun.objects.all()) == [rehearsal]
    assert list(RestoreDraft.objects.all()) == [run.draft]


def test_who_deletes_second_hears_that_it_is_gone(make, manager):
    run = make(WRITTEN, archived_at=NOW)
    records.delete_for_good(actor=manager, run=RestoreRun.objects.get())

    assert refusal_of(RecordAct.DELETE, manager, run) == "Its record was deleted for good."


@pytest.mark.parametrize("mode", ScopeMode)
def test_a_rerun_carries_the_scope_and_no_evidence(make, operator, tenant, mode):
    kept = BackupSetFactory(tenant=tenant)
    first, _ = BackupItemFactory.create_batch(2, backup_set=kept)
    before = DraftFactory(
        tenant=tenant,
        owner=operator,
        backup_set=kept,
        mode=mode,
        mapping={"group": {"group-1": "group-9"}},
        assignment_mode=AssignmentMode.LEAVE,
        conflict_policy=ConflictPolicy.COPY,
    )
    before.selected_items.add(first)
    run = make(draft=before, backup_set=kept, preview=EvidenceFactory(draft=before))

    draft = records.rerun(actor=operator, run=run, now=LATER).draft

    again = RestoreDraft.objects.get(pk=draft.pk)
    assert fingerprint_of(again.to_truth()) == run.fingerprint
    assert (again.owner, again.submitted_at, again.evidence.count()) == (operator, None, 0)
    assert trail_of(run) == [("restore.rerun", "operator")]


def test_a_rerun_is_of_the_scope_that_ran_even_when_the_draft_moved_on(make, operator):
    run = make(REHEARSED, is_dry_run=True)
    drafts.change_scope(
        actor=operator,
        draft=run.draft,
        choices=drafts.ScopeChoices(assignment_mode=AssignmentMode.LEAVE),
        now=timezone.now(),
    )

    draft = records.rerun(actor=operator, run=run, now=LATER).draft

    assert RestoreDraft.objects.get(pk=draft.pk).include_assignments is True


def test_a_rerun_is_refused_when_the_scope_cannot_be_read(make, operator):
    run = make(WRITTEN)
    CapturedEvidence.objects.update(scope={"schema": 0})

    reason = refusal_of(RecordAct.RERUN, operator, RestoreRun.objects.get())

    assert reason == "Its scope is in a form this version cannot read."
    assert list(RestoreDraft.objects.all()) == [run.draft]


@pytest.mark.parametrize("begin", [records.rerun, records.follow_up])
def test_asked_twice_it_is_one_draft(make, operator, manager, begin):
    run = make(REFUSED)

    first = begin(actor=operator, run=run, now=LATER)
    second = begin(actor=manager, run=run, now=LATER + timedelta(minutes=1))

    assert (first.is_new, second.is_new, second.draft) == (True, False, first.draft)
    assert list(RestoreDraft.objects.filter(follows=run)) == [first.draft]
    assert len(trail_of(run)) == 1


def test_a_follow_up_that_was_edited_is_still_the_one_draft(make, operator):
    run = make(REFUSED)
    first = records.follow_up(actor=operator, run=run, now=LATER).draft
    edited(operator, first)

    again = records.follow_up(actor=operator, run=run, now=LATER)

    assert (again.draft, again.is_new) == (first, False)


def test_a_rerun_that_was_edited_is_no_longer_the_scope_that_ran(make, operator):
    run = make(REFUSED)
    edited(operator, records.rerun(actor=operator, run=run, now=LATER).draft)

    again = records.rerun(actor=operator, run=run, now=LATER)

    assert (again.is_new, again.draft.include_assignments) == (True, True)


def test_a_follow_up_after_the_first_draft_was_queued_is_a_new_one(make, operator):
    run = make(REFUSED)
    first = records.follow_up(actor=operator, run=run, now=LATER).draft
    RestoreDraft.objects.filter(pk=first.pk).update(submitted_at=LATER)

    assert records.follow_up(actor=operator, run=run, now=LATER).is_new


def test_a_follow_up_leaves_out_what_a_later_restore_took_up(make, operator):
    run = make(REFUSED, REFUSED)
    taken, left = run.items.order_by("position")
    later = make(backup_set=run.backup_set, created_at=LATER)
    item_of(
        later,
        WRITTEN,
        plan_item=PlanItemFactory(evidence=later.preview, backup_item=taken.backup_item),
    )

    draft = records.follow_up(actor=operator, run=run, now=LATER).draft

    assert list(draft.selected_items.all()) == [left.backup_item]


def test_the_database_keeps_a_second_follow_up_of_one_run_out(make, operator):
    run = make(REFUSED)
    records.follow_up(actor=operator, run=run, now=LATER)

    with pytest.raises(IntegrityError), transaction.atomic():
        DraftFactory(tenant=run.tenant, owner=operator, follows=run)


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite's tests share one connection in memory"
)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begin", [records.rerun, records.follow_up])
def test_two_who_ask_at_the_same_moment_come_to_one_draft(make, operator, begin):
    run = make(REFUSED)
    together = threading.Barrier(2)

    def ask():
        together.wait()
        try:
            return begin(actor=operator, run=run, now=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as people:
        first, second = (one.result() for one in [people.submit(ask), people.submit(ask)])

    assert first.draft == second.draft
    assert {first.is_new, second.is_new} == {True, False}


def test_deleting_a_run_leaves_the_draft_that_follows_it(make, manager):
    run = make(WRITTEN, archived_at=NOW)
    draft = records.rerun(actor=manager, run=run, now=LATER).draft

    records.delete_for_good(actor=manager, run=run)

    draft.refresh_from_db()
    assert draft.follows is None


def test_an_export_is_on_record(make, auditor):
    run = make(REFUSED)

    records.note_export(actor=auditor, run=run, form="csv", choices={"outcome": "failed"})

    event = AuditEvent.objects.get(subject=f"restore_run:{run.pk}")
    assert (event.action, event.actor) == ("restore.exported", auditor)
    assert event.detail == {"form": "csv", "filter": {"outcome": "failed"}}
