"""How the list of runs is narrowed; the choices are in the address."""

from typing import Any

import django_filters
from django.db.models import Q

from operations.models import OperationRun, OperationRunQuerySet, RunOutcome, RunStatus
from tenants.web.searching import SearchFilter
from tenants.web.tenant_filters import TenantChoiceFilter


class RunFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    text = SearchFilter(method="containing", label="Search")
    tenant = TenantChoiceFilter()
    kind = django_filters.ChoiceFilter(empty_label="All kinds")
    status = django_filters.ChoiceFilter(choices=RunStatus.choices, empty_label="Any status")
    outcome = django_filters.ChoiceFilter(choices=RunOutcome.choices, empty_label="Any outcome")

    class Meta:
        model = OperationRun
        fields = ["text", "tenant", "kind", "status", "outcome"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Only kinds the viewer can see anything of.
        kinds = self.queryset.order_by("kind").values_list("kind", flat=True).distinct()
        self.filters["kind"].extra["choices"] = [
            (kind, kind.replace("_", " ").capitalize()) for kind in kinds
        ]

    def containing(self, runs: OperationRunQuerySet, name: str, value: str) -> OperationRunQuerySet:
        return runs.filter(
            Q(title__icontains=value)
            | Q(subject__icontains=value)
            | Q(initiator__username__icontains=value)
        )
