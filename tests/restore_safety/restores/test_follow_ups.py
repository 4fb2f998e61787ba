"""Who asks for somebody: what lists ask the database is what the reducer answers."""

from datetime import timedelta
from itertools import product

import pytest

from restore_safety.models import ItemState, RestoreItem, RestoreRun
from restore_safety.restores.follow_ups import (
    acknowledged_follow_ups,
    asking_for_follow_up,
    items_in_need,
    open_follow_ups,
)
from restore_safety.restores.pages.results import result_of, results_of
from restore_safety.truth.attention import (
    ItemFact,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    Verification,
    attention_for,
)
from restore_safety.truth.scope import AssignmentMode
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import (
    AS_WANTED,
    ASSIGNMENTS_LEFT,
    NOW,
    REFUSED,
    REHEARSED,
    WITHOUT_ITS_GROUP,
    WRITTEN,
    DraftFactory,
    FollowUpNoteFactory,
    PlanItemFactory,
    RestoreRunFactory,
    item_of,
)


@pytest.fixture
def make(tenant, operator):
    def make(*facts, **values):
        run = RestoreRunFactory(**{"tenant": tenant, "requested_by": operator} | values)
        for fact in facts:
            item_of(run, fact)
        return run

    return make


NOT_CAPTURED = ItemFact(
    outcome=ItemOutcome.CREATED,
    verification=Verification.VERIFIED,
    reason=ReasonCode.ASSIGNMENTS_NOT_CAPTURED,
)


@pytest.mark.parametrize("is_dry_run", [True, False])
@pytest.mark.parametrize("status", [RestoreStatus.RUNNING, RestoreStatus.COMPLETED])
def test_items_in_need_are_those_the_reducer_names(make, is_dry_run, status):
    run = make(is_dry_run=is_dry_run, status=status)
    planned = PlanItemFactory(evidence=run.preview)
    facts = [
        ItemFact(outcome=outcome, verification=verification, reason=reason)
        for outcome, verification, reason in product(ItemOutcome, Verification, ReasonCode)
    ]
    RestoreItem.objects.bulk_create(
        RestoreItem(
            tenant=run.tenant,
            run=run,
            plan_item=planned,
            backup_item=planned.backup_item,
            position=position,
            outcome=fact.outcome,
            verification=fact.verification,
            reason_code=fact.reason,
        )
        for position, fact in enumerate(facts)
    )

    found = set(items_in_need(run).values_list("position", flat=True))

    assert found == {
        position
        for position, fact in enumerate(facts)
        if attention_for({fact: 1}, is_dry_run=is_dry_run, is_ended=status.is_ended).needs
    }


def test_items_without_a_reason_count_as_not_reached(make):
    run = make(status=RestoreStatus.PARTIAL)
    item = item_of(run, REHEARSED)
    RestoreItem.objects.filter(pk=item.pk).update(reason_code="", state=ItemState.PLANNED)

    assert (list(items_in_need(run)), result_of(run).needs) == ([item], 1)


def test_runs_asking_for_follow_up_are_those_whose_result_does(make, other_tenant):
    for facts, is_dry_run in product(
        [(), (WRITTEN,), (WRITTEN, AS_WANTED), (WRITTEN, WITHOUT_ITS_GROUP), (REFUSED,)],
        [True, False],
    ):
        make(*facts, is_dry_run=is_dry_run)
    make(REHEARSED, is_dry_run=True)
    make(WRITTEN, REFUSED, running=True)
    make(WRITTEN, running=True, tenant=other_tenant)

    found = set(RestoreRun.objects.filter(asking_for_follow_up()))

    results = results_of(RestoreRun.objects.all())
    assert found == {run for run in RestoreRun.objects.all() if results[run.pk].follow_up_required}
    assert 0 < len(found) < len(results)


def test_open_follow_ups_are_ended_restores_with_items_in_need(make, other_tenant):
    make(WRITTEN)
    make(REFUSED, is_dry_run=True)
    make(REFUSED, running=True, tenant=other_tenant)
    open_one = make(WRITTEN, WITHOUT_ITS_GROUP)

    assert list(RestoreRun.objects.filter(open_follow_ups())) == [open_one]


