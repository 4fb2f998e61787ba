"""API tokens: made and revoked by their person, and taken in place of a sign-in."""

import copy
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from django.db import transaction
from django.db.models import Q

from tenants.access.service import has, require
from tenants.audit import trail
from tenants.models import ApiToken, AuditOutcome, Tenant, TokenState, User
from tenants.models.capabilities import Capability
from tenants.models.token_scopes import TokenLimits, TokenScope, reach_of
from tenants.web.request_origin import request_origin

LONGEST_LIFE = timedelta(days=365)
LONGEST_LIFE_WITH_RESTORE = timedelta(days=30)
MARK = "rst"
SECRET_BYTES = 32
_PREFIX_BYTES = 4
_SHAPE = re.compile(rf"({MARK}_[0-9a-f]{{{2 * _PREFIX_BYTES}}})_[\w-]{{20,}}", re.ASCII)
_USES_APART = timedelta(minutes=1)


class TokenRefusedError(Exception):
    """A token cannot be made like that; the message says why."""


class TokenNotAcceptedError(Exception):
    """What was shown opens nothing. It never says why: that would help whoever is guessing."""


class TokenRevokedError(Exception):
    """The token opened nothing before, here at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token just made, with the one sight of its text."""

    token: ApiToken
    text: str

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        token = self.token
        return (
            ("For", ", ".join(scope.label for scope in token.scope_members)),
            ("Where", str(token.tenant or "Every tenant open to you")),
            ("Valid until", token.expires_at),
            ("In the trail", token.prefix),
        )

    def __repr__(self) -> str:
        return f"NewToken({self.token.prefix})"  # a traceback must not show the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a token acts as: `actor` within its scopes, `reader` as far as its person sees.

    Both are the same person and both stay within the token's tenant. The reader is for looking
    at rows alone: what a page would show the person.
    """

    token: ApiToken
    actor: User
    reader: User


def longest_life(scopes: Iterable[TokenScope]) -> timedelta:
    return LONGEST_LIFE_WITH_RESTORE if TokenScope.RESTORE in scopes else LONGEST_LIFE


def create_token(  # noqa: PLR0913 -- one argument per thing a person chooses
    *,
    actor: User,
    name: str,
    scopes: Iterable[TokenScope],
    tenant: Tenant | None,
    valid_for: timedelta,
    now: datetime,
) -> NewToken:
    """A token of the actor's own; its text is in the answer and nowhere else."""
    chosen = tuple(scope for scope in TokenScope if scope in frozenset(scopes))
    if not chosen:
        raise TokenRefusedError("A token without a scope opens nothing. Choose at least one.")
    if not timedelta() < valid_for <= longest_life(chosen):
        raise TokenRefusedError(
            f"A token with these scopes is valid for at most {longest_life(chosen).days} days."
        )
    if tenant is not None and not has(actor, Capability.VIEW, tenant):
        raise TokenRefusedError("Choose a tenant that is open to you.")
    prefix = f"{MARK}_{secrets.token_hex(_PREFIX_BYTES)}"
    text = f"{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=actor,
            name=name,
            prefix=prefix,
            secret_hash=hash_of(text),
            scopes=[scope.value for scope in chosen],
            tenant=tenant,
            created_at=now,
            expires_at=now + valid_for,
        )
        trail.record(
            action="token.created",
            actor=actor,
            tenant=tenant,
            subject=_subject(token),
            detail={
                "prefix": prefix,
                "name": name,
                "scopes": token.scopes,
                "expires_at": token.expires_at,
            },
        )
    return NewToken(token=token, text=text)


def revoke_token(*, actor: User, token: ApiToken, now: datetime) -> None:
    """End a token of the actor's own for good, and TokenRevokedError the second time."""
    own = ApiToken.objects.visible_to(actor).filter(pk=token.pk, revoked_at=None)
    with transaction.atomic():
        if not own.update(revoked_at=now, revoked_by=actor):
            raise TokenRevokedError(str(token))
        trail.record(
            action="token.revoked",
            actor=actor,
            tenant=token.tenant,
            subject=_subject(token),
            detail={"prefix": token.prefix},
        )


