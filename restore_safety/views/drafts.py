"""The list of drafts to continue."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views.decorators.http import require_safe

from restore_safety.filters.restores import DraftFilter
from restore_safety.selectors.draft_list import drafts_for
from restore_safety.tables.restores import DraftTable
from tenants.capabilities import Capability
from tenants.http import AuthedRequest
from tenants.models import Tenant
from tenants.paging import paginated

_PAGE_SIZE = 25


@require_safe
def draft_list(request: AuthedRequest) -> HttpResponse:
    chosen = DraftFilter(request.GET, queryset=drafts_for(request.user), request=request)
    table = paginated(request, DraftTable(chosen.qs), per_page=_PAGE_SIZE)
    may_prepare = Tenant.objects.visible_to(request.user, Capability.PREPARE_RESTORE).exists()
    context = {
        "filter": chosen,
        "table": table,
        "restore_denial": "" if may_prepare else Capability.PREPARE_RESTORE.denial,
        "breadcrumbs": [("Restores", reverse_lazy("restores:run-list")), ("Drafts", None)],
    }
    return render(request, "restore_safety/restores/draft_list.html", context)
