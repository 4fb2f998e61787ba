"""What is known of the tenant's objects: which policies of backups they stand for."""

from restore_safety.models import BackupSet, Decision, RestoreItem
from restore_safety.policies.matching import Identities
from tenants.guids import is_guid
from tenants.models import ProviderConnection


def identities_in(connection: ProviderConnection, backup_set: BackupSet) -> Identities:
    """What earlier restores created in the tenant, and which ids of the backup count there.

    Small numbers are given out anew in every tenant, so they do not say what was made from what.
    """
    types = backup_set.items.order_by().values_list("contract_key", flat=True).distinct()
    created = (
        RestoreItem.objects.filter(
            tenant_id=connection.tenant_id,
            contract_key__in=types,
            plan_item__decision=Decision.CREATE,
        )
        .exclude(target_object_id="")
        .order_by("pk")
        .values_list("contract_key", "target_object_id", "backup_item__object_id")
    )
    is_own = backup_set.origin_directory_id == connection.directory_id
    ids = backup_set.items.values_list("contract_key", "object_id") if is_own else ()
    return Identities(
        made={
            (key, live.casefold()): source.casefold()
            for key, live, source in created
            if is_guid(source)
        },
        backed_up=frozenset((key, one.casefold()) for key, one in ids if one),
    )
