"""What the directory says of a new person, made fit to be kept."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tenants.printable import printable

_FULL_NAME_LENGTH = 150
_ADDRESS_LENGTH = 254
# Leaves room for the number that makes a username a free one.
_USERNAME_LENGTH = 100
_NOT_IN_A_USERNAME = re.compile(r"[^\w.+-]", re.ASCII)
_YES = (True, "true", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A person as the directory describes them; none of it says who they are here."""

    full_name: str
    username: str
    address: str
    is_verified: bool

    @property
    def verified_address(self) -> str:
        return self.address if self.is_verified else ""

    def is_another_than(self, invitee: str) -> bool:
        """Whether the invitation is for an address, and the directory names a different one.

        An unverified address can only be in the way: it lets no one in.
        """
        is_known = bool(self.address and address_in(invitee))
        return is_known and self.address.casefold() != invitee.casefold()


def claimed_in(claims: Mapping[str, Any]) -> Claimed:
    """The person in the claims of an id token, whatever else is in them."""
    name = " ".join(printable(str(claims.get("name") or "")).split())[:_FULL_NAME_LENGTH].strip()
    address = address_in(claims.get("email"))
    # Entra never says email_verified; what it can be set up to say instead is that the owner of
    # the address's domain is verified.
    verified = claims.get("email_verified", claims.get("xms_edov"))
    wishes = (str(claims.get("preferred_username") or ""), address, name)
    usernames = filter(None, map(_username_in, wishes))
    return Claimed(
        full_name=name,
        username=next(usernames, "person"),
        address=address,
        is_verified=verified in _YES,
    )


def address_in(value: object) -> str:
    """The value if it is an e-mail address that can be kept; "" otherwise."""
    if not isinstance(value, str) or len(value) > _ADDRESS_LENGTH:
        return ""
    try:
        validate_email(value)
    except ValidationError:
        return ""
    return value


def _username_in(wanted: str) -> str:
    # Accents are taken off; what is written in another alphabet is left out.
    readable = unicodedata.normalize("NFKD", wanted.partition("@")[0])
    return _NOT_IN_A_USERNAME.sub("", readable)[:_USERNAME_LENGTH]
