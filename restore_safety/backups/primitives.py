"""Read single values as Graph's types have them: only a reading that is certain is made."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

_CUT_OFF = re.compile(
    r"@\{[^\n]*\}|System\.(?:Object(?:\[\])?|String\[\]|Collections\.[\w.`\[\], ]+"
    r"|Management\.Automation\.[\w.]+)",
    re.DOTALL,
)
_POWERSHELL_DATE = re.compile(r"/Date\((-?\d{1,16})(?:[+-]\d{4})?\)/")
_ISO_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.IGNORECASE
)
_NUMBER = re.compile(r"-?\d{1,19}")
_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?INF|NaN")
_TRUTHS = {"true": True, "false": False}
_BLANK = re.compile(r"\s+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The texts in which PowerShell keeps a date: beside it are a display hint and the local time.
_DATE_PARTS = frozenset({"value", "DisplayHint", "DateTime"})


class Unreadable(ValueError):  # noqa: N818 -- an answer, not a failure
    """A value that is not what its type says; the message is the end of a clause."""

    def __init__(self, message: str, *, is_date: bool = False) -> None:
        super().__init__(message)
        self.is_date = is_date


def is_cut_off_text(value: Any) -> bool:
    """Whether PowerShell wrote this text in place of a nested object or list it cut off."""
    return isinstance(value, str) and bool(_CUT_OFF.fullmatch(value))


def is_wrapped(value: Any) -> bool:
    """Whether the value is a saved answer of Graph about a single member."""
    if not isinstance(value, Mapping) or "@odata.context" not in value:
        return False
    return {key for key in value if not key.startswith("@odata.")} == {"value"}


def unwrapped(value: Any) -> Any:
    return value["value"] if is_wrapped(value) else value


def as_binary(text: str) -> str:
    """Return base64 as it is, and any other text, which Graph answered in clear, encoded."""
    try:
        return _binary(text)
    except Unreadable:
        return base64.b64encode(text.encode(errors="replace")).decode()


def read_primitive(value: Any, kind: str) -> Any:
    """Return the value as its primitive type has it; Unreadable when it is something else."""
    return _READERS.get(kind, _text)(value)


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        raise Unreadable("is not text")
    return value


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.casefold() in _TRUTHS:
        return _TRUTHS[value.casefold()]
    raise Unreadable("is neither true nor false")


def _integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    raise Unreadable("is not a whole number")


def _number(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return value
    raise Unreadable("is not a number")


def _moment(value: Any) -> str:
    text = _date_text(value)
    if _ISO_DATE.fullmatch(text):
        return text
    return f"{_from_powershell(text).isoformat(timespec='seconds').removesuffix('+00:00')}Z"


def _date(value: Any) -> str:
    text = _date_text(value)
    return text if _ISO_DATE.fullmatch(text) else _from_powershell(text).date().isoformat()


def _date_text(value: Any) -> str:
    if isinstance(value, Mapping) and "value" in value and value.keys() <= _DATE_PARTS:
        value = value["value"]
    if not isinstance(value, str):
        raise Unreadable("holds no date that can be read", is_date=True)
    return value


def _from_powershell(text: str) -> datetime:
    """The moment in milliseconds since 1970; the zone beside it does not change the moment."""
    found = _POWERSHELL_DATE.fullmatch(text)
    if found is None:
        raise Unreadable("holds no date that can be read", is_date=True)
    try:
        return _EPOCH + timedelta(milliseconds=int(found[1]))
    except OverflowError:
        raise Unreadable("holds a date outside the calendar", is_date=True) from None


def _binary(value: Any) -> str:
    """The base64 without the line breaks and with the padding that some tools change."""
    if not isinstance(value, str):
        raise Unreadable("is not base64")
    bare = _BLANK.sub("", value)
    padded = bare + "=" * (-len(bare) % 4)
    try:
        base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("is not base64") from None
    return padded


_READERS: dict[str, Callable[[Any], Any]] = {
    "binary": _binary,
    "boolean": _boolean,
    "date": _date,
    "datetime": _moment,
    "integer": _integer,
    "number": _number,
}
