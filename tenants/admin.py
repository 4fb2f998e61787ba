"""The admin: people, workspaces and tenants are kept here, the rest is only read.

What it changes is audited like any other change; connections have pages of their own.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model
from django.http import HttpRequest

from tenants import audit
from tenants.http import AuthedRequest
from tenants.models import AuditEvent, Membership, ProviderConnection, Tenant, User, Workspace


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Shows rows to staff who may view them, and changes none."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    fieldsets = (*(UserAdmin.fieldsets or ()), ("Preferences", {"fields": ("time_zone",)}))


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]
    inlines = [MembershipInline]

    def save_formset(
        self,
        request: AuthedRequest,  # type: ignore[override]  # the admin is for people signed in
        form: Any,
        formset: Any,
        change: Any,
    ) -> None:
        super().save_formset(request, form, formset, change)
        self._record_members(request, "membership.added", formset.new_objects)
        self._record_members(request, "membership.removed", formset.deleted_objects)

    def _record_members(
        self, request: AuthedRequest, action: str, memberships: list[Membership]
    ) -> None:
        for membership in memberships:
            audit.record(
                action=action,
                actor=request.user,
                tenant=None,
                workspace=membership.workspace,
                subject=f"user:{membership.user_id}",
            )


@admin.register(Tenant)
class TenantAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ["name", "slug", "workspace", "writes_enabled"]
    list_select_related = ["workspace"]
    search_fields = ["name", "slug"]
    readonly_fields = ["writes_enabled", "created_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Tenant | None = None) -> list[str]:
        # Moving a tenant to another workspace would hand its history to other people.
        return [*self.readonly_fields, *(["workspace"] if obj else [])]

    def save_model(
        self,
        request: AuthedRequest,  # type: ignore[override]  # the admin is for people signed in
        obj: Tenant,
        form: Any,
        change: Any,
    ) -> None:
        super().save_model(request, obj, form, change)
        audit.record(
            action="tenant.changed" if change else "tenant.added",
            actor=request.user,
            tenant=obj,
            subject=f"tenant:{obj.pk}",
            detail={"changed": form.changed_data},
        )


@admin.register(ProviderConnection)
class ProviderConnectionAdmin(ReadOnlyAdmin):
    list_display = ["tenant", "cloud", "directory_id", "verification", "last_verified_at"]
    list_select_related = ["tenant"]
    exclude = ["encrypted_credential"]


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "action", "outcome", "actor", "tenant", "subject"]
    list_filter = ["outcome", "action"]
    list_select_related = ["actor", "tenant"]
    search_fields = ["action", "subject", "request_id"]
    date_hierarchy = "at"
