"""The admin: people, workspaces and tenants are kept here, the rest is only read.

What it changes is audited like any other change. Rights are given and taken on the product's own
pages: here people begin and end to be members, through the same services, and nothing else of
theirs is open. Groups and permissions of Django have no page.
"""

from collections.abc import Callable
from typing import Any

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from allauth.socialaccount.admin import SocialAccount, SocialApp, SocialToken
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tenants.access.owners import LastOwnerError, owners_kept
from tenants.audit import trail
from tenants.membership.members import end_membership, enrol, leave_everywhere, note_activity
from tenants.models import AuditEvent, Membership, ProviderConnection, Tenant, User, Workspace
from tenants.web.http import AuthedRequest


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Shows rows to staff who may view them, and changes none."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AuditedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Writes to the trail what Django notes in its own log, which whoever may can clear."""

    noun = ""

    def log_addition(self, request: Any, obj: Model, message: Any) -> Any:
        self._record(request, "added", obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: Any, obj: Model, message: Any) -> Any:
        if _changed(message):
            self._record(request, "changed", obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: Any, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            self._record(request, "deleted", obj, [])
        return super().log_deletions(request, queryset)

    def _record(self, request: AuthedRequest, act: str, obj: Model, message: Any) -> None:
        # A workspace or tenant that is deleted cannot be named by key: nothing may hold it back.
        is_there = act != "deleted"
        trail.record(
            action=f"{self.noun}.{act}",
            actor=request.user,
            tenant=obj if isinstance(obj, Tenant) and is_there else None,
            workspace=obj if isinstance(obj, Workspace) and is_there else None,
            subject=f"{self.noun}:{obj.pk}",
            detail={"name": str(obj), "changed": _changed(message)},
        )


class OwnersKeptAdmin(AuditedAdmin):
    """Does nothing that would leave a tenant without a person who may manage access to it."""

    def changeform_view(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self._kept(
            request, lambda: super(OwnersKeptAdmin, self).changeform_view(request, *args, **kwargs)
        )

    def delete_view(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self._kept(
            request, lambda: super(OwnersKeptAdmin, self).delete_view(request, *args, **kwargs)
        )

    def changelist_view(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self._kept(
            request, lambda: super(OwnersKeptAdmin, self).changelist_view(request, *args, **kwargs)
        )

    def _kept(self, request: AuthedRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
        if request.method != "POST":
            return answer()
        try:
            with owners_kept(Tenant.objects.all(), actor=request.user), trail.written_last():
                return answer()
        except LastOwnerError as error:
            # What Django said of it as done was undone: reading its messages drops them.
            list(messages.get_messages(request))
            messages.error(request, str(error))
            return redirect(request.get_full_path())


def _changed(message: Any) -> list[str]:
    """The fields, out of the sentences Django makes of a form."""
    if not isinstance(message, list):
        return [str(message)]
    return [
        str(field)
        for said in message
        # What names a row of another model is recorded as what it is, such as a membership.
        if "name" not in said.get("changed", {})
        for field in said.get("changed", {}).get("fields", [])
    ]


class KeptAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """What has a history stays: deleting it would take rights away without a trace."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


# Its groups would give rights unseen: those of a workspace are kept on the product's pages.
admin.site.unregister(Group)


@admin.register(User)
class PersonAdmin(OwnersKeptAdmin, UserAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    noun = "person"
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Personal info", {"fields": ("first_name", "last_name", "email")}),
        # No groups and no permissions: what a person holds comes from the product's pages.
        ("Sign-in", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Important dates", {"fields": ("last_login", "date_joined")}),
        ("Preferences", {"fields": ("time_zone",)}),
    )
    list_filter = ("is_staff", "is_superuser", "is_active")
    filter_horizontal = ()

    def save_model(
        self,
        request: AuthedRequest,  # type: ignore[override]  # the admin is for people signed in
        obj: User,
        form: Any,
        change: Any,
    ) -> None:
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data:
            note_activity(actor=request.user, user=obj)

    def delete_model(
        self,
        request: AuthedRequest,  # type: ignore[override]  # the admin is for people signed in
        obj: User,
    ) -> None:
        leave_everywhere(actor=request.user, user=obj)
        super().delete_model(request, obj)

    def delete_queryset(
        self,
        request: AuthedRequest,  # type: ignore[override]  # the admin is for people signed in
        queryset: QuerySet[User],
    ) -> None:
        for person in queryset:
            leave_everywhere(actor=request.user, user=person)
        super().delete_queryset(request, queryset)


# How a person signs in is theirs to decide; allauth's own pages would let staff add to it unseen.
admin.site.unregister([Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken])


@admin.register(Authenticator)
class SecondFactorAdmin(AuditedAdmin):
    """For who lost their second factor: staff see that there is one, and take it away."""

    noun = "second_factor"
    fields = ["user", "type", "created_at", "last_used_at"]
    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["user__username"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def _record(self, request: AuthedRequest, act: str, obj: Any, message: Any) -> None:
        trail.record(
            action=f"{self.noun}.{act}",
            actor=request.user,
            tenant=None,
            subject=f"user:{obj.user_id}",
            detail={"of": obj.user.get_username(), "name": str(obj)},
        )


@admin.register(SocialAccount)
class ConnectedAccountAdmin(SecondFactorAdmin):
    """For who left: staff see which account signs a person in, and disconnect it."""

    noun = "account"
    fields = ["user", "provider", "date_joined", "last_login"]
    list_display = ["user", "provider", "date_joined", "last_login"]


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    """Members are added and removed; a row that is there never becomes another person's."""

    model = Membership
    extra = 0
    autocomplete_fields = ["user"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Workspace)
class WorkspaceAdmin(KeptAdmin, OwnersKeptAdmin):
    noun = "workspace"
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
        formset.save(commit=False)
        # By their rows: what was posted beside the mark to delete names whomever it likes.
        ended = Membership.objects.filter(pk__in=[one.pk for one in formset.deleted_objects])
        for membership in ended.select_related("workspace", "user"):
            end_membership(actor=request.user, workspace=membership.workspace, user=membership.user)
        for membership in formset.new_objects:
            enrol(actor=request.user, workspace=membership.workspace, user=membership.user)


@admin.register(Tenant)
class TenantAdmin(KeptAdmin, AuditedAdmin):
    noun = "tenant"
    list_display = ["name", "slug", "workspace", "writes_enabled"]
    list_select_related = ["workspace"]
    search_fields = ["name", "slug"]
    # What protects the tenant is changed on its own page, with its proof and its audit.
    readonly_fields = ["writes_enabled", "needs_approval", "approval_lifetime", "created_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Tenant | None = None) -> list[str]:
        # Moving a tenant to another workspace would hand its history to other people.
        return [*self.readonly_fields, *(["workspace"] if obj else [])]


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