def test_open_follow_up_closes_when_a_later_restore_took_its_items_up(make):
    first = make(WITHOUT_ITS_GROUP, WRITTEN)
    item = first.items.first()
    later = make(created_at=NOW + timedelta(hours=1), backup_set=first.backup_set)
    planned = PlanItemFactory(evidence=later.preview, backup_item=item.backup_item)

    assert list(RestoreRun.objects.filter(open_follow_ups())) == [later, first]
    item_of(later, WRITTEN, plan_item=planned)
    assert list(RestoreRun.objects.filter(open_follow_ups())) == []


def test_open_follow_up_moves_to_the_later_restore_that_fell_short_again(make):
    first = make(REFUSED)
    later = make(created_at=NOW + timedelta(hours=1), backup_set=first.backup_set)
    planned = PlanItemFactory(evidence=later.preview, backup_item=first.items.get().backup_item)
    item_of(later, REFUSED, plan_item=planned)

    assert list(RestoreRun.objects.filter(open_follow_ups())) == [later]


def test_open_follow_up_closes_through_a_newer_backup_of_the_same_policy(make, tenant):
    first = make(REFUSED)
    again = BackupItemFactory(
        backup_set=BackupSetFactory(tenant=tenant),
        object_id=first.items.get().backup_item.object_id,
    )
    later = make(created_at=NOW + timedelta(hours=1), backup_set=again.backup_set)
    item_of(later, WRITTEN, plan_item=PlanItemFactory(evidence=later.preview, backup_item=again))

    assert list(RestoreRun.objects.filter(open_follow_ups())) == []


def later_of(make, first, fact, *, backup_item=None, hours=1, **scope):
    """A later restore of the first item of a run."""
    item = backup_item or first.items.order_by("position").first().backup_item
    draft = DraftFactory(
        tenant=first.tenant, owner=first.requested_by, backup_set=item.backup_set, **scope
    )
    later = make(created_at=NOW + timedelta(hours=hours), backup_set=item.backup_set, draft=draft)
    item_of(later, fact, plan_item=PlanItemFactory(evidence=later.preview, backup_item=item))
    return later


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (ItemOutcome.SKIPPED, ReasonCode.ALREADY_EXISTS),
        (ItemOutcome.NOT_STARTED, ReasonCode.RUN_INTERRUPTED),
        (ItemOutcome.CANCELLED, ReasonCode.RUN_CANCELLED),
        (ItemOutcome.MANUAL_REQUIRED, ReasonCode.SECRET_MISSING),
    ],
)
def test_open_follow_up_is_not_closed_by_what_was_not_carried_out(make, outcome, reason):
    first = make(REFUSED)
    fact = ItemFact(outcome=outcome, verification=Verification.NOT_ATTEMPTED, reason=reason)
    later = later_of(make, first, fact)

    assert list(RestoreRun.objects.filter(open_follow_ups())) == [later, first]


@pytest.mark.parametrize("left", [WITHOUT_ITS_GROUP, ASSIGNMENTS_LEFT, REFUSED])
def test_open_follow_up_of_assignments_is_not_closed_without_them(make, left):
    first = make(left)
    later_of(make, first, AS_WANTED, assignment_mode=AssignmentMode.LEAVE)
    before = list(RestoreRun.objects.filter(open_follow_ups()))
    later_of(make, first, AS_WANTED, hours=2)

    assert (before, list(RestoreRun.objects.filter(open_follow_ups()))) == ([first], [])


def test_open_follow_up_stays_with_its_assignments_where_it_moved(make):
    first = make(WITHOUT_ITS_GROUP)
    second = later_of(make, first, REFUSED)
    later_of(make, first, WRITTEN, hours=2, assignment_mode=AssignmentMode.LEAVE)

    assert list(RestoreRun.objects.filter(open_follow_ups())) == [second]


