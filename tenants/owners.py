"""No tenant loses its last owner: whoever could give access back has to remain."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from tenants import audit
from tenants.capabilities import Capability
from tenants.models import (
    AuditOutcome,
    Tenant,
    TenantGroupPermission,
    TenantUserPermission,
    User,
)
from tenants.models.tenant import TenantQuerySet

_NAMED = 3


class LastOwnerError(Exception):
    """Afterwards nobody could decide on access to these tenants any more."""

    def __init__(self, tenants: list[Tenant]) -> None:
        self.tenants = tenants
        named = [tenant.name for tenant in tenants[:_NAMED]]
        more = len(tenants) - _NAMED
        *others, last = [*named, f"{more} more"] if more > 0 else named
        said = f"{', '.join(others)} and {last}" if others else last
        super().__init__(
            f"This would leave nobody who may manage access to {said}. "
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
            audit.record(
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


def _owned(keys: list[int]) -> TenantQuerySet:
    """The tenants on which an active member of the workspace may manage access."""
    held = {
        "content_object": OuterRef("pk"),
        "permission__codename": Capability.MANAGE_ACCESS.value,
    }
    directly = TenantUserPermission.objects.filter(
        user__is_active=True, user__memberships__workspace=OuterRef("workspace"), **held
    )
    through_group = TenantGroupPermission.objects.filter(
        group__user__is_active=True,
        group__user__memberships__workspace=OuterRef("workspace"),
        **held,
    )
    return Tenant.objects.filter(Q(Exists(directly)) | Q(Exists(through_group)), pk__in=keys)
