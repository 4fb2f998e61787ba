"""What people look for in a list, cut to what can be looked for."""

from typing import Any

import django_filters
from django import forms

# More than any name holds; SQLite refuses to look for a text beyond all measure.
LONGEST_SEARCH = 200


def searchable(text: str) -> str:
    """What can be looked for; no stored text holds a NUL, which PostgreSQL refuses to compare."""
    return text.replace("\x00", "").strip()[:LONGEST_SEARCH]


class _SearchField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return searchable(super().to_python(value) or "")


class SearchFilter(django_filters.CharFilter):  # type: ignore[misc]  # django-filter has no types
    """The search field of a list's filter."""

    field_class = _SearchField
