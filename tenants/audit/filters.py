"""How the trail is narrowed; the choices are in the address."""

from typing import Any
from urllib.parse import urlencode

import django_filters
from django.db.models import CharField, Exists, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.forms import DateTimeInput

from tenants.audit.actions import LABELS
from tenants.models import AuditEvent, AuditOutcome, Tenant, User, WorkspaceGroup
from tenants.models.audit import AuditEventQuerySet
from tenants.web.searching import SearchFilter
from tenants.web.tenant_filters import TenantChoiceFilter

# Where the detail of an event names people and groups.
_NAMES = ("name", "member", "group", "before", "invitee", "invited_by", "username", "of")


def _subjects[Row: Model](rows: QuerySet[Row], kind: str, key: str) -> QuerySet[Row, str]:
    """The rows as the trail names what an event is about."""
    return rows.values_list(Concat(Value(kind), Cast(key, CharField())), flat=True)


def _moment() -> DateTimeInput:
    return DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class AuditFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    q = SearchFilter(method="containing", label="Search")
    tenant = TenantChoiceFilter(method="of_tenant")
    actor = django_filters.ModelChoiceFilter(
        queryset=User.objects.none(), to_field_name="username", empty_label="Everybody"
    )
    action = django_filters.ChoiceFilter(
        choices=lambda: sorted(LABELS.items(), key=lambda entry: entry[1]),
        empty_label="All actions",
    )
    outcome = django_filters.ChoiceFilter(choices=AuditOutcome, empty_label="Any outcome")
    since = django_filters.DateTimeFilter(
        field_name="at", lookup_expr="gte", label="From", widget=_moment()
    )
    until = django_filters.DateTimeFilter(
        field_name="at", lookup_expr="lte", label="Until", widget=_moment()
    )

    class Meta:
        model = AuditEvent
        fields = ["q", "tenant", "actor", "action", "outcome", "since", "until"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Only people with events that the reader can see.
        theirs = self.queryset.order_by().filter(actor=OuterRef("pk"))
        self.filters["actor"].queryset = User.objects.filter(Exists(theirs)).order_by("username")

    @property
    def in_effect(self) -> dict[str, str]:
        """The choices that narrow the trail, as the address has them."""
        self.form.is_valid()
        return {name: self.data[name] for name, value in self.form.cleaned_data.items() if value}

    @property
    def query(self) -> str:
        """The choices in effect as the query of an address, with its question mark."""
        return f"?{urlencode(self.in_effect)}" if self.in_effect else ""

    def of_tenant(self, events: AuditEventQuerySet, name: str, value: Tenant) -> AuditEventQuerySet:
        return events.in_trail_of(Tenant.objects.filter(pk=value.pk))

    def containing(self, events: AuditEventQuerySet, name: str, value: str) -> AuditEventQuerySet:
        """By person, group, tenant or action, or by exactly where the request came from.

        A person or group is found under the name an event has of them, and under that of today.
        """
        wanted = value.strip()
        named = Q()
        for key in _NAMES:
            named |= Q(**{f"detail__{key}__icontains": wanted})
        labelled = [key for key, label in LABELS.items() if wanted.lower() in label.lower()]
        return events.filter(
            named
            | Q(subject__icontains=wanted)
            | Q(subject__in=_subjects(User.objects.filter(username__iexact=wanted), "user:", "pk"))
            | Q(
                subject__in=_subjects(
                    WorkspaceGroup.objects.filter(name__iexact=wanted), "group:", "group_id"
                )
            )
            | Q(actor_name__icontains=wanted)
            | Q(tenant_name__icontains=wanted)
            | Q(action__in=labelled)
            | Q(request_id=wanted)
            | Q(address=wanted)
            | Q(hash=wanted)
        )
