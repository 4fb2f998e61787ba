"""The list of runs, the canonical page of each, and a person's notices about them."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from operations import lifecycle, notifications
from operations import pages as selectors
from operations.filters import RunFilter
from operations.models import OperationRun
from operations.processes import services_at
from operations.tables import RunTable
from operations.work_kinds import in_flight_of
from tenants.clock import database_now
from tenants.web.http import AuthedRequest
from tenants.web.paging import paginated

PAGE_SIZE = 25
_CANCELLED = "The run is cancelled. No worker had started it, so nothing was done."
_AT_A_SAFE_POINT = "The worker stops at the next point where that is safe."


@require_safe
def run_list(request: AuthedRequest) -> HttpResponse:
    chosen = RunFilter(request.GET, queryset=selectors.runs_for(request.user), request=request)
    table = paginated(request, RunTable(chosen.qs), per_page=PAGE_SIZE)
    table.now = database_now()
    table.services = services_at(table.now)
    table.follow_ups = selectors.follow_ups_of(
        (row.record for row in table.page.object_list), request.user
    )
    context = {
        "filter": chosen,
        "table": table,
        "warnings": table.services.warnings if table.has_live_runs else (),
        "breadcrumbs": [("Operations", None)],
    }
    return render(request, "operations/run_list.html", context)


@require_safe
def run_detail(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    page = selectors.run_page(user=request.user, run_id=run_id, now=database_now())
    context = {
        "page": page,
        "breadcrumbs": [("Operations", reverse("operations:run-list")), (page.run.title, None)],
    }
    return render(request, "operations/run_detail.html", context)


@require_safe
def run_progress(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    """The part of the page that moves; once the run has ended, the page is loaded anew."""
    page = selectors.run_page(user=request.user, run_id=run_id, now=database_now())
    if not request.htmx:
        return redirect(page.run)
    if not page.run.is_live:
        return HttpResponseClientRefresh()
    return render(request, "operations/run_detail.html#progress", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def run_cancel(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    """Ask first; posting asks the worker to stop."""
    now = database_now()
    if request.method == "POST":
        run = selectors.visible_run(user=request.user, run_id=run_id)
        return _cancelled(request, run, now)
    page = selectors.run_page(user=request.user, run_id=run_id, now=now)
    lifecycle.require_may_cancel(actor=request.user, run=page.run)
    context = {
        "page": page,
        "breadcrumbs": [
            ("Operations", reverse("operations:run-list")),
            (page.run.title, page.run.get_absolute_url()),
            ("Cancel", None),
        ],
    }
    return render(request, "operations/run_cancel.html", context)


def _cancelled(request: AuthedRequest, run: OperationRun, now: datetime) -> HttpResponse:
    try:
        has_ended = lifecycle.request_cancel(actor=request.user, run=run, now=now)
    except lifecycle.RunNotCancellableError:
        messages.warning(request, "The run has already ended, so there is nothing to cancel.")
    else:
        asked = f"Cancellation requested. {in_flight_of(run) or _AT_A_SAFE_POINT}"
        messages.info(request, _CANCELLED if has_ended else asked)
    return redirect(run)


@require_safe
def notification_list(request: AuthedRequest) -> HttpResponse:
    paginator = Paginator(selectors.notifications_for(request.user), PAGE_SIZE)
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": selectors.lines_of(page.object_list, request.user),
        "unread": notifications.unread_count(request.user),
        "breadcrumbs": [
            ("Operations", reverse("operations:run-list")),
            ("Notifications", None),
        ],
    }
    return render(request, "operations/notification_list.html", context)


@require_POST
def notification_read_all(request: AuthedRequest) -> HttpResponse:
    notifications.mark_all_read(actor=request.user, now=database_now())
    return redirect("operations:notification-list")
