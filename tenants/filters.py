"""How the list of tenants is searched."""

import django_filters
from django.db.models import Q

from tenants.models import Tenant, Verification
from tenants.models.tenant import TenantQuerySet
from tenants.searching import SearchFilter


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
