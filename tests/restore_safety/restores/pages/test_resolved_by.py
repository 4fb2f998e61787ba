"""Who took up what a run left open: one answer, the one next step, whoever looks."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from operations.work_kinds import Action
from restore_safety.models import RestoreRun
from restore_safety.restores import records
from restore_safety.restores.follow_ups import open_follow_ups
from restore_safety.restores.pages.results import next_action_of, result_summaries
from restore_safety.truth.attention import (
    ItemFact,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    Verification,
)
from restore_safety.truth.scope import AssignmentMode
from tests.restore_safety.factories_runs import (
    AS_WANTED,
    NOW,
    REFUSED,
    REHEARSED,
    WITHOUT_ITS_GROUP,
    WRITTEN,
    DraftFactory,
    PlanItemFactory,
    RestoreRunFactory,
    item_of,
)

SKIPPED = ItemFact(
    outcome=ItemOutcome.SKIPPED,
    verification=Verification.NOT_ATTEMPTED,
    reason=ReasonCode.ALREADY_EXISTS,
)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def make(tenant, operator):
    def make(*facts, **values):
        run = RestoreRunFactory(**{"tenant": tenant, "requested_by": operator} | values)
        for fact in facts:
            item_of(run, fact)
        return run

    return make


@pytest.fixture
def take_up(make):
    """A later restore that holds the first item of the run."""

    def take_up(run, fact=WRITTEN, **values):
        later = make(**{"created_at": LATER, "backup_set": run.backup_set} | values)
        held = run.items.order_by("position").first().backup_item
        item_of(later, fact, plan_item=PlanItemFactory(evidence=later.preview, backup_item=held))
        return later

    return take_up


def summary(run):
    return result_summaries([run])[run.pk]


def is_open(run):
    return RestoreRun.objects.filter(open_follow_ups(), pk=run.pk).exists()


def resume(draft):
    return Action(
        label="Continue that draft", url=reverse("restores:draft-resume", args=[draft.pk])
    )


def see(run):
    return Action(label="See that restore", url=reverse("restores:run-detail", args=[run.pk]))


def test_nobody_took_up_what_nobody_began(make):
    run = make(WITHOUT_ITS_GROUP)

    assert summary(run).taken_up is None
    assert summary(run).next_label == summary(run).result.next_action.label


def test_a_draft_takes_up_and_leaves_the_follow_up_open(make, manager, operator):
    run = make(WITHOUT_ITS_GROUP)
    draft = records.follow_up(actor=manager, run=run, now=LATER).draft

    found = summary(run)

    assert (found.taken_up.form, found.taken_up.by, found.taken_up.at) == (
        "draft",
        "manager",
        LATER,
    )
    assert found.next_label == "Continue that draft"
    assert next_action_of(run, found, operator) == resume(draft)
    assert is_open(run)


def test_who_may_not_prepare_is_led_to_the_items_not_to_the_draft(make, operator, auditor):
    run = make(WITHOUT_ITS_GROUP)
    records.follow_up(actor=operator, run=run, now=LATER)

    action = next_action_of(run, summary(run), auditor)

    assert action.url == f"{reverse('restores:run-detail', args=[run.pk])}?attention=yes#items"


def test_a_rerun_takes_up_too_and_a_follow_up_before_it(make, operator):
    run = make(WITHOUT_ITS_GROUP)
    again = records.rerun(actor=operator, run=run, now=LATER).draft
    first = summary(run).taken_up.successor
    following = records.follow_up(actor=operator, run=run, now=LATER).draft

    assert (first, summary(run).taken_up.successor) == (again, following)


def test_a_restore_under_way_takes_up_and_leaves_the_follow_up_open(make, operator, auditor):
    run = make(WITHOUT_ITS_GROUP)
    draft = records.follow_up(actor=operator, run=run, now=LATER).draft
    draft.submitted_at = LATER
    draft.save()
    later = make(draft=draft, backup_set=run.backup_set, created_at=LATER, running=True)

    assert summary(run).taken_up.successor == later
    assert summary(run).taken_up.what == "Continued by operator in a restore that has not ended"
    assert next_action_of(run, summary(run), auditor) == see(later)
    assert is_open(run)


def test_the_restore_that_settled_it_is_shown_whoever_prepared_it(make, take_up, auditor):
    run = make(WITHOUT_ITS_GROUP)
    take_up(run, REFUSED)
    newest = take_up(run)
    RestoreRun.objects.filter(pk=newest.pk).update(created_at=LATER + timedelta(hours=1))

    assert summary(run).taken_up.successor == newest
    assert next_action_of(run, summary(run), auditor) == see(newest)
    assert not is_open(run)


@pytest.mark.parametrize("fact", [SKIPPED, REFUSED, WRITTEN])
def test_the_restore_that_settled_it_is_shown_whatever_came_after(make, take_up, fact):
    run = make(WITHOUT_ITS_GROUP)
    mapped = take_up(run)
    take_up(run, fact, created_at=LATER + timedelta(hours=1))

    assert summary(run).taken_up.successor == mapped
    assert not is_open(run)


def test_a_restore_that_skipped_it_is_not_shown_as_taking_it_up(make, take_up):
    run = make(WITHOUT_ITS_GROUP)
    take_up(run, SKIPPED)

    assert summary(run).taken_up is None
    assert is_open(run)


def test_a_restore_without_assignments_does_not_take_up_what_is_about_them(make, take_up):
    run = make(WITHOUT_ITS_GROUP)
    take_up(run, AS_WANTED, draft__assignment_mode=AssignmentMode.LEAVE)
    before, was_open = summary(run).taken_up, is_open(run)
    mapped = take_up(run, created_at=LATER + timedelta(hours=1))

    assert (before, was_open) == (None, True)
    assert (summary(run).taken_up.successor, is_open(run)) == (mapped, False)


def test_what_several_restores_settled_leads_to_the_one_that_settled_the_last(make, take_up):
    run = make(WITHOUT_ITS_GROUP, WITHOUT_ITS_GROUP)
    take_up(run)
    last = make(WRITTEN, created_at=LATER + timedelta(hours=1), backup_set=run.backup_set)
    second = run.items.order_by("position").last().backup_item
    item_of(last, WRITTEN, plan_item=PlanItemFactory(evidence=last.preview, backup_item=second))
    take_up(run, created_at=LATER + timedelta(hours=2))

    assert summary(run).taken_up.successor == last


def test_a_restore_that_settled_only_a_part_leaves_the_step_as_it_was(make, take_up):
    run = make(WITHOUT_ITS_GROUP, WITHOUT_ITS_GROUP)
    take_up(run)

    assert summary(run).taken_up is None
    assert is_open(run)


def test_an_ended_restore_without_the_items_does_not_take_up(make, operator):
    run = make(WITHOUT_ITS_GROUP)
    draft = records.follow_up(actor=operator, run=run, now=LATER).draft
    draft.submitted_at = LATER
    draft.save()
    make(WRITTEN, draft=draft, backup_set=run.backup_set, created_at=LATER)

    assert summary(run).taken_up is None


def test_a_run_that_held_nothing_is_taken_up_by_the_next_restore(make):
    run = make(status=RestoreStatus.FAILED)
    later = make(WRITTEN, created_at=LATER)
    make(WRITTEN, created_at=LATER + timedelta(hours=1))

    assert summary(run).taken_up.successor == later


@pytest.mark.parametrize("fact", [REHEARSED, REFUSED])
def test_a_dry_run_is_taken_up_by_the_restore_of_its_draft(make, auditor, fact):
    rehearsal = make(fact, is_dry_run=True)
    before = summary(rehearsal).taken_up
    restore = make(
        WRITTEN, draft=rehearsal.draft, preview=rehearsal.preview, backup_set=rehearsal.backup_set
    )

    assert (before, summary(rehearsal).taken_up.successor) == (None, restore)
    assert next_action_of(rehearsal, summary(rehearsal), auditor) == see(restore)


def test_what_asks_for_nothing_is_not_taken_up(make, operator):
    run = make(WRITTEN)
    records.rerun(actor=operator, run=run, now=LATER)

    assert summary(run).taken_up is None
    assert next_action_of(run, summary(run), operator) is None


def test_a_draft_that_follows_nothing_takes_up_nothing(make, tenant, operator):
    run = make(WITHOUT_ITS_GROUP)
    DraftFactory(tenant=tenant, owner=operator)

    assert summary(run).taken_up is None


def test_successors_of_many_runs_cost_the_same(make, take_up, operator):
    def cost(runs):
        with CaptureQueriesContext(database) as queries:
            result_summaries(runs)
        return len(queries)

    drafted, settled = make(WITHOUT_ITS_GROUP), make(WITHOUT_ITS_GROUP)
    records.follow_up(actor=operator, run=drafted, now=LATER)
    take_up(settled)

    assert cost([make(WRITTEN), drafted, settled]) == cost([settled])
