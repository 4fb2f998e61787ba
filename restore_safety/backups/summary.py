"""What a backup set holds, and what a finished backup operation has to say about itself."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from operations.models import OperationRun, RunOutcome
from operations.work_kinds import Action
from restore_safety.backups.unread import Unread
from restore_safety.models import BackupItem, BackupSet, BackupSource
from tenants.access.service import has
from tenants.models import User
from tenants.models.capabilities import Capability

NOTHING_KEPT = (
    "An unexpected error stopped the work, and no backup was kept. Start it again; if it fails "
    "again, give the run's id to whoever runs this service."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Retry:
    """Where the work of a kind of run is started by hand, and who may."""

    label: str
    view: str
    icon: str
    capability: Capability


_RETRIES = {
    "backup_import": _Retry(
        label="Upload again",
        view="backups:upload",
        icon="upload",
        capability=Capability.IMPORT_BACKUP,
    ),
    "backup_capture": _Retry(
        label="Capture again",
        view="backups:capture",
        icon="cloud-download",
        capability=Capability.CAPTURE_BACKUP,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much was found, and where it went: kept, missed, kept in part, or left aside."""

    kept: int
    missed: int
    in_part: int
    left_aside: int

    @property
    def found(self) -> int:
        return self.kept + self.missed

    @property
    def is_whole(self) -> bool:
        return not self.missed and not self.in_part


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """What a backup operation came to, and the set it left if there is one."""

    headline: str
    sentence: str
    backup_set: BackupSet | None = None


def counts_by_type(backup_set: BackupSet) -> dict[str, int]:
    """How many policies of each type the set holds, by contract key."""
    counted = (
        BackupItem.objects.filter(backup_set=backup_set)
        .order_by("contract_key")
        .values_list("contract_key")
        .annotate(Count("pk"))
    )
    return dict(counted)


def unread_in(backup_set: BackupSet) -> tuple[Unread, ...]:
    return tuple(Unread.from_json(entry) for entry in backup_set.unreadable)


def tally_of(backup_set: BackupSet) -> Tally:
    unread = unread_in(backup_set)
    in_part = sum(entry.matters and entry.in_part for entry in unread)
    return Tally(
        kept=backup_set.item_count,
        missed=sum(entry.matters for entry in unread) - in_part,
        in_part=in_part,
        left_aside=sum(not entry.matters for entry in unread),
    )


def set_of(run: OperationRun) -> BackupSet | None:
    """The set this run captured or imported; what a restore keeps beforehand is not its subject."""
    return (
        BackupSet.objects.filter(operation_run=run)
        .exclude(source=BackupSource.PRE_RESTORE)
        .select_related("tenant")
        .first()
    )


def retry_of(run: OperationRun, viewer: User) -> Action | None:
    """The way to do a failed run's work again; None unless it failed and the viewer may."""
    if run.is_live or run.outcome != RunOutcome.FAILED or set_of(run) is not None:
        return None
    retry = _RETRIES.get(run.kind)
    if retry is None or not has(viewer, retry.capability, run.tenant):
        return None
    query = urlencode({"tenant": run.tenant.slug})
    return Action(label=retry.label, url=f"{reverse(retry.view)}?{query}", icon=retry.icon)


def summary_of(run: OperationRun) -> RunSummary | None:
    """What a run came to; None while it is under way."""
    if run.is_live:
        return None
    if run.outcome == RunOutcome.CANCELLED:
        return RunSummary(headline="Cancelled", sentence="No backup was kept.")
    backup_set = set_of(run)
    if backup_set is not None:
        return _summary_of_set(backup_set)
    if run.outcome == RunOutcome.FAILED:
        return RunSummary(
            headline="No backup was kept", sentence=run.failure_message or "The work failed."
        )
    return RunSummary(
        headline="The backup set is gone", sentence="It was kept, and has been deleted since."
    )


def _summary_of_set(backup_set: BackupSet) -> RunSummary:
    tally = tally_of(backup_set)
    parts = [f"{counted(tally.kept)} kept"]
    if tally.missed:
        parts.append(f"{tally.missed:,} not read")
    if tally.in_part:
        parts.append(f"{tally.in_part:,} only in part")
    return RunSummary(
        headline=", ".join(parts),
        sentence=_sentence_of(tally, BackupSource(backup_set.source)),
        backup_set=backup_set,
    )


def _sentence_of(tally: Tally, source: BackupSource) -> str:
    if not tally.is_whole:
        # How many policies a type has that may not be listed is not known.
        found = f"{tally.found:,} found. " if source is BackupSource.IMPORTED else ""
        return (
            f"{found}What could not be read is not in the backup set; the set names each with the "
            "reason."
        )
    if tally.left_aside:
        return (
            "Every policy that was found is in the backup set. Left aside, without losing a "
            f"policy: {tally.left_aside:,}; the set names each with the reason."
        )
    return "Everything that was found is in the backup set."


def counted(policies: int) -> str:
    return "1 policy" if policies == 1 else f"{policies:,} policies"
