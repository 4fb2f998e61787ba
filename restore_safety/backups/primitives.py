"""Read single values as Graph's types have them: only a reading that is certain is made."""

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

_POWERSHELL_DATE = re.compile(r"/Date\((-?\d{1,16})(?:[+-]\d{4})?\)/")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"-?\d{1,19}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_TRUTHS = {"true": True, "false": False}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# In what PowerShell keeps a date: beside it are a display hint and the local time.
_DATE_PARTS = frozenset({"value", "DisplayHint", "DateTime"})


class UnreadableDateError(ValueError):
    """A date that may mean more than one day; the message is the end of a clause."""


def is_wrapped(value: Any) -> bool:
    """Whether the value is a saved answer of Graph about a single member."""
    if not isinstance(value, Mapping) or "@odata.context" not in value:
        return False
    return {key for key in value if not key.startswith("@odata.")} == {"value"}


def unwrapped(value: Any) -> Any:
    return value["value"] if is_wrapped(value) else value


def as_binary(text: str) -> str:
    """Return base64 as it is, and any other text, which Graph answered in clear, encoded."""
    if _is_base64(text):
        return text
    return base64.b64encode(text.encode(errors="replace")).decode()


def read_primitive(value: Any, kind: str) -> Any:
    """Return the value as its primitive type has it; as it is when no reading is certain."""
    reader = _READERS.get(kind)
    return value if reader is None or value is None else reader(value)


def _boolean(value: Any) -> Any:
    return _TRUTHS.get(value.casefold(), value) if isinstance(value, str) else value


def _integer(value: Any) -> Any:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _moment(value: Any) -> Any:
    read = _date_in(value)
    if not isinstance(read, datetime):
        return read
    return f"{read.isoformat(timespec='seconds').removesuffix('+00:00')}Z"


def _date(value: Any) -> Any:
    read = _date_in(value)
    return read.date().isoformat() if isinstance(read, datetime) else read


def _date_in(value: Any) -> Any:
    """The moment in a date of PowerShell, any other date as it is."""
    if isinstance(value, Mapping) and "value" in value and value.keys() <= _DATE_PARTS:
        value = value["value"]
    if not isinstance(value, str) or _ISO_DATE.fullmatch(value):
        return value
    found = _POWERSHELL_DATE.fullmatch(value)
    if found is None:
        raise UnreadableDateError("holds no date that can be read")
    try:
        # Milliseconds since 1970: the zone beside them does not change the moment.
        return _EPOCH + timedelta(milliseconds=int(found[1]))
    except OverflowError:
        raise UnreadableDateError("holds a date outside the calendar") from None


def _binary(value: Any) -> Any:
    """The base64 without line breaks; padding is not added: what lacks it may be cut off."""
    if not isinstance(value, str):
        return value
    bare = "".join(value.split())
    return bare if _is_base64(bare) else value


def _is_base64(text: str) -> bool:
    bare = "".join(text.split())
    return len(bare) % 4 == 0 and bool(_BASE64.fullmatch(bare))


_READERS: dict[str, Callable[[Any], Any]] = {
    "binary": _binary,
    "boolean": _boolean,
    "date": _date,
    "datetime": _moment,
    "integer": _integer,
}
