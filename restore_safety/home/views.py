"""The first page: whether anything needs the reader."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from restore_safety.home.page import home_page
from tenants.clock import database_now
from tenants.web.http import AuthedRequest


@require_safe
def home(request: AuthedRequest) -> HttpResponse:
    page = home_page(user=request.user, now=database_now())
    return render(request, "restore_safety/home.html", {"page": page, "breadcrumbs": []})
