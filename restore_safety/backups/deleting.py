"""Delete a backup set, unless something still rests on it, and hold one against deletion."""

from itertools import batched

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from restore_safety.models import (
    BackupItem,
    BackupSet,
    PlanItem,
    PolicyPayload,
    RestoreDraft,
    RestoreRun,
)
from tenants.access.service import require
from tenants.audit import trail
from tenants.models import User
from tenants.models.capabilities import Capability

_USED_JUST_NOW = "Something was made from it at the same moment. Look at it again."
_CONTENTS_AT_ONCE = 500


class BackupInUseError(Exception):
    """Something rests on the set, so it stays; the message says what."""


class BackupGoneError(Exception):
    """The set was deleted meanwhile; the message says so."""

    def __init__(self, label: str) -> None:
        super().__init__(f"The backup “{label}” was deleted meanwhile. Choose another one.")


def hold_set(backup_set: BackupSet) -> None:
    """Keep the set from being deleted until the transaction ends, so that it can be used.

    Raises BackupGoneError where it was deleted already. Whoever makes a row that needs the set, or
    a policy in it, calls this first: the row would otherwise fail when the transaction commits.
    """
    held = BackupSet.objects.select_for_update(of=("self",), no_key=True)
    if held.filter(pk=backup_set.pk).first() is None:
        raise BackupGoneError(backup_set.label)


def reason_to_keep(backup_set: BackupSet) -> str:
    """What rests on the set, as a sentence; "" when it may be deleted."""
    if RestoreRun.objects.filter(backup_set=backup_set).exists():
        return "A restore was made from it, and the record of that restore needs it."
    if RestoreRun.objects.filter(pre_restore_set=backup_set).exists():
        return "It holds what a restore overwrote, so that the restore can be undone."
    if RestoreDraft.objects.filter(backup_set=backup_set).exists():
        return "A restore is being prepared from it. Discard that draft first."
    if PlanItem.objects.filter(backup_item__backup_set=backup_set).exists():
        return "A draft keeps a preview that was made from it. Discard that draft first."
    return ""


def delete_set(*, actor: User, backup_set: BackupSet) -> None:
    """Delete the set and the content that no other set holds.

    Raises BackupInUseError when something rests on it, also when that came about this very moment,
    and BackupGoneError when it was deleted meanwhile.
    """
    require(actor, Capability.MANAGE_RESTORES, backup_set.tenant)
    try:
        with transaction.atomic():
            _delete(actor, backup_set)
    except (ProtectedError, IntegrityError):
        raise BackupInUseError(_USED_JUST_NOW) from None


def _delete(actor: User, backup_set: BackupSet) -> None:
    held = BackupSet.objects.select_for_update(of=("self",)).filter(pk=backup_set.pk)
    locked = held.first()
    if locked is None:
        raise BackupGoneError(backup_set.label)
    if reason := reason_to_keep(locked):
        raise BackupInUseError(reason)
    detail = {"items": locked.item_count, "digest": locked.digest}
    contents = list(
        BackupItem.objects.filter(backup_set=locked)
        .order_by("payload__digest")
        .values_list("payload_id", flat=True)
        .distinct()
    )
    locked.delete()
    _delete_unheld(contents)
    trail.record(
        action="backup.deleted",
        actor=actor,
        tenant=backup_set.tenant,
        subject=f"backup_set:{backup_set.pk}",
        detail=detail,
    )


def _delete_unheld(contents: list[int]) -> None:
    """Delete the contents without an item, once whoever is about to use one of them is done.

    They are held in the order in which an import holds them, so that the two never deadlock.
    """
    for some in batched(contents, _CONTENTS_AT_ONCE, strict=False):
        held = PolicyPayload.objects.filter(pk__in=some).order_by("digest").select_for_update()
        list(held.values_list("pk", flat=True))
        PolicyPayload.objects.filter(pk__in=some, items=None).delete()
