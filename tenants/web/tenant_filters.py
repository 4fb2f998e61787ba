"""How the list of tenants is searched, and how other lists are narrowed to one of them."""

from typing import Any

import django_filters
from django.db.models import Q
from django.http import HttpRequest

from tenants.models import Tenant, User, Verification
from tenants.models.capabilities import Capability
from tenants.models.tenant import TenantQuerySet
from tenants.web.searching import SearchFilter


class TenantChoiceFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]  # no types
    """One of the tenants the reader may know of, or on which they may do what is named."""

    def __init__(self, capability: Capability = Capability.VIEW, **kwargs: Any) -> None:
        def offered(request: HttpRequest) -> TenantQuerySet:
            if not isinstance(request.user, User):
                return Tenant.objects.none()
            return Tenant.objects.visible_to(request.user, capability)

        super().__init__(
            queryset=offered, to_field_name="slug", empty_label="All tenants", **kwargs
        )


class TenantFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    search = SearchFilter(label="Search", method="matching")
    connection = django_filters.ChoiceFilter(
        label="Connection",
        field_name="connection__verification",
        choices=Verification,
        empty_label="Any",
    )

    class Meta:
        model = Tenant
        fields = ["search", "connection"]

    def matching(self, tenants: TenantQuerySet, name: str, value: str) -> TenantQuerySet:
        return tenants.filter(
            Q(name__icontains=value)
            | Q(slug__icontains=value)
            | Q(workspace__name__icontains=value)
        )
