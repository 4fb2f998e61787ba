"""Change windows: when a tenant takes writes of restores, and when it takes none."""

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q

from tenants.models.capabilities import Capability
from tenants.models.member import User
from tenants.models.recurrence import Span, Weekly, Window, WindowEffect
from tenants.models.tenant import Tenant

REASON_LENGTH = 200
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class ChangeWindowQuerySet(models.QuerySet["ChangeWindow"]):
    def visible_to(self, user: User, capability: Capability = Capability.VIEW) -> Self:
        return self.filter(tenant__in=Tenant.objects.visible_to(user, capability))

    def in_tenant(self, tenant: Tenant) -> Self:
        return self.filter(tenant=tenant)

    def not_removed(self) -> Self:
        """Those that were not removed."""
        return self.filter(removed_at=None)

    def not_over_at(self, at: datetime) -> Self:
        """Without the single ones that ended before."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at))


class ChangeWindow(models.Model):
    """One window, once or weekly. It is made and removed, never edited: restores refer to it."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="change_windows")
    effect = models.CharField(
        max_length=20, choices=[(one.value, one.label) for one in WindowEffect]
    )
    time_zone = models.CharField(max_length=64)
    reason = models.CharField(max_length=REASON_LENGTH)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    weekdays = models.PositiveSmallIntegerField(
        default=0, help_text="One bit for each weekday; the lowest is Monday."
    )
    start_time = models.TimeField(null=True, blank=True)
    duration = models.DurationField(null=True, blank=True)
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    removed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ChangeWindowQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="change_window_is_once_or_weekly",
                condition=Q(
                    starts_at__isnull=False,
                    ends_at__gt=models.F("starts_at"),
                    weekdays=0,
                    start_time=None,
                    duration=None,
                )
                | Q(
                    starts_at=None,
                    ends_at=None,
                    weekdays__gt=0,
                    weekdays__lt=128,
                    start_time__isnull=False,
                    duration__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effect_member.label}: {self.reason}"

    @property
    def effect_member(self) -> WindowEffect:
        return WindowEffect(self.effect)

    @property
    def is_weekly(self) -> bool:
        return self.starts_at is None

    @property
    def weekday_numbers(self) -> frozenset[int]:
        return frozenset(number for number in range(7) if self.weekdays >> number & 1)

    def to_window(self) -> Window:
        return Window(
            key=self.pk,
            effect=self.effect_member,
            zone=ZoneInfo(self.time_zone),
            reason=self.reason,
            when=self._when(),
        )

    def _when(self) -> Span | Weekly:
        if self.starts_at is not None and self.ends_at is not None:
            return Span(start=self.starts_at, end=self.ends_at)
        if self.start_time is None or self.duration is None:
            raise ValueError("A window is once or weekly.")
        return Weekly(weekdays=self.weekday_numbers, start=self.start_time, duration=self.duration)
