"""How the people with access to a tenant, and the members of a workspace, are searched."""

import django_filters
from django.db import models
from django.db.models import Q

from tenants.models import User
from tenants.web.searching import SearchFilter


class PeopleFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    q = SearchFilter(method="containing", label="Search by name, sign-in or e-mail")

    class Meta:
        model = User
        fields = ["q"]

    def containing(
        self, people: models.QuerySet[User], name: str, value: str
    ) -> models.QuerySet[User]:
        """Every word is in one of the names."""
        for word in value.split():
            people = people.filter(
                Q(username__icontains=word)
                | Q(first_name__icontains=word)
                | Q(last_name__icontains=word)
                | Q(email__icontains=word)
            )
        return people
