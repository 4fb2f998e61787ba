"""How the list of a tenant's directory is narrowed, by the address alone."""

import django_filters

from restore_safety.models import DirectoryKind, DirectoryObject
from restore_safety.models.directory import DirectoryObjectQuerySet
from tenants.web.searching import SearchFilter


class DirectoryFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    q = SearchFilter(method="containing", label="Search")
    kind = django_filters.ChoiceFilter(
        choices=[(kind.value, kind.plural) for kind in DirectoryKind], empty_label="All kinds"
    )

    class Meta:
        model = DirectoryObject
        fields = ["q", "kind"]

    def containing(
        self, rows: DirectoryObjectQuerySet, name: str, value: str
    ) -> DirectoryObjectQuerySet:
        """By a part of the name, or by the whole id."""
        return rows.searched(value)
