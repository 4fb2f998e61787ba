"""What a viewer may do with the record of a restore, and what each of it would mean."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from operations.work_kinds import Action
from restore_safety.execution.ending import writes_of
from restore_safety.models import RestoreRun
from restore_safety.restores.pages.results import result_of
from restore_safety.restores.records import RecordAct, is_the_only_run_of_its_draft, obstacle_to
from restore_safety.truth.attention import RestoreStatus, ResultAttention
from tenants.models import Tenant, User
from tenants.models.capabilities import Capability

_ICONS = {
    RecordAct.ACKNOWLEDGE: "flag",
    RecordAct.RERUN: "arrow-repeat",
    RecordAct.UNDO: "arrow-counterclockwise",
    RecordAct.ARCHIVE: "archive",
    RecordAct.UNARCHIVE: "arrow-up-square",
    RecordAct.DELETE: "trash",
}
_QUESTIONS = {
    RecordAct.ACKNOWLEDGE: "Acknowledge this follow-up?",
    RecordAct.RERUN: "Prepare this restore again?",
    RecordAct.UNDO: "Prepare the undo of this restore?",
    RecordAct.ARCHIVE: "Archive this restore?",
    RecordAct.UNARCHIVE: "Bring this restore back to the list?",
    RecordAct.DELETE: "Delete this record for good?",
}
_ABOUT_THE_LIST = frozenset(RecordAct) - {RecordAct.ACKNOWLEDGE}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActLine:
    """One act as a viewer finds it: a way to its confirmation, or why it is not open."""

    act: RecordAct
    run_id: UUID
    denial: str

    @property
    def label(self) -> str:
        return self.act.label

    @property
    def icon(self) -> str:
        return _ICONS[self.act]

    @property
    def url(self) -> str:
        return reverse("restores:run-confirm", args=[self.run_id, self.act])


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPage:
    """The confirmation of one act: what it would mean for this record, and what is in the way."""

    act: RecordAct
    run: RestoreRun
    result: ResultAttention
    obstacle: str
    lost: tuple[tuple[str, object], ...]
    kept: tuple[str, ...]

    @property
    def question(self) -> str:
        return _QUESTIONS[self.act]

    @property
    def url(self) -> str:
        return reverse(f"restores:run-{self.act}", args=[self.run.pk])

    @property
    def back_url(self) -> str:
        return reverse("restores:run-detail", args=[self.run.pk])

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        return (
            ("What happened", self.result.headline),
            ("Result", self.result.attention),
            ("Tenant", self.run.tenant.name),
            ("Restored from", self.run.backup_set.label),
            ("Queued", self.run.created_at),
        )

    @property
    def destroys(self) -> bool:
        return self.act is RecordAct.DELETE

    @property
    def asks_for_a_note(self) -> bool:
        return self.act is RecordAct.ACKNOWLEDGE


def acts_of(run: RestoreRun, capabilities: frozenset[Capability]) -> tuple[ActLine, ...]:
    """What may be done with an ended restore; each act that is not open says why."""

    def denial_of(act: RecordAct) -> str:
        return "" if act.is_allowed_by(capabilities) else act.denial

    return _lines(run, lambda act: denial_of(act) or obstacle_to(act, run))


def acknowledging(run: RestoreRun, capabilities: frozenset[Capability]) -> ActLine:
    act = RecordAct.ACKNOWLEDGE
    denial = "" if act.is_allowed_by(capabilities) else act.denial
    return ActLine(act=act, run_id=run.pk, denial=denial)


def undo_way(run: RestoreRun, capabilities: frozenset[Capability]) -> Action | None:
    """The way to the undo of an ended restore; None where it is not open to the viewer."""
    acts = acts_of(run, capabilities)
    undo = next((one for one in acts if one.act is RecordAct.UNDO and not one.denial), None)
    return Action(label=undo.label, url=undo.url, icon=undo.icon) if undo else None


class ListedActs:
    """The acts of each restore of a list, from one query per capability for all of them."""

    def __init__(self, user: User) -> None:
        self._tenants = {
            capability: set(
                Tenant.objects.visible_to(user, capability).values_list("pk", flat=True)
            )
            for capability in {one for act in _ABOUT_THE_LIST for one in act.capabilities}
        }

    def held_on(self, run: RestoreRun) -> frozenset[Capability]:
        """What the viewer may do in the run's tenant, of what these acts ask for."""
        return frozenset(
            capability for capability, tenants in self._tenants.items() if run.tenant_id in tenants
        )

    def of(self, run: RestoreRun) -> tuple[ActLine, ...]:
        """The acts for this viewer; what the record does not allow is shown by the confirmation."""
        held = self.held_on(run)
        return _lines(run, lambda act: "" if act.is_allowed_by(held) else act.denial)


def act_page(*, act: RecordAct, run: RestoreRun) -> ActPage:
    return ActPage(
        act=act,
        run=run,
        result=result_of(run),
        obstacle=obstacle_to(act, run),
        lost=_lost(run) if act is RecordAct.DELETE else (),
        kept=_kept(run) if act is RecordAct.DELETE else (),
    )


def _lines(run: RestoreRun, denial: Callable[[RecordAct], str]) -> tuple[ActLine, ...]:
    if not RestoreStatus(run.status).is_ended:
        return ()
    return tuple(ActLine(act=act, run_id=run.pk, denial=denial(act)) for act in _offered(run))


def _offered(run: RestoreRun) -> Iterable[RecordAct]:
    # A dry run wrote nothing.
    undo = () if run.is_dry_run else (RecordAct.UNDO,)
    if run.archived_at is None:
        return RecordAct.RERUN, *undo, RecordAct.ARCHIVE
    return RecordAct.RERUN, *undo, RecordAct.UNARCHIVE, RecordAct.DELETE


def _lost(run: RestoreRun) -> tuple[tuple[str, object], ...]:
    snapshot = "What was known and confirmed when it was queued"
    draft = "Its draft, with the checks, the preview and the changes made to it"
    note = run.acknowledgement
    return (
        ("Items with their outcomes", str(run.items.count())),
        ("Requests the tenant took", str(writes_of(run))),
        ("Safety record", snapshot),
        ("Draft", draft if is_the_only_run_of_its_draft(run) else "Stays: more was made from it"),
        ("Acknowledgement", f"The note by {note.author_name}" if note else "None was made"),
    )


def _kept(run: RestoreRun) -> tuple[str, ...]:
    kept = [
        "The audit trail, with who deletes the record and what it came to.",
        "The operation record, with its counts and times.",
        f"The backup set “{run.backup_set.label}”.",
    ]
    if run.successors.exists():
        kept.append("The drafts that follow it, which will no longer say what they follow.")
    if run.pre_restore_set:
        kept.append(f"“{run.pre_restore_set.label}”, which holds what the restore replaced.")
    return tuple(kept)
