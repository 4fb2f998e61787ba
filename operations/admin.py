"""Runs, notices and processes in the admin: to look at, not to change."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from operations.models import Notification, OperationRun, ServiceProcess


class ReadOnly:
    """Put before ModelAdmin: the pages of the admin open, their buttons are gone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(OperationRun)
class OperationRunAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ("title", "kind", "tenant", "status", "outcome", "queued_at")
    list_filter = ("status", "outcome", "kind")
    list_select_related = ("tenant",)
    search_fields = ("title", "subject")


@admin.register(ServiceProcess)
class ServiceProcessAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ("role", "host", "pid", "started_at", "seen_at", "clock_ahead")
    list_filter = ("role",)
    ordering = ("-seen_at",)


@admin.register(Notification)
class NotificationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ("headline", "user", "tenant", "created_at", "read_at")
    list_select_related = ("user", "tenant")
    search_fields = ("headline",)
