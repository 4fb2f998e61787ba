"""The list of drafts to continue."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views.decorators.http import require_safe

from restore_safety.restores.filters import DraftFilter
from restore_safety.restores.pages.drafts import drafts_for
from restore_safety.restores.tables import DraftTable
from tenants.models import Tenant
from tenants.models.capabilities import Capability
from tenants.web.http import AuthedRequest
from tenants.web.paging import paginated

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
