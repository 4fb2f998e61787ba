"""How the lists of backup sets and of their policies are narrowed, by the address alone."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from restore_safety.models import BackupItem, BackupSet, BackupSource
from tenants.graph.contracts import CONTRACTS
from tenants.web.searching import SearchFilter
from tenants.web.tenant_filters import TenantChoiceFilter


class BackupSetFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    q = SearchFilter(method="containing", label="Search")
    tenant = TenantChoiceFilter()
    source = django_filters.ChoiceFilter(choices=BackupSource.choices, empty_label="Any source")

    class Meta:
        model = BackupSet
        fields = ["q", "tenant", "source"]

    def containing(self, sets: QuerySet[BackupSet], name: str, value: str) -> QuerySet[BackupSet]:
        """By label, or by the name of a policy inside: that is what people look for."""
        inside = BackupItem.objects.filter(name__icontains=value).values("backup_set")
        return sets.filter(Q(label__icontains=value) | Q(pk__in=inside))


class BackupItemFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    q = SearchFilter(method="containing", label="Search")
    type = django_filters.ChoiceFilter(
        field_name="contract_key", label="Type", empty_label="All types"
    )

    class Meta:
        model = BackupItem
        fields = ["q", "type"]

    def __init__(self, *args: Any, types: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["type"].extra["choices"] = [
            (key, CONTRACTS[key].plural if key in CONTRACTS else key) for key in types
        ]

    def containing(
        self, items: QuerySet[BackupItem], name: str, value: str
    ) -> QuerySet[BackupItem]:
        return items.filter(Q(name__icontains=value) | Q(object_id__iexact=value.strip()))