def revoke_own_tokens(*, actor: User, now: datetime) -> None:
    """End every token of the actor's own that still opens anything."""
    with transaction.atomic():
        usable = ApiToken.objects.visible_to(actor).usable_at(now).select_related("tenant")
        for token in usable.select_for_update(of=("self",)).order_by("pk"):
            revoke_token(actor=actor, token=token, now=now)


def revoke_token_reaching(*, actor: User, token: ApiToken, tenant: Tenant, now: datetime) -> None:
    """End any person's token for the sake of a tenant it reaches, on which the actor decides.

    It opens nothing anywhere any more: a token is one secret, and cannot be half known. What does
    not reach the tenant, or no longer opens anything, raises TokenRevokedError.
    """
    require(actor, Capability.MANAGE_ACCESS, tenant)
    reaching = ApiToken.objects.reaching(tenant).usable_at(now).filter(pk=token.pk)
    with transaction.atomic():
        if not reaching.update(revoked_at=now, revoked_by=actor):
            raise TokenRevokedError(str(token))
        trail.record(
            action="token.revoked",
            actor=actor,
            tenant=tenant,
            subject=_subject(token),
            detail={"prefix": token.prefix, "of": token.user.get_username()},
        )


def caller_of(*, text: str, now: datetime) -> Caller:
    """Who the token acts as, or TokenNotAcceptedError.

    Who keeps showing what opens nothing has to be slowed down, before `note_refusal` fills the
    trail with it.
    """
    token = _known(text)
    if token is None or _flaw(token, now):
        raise TokenNotAcceptedError
    _note_use(token, now)
    reach = TokenLimits(capabilities=reach_of(token.scope_members), tenant_id=token.tenant_id)
    sight = TokenLimits(capabilities=frozenset(Capability), tenant_id=token.tenant_id)
    return Caller(token=token, actor=_within(token.user, reach), reader=_within(token.user, sight))


def name_in_trail(token: ApiToken) -> None:
    """From here to the end of the request, every event and every line of the log names the token.

    The middleware that gave the request its id takes both back.
    """
    request_origin.set(replace(request_origin.get(), token=token.prefix))
    structlog.contextvars.bind_contextvars(token=token.prefix)


def note_refusal(*, text: str, now: datetime) -> None:
    """Write down that something was shown that opens nothing, by its prefix alone."""
    token = _known(text)
    shape = _SHAPE.fullmatch(text)
    trail.record(
        action="token.refused",
        # Its person is the one who has to know that it is still being tried.
        actor=token.user if token else None,
        tenant=None,
        subject=_subject(token) if token else "",
        outcome=AuditOutcome.DENIED,
        detail={
            "prefix": shape[1] if shape else "",
            "flaw": _flaw(token, now) if token else "unknown",
        },
    )


def hash_of(text: str) -> str:
    """The one form in which a token is kept; 256 random bits need no salt and no stretching."""
    return f"sha256:{sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def _known(text: str) -> ApiToken | None:
    if not _SHAPE.fullmatch(text):
        return None
    tokens = ApiToken.objects.select_related("user", "tenant")
    return tokens.filter(secret_hash=hash_of(text)).first()


def _flaw(token: ApiToken, now: datetime) -> str:
    """Why the token opens nothing; empty when it does."""
    if not token.user.is_active:
        return "person_deactivated"
    state = token.state_at(now)
    return "" if state is TokenState.USABLE else state.value


def _note_use(token: ApiToken, now: datetime) -> None:
    """Keep when it was last used, to the minute: a write for each request would be too many."""
    if token.last_used_at is not None and now - token.last_used_at < _USES_APART:
        return
    unused = Q(last_used_at=None) | Q(last_used_at__lte=now - _USES_APART)
    ApiToken.objects.filter(unused, pk=token.pk).update(last_used_at=now)


def _within(user: User, limits: TokenLimits) -> User:
    limited = copy.copy(user)
    limited.limits = limits
    return limited


def _subject(token: ApiToken) -> str:
    return f"token:{token.pk}"
