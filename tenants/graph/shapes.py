"""The forms in which Graph takes plain values, and what is wrong with one of another form."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from tenants.graph import schema
from tenants.graph.payloads import Payload
from tenants.graph.schema import Member, MemberKind
from tenants.guids import is_guid

_FUTURE = "unknownFutureValue"


class FaultCode(StrEnum):
    """What is wrong with a value."""

    UNKNOWN_MEMBER = "unknown_member"
    WRONG_PRIMITIVE = "wrong_primitive"
    NOT_IN_ENUM = "not_in_enum"
    NOT_IN_FLAGS = "not_in_flags"
    NOT_A_LIST = "not_a_list"
    NOT_A_SINGLE = "not_a_single"
    NOT_AN_OBJECT = "not_an_object"
    CUT_OFF = "cut_off"
    POWERSHELL_DATE = "powershell_date"
    NOT_A_DATE = "not_a_date"
    NOT_BASE64 = "not_base64"
    NOT_A_GUID = "not_a_guid"
    UNKNOWN_TYPE = "unknown_type"
    MISPLACED_TYPE = "misplaced_type"
    ABSTRACT_TYPE = "abstract_type"


def code_of(value: Any, declared: Member) -> FaultCode | None:
    """What is wrong with a single plain value of a member; None where Graph takes it."""
    if declared.kind is MemberKind.ENUM:
        return _code_of_enum(value, declared.type)
    if declared.kind is MemberKind.FLAGS:
        return _code_of_flags(value, declared.type)
    return _PRIMITIVES[declared.type](value)


_DATE = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,12})?)?"
_ZONE = r"(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)"
_DURATION = (
    r"-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
)
_POWERSHELL_DATE = re.compile(r"/Date\(-?\d+(?:[+-]\d{4})?\)/")
# What PowerShell writes in place of an object or a list below the depth it was given.
_CUT = re.compile(
    r"@\{(?:[^=;{}]+=.*)?\}|System\.(?:\w+\[\]|Object|(?:Collections|Management\.Automation)\.\S+)",
    re.DOTALL,
)


def is_cut(value: Any) -> bool:
    """Whether a tool wrote this in place of what lay deeper than it exports."""
    return isinstance(value, str) and bool(_CUT.fullmatch(value.strip()))


def code_of_object(value: Payload) -> FaultCode:
    """An object where a plain value stands: PowerShell 5 writes dates like that."""
    dates = (one for one in value.values() if isinstance(one, str))
    if any(_POWERSHELL_DATE.fullmatch(one) for one in dates):
        return FaultCode.POWERSHELL_DATE
    return FaultCode.NOT_A_SINGLE


def _code_of_enum(value: Any, enum: str) -> FaultCode | None:
    if not isinstance(value, str):
        return FaultCode.WRONG_PRIMITIVE
    known = schema.enum_values(enum)
    if value == _FUTURE or (known and value not in known):
        return FaultCode.NOT_IN_ENUM
    return None


def _code_of_flags(value: Any, enum: str) -> FaultCode | None:
    if not isinstance(value, str):
        return FaultCode.WRONG_PRIMITIVE
    codes = (_code_of_enum(part.strip(), enum) for part in value.split(","))
    return FaultCode.NOT_IN_FLAGS if any(codes) else None


def _code_of_text(value: Any) -> FaultCode | None:
    return None if isinstance(value, str) else FaultCode.WRONG_PRIMITIVE


def _code_of_boolean(value: Any) -> FaultCode | None:
    return None if isinstance(value, bool) else FaultCode.WRONG_PRIMITIVE


def _code_of_integer(value: Any) -> FaultCode | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return None if is_whole else FaultCode.WRONG_PRIMITIVE


def _code_of_number(value: Any) -> FaultCode | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return None
    return None if value in ("INF", "-INF", "NaN") else FaultCode.WRONG_PRIMITIVE


def _code_of_binary(value: Any) -> FaultCode | None:
    if not isinstance(value, str):
        return FaultCode.WRONG_PRIMITIVE
    # Services read over the breaks that tools put into long values.
    bare = "".join(value.split())
    try:
        base64.b64decode(bare, validate=True)
    except (binascii.Error, ValueError):
        return FaultCode.NOT_BASE64
    return None


def _matching(pattern: str, code: FaultCode) -> Callable[[Any], FaultCode | None]:
    return _of_form(re.compile(pattern).fullmatch, code)


def _of_form(
    has_form: Callable[[str], object], code: FaultCode
) -> Callable[[Any], FaultCode | None]:
    def check(value: Any) -> FaultCode | None:
        if not isinstance(value, str):
            return FaultCode.WRONG_PRIMITIVE
        if _POWERSHELL_DATE.fullmatch(value):
            return FaultCode.POWERSHELL_DATE
        return None if has_form(value) else code

    return check


_PRIMITIVES: Mapping[str, Callable[[Any], FaultCode | None]] = {
    "binary": _code_of_binary,
    "boolean": _code_of_boolean,
    "date": _matching(_DATE, FaultCode.NOT_A_DATE),
    "datetime": _matching(f"{_DATE}T{_TIME}{_ZONE}", FaultCode.NOT_A_DATE),
    "duration": _matching(_DURATION, FaultCode.NOT_A_DATE),
    "guid": _of_form(is_guid, FaultCode.NOT_A_GUID),
    "integer": _code_of_integer,
    "number": _code_of_number,
    "string": _code_of_text,
    "time": _matching(_TIME, FaultCode.NOT_A_DATE),
}
WHY = {
    FaultCode.UNKNOWN_MEMBER: "the published schema of Graph does not have it",
    FaultCode.WRONG_PRIMITIVE: "it is of another kind than Graph takes here",
    FaultCode.NOT_IN_ENUM: "it is not a value that Graph knows here",
    FaultCode.NOT_IN_FLAGS: "one of its values is not one that Graph knows here",
    FaultCode.NOT_A_LIST: "it is a single value where Graph takes a list",
    FaultCode.NOT_A_SINGLE: "it is a list or an object where Graph takes a single value",
    FaultCode.NOT_AN_OBJECT: "it is a plain value where Graph takes an object",
    FaultCode.CUT_OFF: "the tool that exported it cut its content off",
    FaultCode.POWERSHELL_DATE: "it is a date in a form of PowerShell that Graph refuses",
    FaultCode.NOT_A_DATE: "it is not a date or time in the form Graph takes (ISO 8601)",
    FaultCode.NOT_BASE64: "it is not base64",
    FaultCode.NOT_A_GUID: "it is not an object id",
    FaultCode.UNKNOWN_TYPE: "the published schema of Graph does not have its type",
    FaultCode.MISPLACED_TYPE: "its type cannot stand here",
    FaultCode.ABSTRACT_TYPE: "it does not say of which type it is",
}
