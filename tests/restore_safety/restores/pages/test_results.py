"""Results of runs, and the one way on that each viewer may take."""

from dataclasses import replace

import pytest
from django.urls import reverse

from operations.work_kinds import Action
from restore_safety.restores.pages.results import (
    ResultSummary,
    capability_for,
    next_action_of,
    result_of,
    results_of,
)
from restore_safety.truth.attention import FollowUpAction
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    REHEARSED,
    WITHOUT_ITS_GROUP,
    WRITTEN,
    RestoreRunFactory,
    item_of,
)

BY_NEW_DRAFT = [
    FollowUpAction.MAP_GROUPS,
    FollowUpAction.RETRY_REMAINING,
    FollowUpAction.PREVIEW_AGAIN,
    FollowUpAction.RECONCILE,
    FollowUpAction.START_RESTORE,
]
BY_LOOKING = {
    FollowUpAction.REVIEW_ITEMS: "Review the items",
    FollowUpAction.WAIT_FOR_APPROVER: "See what waits for approval",
    FollowUpAction.WITHDRAW_REQUESTS: "See which requests are still filed",
    FollowUpAction.ENTER_SECRETS: "See which items need secrets",
    FollowUpAction.CHECK_VALUES: "See which values to check",
    FollowUpAction.ASSIGN_POLICIES: "See which policies to assign",
    FollowUpAction.DO_MANUALLY: "See what to do by hand",
}


@pytest.fixture
def make(tenant, operator):
    def make(*facts, **values):
        run = RestoreRunFactory(**{"tenant": tenant, "requested_by": operator} | values)
        for fact in facts:
            item_of(run, fact)
        return run

    return make


def result_asking(run, step):
    return replace(result_of(run), next_action=step)


def test_results_of_many_cost_one_query(make, django_assert_num_queries):
    runs = [make(WRITTEN), make(REFUSED), make(WRITTEN, WITHOUT_ITS_GROUP)]

    with django_assert_num_queries(1):
        results = results_of(runs)

    assert results == {run.pk: result_of(run) for run in runs}


@pytest.mark.parametrize("step", BY_NEW_DRAFT)
def test_next_action_opens_a_new_draft(make, operator, step):
    run = make(REFUSED)

    assert next_action_of(run, ResultSummary(result=result_asking(run, step)), operator) == Action(
        label=step.label, url=reverse("restores:run-follow-up", args=[run.pk]), method="post"
    )


@pytest.mark.parametrize("step", [*BY_NEW_DRAFT, FollowUpAction.RECAPTURE_BACKUP])
def test_next_action_of_who_may_only_look_is_to_look(make, auditor, step):
    run = make(REFUSED)

    assert next_action_of(run, ResultSummary(result=result_asking(run, step)), auditor) == Action(
        label="Review the items",
        url=f"{reverse('restores:run-detail', args=[run.pk])}?attention=yes#items",
    )


@pytest.mark.parametrize(("step", "label"), BY_LOOKING.items())
def test_next_action_that_is_done_elsewhere_shows_the_items(make, operator, step, label):
    run = make(REFUSED)

    assert next_action_of(run, ResultSummary(result=result_asking(run, step)), operator) == Action(
        label=label, url=f"{reverse('restores:run-detail', args=[run.pk])}?attention=yes#items"
    )


def test_next_action_leads_to_the_tenant_that_lacks_a_permission(make, auditor):
    run = make(REFUSED)

    assert next_action_of(run, ResultSummary(result=result_of(run)), auditor) == Action(
        label="Grant the missing access", url="/tenants/contoso/"
    )


def test_next_action_captures_the_backup_again(make, operator):
    run = make(REFUSED)
    summary = ResultSummary(result=result_asking(run, FollowUpAction.RECAPTURE_BACKUP))

    assert next_action_of(run, summary, operator) == Action(
        label="Capture the backup again", url=f"{reverse('backups:capture')}?tenant=contoso"
    )


def test_next_action_of_a_calm_result_is_none(make, operator):
    run = make(WRITTEN)

    assert next_action_of(run, ResultSummary(result=result_of(run)), operator) is None


def test_next_action_after_a_dry_run_goes_on_with_its_draft(make, operator):
    run = make(REHEARSED, is_dry_run=True)

    assert next_action_of(run, ResultSummary(result=result_of(run)), operator) == Action(
        label="Start a restore", url=reverse("restores:draft-resume", args=[run.draft_id])
    )


def test_next_action_after_a_dry_run_whose_restore_was_deleted_shows_the_items(make, operator):
    run = make(REHEARSED, is_dry_run=True)
    run.draft.submitted_at = NOW
    run.draft.save()

    assert next_action_of(run, ResultSummary(result=result_of(run)), operator) == Action(
        label="Review the items",
        url=f"{reverse('restores:run-detail', args=[run.pk])}#items",
    )


def test_every_step_is_either_taken_here_or_looked_at():
    needing_a_right = {step for step in FollowUpAction if capability_for(step)}

    assert set(FollowUpAction) - needing_a_right - set(BY_LOOKING) == {
        FollowUpAction.NONE,
        FollowUpAction.GRANT_PERMISSION,
    }
