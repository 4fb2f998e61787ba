"""A tenant's directory: the list, looking something up for a form, and synchronising it."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from restore_safety.directory.filters import DirectoryFilter
from restore_safety.directory.pages import directory_of, directory_page
from restore_safety.directory.search import found_by
from restore_safety.directory.sync import queue_sync
from restore_safety.directory.tables import DirectoryTable
from restore_safety.models import DirectoryKind
from tenants.access.shortcuts import tenant_or_404
from tenants.models.capabilities import Capability
from tenants.web.http import AuthedRequest
from tenants.web.paging import paginated

_PAGE_SIZE = 25
_QUEUED = "The synchronisation is queued."
_UNDER_WAY = "This directory is being synchronised already, so no second run was started."
_TENANTS = ("Tenants", reverse_lazy("tenants:tenant-list"))


@require_safe
def object_list(request: AuthedRequest, slug: str) -> HttpResponse:
    tenant = tenant_or_404(request, slug)
    chosen = DirectoryFilter(request.GET, queryset=directory_of(tenant))
    context = {
        "page": directory_page(tenant=tenant, viewer=request.user),
        "filter": chosen,
        "table": paginated(request, DirectoryTable(chosen.qs), per_page=_PAGE_SIZE),
        "breadcrumbs": [_TENANTS, (tenant.name, tenant.get_absolute_url()), ("Directory", None)],
    }
    return render(request, "restore_safety/directory/object_list.html", context)


@require_safe
def search(request: AuthedRequest, slug: str) -> HttpResponse:
    """A few objects by name or id: as JSON, or to HTMX as the options of a field."""
    tenant = tenant_or_404(request, slug)
    kind = request.GET.get("kind", "")
    if kind and kind not in set(DirectoryKind):
        return HttpResponseBadRequest("There is no such kind.")
    found = found_by(
        tenant=tenant,
        kind=DirectoryKind(kind) if kind else None,
        text=request.GET.get("q", ""),
    )
    if request.htmx:
        response = render(request, "restore_safety/directory/_options.html", {"found": found})
    else:
        response = JsonResponse(found.to_json())
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
def sync(request: AuthedRequest, slug: str) -> HttpResponse:
    tenant = tenant_or_404(request, slug, Capability.CAPTURE_BACKUP)
    queued = queue_sync(actor=request.user, tenant=tenant)
    run = queued.run
    said = _QUEUED if queued.is_new else _UNDER_WAY
    text = '{} <a href="{}">Follow “{}”</a>'
    messages.info(request, format_html(text, said, run.get_absolute_url(), run.title))
    return redirect(run)
