"""Restores in the admin: to look at, not to change. Rows that hold payloads are left out."""

from django.contrib import admin

from operations.admin import ReadOnly
from restore_safety.models import BackupSet, CapturedEvidence, RestoreDraft, RestoreRun


@admin.register(BackupSet)
class BackupSetAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ("label", "tenant", "source", "item_count", "captured_at")
    list_filter = ("source",)
    list_select_related = ("tenant",)
    search_fields = ("label", "digest")


@admin.register(RestoreDraft)
class RestoreDraftAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ("__str__", "tenant", "owner", "backup_set", "updated_at", "submitted_at")
    list_select_related = ("tenant", "owner", "backup_set")
    exclude = ("selected_items",)
    search_fields = ("=id",)


@admin.register(CapturedEvidence)
class CapturedEvidenceAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ("__str__", "tenant", "state", "captured_by", "started_at", "completed_at")
    list_filter = ("kind", "state")
    list_select_related = ("tenant", "captured_by")
    search_fields = ("fingerprint", "plan_hash")


@admin.register(RestoreRun)
class RestoreRunAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ("__str__", "tenant", "status", "is_dry_run", "requested_by", "created_at")
    list_filter = ("status", "is_dry_run")
    list_select_related = ("tenant", "requested_by")
    search_fields = ("=id", "fingerprint", "plan_hash", "reason")
