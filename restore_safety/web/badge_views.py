"""What the badges mean: every state the pages can show, from the one registry."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from restore_safety.web.badge_page import badge_families
from tenants.web.http import AuthedRequest


@require_safe
def badge_list(request: AuthedRequest) -> HttpResponse:
    context = {
        "families": badge_families(),
        "breadcrumbs": [("What the badges mean", None)],
    }
    return render(request, "restore_safety/badges.html", context)
