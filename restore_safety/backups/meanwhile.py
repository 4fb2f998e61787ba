"""Restores of the directory that were under way while a backup of it was captured.

Such a backup may hold some policies from before the restore and others from after it.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from restore_safety.models import BackupSet, RestoreRun
from tenants.models import ProviderConnection, Tenant

# What stands for a restore through another tenant's connection: whose it is, is not shown here.
ELSEWHERE = "elsewhere"
_MOST_NAMED = 10


def restores_meanwhile(tenant: Tenant, *, since: datetime) -> list[str]:
    """The ids of the real restores of the tenant's directory that were under way after `since`.

    One that another connection to the same directory carries out counts and is not named.
    """
    directories = ProviderConnection.objects.in_tenant(tenant).values("cloud", "directory_id")
    same_directory = Q(tenant=tenant)
    for directory in directories:
        same_directory |= Q(
            tenant__connection__cloud=directory["cloud"],
            tenant__connection__directory_id=directory["directory_id"],
        )
    under_way = RestoreRun.objects.filter(
        same_directory,
        Q(ended_at=None) | Q(ended_at__gt=since),
        is_dry_run=False,
        operation_run__started_at__isnull=False,
    )
    found = under_way.order_by("created_at", "pk").values_list("tenant", "pk")
    named = [str(pk) if of == tenant.pk else ELSEWHERE for of, pk in found[:_MOST_NAMED]]
    return list(dict.fromkeys(named))


def meanwhile_of(backup_set: BackupSet) -> str:
    """That restores ran while the set was captured, as a sentence; "" when none did."""
    return meanwhile_sentence(backup_set.restores_meanwhile)


def meanwhile_sentence(restores: Sequence[str]) -> str:
    named = [f"restore {one[:8]}" for one in restores if one != ELSEWHERE]
    if ELSEWHERE in restores:
        named.append("a restore through another connection to the same directory")
    if not named:
        return ""
    verb = "was" if len(named) == 1 else "were"
    return (
        f"Taken while {' and '.join(named)} {verb} running: "
        "it may hold states from before and after."
    )
