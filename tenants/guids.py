"""Ids as Microsoft writes them: GUIDs of 36 characters, with hyphens, in either case."""

from typing import TypeGuard
from uuid import UUID

# To find one inside a text; whether a text is one, `is_guid` says.
GUID_IN_TEXT = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_LENGTH = 36


def is_guid(value: object) -> TypeGuard[str]:
    """Whether the whole value is a GUID, so an id and not a name."""
    # Most texts of a policy are none, and a length costs less than an error.
    if not isinstance(value, str) or len(value) != _LENGTH:
        return False
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False
