"""The invitation a browser came with: its session keeps the digest of the link's token."""

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from tenants.membership.invitations import Acceptance

_KEPT = "invitation"


def remember(request: HttpRequest, digest: str) -> None:
    request.session[_KEPT] = digest


def remembered(request: HttpRequest) -> str:
    """The digest of the link this browser opened last; "" when it opened none."""
    return str(request.session.get(_KEPT, ""))


def taken_up(request: HttpRequest, acceptance: Acceptance) -> str:
    """Forget the invitation and say what became of it; where the person goes now."""
    if remembered(request) == acceptance.invitation.token_hash:
        del request.session[_KEPT]
    messages.success(request, acceptance.sentence)
    return reverse("tenants:tenant-list")
