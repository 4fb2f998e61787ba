"""Delete a backup set, unless something still rests on it."""

from django.db import transaction

from restore_safety.models import (
    BackupItem,
    BackupSet,
    PlanItem,
    PolicyPayload,
    RestoreDraft,
    RestoreRun,
)
from tenants import audit
from tenants.access import require
from tenants.capabilities import Capability
from tenants.models import User


class BackupInUseError(Exception):
    """Something rests on the set, so it stays; the message says what."""


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
    """Delete the set and the content that no other set holds; BackupInUseError when in use."""
    require(actor, Capability.MANAGE_RESTORES, backup_set.tenant)
    with transaction.atomic():
        locked = BackupSet.objects.select_for_update(of=("self",)).get(pk=backup_set.pk)
        if reason := reason_to_keep(locked):
            raise BackupInUseError(reason)
        detail = {"items": locked.item_count, "digest": locked.digest}
        contents = list(
            BackupItem.objects.filter(backup_set=locked)
            .order_by("payload_id")
            .values_list("payload_id", flat=True)
            .distinct()
        )
        locked.delete()
        _delete_unheld(contents)
        audit.record(
            action="backup.deleted",
            actor=actor,
            tenant=backup_set.tenant,
            subject=f"backup_set:{backup_set.pk}",
            detail=detail,
        )


def _delete_unheld(contents: list[int]) -> None:
    for start in range(0, len(contents), 500):
        PolicyPayload.objects.filter(pk__in=contents[start : start + 500], items=None).delete()
