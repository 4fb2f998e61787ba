"""The pages of the audit trail: the list, and the same as a file."""

from collections.abc import Iterable

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tenants.audit import exports
from tenants.audit.filters import AuditFilter
from tenants.audit.pages import events_for, heads_for
from tenants.audit.tables import AuditTable
from tenants.web.http import AuthedRequest
from tenants.web.paging import paginated

_PAGE_SIZE = 50


@require_safe
def event_list(request: AuthedRequest) -> HttpResponse:
    chosen = _chosen(request)
    context = {
        "filter": chosen,
        "table": paginated(
            request, AuditTable(chosen.qs, reader=request.user), per_page=_PAGE_SIZE
        ),
        "heads": heads_for(request.user),
        "export_query": chosen.query,
        "breadcrumbs": [("Audit trail", None)],
    }
    return render(request, "tenants/audit_list.html", context)


@require_safe
def event_csv(request: AuthedRequest) -> StreamingHttpResponse:
    """The events as the page's filter has them."""
    chosen = _chosen(request)
    exports.record_export(reader=request.user, form="csv", choices=chosen.in_effect)
    return _download(
        exports.csv_of(chosen.qs, reader=request.user), "text/csv; charset=utf-8", "audit.csv"
    )


@require_safe
def event_json(request: AuthedRequest) -> StreamingHttpResponse:
    chosen = _chosen(request)
    exports.record_export(reader=request.user, form="json", choices=chosen.in_effect)
    parts = exports.json_of(
        chosen.qs,
        reader=request.user,
        heads=heads_for(request.user),
        choices=chosen.in_effect,
        now=timezone.now(),
    )
    return _download(parts, "application/json", "audit.json")


def _chosen(request: AuthedRequest) -> AuditFilter:
    return AuditFilter(request.GET, queryset=events_for(request.user), request=request)


def _download(parts: Iterable[str], content_type: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(parts, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
