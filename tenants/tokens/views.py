"""The pages of API tokens: a person's own, and those that reach a tenant."""

from django.contrib import messages
from django.db import models
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tenants.access.shortcuts import tenant_or_404
from tenants.models import ApiToken, Tenant
from tenants.models.capabilities import Capability
from tenants.reauthentication import proof_required
from tenants.tokens.forms import TokenForm
from tenants.tokens.service import (
    TokenRefusedError,
    TokenRevokedError,
    create_token,
    revoke_token,
    revoke_token_reaching,
)
from tenants.tokens.tables import ReachingTokenTable, TokenTable
from tenants.web.http import AuthedRequest
from tenants.web.paging import paginated

_PAGE_SIZE = 25
_TENANTS = ("Tenants", reverse_lazy("tenants:tenant-list"))
_PREFERENCES = ("Preferences", reverse_lazy("tenants:preferences"))
_TOKENS = ("API tokens", reverse_lazy("tenants:token-list"))


@require_safe
def token_list(request: AuthedRequest) -> HttpResponse:
    own = ApiToken.objects.visible_to(request.user).select_related("tenant", "revoked_by")
    tokens = own.order_by("-created_at", "-pk").fetch_mode(models.FETCH_RAISE)
    table = paginated(request, TokenTable(tokens), per_page=_PAGE_SIZE)
    table.now = timezone.now()
    context = {"table": table, "breadcrumbs": [_PREFERENCES, ("API tokens", None)]}
    return render(request, "tenants/token_list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@proof_required
def token_create(request: AuthedRequest) -> HttpResponse:
    """Ask, then show the new token in the answer itself: it is kept nowhere to be shown again."""
    form = TokenForm(request.POST or None, user=request.user)
    context = {"form": form, "breadcrumbs": [_PREFERENCES, _TOKENS, ("New token", None)]}
    if form.is_valid():
        try:
            made = create_token(
                actor=request.user,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                tenant=form.cleaned_data["tenant"],
                valid_for=form.valid_for,
                now=timezone.now(),
            )
        except TokenRefusedError as refusal:
            form.add_error(None, str(refusal))
        else:
            return render(request, "tenants/token_made.html", context | {"made": made})
    return render(request, "tenants/token_create.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def token_revoke(request: AuthedRequest, token_id: int) -> HttpResponse:
    """Ask first; posting ends the token for good."""
    own = ApiToken.objects.visible_to(request.user).select_related("tenant")
    token = get_object_or_404(own, pk=token_id)
    if request.method != "POST":
        context = {
            "token": token,
            "breadcrumbs": [_PREFERENCES, _TOKENS, (f"Revoke {token.name}", None)],
        }
        return render(request, "tenants/token_revoke.html", context)
    try:
        revoke_token(actor=request.user, token=token, now=timezone.now())
    except TokenRevokedError:
        messages.warning(request, "The token had been revoked before.")
    else:
        messages.success(
            request, f"The token “{token.name}” is revoked. It opens nothing any more."
        )
    return redirect("tenants:token-list")


@require_safe
def access_tokens(request: AuthedRequest, slug: str) -> HttpResponse:
    """Whose scripts may come to the tenant, for who decides on access to it."""
    tenant = tenant_or_404(request, slug, Capability.MANAGE_ACCESS)
    tokens = _reaching(tenant).order_by("-created_at", "-pk").fetch_mode(models.FETCH_RAISE)
    table = paginated(request, ReachingTokenTable(tokens, reached=tenant), per_page=_PAGE_SIZE)
    context = {
        "tenant": tenant,
        "table": table,
        "breadcrumbs": [*_way_to(tenant), ("API tokens", None)],
    }
    return render(request, "tenants/access_tokens.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def access_token_revoke(request: AuthedRequest, slug: str, token_id: int) -> HttpResponse:
    """Ask first; posting ends the token everywhere."""
    tenant = tenant_or_404(request, slug, Capability.MANAGE_ACCESS)
    token = get_object_or_404(_reaching(tenant), pk=token_id)
    tokens_url = reverse("tenants:access-tokens", args=[tenant.slug])
    if request.method != "POST":
        way = [*_way_to(tenant), ("API tokens", tokens_url), (f"Revoke {token.prefix}", None)]
        context = {"tenant": tenant, "token": token, "breadcrumbs": way}
        return render(request, "tenants/access_token_revoke.html", context)
    try:
        revoke_token_reaching(actor=request.user, token=token, tenant=tenant, now=timezone.now())
    except TokenRevokedError:
        messages.warning(request, "The token opened nothing here any more.")
    else:
        messages.success(request, f"The token {token.prefix} of {token.user} is revoked.")
    return redirect(tokens_url)


def _reaching(tenant: Tenant) -> models.QuerySet[ApiToken]:
    usable = ApiToken.objects.reaching(tenant).usable_at(timezone.now())
    return usable.select_related("user", "tenant")


def _way_to(tenant: Tenant) -> list[tuple[object, object]]:
    return [
        _TENANTS,
        (tenant.name, tenant.get_absolute_url()),
        ("Access", reverse("tenants:access", args=[tenant.slug])),
    ]
