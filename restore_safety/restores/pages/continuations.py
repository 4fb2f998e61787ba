"""How an ended restore can be continued, and which restores it continues or is continued by."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from restore_safety.models import RestoreDraft, RestoreRun
from restore_safety.models.run import LIVE_STATUSES
from restore_safety.restores.follow_ups import facts_to_continue
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.continuing import Continuable, ContinuingAction, continuable
from tenants.models.capabilities import Capability

_ICONS = {
    ContinuingAction.REMAINING: "arrow-right-circle",
    ContinuingAction.FAILED: "arrow-repeat",
    ContinuingAction.NOT_BEGUN: "play-circle",
}
_MOST_SUCCESSORS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuingLine:
    """One action with how many items it takes: a way to its draft, or why it is not open."""

    action: ContinuingAction
    run_id: UUID
    count: int
    denial: str

    @property
    def label(self) -> str:
        return f"{self.action.label} ({self.count})"

    @property
    def icon(self) -> str:
        return _ICONS[self.action]

    @property
    def url(self) -> str:
        address = reverse("restores:run-follow-up", args=[self.run_id])
        return f"{address}?items={self.action}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A restore that this one continues or repeats, or that continues or repeats it."""

    label: str
    run: RestoreRun

    @property
    def name(self) -> str:
        return str(self.run)

    @property
    def url(self) -> str:
        return reverse("restores:run-detail", args=[self.run.pk])


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuing:
    """What of the run can be continued and by which viewer, and where that was done."""

    run: RestoreRun
    left: Continuable
    held: Collection[Capability]
    neighbours: tuple[Neighbour, ...]
    begun: frozenset[ContinuingAction]

    @property
    def lines(self) -> tuple[ContinuingLine, ...]:
        denial = (
            "" if Capability.PREPARE_RESTORE in self.held else Capability.PREPARE_RESTORE.denial
        )
        return tuple(
            ContinuingLine(
                action=action, run_id=self.run.pk, count=self.left.taken_by(action), denial=denial
            )
            for action in self.left.offered
            if self._is_open(action)
        )

    def _is_open(self, action: ContinuingAction) -> bool:
        """Whether none of its items is in an open draft yet: no item may be in two of them."""
        return not any(action.states & begun.states for begun in self.begun)

    @property
    def remarks(self) -> tuple[str, ...]:
        return self.left.remarks


def continuing_of(run: RestoreRun, held: Collection[Capability]) -> Continuing:
    """Four queries; of a run that has not ended, or wrote nothing by design, nothing is left."""
    is_over = RestoreStatus(run.status).is_ended and not run.is_dry_run
    return Continuing(
        run=run,
        left=continuable(facts_to_continue(run) if is_over else {}),
        held=held,
        neighbours=_neighbours(run),
        begun=_begun(run),
    )


def _begun(run: RestoreRun) -> frozenset[ContinuingAction]:
    """What open drafts, and restores under way, took of the run."""
    going_on = RestoreDraft.objects.in_tenant(run.tenant).filter(
        Q(submitted_at=None) | Q(runs__status__in=LIVE_STATUSES, runs__is_dry_run=False),
        follows=run,
        is_rerun=False,
    )
    return frozenset(map(ContinuingAction, going_on.values_list("continues_with", flat=True)))


def _neighbours(run: RestoreRun) -> tuple[Neighbour, ...]:
    found: list[Neighbour] = []
    if run.draft.follows_id:
        before = RestoreRun.objects.in_tenant(run.tenant).get(pk=run.draft.follows_id)
        label = "Repeats" if run.draft.is_rerun else "Continues"
        found.append(Neighbour(label=label, run=before))
    after = (
        RestoreRun.objects.in_tenant(run.tenant)
        .filter(draft__follows=run)
        .select_related("draft")
        .order_by("created_at", "pk")
    )
    found += [
        Neighbour(label="Repeated by" if one.draft.is_rerun else "Continued by", run=one)
        for one in after[:_MOST_SUCCESSORS]
    ]
    return tuple(found)
