"""Restores: the list, one restore, one item of it, and the draft that follows it up."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from restore_safety import records
from restore_safety.filters.restores import RestoreFilter, RestoreItemFilter
from restore_safety.records import RecordRefusedError
from restore_safety.selectors import exports, runs
from restore_safety.selectors.acts import ListedActs
from restore_safety.selectors.results import results_of
from restore_safety.tables.restores import RestoreItemTable, RestoreTable
from restore_safety.truth.attention import FollowUpAction
from tenants.capabilities import Capability
from tenants.http import AuthedRequest
from tenants.models import Tenant
from tenants.paging import paginated

_PAGE_SIZE = 25
_ITEMS_PER_PAGE = 50
_RESTORES = ("Restores", reverse_lazy("restores:run-list"))


@require_safe
def run_list(request: AuthedRequest) -> HttpResponse:
    chosen = RestoreFilter(request.GET, queryset=runs.runs_for(request.user), request=request)
    table = paginated(request, RestoreTable(chosen.qs), per_page=_PAGE_SIZE)
    table.results = results_of(row.record for row in table.page.object_list)
    table.acts = ListedActs(request.user)
    may_prepare = Tenant.objects.visible_to(request.user, Capability.PREPARE_RESTORE).exists()
    context = {
        "filter": chosen,
        "table": table,
        "restore_denial": "" if may_prepare else Capability.PREPARE_RESTORE.denial,
        "breadcrumbs": [("Restores", None)],
    }
    return render(request, "restore_safety/restores/run_list.html", context)


@require_safe
def run_detail(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    run = runs.visible_run(user=request.user, run_id=run_id)
    page = runs.run_page(run=run, viewer=request.user, now=timezone.now())
    chosen = RestoreItemFilter(request.GET, queryset=runs.items_of(run), run=run)
    table = paginated(request, RestoreItemTable(chosen.qs), per_page=_ITEMS_PER_PAGE)
    context = {
        "page": page,
        "filter": chosen,
        "table": table,
        "export_query": chosen.query,
        "breadcrumbs": [_RESTORES, (page.title, None)],
    }
    return render(request, "restore_safety/restores/run_detail.html", context)


@require_safe
def run_items_csv(request: AuthedRequest, run_id: UUID) -> StreamingHttpResponse:
    """The items as the page's filter has them."""
    run = runs.visible_run(user=request.user, run_id=run_id)
    chosen = RestoreItemFilter(request.GET, queryset=runs.items_of(run), run=run)
    lines = exports.csv_of(run, chosen.qs, now=timezone.now())
    return _download(lines, "text/csv; charset=utf-8", f"restore-{str(run.pk)[:8]}-items.csv")


@require_safe
def run_items_json(request: AuthedRequest, run_id: UUID) -> StreamingHttpResponse:
    run = runs.visible_run(user=request.user, run_id=run_id)
    chosen = RestoreItemFilter(request.GET, queryset=runs.items_of(run), run=run)
    parts = exports.json_of(run, chosen.qs, choices=chosen.in_effect, now=timezone.now())
    return _download(parts, "application/json", f"restore-{str(run.pk)[:8]}-items.json")


@require_safe
def run_progress(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    """The part of the page that moves; once the run has ended, the page is loaded anew."""
    run = runs.visible_run(user=request.user, run_id=run_id)
    if not request.htmx:
        return redirect("restores:run-detail", run.pk)
    page = runs.run_page(run=run, viewer=request.user, now=timezone.now())
    if not page.is_live:
        return HttpResponseClientRefresh()
    return render(request, "restore_safety/restores/run_detail.html#progress", {"page": page})


@require_safe
def run_item(request: AuthedRequest, run_id: UUID, item_id: int) -> HttpResponse:
    page = runs.item_page(user=request.user, run_id=run_id, item_id=item_id)
    address = reverse("restores:run-detail", args=[run_id])
    context = {
        "page": page,
        "breadcrumbs": [_RESTORES, (str(page.run), address), (page.entry.item.name, None)],
    }
    return render(request, "restore_safety/restores/run_item.html", context)


@require_POST
def follow_up(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    """Open a draft like the run's, with the items that still need somebody selected."""
    run = runs.visible_run(user=request.user, run_id=run_id)
    try:
        draft = records.follow_up(actor=request.user, run=run, now=timezone.now())
    except RecordRefusedError as refusal:
        messages.warning(request, f"No draft was made of what is left open. {refusal}")
        return redirect("restores:run-detail", run.pk)
    messages.info(
        request,
        "A new draft holds what this restore left open. Nothing is written before you confirm it.",
    )
    address = reverse("restores:draft-step", args=[draft.pk, "scope"])
    asks_for_groups = results_of([run])[run.pk].next_action is FollowUpAction.MAP_GROUPS
    return redirect(f"{address}#groups" if asks_for_groups else address)


def _download(parts: Iterable[str], content_type: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(parts, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
