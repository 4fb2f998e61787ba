"""Single values: whether each is one of its published type, as it must look in JSON."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from tenants.emulator import schema
from tenants.emulator.refusals import invalid_model
from tenants.emulator.schema import Member, MemberKind

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DURATION = re.compile(
    r"-?P(?=[\dT])(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)")
_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,7})?)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MAX_INTEGER = 2**63


def check_plain(value: Any, member: Member) -> Any:
    """The value, or a refusal; `value` is one element where the member is a collection."""
    if member.kind is MemberKind.ENUM:
        return _enum(value, member, [value])
    if member.kind is MemberKind.FLAGS:
        given = value.split(",") if isinstance(value, str) else [value]
        return _enum(value, member, [one.strip() if isinstance(one, str) else one for one in given])
    if not _PRIMITIVES[member.type](value):
        raise invalid_model(
            f"Cannot convert the value of property '{member.name}' to the expected type"
            f" 'Edm.{member.type}'."
        )
    return value


def _enum(value: Any, member: Member, given: list[Any]) -> Any:
    known = schema.enum_values(member.type)
    for one in given:
        if not isinstance(one, str):
            raise invalid_model(
                f"Cannot convert the value of property '{member.name}' to the expected type"
                f" 'microsoft.graph.{member.type}'."
            )
        if known and one not in known:
            raise invalid_model(
                f"Requested value '{one}' was not found. Property: '{member.name}'."
            )
    return value


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _integer(value: Any) -> bool:
    return type(value) is int and -_MAX_INTEGER <= value < _MAX_INTEGER


def _number(value: Any) -> bool:
    return type(value) in (int, float)


def _binary(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        return False
    return True


def _guid(value: Any) -> bool:
    return isinstance(value, str) and bool(_GUID.fullmatch(value))


def _duration(value: Any) -> bool:
    return isinstance(value, str) and bool(_DURATION.fullmatch(value))


def _of_calendar(form: re.Pattern[str], read: Callable[[str], Any]) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        if not isinstance(value, str) or not form.fullmatch(value):
            return False
        try:
            # Seven decimals are Graph's; Python reads six.
            read(re.sub(r"(\.\d{6})\d", r"\1", value))
        except ValueError:
            return False
        return True

    return fits


_PRIMITIVES: Mapping[str, Callable[[Any], bool]] = {
    "binary": _binary,
    "boolean": _boolean,
    "date": _of_calendar(_DATE, date.fromisoformat),
    "datetime": _of_calendar(_MOMENT, datetime.fromisoformat),
    "duration": _duration,
    "guid": _guid,
    "integer": _integer,
    "number": _number,
    "string": _text,
    "time": _of_calendar(_TIME, time.fromisoformat),
}
