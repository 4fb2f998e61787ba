"""The one way to a tenant's rows: models say they are tenant-owned, pages ask `visible_to`."""

from typing import Self

from django.db import models

from tenants.models.capabilities import Capability
from tenants.models.member import User
from tenants.models.tenant import Tenant


class TenantOwnedQuerySet[Row: "TenantOwned"](models.QuerySet[Row]):
    def visible_to(self, user: User, capability: Capability = Capability.VIEW) -> Self:
        """The rows of every tenant on which the user holds the capability."""
        return self.filter(tenant__in=Tenant.objects.visible_to(user, capability))

    def in_tenant(self, tenant: Tenant) -> Self:
        return self.filter(tenant=tenant)


class TenantOwned(models.Model):
    """A row that belongs to one tenant; a tenant with history is not deleted."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)

    class Meta:
        abstract = True
