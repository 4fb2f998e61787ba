"""The page of a restore: what was known is read back, what happened is told in order."""

import pytest

from restore_safety.execution.gate import SNAPSHOT_KEY
from restore_safety.models import ItemState
from restore_safety.selectors.runs import (
    CHANGES_IN_LIST,
    EVENTS_SHOWN,
    ItemEntry,
    items_of,
    run_page,
    runs_for,
)
from restore_safety.truth.attention import ItemOutcome, RestoreStatus, Verification
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.safety import SafetyReadiness
from tenants import audit
from tests.restore_safety.factories_runs import (
    AS_WANTED,
    NOW,
    REFUSED,
    REHEARSED,
    WITHOUT_ITS_GROUP,
    WRITTEN,
    EvidenceFactory,
    FindingFactory,
    RestoreRunFactory,
    RestoreWriteFactory,
    item_of,
    snapshot_of,
)


@pytest.fixture
def run(tenant, operator):
    return RestoreRunFactory(tenant=tenant, requested_by=operator, status=RestoreStatus.PARTIAL)


def page_of(run, viewer):
    return run_page(run=run, viewer=viewer, now=NOW)


def test_what_was_known_is_read_as_it_was_written(run, operator):
    known = page_of(run, operator).known

    assert known.snapshot == snapshot_of(run)
    assert dict(known.facts)["Safety"] is SafetyReadiness.READY_WITH_CAUTION
    assert known.confirmation == (
        ("Confirmed by", "operator"),
        ("Tenant's name typed", "Contoso"),
        ("Reason given", "Change 4711"),
    )
    assert known.gates_summary == "7 of 7 conditions for starting held"


def test_what_was_known_does_not_follow_later_changes(run, operator):
    before = page_of(run, operator).known

    run.draft.include_assignments = False
    run.draft.save()
    run.preview.writes = 99
    run.preview.save()

    assert page_of(run, operator).known == before


@pytest.mark.parametrize("stored", [{}, {SNAPSHOT_KEY: {"schema_version": 99}}])
def test_what_was_known_is_withheld_when_it_cannot_be_read(run, operator, stored):
    run.metadata = stored

    assert page_of(run, operator).known is None


def test_acknowledgements_are_told_in_the_words_that_were_seen(run, operator):
    checks = EvidenceFactory(draft=run.draft, kind=EvidenceKind.CHECKS, plan_hash="")
    FindingFactory(evidence=checks, code="broad_assignment", position=3, title="Reaches everybody")
    keys = ["broad_assignment-3", "preview-blocked", "gone-1"]
    run.metadata = {SNAPSHOT_KEY: snapshot_of(run, checks=checks, acknowledged=keys).to_json()}

    assert page_of(run, operator).known.acknowledged == (
        "Reaches everybody",
        "gone-1",
        "Policies that the preview leaves out of the restore",
    )


def test_counts_tell_what_was_sent_and_what_was_read_back(run, operator):
    RestoreWriteFactory(item=item_of(run, WRITTEN))
    item_of(run, REFUSED)
    item_of(run, WITHOUT_ITS_GROUP)

    page = page_of(run, operator)

    assert [(count.label, count.value) for count in page.counts] == [
        ("Items", 3),
        ("Need attention", 2),
        ("Writes accepted", 1),
        ("Verified", 2),
    ]
    assert [(one.outcome, one.count) for one in page.outcomes] == [
        (ItemOutcome.CREATED, 1),
        (ItemOutcome.PARTIAL, 1),
        (ItemOutcome.FAILED, 1),
    ]


def test_items_in_need_come_first(run):
    calm = item_of(run, WRITTEN)
    unchanged = item_of(run, AS_WANTED)
    short = item_of(run, WITHOUT_ITS_GROUP)

    items = items_of(run)

    assert list(items) == [short, calm, unchanged]
    assert items.totally_ordered


def test_runs_are_newest_first_and_totally_ordered(run, operator, outsider):
    assert list(runs_for(operator)) == [run]
    assert list(runs_for(outsider)) == []
    assert runs_for(operator).totally_ordered


def test_an_item_not_settled_shows_how_far_the_journal_got(run):
    planned = ItemEntry(item=item_of(run, REHEARSED, state=ItemState.PLANNED))
    in_flight = ItemEntry(item=item_of(run, REHEARSED, state=ItemState.IN_FLIGHT))
    settled = ItemEntry(item=item_of(run, REFUSED))

    assert [one.standing for one in (planned, in_flight, settled)] == [
        ItemState.PLANNED,
        ItemState.IN_FLIGHT,
        ItemOutcome.FAILED,
    ]
    assert planned.sentence == "Nothing was sent for it yet."
    assert settled.sentence == ItemOutcome.FAILED.sentence


def test_reading_back_a_part_does_not_speak_for_the_rest(run):
    whole = ItemEntry(item=item_of(run, WRITTEN))
    part = ItemEntry(item=item_of(run, WITHOUT_ITS_GROUP))

    assert whole.read_back == Verification.VERIFIED.sentence
    assert part.read_back == "What was written reads back as wanted; the rest is not in the tenant."


def test_an_item_lists_its_first_changes_and_says_how_many_more(run):
    item = item_of(run, WRITTEN)
    item.plan_item.changes = [{"path": f"p{n}", "before": "", "after": "x"} for n in range(11)]

    entry = ItemEntry(item=item)

    assert (len(entry.first_changes), entry.more_changes) == (CHANGES_IN_LIST, 3)
    assert entry.first_changes[0].before is None


def test_events_are_of_the_run_its_draft_and_its_operation(run, operator, outsider):
    subjects = [
        f"restore_run:{run.pk}",
        f"restore_draft:{run.draft_id}",
        f"operation_run:{run.operation_run_id}",
        "restore_run:another",
    ]
    for subject in subjects:
        audit.record(action="restore.queued", actor=operator, tenant=run.tenant, subject=subject)

    events = page_of(run, operator).events

    assert [one.event.subject for one in events] == subjects[2::-1]
    assert {(one.what, one.who, one.denied) for one in events} == {
        ("Restore queued", "operator", None)
    }
    assert page_of(run, outsider).events == ()


def test_events_that_are_not_shown_are_told_of(run, operator):
    subject = f"restore_run:{run.pk}"
    for _ in range(EVENTS_SHOWN):
        audit.record(action="restore.opened", actor=operator, tenant=run.tenant, subject=subject)
    whole = page_of(run, operator)
    audit.record(action="restore.opened", actor=operator, tenant=run.tenant, subject=subject)

    more = page_of(run, operator)

    assert (len(whole.events), whole.has_earlier_events) == (EVENTS_SHOWN, False)
    assert (len(more.events), more.has_earlier_events) == (EVENTS_SHOWN, True)


def test_who_lacks_the_right_is_told_why(run, operator, auditor):
    item_of(run, WITHOUT_ITS_GROUP)

    assert page_of(run, operator).denial == ""
    assert "Prepare restores" in page_of(run, auditor).denial
