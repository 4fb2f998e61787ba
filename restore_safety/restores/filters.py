"""How the lists of restores and of their items are narrowed; the choices are in the address."""

from typing import Any, cast
from urllib.parse import urlencode

import django_filters
from django.db.models import Q, QuerySet

from restore_safety.badges import VERIFIED_IN_PART, read_back_choices
from restore_safety.models import RestoreDraft, RestoreItem, RestoreRun
from restore_safety.models.draft import RestoreDraftQuerySet
from restore_safety.models.run import RestoreRunQuerySet
from restore_safety.restores.follow_ups import (
    acknowledged_follow_ups,
    asking_for_follow_up,
    items_in_need,
    open_follow_ups,
    wholly_verified,
)
from restore_safety.truth.attention import ItemOutcome, RestoreStatus, Verification
from tenants.graph.contracts import CONTRACTS
from tenants.models.capabilities import Capability
from tenants.web.searching import SearchFilter
from tenants.web.tenant_filters import TenantChoiceFilter


class RestoreFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    q = SearchFilter(method="containing", label="Search")
    tenant = TenantChoiceFilter()
    status = django_filters.ChoiceFilter(
        choices=[(status.value, status.label) for status in RestoreStatus],
        empty_label="Any status",
    )
    kind = django_filters.ChoiceFilter(
        choices=[("real", "Restores"), ("dry", "Dry runs")],
        method="of_kind",
        label="Kind",
        empty_label="Restores and dry runs",
    )
    attention = django_filters.ChoiceFilter(
        choices=[
            ("open", "Open follow-ups"),
            ("acknowledged", "Acknowledged follow-ups"),
            ("yes", "Asked for follow-up"),
            ("no", "Asked for nothing"),
        ],
        method="asking",
        label="Follow-up",
        empty_label="Any result",
    )
    archived = django_filters.ChoiceFilter(
        choices=[("all", "Archived too"), ("yes", "Archived only")],
        method="kept",
        label="Archive",
        empty_label="Not archived",
    )

    class Meta:
        model = RestoreRun
        fields = ["q", "tenant", "status", "kind", "attention", "archived"]

    def filter_queryset(self, runs: RestoreRunQuerySet) -> RestoreRunQuerySet:
        """Archived restores are out of the way unless the address asks for them."""
        if not self.form.cleaned_data.get("archived"):
            runs = runs.unarchived()
        return cast("RestoreRunQuerySet", super().filter_queryset(runs))

    def containing(self, runs: RestoreRunQuerySet, name: str, value: str) -> RestoreRunQuerySet:
        """By backup, reason or person, or by the name of a policy inside."""
        inside = RestoreItem.objects.filter(name__icontains=value).values("run")
        return runs.filter(
            Q(backup_set__label__icontains=value)
            | Q(reason__icontains=value)
            | Q(requested_by__username__icontains=value)
            | Q(pk__in=inside)
        )

    def of_kind(self, runs: RestoreRunQuerySet, name: str, value: str) -> RestoreRunQuerySet:
        return runs.filter(is_dry_run=value == "dry")

    def kept(self, runs: RestoreRunQuerySet, name: str, value: str) -> RestoreRunQuerySet:
        return runs.archived() if value == "yes" else runs

    def asking(self, runs: RestoreRunQuerySet, name: str, value: str) -> RestoreRunQuerySet:
        if value == "open":
            return runs.filter(open_follow_ups())
        if value == "acknowledged":
            return runs.filter(acknowledged_follow_ups())
        asking = asking_for_follow_up()
        return runs.filter(asking if value == "yes" else ~asking)


class DraftFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    q = SearchFilter(method="containing", label="Search")
    tenant = TenantChoiceFilter(Capability.PREPARE_RESTORE)
    whose = django_filters.ChoiceFilter(
        choices=[("all", "Everyone's drafts")],
        method="of_owner",
        label="Opened by",
        empty_label="Your drafts",
    )

    class Meta:
        model = RestoreDraft
        fields = ["q", "tenant", "whose"]

    def filter_queryset(self, drafts: RestoreDraftQuerySet) -> RestoreDraftQuerySet:
        """One's own, unless the address asks for everyone's."""
        if not self.form.cleaned_data.get("whose"):
            drafts = drafts.filter(owner=self.request.user)
        return cast("RestoreDraftQuerySet", super().filter_queryset(drafts))

    def of_owner(self, drafts: RestoreDraftQuerySet, name: str, value: str) -> RestoreDraftQuerySet:
        return drafts

    def containing(
        self, drafts: RestoreDraftQuerySet, name: str, value: str
    ) -> RestoreDraftQuerySet:
        """By backup, tenant or person."""
        return drafts.filter(
            Q(backup_set__label__icontains=value)
            | Q(tenant__name__icontains=value)
            | Q(owner__username__icontains=value)
        )


class RestoreItemFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    q = SearchFilter(method="containing", label="Search")
    attention = django_filters.ChoiceFilter(
        choices=[("yes", "Needs attention")],
        method="in_need",
        label="Attention",
        empty_label="All items",
    )
    outcome = django_filters.ChoiceFilter(
        choices=[(outcome.value, outcome.label) for outcome in ItemOutcome],
        empty_label="Any outcome",
    )
    verification = django_filters.ChoiceFilter(
        choices=read_back_choices(),
        method="read_back_as",
        empty_label="Any verification",
    )
    type = django_filters.ChoiceFilter(
        field_name="contract_key", label="Type", empty_label="All types"
    )

    class Meta:
        model = RestoreItem
        fields = ["q", "attention", "outcome", "verification", "type"]

    def __init__(self, *args: Any, run: RestoreRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._run = run
        present = set(run.items.order_by().values_list("contract_key", flat=True).distinct())
        ordered = [key for key in CONTRACTS if key in present]
        ordered += sorted(present.difference(ordered))
        self.filters["type"].extra["choices"] = [
            (key, CONTRACTS[key].plural if key in CONTRACTS else key) for key in ordered
        ]

    @property
    def in_effect(self) -> dict[str, str]:
        """The choices that narrow the items, as the address has them."""
        self.form.is_valid()
        return {name: str(value) for name, value in self.form.cleaned_data.items() if value}

    @property
    def query(self) -> str:
        """The choices in effect as the query of an address, with its question mark."""
        return f"?{urlencode(self.in_effect)}" if self.in_effect else ""

    def containing(
        self, items: QuerySet[RestoreItem], name: str, value: str
    ) -> QuerySet[RestoreItem]:
        wanted = value.strip()
        return items.filter(
            Q(name__icontains=value)
            | Q(target_object_id__iexact=wanted)
            | Q(request_id__iexact=wanted)
            | Q(error_code__iexact=wanted)
        )

    def read_back_as(
        self, items: QuerySet[RestoreItem], name: str, value: str
    ) -> QuerySet[RestoreItem]:
        """As the items' badges say it: verified in whole and verified in part are distinguished."""
        if value == VERIFIED_IN_PART:
            return items.filter(verification=Verification.VERIFIED).exclude(wholly_verified())
        if value == Verification.VERIFIED:
            return items.filter(wholly_verified())
        return items.filter(verification=value)

    def in_need(self, items: QuerySet[RestoreItem], name: str, value: str) -> QuerySet[RestoreItem]:
        return items.filter(pk__in=items_in_need(self._run).values("pk"))