@pytest.mark.parametrize("contract_key", ["configurationPolicies", "assignmentFilters"])
def test_open_follow_up_without_assignments_is_closed_without_them(make, contract_key):
    is_assignable = contract_key == "configurationPolicies"
    first = make(
        draft__assignment_mode=(AssignmentMode.LEAVE if is_assignable else AssignmentMode.REPLACE)
    )
    item = BackupItemFactory(backup_set=first.backup_set, contract_key=contract_key)
    item_of(first, REFUSED, plan_item=PlanItemFactory(evidence=first.preview, backup_item=item))
    later_of(make, first, WRITTEN, assignment_mode=AssignmentMode.LEAVE)

    assert list(RestoreRun.objects.filter(open_follow_ups())) == []


def test_assignments_no_backup_held_are_settled_only_from_one_that_holds_them(make, tenant):
    first = make()
    bare = BackupItemFactory(backup_set=first.backup_set, assignments=None)
    item_of(
        first,
        NOT_CAPTURED,
        plan_item=PlanItemFactory(evidence=first.preview, backup_item=bare),
    )
    later_of(make, first, AS_WANTED)
    before = list(RestoreRun.objects.filter(open_follow_ups()))
    whole = BackupItemFactory(
        backup_set=BackupSetFactory(tenant=tenant), object_id=bare.object_id, assignments=[]
    )
    later_of(make, first, WRITTEN, backup_item=whole, hours=2)

    assert (before, list(RestoreRun.objects.filter(open_follow_ups()))) == ([first], [])


def test_what_a_backup_without_assignments_left_unwritten_is_settled_from_it(make):
    first = make()
    bare = BackupItemFactory(backup_set=first.backup_set, assignments=None)
    item_of(first, REFUSED, plan_item=PlanItemFactory(evidence=first.preview, backup_item=bare))
    later_of(make, first, WRITTEN)

    assert list(RestoreRun.objects.filter(open_follow_ups())) == []


@pytest.mark.parametrize("is_created_again", [False, True])
def test_an_undo_settles_the_assignments_of_what_it_took_back(make, tenant, is_created_again):
    first = make(WITHOUT_ITS_GROUP)
    object_id = first.items.get().target_object_id
    kept = BackupItemFactory(
        backup_set=BackupSetFactory(tenant=tenant), object_id=object_id, assignments=None
    )
    undo = later_of(make, first, WRITTEN, backup_item=kept, undoes=first)
    if not is_created_again:
        undo.items.update(target_object_id=object_id)

    assert list(RestoreRun.objects.filter(open_follow_ups())) == []


def test_open_follow_up_is_not_closed_by_a_dry_run_or_by_other_policies(make):
    first = make(REFUSED)
    rehearsal = make(
        created_at=NOW + timedelta(hours=1), backup_set=first.backup_set, is_dry_run=True
    )
    planned = PlanItemFactory(evidence=rehearsal.preview, backup_item=first.items.get().backup_item)
    item_of(rehearsal, REHEARSED, plan_item=planned)
    make(WRITTEN, created_at=NOW + timedelta(hours=2))

    assert list(RestoreRun.objects.filter(open_follow_ups())) == [first]


def test_acknowledged_follow_up_is_no_longer_open_and_stays_on_record(make):
    first, second = make(REFUSED), make(REFUSED)
    FollowUpNoteFactory(run=first)

    assert list(RestoreRun.objects.filter(open_follow_ups())) == [second]
    assert list(RestoreRun.objects.filter(acknowledged_follow_ups())) == [first]


def test_acknowledged_follow_up_opens_anew_with_the_later_restore_that_fell_short(make):
    first = make(REFUSED)
    FollowUpNoteFactory(run=first)
    later = make(created_at=NOW + timedelta(hours=1), backup_set=first.backup_set)
    planned = PlanItemFactory(evidence=later.preview, backup_item=first.items.get().backup_item)
    item_of(later, REFUSED, plan_item=planned)

    assert list(RestoreRun.objects.filter(open_follow_ups())) == [later]
    assert list(RestoreRun.objects.filter(acknowledged_follow_ups())) == []


def test_archived_follow_up_that_opened_again_still_counts(make):
    run = make(REFUSED, archived_at=NOW)

    assert list(RestoreRun.objects.filter(open_follow_ups())) == [run]
