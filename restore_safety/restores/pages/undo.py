"""Which restore undid a run, and how much of what the run wrote it took back."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from restore_safety.models import RestoreRun
from restore_safety.policies.undone import carried_out, taken_back
from restore_safety.truth.attention import RestoreStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """The newest restore that undoes a run, and what all its undos took back of it."""

    undo: RestoreRun
    taken: int
    written: int

    @property
    def name(self) -> str:
        return str(self.undo)

    @property
    def url(self) -> str:
        return reverse("restores:run-detail", args=[self.undo.pk])

    @property
    def at(self) -> datetime:
        return self.undo.created_at

    @property
    def label(self) -> str:
        """What comes before its name; only what is wholly taken back is called undone."""
        return "Undone by" if self._is_whole else "Its undo is"

    @property
    def sentence(self) -> str:
        """How much of the run is taken back."""
        if self._is_whole:
            return "Nothing that this restore wrote is left."
        if not RestoreStatus(self.undo.status).is_ended:
            return "The undo has not ended."
        return f"Taken back: {self.taken} of {_policies(self.written)} that this restore wrote."

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        """The same in short, for the operation's page."""
        return (self.label, self.name), ("Taken back", self.sentence)

    @property
    def _is_whole(self) -> bool:
        return self.taken == self.written > 0


def undoing_of(run: RestoreRun) -> Undoing | None:
    """What became of the run's undo; None where no restore undoes it. Three queries at most."""
    undos = RestoreRun.objects.in_tenant(run.tenant).filter(draft__undoes=run, is_dry_run=False)
    newest = undos.order_by("-created_at").first()
    if newest is None:
        return None
    return Undoing(undo=newest, taken=len(taken_back(run)), written=carried_out(run).count())


def _policies(count: int) -> str:
    return "1 policy" if count == 1 else f"{count} policies"
