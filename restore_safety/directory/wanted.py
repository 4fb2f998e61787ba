"""What the tenant's backups name, so that it is read first: groups, and users of policies."""

from collections.abc import Iterable

from restore_safety.directory.reading import Wanted, users_named_by
from restore_safety.models import BackupItem, PolicyPayload
from tenants.models import Tenant

_NAMING_USERS = "conditionalAccessPolicies"
# Of the newest items and contents, as many as are looked at.
_MOST = 20_000


def wanted_by(tenant: Tenant) -> Wanted:
    """The groups and users that the newest backups of the tenant name."""
    return Wanted(groups=_groups(tenant), users=_users(tenant))


def _groups(tenant: Tenant) -> frozenset[str]:
    named: Iterable[dict[str, str]] = (
        BackupItem.objects.in_tenant(tenant)
        .exclude(group_names={})
        .order_by("-backup_set__captured_at", "pk")
        .values_list("group_names", flat=True)[:_MOST]
    )
    return frozenset(group.lower() for names in named for group in names)


def _users(tenant: Tenant) -> frozenset[str]:
    contents = (
        PolicyPayload.objects.in_tenant(tenant)
        .filter(items__contract_key=_NAMING_USERS)
        .distinct()
        .order_by("-pk")[:_MOST]
    )
    return frozenset().union(*(users_named_by(one.content) for one in contents.iterator(1000)))
