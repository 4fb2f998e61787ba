"""The page of what a person chooses for themselves."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tenants.people.forms import PreferencesForm
from tenants.people.preferences import choose_time_zone
from tenants.web.http import AuthedRequest


@require_http_methods(["GET", "POST"])
def preferences(request: AuthedRequest) -> HttpResponse:
    form = PreferencesForm(request.POST or None, user=request.user)
    if form.is_valid():
        choose_time_zone(actor=request.user, time_zone=form.cleaned_data["time_zone"])
        messages.success(request, "Your preferences are saved.")
        return redirect("tenants:preferences")
    context = {"form": form, "breadcrumbs": [("Preferences", None)]}
    return render(request, "tenants/preferences.html", context)
