"""Restores: the list, one restore, one item of it, and the draft that follows it up."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from restore_safety.restores import exports, records, run_queries
from restore_safety.restores.filters import RestoreFilter, RestoreItemFilter
from restore_safety.restores.pages import detail, item_list
from restore_safety.restores.pages.actions import ListedActs
from restore_safety.restores.pages.printing import print_page
from restore_safety.restores.pages.results import result_of, result_summaries
from restore_safety.restores.receipts.issuing import ReceiptRefusedError, file_name_of, issue
from restore_safety.restores.receipts.pages import VERIFIER_NAME, receipt_page, verifier_text
from restore_safety.restores.records import RecordRefusedError, Successor
from restore_safety.restores.tables import RestoreItemTable, RestoreTable
from restore_safety.restores.trail import trail_of
from restore_safety.truth.attention import FollowUpAction
from restore_safety.truth.continuing import ContinuingAction
from tenants.clock import database_now
from tenants.models import Tenant
from tenants.models.capabilities import Capability
from tenants.web.http import AuthedRequest
from tenants.web.paging import paginated

_PAGE_SIZE = 25
_ITEMS_PER_PAGE = 50
_TAKEN_UP_BEFORE = "This draft was opened before to continue that restore. No other draft was made."
_RESTORES = ("Restores", reverse_lazy("restores:run-list"))


@require_safe
def run_list(request: AuthedRequest) -> HttpResponse:
    chosen = RestoreFilter(
        request.GET, queryset=run_queries.runs_for(request.user), request=request
    )
    table = paginated(request, RestoreTable(chosen.qs), per_page=_PAGE_SIZE)
    table.summaries = result_summaries(row.record for row in table.page.object_list)
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
    run = run_queries.visible_run(user=request.user, run_id=run_id)
    trail = trail_of(run, request.user, page=request.GET.get("trail"))
    page = detail.run_page(run=run, viewer=request.user, now=database_now(), trail=trail)
    chosen = RestoreItemFilter(request.GET, queryset=item_list.items_of(run), run=run)
    table = paginated(request, RestoreItemTable(chosen.qs), per_page=_ITEMS_PER_PAGE)
    context = {
        "page": page,
        "filter": chosen,
        "table": table,
        "export_query": chosen.query,
        "print_url": request.build_absolute_uri(reverse("restores:run-print", args=[run.pk])),
        "breadcrumbs": [_RESTORES, (page.title, None)],
    }
    return render(request, "restore_safety/restores/run_detail.html", context)


@require_safe
def run_print(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    """The whole record on paper: what the page folds away or cuts into pages is all there."""
    run = run_queries.visible_run(user=request.user, run_id=run_id)
    page = print_page(
        run=run, viewer=request.user, now=database_now(), part=request.GET.get("part")
    )
    address = reverse("restores:run-detail", args=[run.pk])
    context = {
        "page": page.record,
        "print": page,
        "breadcrumbs": [_RESTORES, (page.record.title, address), ("Print", None)],
    }
    return render(request, "restore_safety/restores/run_print.html", context)


@require_safe
def run_items_csv(request: AuthedRequest, run_id: UUID) -> StreamingHttpResponse:
    """The items as the page's filter has them."""
    run = run_queries.visible_run(user=request.user, run_id=run_id)
    chosen = RestoreItemFilter(request.GET, queryset=item_list.items_of(run), run=run)
    records.note_export(actor=request.user, run=run, form="csv", choices=chosen.in_effect)
    lines = exports.csv_of(run, chosen.qs, now=timezone.now())
    return _download(lines, "text/csv; charset=utf-8", f"restore-{str(run.pk)[:8]}-items.csv")


@require_safe
def run_items_json(request: AuthedRequest, run_id: UUID) -> StreamingHttpResponse:
    run = run_queries.visible_run(user=request.user, run_id=run_id)
    chosen = RestoreItemFilter(request.GET, queryset=item_list.items_of(run), run=run)
    records.note_export(actor=request.user, run=run, form="json", choices=chosen.in_effect)
    parts = exports.json_of(run, chosen.qs, choices=chosen.in_effect, now=timezone.now())
    return _download(parts, "application/json", f"restore-{str(run.pk)[:8]}-items.json")


@require_safe
def run_receipt(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    """What a receipt proves, the key to hold it against, and the ways to both files."""
    run = run_queries.visible_run(user=request.user, run_id=run_id)
    page = receipt_page(run)
    address = reverse("restores:run-detail", args=[run.pk])
    context = {"page": page, "breadcrumbs": [_RESTORES, (str(run), address), ("Receipt", None)]}
    return render(request, "restore_safety/restores/run_receipt.html", context)


@require_safe
def run_receipt_file(request: AuthedRequest, run_id: UUID) -> HttpResponseBase:
    run = run_queries.visible_run(user=request.user, run_id=run_id)
    try:
        parts = issue(actor=request.user, run=run)
    except ReceiptRefusedError as refusal:
        messages.warning(request, f"No receipt was issued. {refusal}")
        return redirect("restores:run-receipt", run.pk)
    return _download(parts, "application/json", file_name_of(run))


@require_safe
def receipt_verifier(request: AuthedRequest) -> StreamingHttpResponse:
    """The one file that verifies any receipt, anywhere Python is."""
    return _download([verifier_text()], "text/x-python; charset=utf-8", VERIFIER_NAME)


@require_safe
def run_progress(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    """The part of the page that moves; once the run has ended, the page is loaded anew."""
    run = run_queries.visible_run(user=request.user, run_id=run_id)
    if not request.htmx:
        return redirect("restores:run-detail", run.pk)
    page = detail.run_page(run=run, viewer=request.user, now=database_now())
    if not page.is_live:
        return HttpResponseClientRefresh()
    return render(request, "restore_safety/restores/run_detail.html#progress", {"page": page})


@require_safe
def run_item(request: AuthedRequest, run_id: UUID, item_id: int) -> HttpResponse:
    page = item_list.item_page(user=request.user, run_id=run_id, item_id=item_id)
    address = reverse("restores:run-detail", args=[run_id])
    context = {
        "page": page,
        "breadcrumbs": [_RESTORES, (str(page.run), address), (page.entry.item.name, None)],
    }
    return render(request, "restore_safety/restores/run_item.html", context)


@require_POST
def follow_up(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    """Open a draft like the run's, with the items selected that the address asks for."""
    run = run_queries.visible_run(user=request.user, run_id=run_id)
    asked = request.GET.get("items", ContinuingAction.REMAINING)
    if asked not in ContinuingAction:
        raise Http404
    items = ContinuingAction(asked)
    try:
        successor = records.follow_up(actor=request.user, run=run, now=timezone.now(), items=items)
    except RecordRefusedError as refusal:
        messages.warning(request, f"No draft was made of what is left open. {refusal}")
        return redirect("restores:run-detail", run.pk)
    messages.info(request, _opened(successor) if successor.is_new else _TAKEN_UP_BEFORE)
    if not successor.is_new:
        return redirect("restores:draft-resume", successor.draft.pk)
    address = reverse("restores:draft-step", args=[successor.draft.pk, "scope"])
    asks_for_mapping = result_of(run).next_action is FollowUpAction.MAP_GROUPS
    return redirect(f"{address}#mapping" if asks_for_mapping else address)


def _opened(successor: Successor) -> str:
    count = successor.draft.selected_items.count()
    return (
        f"A new draft holds {'1 item' if count == 1 else f'{count} items'} of that restore. Its "
        "checks and preview have to run anew, and nothing is written before you confirm it."
    )


def _download(parts: Iterable[str], content_type: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(parts, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
