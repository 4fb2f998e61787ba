"""Who calls: an API token on every request, and nothing else; no cookie opens the API."""

from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.errors import Throttled
from ninja.security import HttpBearer
from ninja.throttling import SimpleRateThrottle

from tenants.access.service import require_scope
from tenants.access.shortcuts import tenant_or_404
from tenants.models import Tenant
from tenants.models.token_scopes import TokenScope
from tenants.tokens.service import (
    Caller,
    TokenNotAcceptedError,
    caller_of,
    name_in_trail,
    note_refusal,
)
from tenants.web.caches import CacheUnavailableError
from tenants.web.http import PersonRequest, client_address

logger = structlog.stdlib.get_logger(__name__)

# Whoever keeps trying what opens nothing is slowed down, by where they call from.
REFUSALS_RATE = "60/m"
_READING = frozenset({"GET", "HEAD"})


class ApiRequest(PersonRequest):
    """A request as operations get it: `user` reads as far as the person, and acts within scopes."""

    auth: Caller


class _Rate(SimpleRateThrottle):
    """Counts what one caller did. Made for each request: it keeps what it counted in itself."""

    def __init__(self, *, rate: str, who: str) -> None:
        super().__init__(rate)
        self._who = who

    def get_cache_key(self, request: HttpRequest) -> str:
        return f"api-rate-{self._who}"

    def confirm(self, request: HttpRequest) -> None:
        """Count the request, or raise Throttled with how long to wait."""
        if not self.allow_request(request):
            wait = self.wait()
            raise Throttled(wait=None if wait is None else int(wait) + 1)


class ApiToken(HttpBearer):
    """The token of a request; reading asks for its scope here, acts where their tenant is known."""

    def __call__(self, request: HttpRequest) -> Any:
        caller = super().__call__(request)
        if caller is not None and request.method in _READING:
            require_scope(
                actor=caller.actor,
                scopes=caller.token.scope_members,
                scope=TokenScope.READ,
                tenant=caller.token.tenant,
            )
        return caller

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        now = timezone.now()
        try:
            caller = caller_of(text=token, now=now)
        except TokenNotAcceptedError:
            _Rate(rate=REFUSALS_RATE, who=f"refused-{client_address(request)}").confirm(request)
            note_refusal(text=token, now=now)
            return None
        name_in_trail(caller.token)
        # Replaces whoever a session cookie stands for: the API knows its token alone.
        request.user = caller.reader if request.method in _READING else caller.actor
        self._confirm_rate(request, caller)
        return caller

    def _confirm_rate(self, request: HttpRequest, caller: Caller) -> None:
        """Count the call; one that only reads goes on where it cannot be counted."""
        try:
            _Rate(rate=settings.API_RATE, who=str(caller.token.pk)).confirm(request)
        except CacheUnavailableError:
            if request.method not in _READING:
                raise
            logger.warning("api_call_not_counted")


def confirm_scope(request: ApiRequest, scope: TokenScope, tenant: Tenant) -> None:
    """Refuse, with the trail of the tenant, what the token is not for."""
    require_scope(
        actor=request.user,
        scopes=request.auth.token.scope_members,
        scope=scope,
        tenant=tenant,
    )


def tenant_for(request: ApiRequest, slug: str, scope: TokenScope) -> Tenant:
    """The tenant for an act on it: found first, or 404, then the token's scope."""
    tenant = tenant_or_404(request, slug)
    confirm_scope(request, scope, tenant)
    return tenant
