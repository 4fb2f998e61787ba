"""Making an account straight with the directory: for who came there from an invitation's page."""

from itertools import count
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from tenants.membership.invitations import (
    Acceptance,
    InvitationGoneError,
    Newcomer,
    UsernameTakenError,
    invitation_still_open,
    join,
)
from tenants.models import User

_NOT_OPEN = (
    "This invitation is not open any more, so no account was made. Ask whoever invited you for a "
    "new one."
)
_OF_ANOTHER_ADDRESS = (
    "This invitation was made for another e-mail address than {address}, so no account was made. "
    "Continue with the {name} account of the address it was sent to, or ask whoever invited you "
    "for an invitation to yours."
)
_SIGNED_IN = (
    "You are signed in already, so no account was made. Accept as this person, or sign out and "
    "open the link again."
)
_AT_ONCE = "Another account was made at the same moment, so this one was not. Try again."


class NotLetInError(Exception):
    """No account was made; why, in the trail's word and in a sentence for the person."""

    def __init__(self, reason: str, sentence: str, *, may_try_again: bool = True) -> None:
        super().__init__(sentence)
        self.reason, self.sentence, self.may_try_again = reason, sentence, may_try_again


def begun_with(invitation_id: int) -> dict[str, int]:
    """What the session keeps, while the person is away, of the invitation they set out with."""
    return {"invitation": invitation_id}


def set_out_with(state: dict[str, Any] | None) -> int | None:
    """The invitation the way to the directory began with, if it began at one."""
    found: int | None = ((state or {}).get("data") or {}).get("invitation")
    return found


def turned_back_to(request: HttpRequest, state: dict[str, Any] | None) -> str:
    """Where who is not let in goes: back to where their way to the directory began."""
    if set_out_with(state) is not None:
        return "tenants:invitation-accept"
    return "mfa_index" if request.user.is_authenticated else "tenants:sign-in"


def let_in(request: HttpRequest, sociallogin: Any, *, invitation_id: int) -> Acceptance:
    """Make the account, connect it and accept the invitation, all or nothing; or raise why not."""
    now = timezone.now()
    invitation = invitation_still_open(pk=invitation_id, now=now)
    if invitation is None:
        raise NotLetInError("invitation_not_open", _NOT_OPEN, may_try_again=False)
    if request.user.is_authenticated:
        raise NotLetInError("signed_in_already", _SIGNED_IN)
    claimed = sociallogin.claimed
    if claimed.is_another_than(invitation.invitee):
        sentence = _OF_ANOTHER_ADDRESS.format(address=claimed.address, name=settings.OIDC_NAME)
        raise NotLetInError("invitation_of_another_address", sentence)
    newcomer = Newcomer(
        username=_free(claimed.username),
        full_name=claimed.full_name,
        email=claimed.verified_address,
        connect=lambda person: sociallogin.connect(request, person),
    )
    try:
        _, acceptance = join(newcomer=newcomer, digest=invitation.token_hash, now=now)
    except InvitationGoneError as error:
        raise NotLetInError("invitation_not_open", _NOT_OPEN, may_try_again=False) from error
    except UsernameTakenError as error:
        raise NotLetInError("made_at_once", _AT_ONCE) from error
    return acceptance


def _free(username: str) -> str:
    """The username, with a number when it is taken already in any spelling."""
    alike = User.objects.filter(username__istartswith=username)
    taken = {name.casefold() for name in alike.values_list("username", flat=True)}
    numbered = (username if number == 1 else f"{username}{number}" for number in count(1))
    return next(name for name in numbered if name.casefold() not in taken)
