"""The pages of tenants."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants.access.holders import managed_workspaces
from tenants.access.shortcuts import tenant_or_404
from tenants.change_windows.four_eyes import (
    ProofNeededError,
    opened_by_switching_off,
    set_four_eyes,
)
from tenants.change_windows.safeguards import NameNotTypedError, waiting_behind
from tenants.connections.forms import ConnectionForm, FourEyesForm
from tenants.connections.pages import tenant_page
from tenants.connections.service import (
    DirectoryTakenError,
    NotConnectedError,
    change_connection,
    verify_connection,
)
from tenants.connections.tables import TenantTable
from tenants.connections.write_gate import set_write_gate
from tenants.models import ProviderConnection, Tenant, Verification
from tenants.models.capabilities import Capability
from tenants.reauthentication import entered_before, proof_address, proof_first, proved_at
from tenants.web.http import AuthedRequest
from tenants.web.paging import paginated
from tenants.web.tenant_filters import TenantFilter

_PAGE_SIZE = 25
# What of a connection waits for a fresh proof; its credential is entered again.
_NO_SECRETS = ("cloud", "directory_id", "client_id", "credential_kind", "thumbprint")
_TENANTS = ("Tenants", reverse_lazy("tenants:tenant-list"))


@require_safe
def tenant_list(request: AuthedRequest) -> HttpResponse:
    visible = Tenant.objects.visible_to(request.user).select_related("workspace", "connection")
    found = TenantFilter(request.GET, queryset=visible)
    table = paginated(request, TenantTable(found.qs), per_page=_PAGE_SIZE)
    context = {
        "filter": found,
        "table": table,
        "managed": managed_workspaces(request.user),
        "breadcrumbs": [("Tenants", None)],
    }
    return render(request, "tenants/tenant_list.html", context)


@require_safe
def tenant_detail(request: AuthedRequest, slug: str) -> HttpResponse:
    tenant = tenant_or_404(request, slug)
    context = {
        "page": tenant_page(tenant=tenant, reader=request.user, now=timezone.now()),
        "breadcrumbs": [_TENANTS, (tenant.name, None)],
    }
    return render(request, "tenants/tenant_detail.html", context)


@require_http_methods(["GET", "POST"])
def connection_change(request: AuthedRequest, slug: str) -> HttpResponse:
    tenant = tenant_or_404(request, slug, Capability.MANAGE_CONNECTION)
    sentence = (
        "The connection is not changed yet. Prove that it is you, and you come back to what you "
        "entered. Enter the credential again: it is kept nowhere meanwhile."
    )
    if unproven := proof_first(request, keep=_NO_SECRETS, sentence=sentence):
        return unproven
    form = ConnectionForm(
        request.POST or None, connection=_connection_of(tenant), entered=entered_before(request)
    )
    if form.is_valid():
        try:
            change_connection(
                actor=request.user,
                tenant=tenant,
                target=form.target(),
                credential=form.credential(),
            )
        except DirectoryTakenError as error:
            form.add_error("directory_id", str(error))
        else:
            messages.success(request, "The connection is saved.")
            return _verified(request, tenant)
    breadcrumbs = [_TENANTS, (tenant.name, tenant.get_absolute_url()), ("Connection", None)]
    context = {"tenant": tenant, "form": form, "breadcrumbs": breadcrumbs}
    return render(request, "tenants/connection_change.html", context)


@require_POST
def connection_verify(request: AuthedRequest, slug: str) -> HttpResponse:
    return _verified(request, tenant_or_404(request, slug))


def _verified(request: AuthedRequest, tenant: Tenant) -> HttpResponse:
    """Verify the connection, and say on the tenant's page what came of it."""
    try:
        connection = verify_connection(actor=request.user, tenant=tenant)
    except NotConnectedError as error:
        messages.error(request, str(error))
        return redirect(tenant)
    if connection.state is Verification.UNVERIFIED:
        messages.warning(request, "The connection changed meanwhile: verify it again.")
    else:
        say = messages.error if connection.state is Verification.FAILED else messages.info
        say(request, connection.verification_detail)
    return redirect(tenant)


@require_POST
def write_gate_set(request: AuthedRequest, slug: str) -> HttpResponse:
    tenant = tenant_or_404(request, slug, Capability.MANAGE_CONNECTION)
    enabled = request.POST.get("gate") == "open"
    # Closing it is the emergency stop, and never waits.
    if enabled and (unproven := _gate_unproven(request, tenant)):
        return unproven
    if set_write_gate(actor=request.user, tenant=tenant, enabled=enabled):
        messages.info(request, f"The write gate is {'open' if enabled else 'closed'}.")
    return redirect(tenant)


@require_POST
def four_eyes_set(request: AuthedRequest, slug: str) -> HttpResponse:
    """Raise four eyes at once, or lower it after a proof of who it is."""
    tenant = tenant_or_404(request, slug, Capability.MANAGE_CONNECTION)
    form = FourEyesForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was changed: choose between 1 and 336 hours.")
        return redirect(tenant)
    try:
        changed = set_four_eyes(
            actor=request.user,
            tenant=tenant,
            setting=form.setting(),
            authenticated_at=proved_at(request),
            now=timezone.now(),
            typed_name=request.POST.get("typed_name", ""),
        )
    except NameNotTypedError as error:
        return _ask_before_switching_off(request, tenant, error)
    except ProofNeededError:
        messages.info(request, "Four eyes still holds: prove that it is you, then lower it.")
        return redirect(proof_address(back_to=f"{tenant.get_absolute_url()}#four-eyes"))
    if changed:
        messages.success(request, "The setting is saved.")
    return redirect(tenant)


def _ask_before_switching_off(
    request: AuthedRequest, tenant: Tenant, error: NameNotTypedError
) -> HttpResponse:
    address = f"{tenant.get_absolute_url()}#four-eyes"
    context = {
        "tenant": tenant,
        "question": f"Switch off four eyes for {tenant.name}?",
        "opens": (
            opened_by_switching_off(tenant),
            *waiting_behind(tenant, now=timezone.now()),
        ),
        "kept": {name: request.POST.get(name, "") for name in ("needed", "hours")},
        "error": str(error) if "typed_name" in request.POST else "",
        "label": "Switch off four eyes",
        "back": address,
        "breadcrumbs": [
            ("Tenants", reverse("tenants:tenant-list")),
            (tenant.name, tenant.get_absolute_url()),
            ("Four eyes", None),
        ],
    }
    return render(request, "tenants/safeguard_lower.html", context)


def _gate_unproven(request: AuthedRequest, tenant: Tenant) -> HttpResponse | None:
    back_to = f"{tenant.get_absolute_url()}#write-gate"
    sentence = "The write gate is still closed: prove that it is you, then open it."
    return proof_first(request, back_to=back_to, sentence=sentence)


def _connection_of(tenant: Tenant) -> ProviderConnection | None:
    return ProviderConnection.objects.in_tenant(tenant).first()
