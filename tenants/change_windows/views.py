"""The pages of a tenant's change windows: what is set, adding one, removing one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants.access.shortcuts import tenant_or_404
from tenants.change_windows.forms import ChangeWindowForm
from tenants.change_windows.pages import windows_page
from tenants.change_windows.safeguards import NameNotTypedError, waiting_behind
from tenants.change_windows.service import WindowRefusedError, add_window, removal_of, remove_window
from tenants.models import ChangeWindow, Tenant
from tenants.models.capabilities import Capability
from tenants.models.recurrence import WindowEffect
from tenants.reauthentication import proof_first
from tenants.web.http import AuthedRequest

_TENANTS = ("Tenants", reverse_lazy("tenants:tenant-list"))


@require_safe
def window_list(request: AuthedRequest, slug: str) -> HttpResponse:
    tenant = tenant_or_404(request, slug)
    page = windows_page(tenant=tenant, reader=request.user, now=timezone.now())
    context = {"page": page, "breadcrumbs": _breadcrumbs(tenant, ("Change windows", None))}
    return render(request, "tenants/change_windows.html", context)


@require_http_methods(["GET", "POST"])
def window_add(request: AuthedRequest, slug: str) -> HttpResponse:
    """Add a window: a freeze at once, a maintenance window after a proof of who it is.

    A freeze only ever stops more; a second maintenance window lets more through.
    """
    tenant = tenant_or_404(request, slug, Capability.MANAGE_CONNECTION)
    form = ChangeWindowForm(request.POST or None, zone=request.user.time_zone)
    if form.is_valid():
        widens = form.cleaned_data["effect"] is WindowEffect.MAINTENANCE
        if widens and (unproven := proof_first(request)):
            return unproven
        try:
            add_window(actor=request.user, tenant=tenant, entry=form.entry(), now=timezone.now())
        except WindowRefusedError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The window is added and holds from now on.")
            return redirect("tenants:change-window-list", tenant.slug)
    windows = ("Change windows", reverse("tenants:change-window-list", args=[tenant.slug]))
    context = {
        "tenant": tenant,
        "form": form,
        "breadcrumbs": _breadcrumbs(tenant, windows, ("Add", None)),
    }
    return render(request, "tenants/change_window_add.html", context)


@require_POST
def window_remove(request: AuthedRequest, slug: str, window_id: int) -> HttpResponse:
    """Remove a window; it holds until whoever does that has proven who they are."""
    tenant = tenant_or_404(request, slug, Capability.MANAGE_CONNECTION)
    window = get_object_or_404(ChangeWindow.objects.in_tenant(tenant), pk=window_id)
    address = reverse("tenants:change-window-list", args=[tenant.slug])
    sentence = "The window still holds: prove that it is you, then remove it."
    if unproven := proof_first(request, back_to=address, sentence=sentence):
        return unproven
    now, typed = timezone.now(), request.POST.get("typed_name", "")
    try:
        if remove_window(actor=request.user, window=window, now=now, typed_name=typed):
            messages.info(request, "The window is removed.")
    except NameNotTypedError as error:
        context = {
            "tenant": tenant,
            "question": f"Remove “{window.reason}” from {tenant.name}?",
            "opens": (removal_of(window, now=now).sentence, *waiting_behind(tenant, now=now)),
            "error": str(error) if "typed_name" in request.POST else "",
            "label": "Remove this window",
            "back": address,
            "breadcrumbs": _breadcrumbs(tenant, ("Change windows", address), ("Remove", None)),
        }
        return render(request, "tenants/safeguard_lower.html", context)
    return redirect(address)


def _breadcrumbs(tenant: Tenant, *places: tuple[str, str | None]) -> list[object]:
    return [_TENANTS, (tenant.name, tenant.get_absolute_url()), *places]
