"""Backup sets: the list, a set, a policy in it; capturing, uploading and deleting."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_safe

from operations.models import OperationRun
from restore_safety.backups.capture import queue_backup
from restore_safety.backups.deleting import BackupGoneError, BackupInUseError, delete_set
from restore_safety.backups.filters import BackupItemFilter, BackupSetFilter
from restore_safety.backups.forms import CaptureForm, UploadForm
from restore_safety.backups.importing import queue_import
from restore_safety.backups.pages import item_page, set_page
from restore_safety.backups.sources import ImportRefusedError
from restore_safety.backups.tables import BackupItemTable, BackupSetTable
from restore_safety.models import BackupItem, BackupSet
from tenants.access.service import require
from tenants.access.shortcuts import tenant_or_404
from tenants.models import Tenant
from tenants.models.capabilities import Capability
from tenants.web.http import AuthedRequest
from tenants.web.paging import paginated

_PAGE_SIZE = 25
_CAPTURED_NOW = "This tenant is being captured already, so no second capture was started."
_IMPORTED_NOW = "The same file is being imported already, so no second import was started."
_BACKUPS = ("Backups", reverse_lazy("backups:set-list"))


@require_safe
def set_list(request: AuthedRequest) -> HttpResponse:
    tenant = _tenant_asked_for(request)
    visible = BackupSet.objects.visible_to(request.user).select_related("tenant")
    chosen = BackupSetFilter(request.GET, queryset=visible, request=request)
    table = paginated(request, BackupSetTable(chosen.qs), per_page=_PAGE_SIZE)
    context = {
        "filter": chosen,
        "table": table,
        "tenant": tenant.slug if tenant else "",
        "capture_denial": _denial(request, Capability.CAPTURE_BACKUP, tenant),
        "upload_denial": _denial(request, Capability.IMPORT_BACKUP, tenant),
        "breadcrumbs": [("Backups", None)],
    }
    return render(request, "restore_safety/backups/set_list.html", context)


@require_safe
def set_detail(request: AuthedRequest, set_id: UUID) -> HttpResponse:
    backup_set = _set_or_404(request, set_id)
    page = set_page(backup_set=backup_set, viewer=request.user)
    items = BackupItem.objects.filter(backup_set=backup_set)
    chosen = BackupItemFilter(request.GET, queryset=items, types=list(page.counts))
    table = paginated(request, BackupItemTable(chosen.qs), per_page=_PAGE_SIZE)
    context = {
        "page": page,
        "filter": chosen,
        "table": table,
        "breadcrumbs": [_BACKUPS, (backup_set.label, None)],
    }
    return render(request, "restore_safety/backups/set_detail.html", context)


@require_safe
def item_detail(request: AuthedRequest, item_id: UUID) -> HttpResponse:
    page = item_page(item_id=item_id, viewer=request.user)
    kept = page.item.backup_set
    context = {
        "page": page,
        "breadcrumbs": [
            _BACKUPS,
            (kept.label, reverse("backups:set-detail", args=[kept.pk])),
            (page.item.name, None),
        ],
    }
    return render(request, "restore_safety/backups/item_detail.html", context)


@require_http_methods(["GET", "POST"])
def capture(request: AuthedRequest) -> HttpResponse:
    """Ask which tenant, or take the POST of any page that names one."""
    if request.method == "POST" and request.POST.get("tenant"):
        tenant_or_404(request, request.POST["tenant"], Capability.CAPTURE_BACKUP)
    tenant = _tenant_asked_for(request)
    context: dict[str, Any] = {"breadcrumbs": [_BACKUPS, ("Capture a backup", None)]}
    if denial := _denial(request, Capability.CAPTURE_BACKUP, tenant):
        context["denial"] = denial
        return render(request, "restore_safety/backups/capture.html", context, status=403)
    form = CaptureForm(request.POST or None, user=request.user, initial={"tenant": tenant})
    if form.is_valid():
        queued = queue_backup(
            actor=request.user,
            tenant=form.cleaned_data["tenant"],
            label=form.cleaned_data["label"],
        )
        _show_queued(
            request, "The capture is queued." if queued.is_new else _CAPTURED_NOW, queued.run
        )
        return redirect(queued.run)
    return render(request, "restore_safety/backups/capture.html", context | {"form": form})


@require_http_methods(["GET", "POST"])
def upload(request: AuthedRequest) -> HttpResponse:
    if request.method == "POST" and request.POST.get("tenant"):
        tenant_or_404(request, request.POST["tenant"], Capability.IMPORT_BACKUP)
    tenant = _tenant_asked_for(request)
    context: dict[str, Any] = {"breadcrumbs": [_BACKUPS, ("Upload a backup", None)]}
    if denial := _denial(request, Capability.IMPORT_BACKUP, tenant):
        context["denial"] = denial
        return render(request, "restore_safety/backups/upload.html", context, status=403)
    form = UploadForm(
        request.POST or None,
        request.FILES or None,
        user=request.user,
        initial={"tenant": tenant},
    )
    if form.is_valid():
        try:
            queued = queue_import(
                actor=request.user,
                tenant=form.cleaned_data["tenant"],
                upload=form.cleaned_data["file"],
                label=form.cleaned_data["label"],
            )
        except ImportRefusedError as error:
            form.add_error("file", str(error))
        else:
            _show_queued(
                request, "The import is queued." if queued.is_new else _IMPORTED_NOW, queued.run
            )
            return redirect(queued.run)
    return render(request, "restore_safety/backups/upload.html", context | {"form": form})


@require_http_methods(["GET", "POST"])
def set_delete(request: AuthedRequest, set_id: UUID) -> HttpResponse:
    backup_set = _set_or_404(request, set_id)
    require(request.user, Capability.MANAGE_RESTORES, backup_set.tenant)
    if request.method == "POST":
        try:
            delete_set(actor=request.user, backup_set=backup_set)
        except BackupInUseError as error:
            messages.error(request, f"The backup was not deleted. {error}")
            return redirect("backups:set-detail", backup_set.pk)
        except BackupGoneError:
            messages.info(request, f"The backup “{backup_set.label}” was deleted already.")
            return redirect("backups:set-list")
        messages.info(request, f"The backup “{backup_set.label}” is deleted.")
        return redirect("backups:set-list")
    address = reverse("backups:set-detail", args=[backup_set.pk])
    context = {
        "page": set_page(backup_set=backup_set, viewer=request.user),
        "breadcrumbs": [_BACKUPS, (backup_set.label, address), ("Delete", None)],
    }
    return render(request, "restore_safety/backups/set_delete.html", context)


def _set_or_404(request: AuthedRequest, set_id: UUID) -> BackupSet:
    visible = BackupSet.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("tenant__workspace", "created_by"), pk=set_id)


def _tenant_asked_for(request: AuthedRequest) -> Tenant | None:
    """The tenant the address names, if it names one; 404 when there is none by that name."""
    slug = request.GET.get("tenant")
    return tenant_or_404(request, slug) if slug else None


def _denial(request: AuthedRequest, capability: Capability, tenant: Tenant | None) -> str:
    """Why the action is disabled; "" when there is a tenant the person may take it on."""
    allowed = Tenant.objects.visible_to(request.user, capability)
    if tenant is not None:
        return "" if allowed.filter(pk=tenant.pk).exists() else capability.denial
    if allowed.exists():
        return ""
    return (
        f"Your role on none of the tenants includes “{capability.label}”. "
        "An owner of a tenant can grant it."
    )


def _show_queued(request: AuthedRequest, what: str, run: OperationRun) -> None:
    text = '{} <a href="{}">Follow “{}”</a>'
    messages.info(request, format_html(text, what, run.get_absolute_url(), run.title))
