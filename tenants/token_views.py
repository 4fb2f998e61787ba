"""The pages of a person's API tokens: the list, making one, and revoking one."""

from django.contrib import messages
from django.db import models
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tenants.http import AuthedRequest
from tenants.models import ApiToken
from tenants.paging import paginated
from tenants.sign_in.proof import proof_required
from tenants.token_forms import TokenForm
from tenants.token_tables import TokenTable
from tenants.tokens import TokenRefusedError, TokenRevokedError, create_token, revoke_token

_PAGE_SIZE = 25
_PREFERENCES = ("Preferences", reverse_lazy("tenants:preferences"))
_TOKENS = ("API tokens", reverse_lazy("tenants:token-list"))


@require_safe
def token_list(request: AuthedRequest) -> HttpResponse:
    own = ApiToken.objects.visible_to(request.user).select_related("tenant")
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
