"""What the results of runs mean, for every page and notice: one function, one answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from operations.work_kinds import Action
from restore_safety.execution.ending import attention_of, facts_of
from restore_safety.models import RestoreRun
from restore_safety.restores.pages.resolved_by import ResolvedBy, resolved_by
from restore_safety.truth.attention import (
    Attention,
    CauseFamily,
    FollowUpAction,
    RestoreStatus,
    ResultAttention,
)
from tenants.access.service import capabilities_of, has
from tenants.models import User
from tenants.models.capabilities import Capability

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
    FollowUpAction.WITHDRAW_REQUESTS: "See which requests are still filed",
    FollowUpAction.ASSIGN_POLICIES: "See which policies to assign",
    FollowUpAction.ENTER_SECRETS: "See which items need secrets",
    FollowUpAction.CHECK_VALUES: "See which values to check",
    FollowUpAction.DO_MANUALLY: "See what to do by hand",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSummary:
    """What a run came to, and who has taken up since what it left open."""

    result: ResultAttention
    taken_up: ResolvedBy | None = None

    @property
    def state(self) -> Attention | RestoreStatus:
        """The one state to show of it: that it was cancelled comes before what it came to."""
        is_cancelled = self.result.status is RestoreStatus.CANCELLED
        return RestoreStatus.CANCELLED if is_cancelled else self.result.attention

    @property
    def cause(self) -> CauseFamily | None:
        """The family of what went wrong; None where nothing did, as in a run that was cancelled."""
        return None if self.result.cause is CauseFamily.NONE else self.result.cause

    @property
    def next_label(self) -> str:
        """The next step in a few words; empty when nothing is left to do."""
        if self.result.next_action is FollowUpAction.NONE:
            return ""
        return self.taken_up.label if self.taken_up else self.result.next_action.label

    @property
    def next_sentence(self) -> str:
        if self.result.next_action is FollowUpAction.NONE:
            return ""
        return self.taken_up.next_step if self.taken_up else self.result.next_action.sentence


def result_of(run: RestoreRun) -> ResultAttention:
    return attention_of(run, facts_of([run.pk])[run.pk])


def results_of(runs: Iterable[RestoreRun]) -> dict[UUID, ResultAttention]:
    """The result of each run, from one query for all of them."""
    by_id = {run.pk: run for run in runs}
    return {run_id: attention_of(by_id[run_id], facts) for run_id, facts in facts_of(by_id).items()}


def result_summaries(runs: Iterable[RestoreRun]) -> dict[UUID, ResultSummary]:
    """The summary of each run, the same for every viewer; four queries for all of them."""
    listed = tuple(runs)
    results = results_of(listed)
    taken_up = resolved_by(listed, results)
    return {
        run.pk: ResultSummary(result=results[run.pk], taken_up=taken_up.get(run.pk))
        for run in listed
    }


def next_action_of(run: RestoreRun, summary: ResultSummary, viewer: User) -> Action | None:
    """The one next action, as a way this viewer may take; None when nothing is left to do."""
    step = summary.result.next_action
    if step is FollowUpAction.NONE:
        return None
    look = Action(label=_LOOK.get(step, "Review the items"), url=items_url(run, summary.result))
    if summary.taken_up:
        return summary.taken_up.way(capabilities_of(viewer, run.tenant)) or look
    if step is FollowUpAction.GRANT_PERMISSION:
        return Action(label=step.label, url=run.tenant.get_absolute_url())
    needed = capability_for(step)
    if needed is None or not has(viewer, needed, run.tenant):
        return look
    return _begin(run, step) or look


def _begin(run: RestoreRun, step: FollowUpAction) -> Action | None:
    """The way to begin what the step asks for; None where it was begun and its record is gone."""
    if step is FollowUpAction.RECAPTURE_BACKUP:
        address = reverse("backups:capture")
        return Action(label=step.label, url=f"{address}?tenant={run.tenant.slug}")
    if run.is_dry_run:
        # Its draft is left open to go on with, and is gone with the restore that came of it.
        resume = reverse("restores:draft-resume", args=[run.draft_id])
        return None if run.draft.submitted_at else Action(label=step.label, url=resume)
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
    """The run's items, narrowed to those that need attention where there are any."""
    address = reverse("restores:run-detail", args=[run.pk])
    return f"{address}?attention=yes#items" if result.needs else f"{address}#items"
