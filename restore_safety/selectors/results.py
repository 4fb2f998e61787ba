"""What the results of runs mean, for every page and notice: one function, one answer."""

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse

from operations.continuation import Action
from restore_safety.execution.ending import attention_of, facts_of
from restore_safety.models import RestoreRun
from restore_safety.truth.attention import FollowUpAction, ResultAttention
from tenants.access import has
from tenants.capabilities import Capability
from tenants.models import User

_NEW_DRAFT = frozenset(
    {
        FollowUpAction.MAP_GROUPS,
        FollowUpAction.RETRY_REMAINING,
        FollowUpAction.PREVIEW_AGAIN,
        FollowUpAction.RECONCILE,
        FollowUpAction.START_RESTORE,
    }
)
# What cannot be done from here is shown item by item; the label promises no more than that.
_LOOK = {
    FollowUpAction.WAIT_FOR_APPROVER: "See what waits for approval",
    FollowUpAction.ASSIGN_POLICIES: "See which policies to assign",
    FollowUpAction.ENTER_SECRETS: "See which items need secrets",
    FollowUpAction.DO_MANUALLY: "See what to do by hand",
}


def result_of(run: RestoreRun) -> ResultAttention:
    return attention_of(run, facts_of([run.pk])[run.pk])


def results_of(runs: Iterable[RestoreRun]) -> dict[UUID, ResultAttention]:
    """The result of each run, from one query for all of them."""
    by_id = {run.pk: run for run in runs}
    return {run_id: attention_of(by_id[run_id], facts) for run_id, facts in facts_of(by_id).items()}


def next_action_of(run: RestoreRun, result: ResultAttention, viewer: User) -> Action | None:
    """The one next action, as a way this viewer may take; None when nothing is left to do."""
    step = result.next_action
    if step is FollowUpAction.NONE:
        return None
    if step is FollowUpAction.GRANT_PERMISSION:
        return Action(label=step.label, url=run.tenant.get_absolute_url())
    needed = capability_for(step)
    if needed is None or not has(viewer, needed, run.tenant):
        return Action(label=_LOOK.get(step, "Review the items"), url=items_url(run, result))
    if step is FollowUpAction.RECAPTURE_BACKUP:
        address = reverse("backups:capture")
        return Action(label=step.label, url=f"{address}?tenant={run.tenant.slug}")
    if run.is_dry_run and step is FollowUpAction.START_RESTORE:
        return _after_rehearsal(run, result)
    return Action(
        label=step.label, url=reverse("restores:run-follow-up", args=[run.pk]), method="post"
    )


def capability_for(step: FollowUpAction) -> Capability | None:
    """What the step asks of the person who takes it, beyond seeing the run."""
    if step in _NEW_DRAFT:
        return Capability.PREPARE_RESTORE
    if step is FollowUpAction.RECAPTURE_BACKUP:
        return Capability.CAPTURE_BACKUP
    return None


def items_url(run: RestoreRun, result: ResultAttention) -> str:
    """The run's items, narrowed to those that need somebody where there are any."""
    address = reverse("restores:run-detail", args=[run.pk])
    return f"{address}?attention=yes#items" if result.needs else f"{address}#items"


def _after_rehearsal(run: RestoreRun, result: ResultAttention) -> Action:
    """A dry run leaves its draft open to be restored; once that was done, it leads there."""
    if run.draft.submitted_at is None:
        label = result.next_action.label
        return Action(label=label, url=reverse("restores:draft-resume", args=[run.draft_id]))
    restore = RestoreRun.objects.filter(draft=run.draft_id, is_dry_run=False).first()
    if restore is None:  # its record was deleted for good
        return Action(label="Review the items", url=items_url(run, result))
    return Action(
        label="Open the restore that followed",
        url=reverse("restores:run-detail", args=[restore.pk]),
    )
