"""When the person of a session last proved who they are, and the way to prove it again."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Concatenate
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import AnonymousUser
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from tenants.models import User

_ENTERED = "entered_before_proof"
_NOTHING_YET = "Nothing was changed yet: prove that it is you, and you come back to this."
_KEPT = (
    "Nothing was changed yet. What you entered is kept: prove that it is you, and you come back "
    "to it."
)

# What each record of allauth's proves an identity with, in the words of the trail.
_WAYS = {
    ("password", None): "password",
    ("mfa", "totp"): "authenticator_app",
    ("mfa", "webauthn"): "passkey",
    ("mfa", "recovery_codes"): "recovery_code",
    ("socialaccount", None): "connected_account",
}
_SECOND = frozenset({"authenticator_app", "passkey", "recovery_code"})
# Recovery codes alone are none: they stand in for one that is lost.
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def proved_at(request: HttpRequest) -> datetime | None:
    """When whoever is signed in last proved who they are; None when the session cannot say.

    Signing in counts, and so does each proof after it: by password or connected account, and of who
    has a second factor by that alone. A password given before there was one still counts.
    """
    given = [
        (way, datetime.fromtimestamp(float(record["at"]), UTC))
        for record in get_authentication_records(request, request.user)
        if (way := way_of(record))
    ]
    since = second_factor_since(request.user) if given else None
    moments = [at for way, at in given if way in _SECOND or since is None or at < since]
    return max(moments, default=None)


def second_factor_since(person: User | AnonymousUser) -> datetime | None:
    """Since when the person has a second factor, an app or a passkey; None while they have none."""
    factors = Authenticator.objects.filter(user_id=person.pk, type__in=SECOND_FACTORS)
    since: datetime | None = factors.aggregate(since=Min("created_at"))["since"]
    return since


def is_recent(proved: datetime | None, *, now: datetime) -> bool:
    """Whether the proof still speaks for the person who acts now."""
    longest = timedelta(minutes=settings.REAUTHENTICATION_MINUTES)
    return proved is not None and now - proved <= longest


def ways_used(request: HttpRequest, user: Any) -> list[str]:
    """With what the person proved themselves in this session, first to last."""
    ways = [way_of(record) for record in get_authentication_records(request, user)]
    return list(dict.fromkeys(filter(None, ways)))


def way_of(record: Mapping[str, Any]) -> str:
    """The way a record speaks of; "" for what proves no identity."""
    return _WAYS.get((str(record.get("method")), record.get("type")), "")


def proof_address(*, back_to: str) -> str:
    """Where the person proves again who they are, to come back to an address of ours."""
    return f"{reverse('account_reauthenticate')}?{urlencode({REDIRECT_FIELD_NAME: back_to})}"


def proof_first(
    request: HttpRequest,
    *,
    back_to: str = "",
    keep: Collection[str] = (),
    sentence: str = "",
) -> HttpResponse | None:
    """The way to a fresh proof, for who has none; None for who may go on.

    For a view that knows by now that the person may do it: who may not proves nothing. They come
    back to the address, and do it there with a click; what `keep` names of what they posted waits
    in the session for `entered_before`. Nothing secret is to be named.
    """
    if is_recent(proved_at(request), now=timezone.now()):
        return None
    if request.method == "POST":
        if keep:
            values = {name: request.POST.get(name, "") for name in keep}
            request.session[_ENTERED] = {"path": request.path, "values": values}
        messages.info(request, sentence or (_KEPT if keep else _NOTHING_YET))
        return redirect(proof_address(back_to=back_to or request.path))
    return redirect(proof_address(back_to=request.get_full_path()))


def entered_before(request: HttpRequest) -> dict[str, str]:
    """What was posted to this very page before the proof, given once."""
    kept = request.session.get(_ENTERED)
    if request.method == "POST" or not kept or kept["path"] != request.path:
        return {}
    del request.session[_ENTERED]
    values: dict[str, str] = kept["values"]
    return values


def proof_required[R: HttpRequest, **P](
    view: Callable[Concatenate[R, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Let only who proved themselves recently through: an unlocked screen is no proof.

    For pages everybody may open. What was posted is not kept: the person comes back to the page
    and answers it again.
    """

    @wraps(view)
    def with_proof(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if is_recent(proved_at(request), now=timezone.now()):
            return view(request, *args, **kwargs)
        return redirect(proof_address(back_to=request.path))

    return with_proof
