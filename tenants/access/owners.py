"""No tenant loses its last owner: whoever could give access back has to remain."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from tenants.audit import trail
from tenants.models import AuditOutcome, Tenant, TenantUserPermission, User
from tenants.models.capabilities import Capability
from tenants.models.tenant import TenantQuerySet

_NAMED = 3
_NOBODYS = Q(pk__in=())


class LastOwnerError(Exception):
    """Afterwards no one could decide on access to these tenants any more."""

    def __init__(self, tenants: list[Tenant]) -> None:
        self.tenants = tenants
        named = [tenant.name for tenant in tenants[:_NAMED]]
        more = len(tenants) - _NAMED
        *others, last = [*named, f"{more} more"] if more > 0 else named
        said = f"{', '.join(others)} and {last}" if others else last
        super().__init__(
            f"This would leave no one who may manage access to {said}. "
            "Make another active member of the workspace owner there first."
        )


@contextmanager
def owners_kept(tenants: TenantQuerySet, *, actor: User | None) -> Iterator[None]:
    """Do what is inside only if every tenant that has an owner has one still when it ends.

    The tenants are locked first, so of two removals that would each leave the other's person the
    second waits, and is refused. The refusal is audited after what was done is undone; like
    `access.require`, call it outside of a transaction.
    """
    try:
        with _owned_before_and_after(tenants):
            yield
    except LastOwnerError as error:
        for tenant in error.tenants:
            trail.record(
                action="access.last_owner_kept",
                actor=actor,
                tenant=tenant,
                outcome=AuditOutcome.DENIED,
            )
        raise


@contextmanager
def _owned_before_and_after(tenants: TenantQuerySet) -> Iterator[None]:
    with transaction.atomic():
        locked = tenants.order_by("pk").select_for_update(of=("self",), no_key=True)
        keys = [tenant.pk for tenant in locked]
        owned = set(_owned(keys).values_list("pk", flat=True))
        yield
        lost = owned - set(_owned(keys).values_list("pk", flat=True))
        if lost:
            raise LastOwnerError(list(Tenant.objects.filter(pk__in=lost)))


def last_owner_obstacle(
    tenants: TenantQuerySet, *, own: Q = _NOBODYS, through_groups: Q = _NOBODYS
) -> str:
    """Why a change would be refused that takes these rows away; empty when owners remain.

    `own` are permissions of people's own, `through_groups` are people's places in groups. It is
    what a page says beforehand; `owners_kept` decides.
    """
    keys = list(tenants.values_list("pk", flat=True))
    owned = _owned(keys).exclude(pk__in=_owned(keys, own=own, through_groups=through_groups))
    lost = list(owned)
    return str(LastOwnerError(lost)) if lost else ""


def _owned(keys: list[int], *, own: Q = _NOBODYS, through_groups: Q = _NOBODYS) -> TenantQuerySet:
    """The tenants on which an active member may manage access, were it not for these rows."""
    codename = Capability.MANAGE_ACCESS.value
    counting = {"user__is_active": True, "user__memberships__workspace": OuterRef("workspace")}
    directly = TenantUserPermission.objects.filter(
        content_object=OuterRef("pk"), permission__codename=codename, **counting
    )
    places = User.groups.through.objects.filter(
        group__tenantgrouppermission__content_object=OuterRef("pk"),
        group__tenantgrouppermission__permission__codename=codename,
        **counting,
    )
    held = Q(Exists(directly.exclude(own))) | Q(Exists(places.exclude(through_groups)))
    return Tenant.objects.filter(held, pk__in=keys)
