"""What resolves what a run left open, the same wherever the run is shown.

It changes nothing of what the run came to, only what there is to do next: go on with the draft
or the restore that was begun, instead of beginning another.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from operations.work_kinds import Action
from restore_safety.models import RestoreDraft, RestoreRun
from restore_safety.restores.follow_ups import restore_that_settled, settled_elsewhere
from restore_safety.truth.attention import FollowUpAction, RestoreStatus, ResultAttention
from tenants.models.capabilities import Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedBy:
    """The draft, or the restore, that continues a run."""

    successor: RestoreDraft | RestoreRun
    # Whether nothing is left open of the run, or only begun with.
    is_settled: bool = False
    is_undo: bool = False

    @property
    def by(self) -> str:
        one = self.successor
        person = one.owner if isinstance(one, RestoreDraft) else one.requested_by
        return str(person) if person else "a former member"

    @property
    def at(self) -> datetime:
        return self.successor.created_at

    @property
    def form(self) -> str:
        """What the successor is, as exports name it: a draft, or a restore."""
        return "draft" if isinstance(self.successor, RestoreDraft) else "restore"

    @property
    def label(self) -> str:
        is_draft = isinstance(self.successor, RestoreDraft)
        return "Continue that draft" if is_draft else "See that restore"

    @property
    def what(self) -> str:
        return f"{self._verb} by {self.by} in {self._place}"

    @property
    def next_step(self) -> str:
        """What is left to do, in place of beginning once more."""
        if isinstance(self.successor, RestoreDraft):
            return (
                "Go on with the draft that continues it. Until that is restored, this stays open."
            )
        if self.is_settled and self.is_undo:
            return "Nothing for this restore: it was undone. Its undo says what became of it."
        if self._is_ended:
            return "See the later restore: it shows what became of these policies."
        return "Wait for the end of the restore that continues it. Until then, this stays open."

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        place = self._place
        where = f"{place[0].upper()}{place[1:]}"
        verb = self._verb
        return (f"{verb} by", self.by), (verb, self.at), (f"{verb} in", where)

    @property
    def _verb(self) -> str:
        return "Undone" if self.is_undo else "Continued"

    @property
    def _place(self) -> str:
        if isinstance(self.successor, RestoreDraft):
            return "a draft that is not queued yet"
        return "a later restore" if self._is_ended else "a restore that has not ended"

    @property
    def _is_ended(self) -> bool:
        one = self.successor
        return isinstance(one, RestoreRun) and RestoreStatus(one.status).is_ended

    def way(self, held: Collection[Capability]) -> Action | None:
        """The way there for whoever holds this on the tenant; a draft is for who may prepare."""
        if isinstance(self.successor, RestoreRun):
            url = reverse("restores:run-detail", args=[self.successor.pk])
        elif Capability.PREPARE_RESTORE in held:
            url = reverse("restores:draft-resume", args=[self.successor.pk])
        else:
            return None
        return Action(label=self.label, url=url)


def resolved_by(
    runs: Iterable[RestoreRun], results: Mapping[UUID, ResultAttention]
) -> dict[UUID, ResolvedBy]:
    """By what each run that leaves a next step was taken up; at most three queries.

    The later restore that settled all it left open counts first, then one under way, then a draft.
    A dry run is taken up by the restore of its own draft: until then, that draft goes on.
    """
    listed = [run for run in runs if results[run.pk].next_action is not FollowUpAction.NONE]
    if not listed:
        return {}
    ids = [run.pk for run in listed]
    settled = dict(
        RestoreRun.objects.filter(settled_elsewhere(), pk__in=ids)
        .annotate(later=restore_that_settled())
        .order_by()
        .values_list("pk", "later")
    )
    drafts = RestoreDraft.objects.filter(follows__in=ids, submitted_at=None)
    of_drafts = Q(draft__follows__in=ids) | Q(draft__in=[run.draft_id for run in listed])
    restores = RestoreRun.objects.filter(
        Q(pk__in=settled.values()) | Q(of_drafts, is_dry_run=False)
    ).select_related("requested_by", "draft")
    by_id = {restore.pk: restore for restore in restores}
    by_draft = {restore.draft_id: restore for restore in by_id.values()}
    found: dict[UUID | None, RestoreDraft | RestoreRun] = {}
    for draft in drafts.select_related("owner").order_by("-is_rerun", "created_at", "pk"):
        found[draft.follows_id] = draft
    for restore in by_id.values():
        if not RestoreStatus(restore.status).is_ended:
            found[restore.draft.follows_id] = restore
    found |= {run_id: by_id[later] for run_id, later in settled.items() if later in by_id}
    successors = {
        run.pk: by_draft.get(run.draft_id) if run.is_dry_run else found.get(run.pk)
        for run in listed
    }
    return {
        run_id: ResolvedBy(
            successor=successor,
            is_settled=run_id in settled,
            is_undo=_undoes(successor, run_id),
        )
        for run_id, successor in successors.items()
        if successor is not None
    }


def _undoes(successor: RestoreDraft | RestoreRun, run_id: UUID) -> bool:
    draft = successor if isinstance(successor, RestoreDraft) else successor.draft
    return draft.undoes_id == run_id
