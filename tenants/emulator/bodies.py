"""JSON as Graph's reader takes it: strict, of a bounded depth, and nothing that cannot be shown."""

import json
import math
from typing import Any

from tenants.emulator.refusals import Json

# As deep as Graph's own reader goes.
_MAX_DEPTH = 100


class UnreadableBodyError(ValueError):
    """Bytes that are no JSON object, or one that could not be answered with."""


def read_object(body: bytes) -> Json:
    try:
        document = json.loads(
            body.decode("utf-8-sig"), parse_constant=_no_number, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableBodyError("the body is not valid JSON") from error
    if not isinstance(document, dict):
        raise UnreadableBodyError("the body must be a JSON object")
    _check(document, depth=0)
    return document


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _no_number(text: str) -> float:
    raise UnreadableBodyError(f"{text[:20]} is not a JSON number")


def _check(value: Any, *, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise UnreadableBodyError("the body is nested too deeply")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for key, member in value.items():
            _check_text(key)
            _check(member, depth=depth + 1)
    elif isinstance(value, list):
        for member in value:
            _check(member, depth=depth + 1)


def _check_text(text: str) -> None:
    """Half a surrogate pair is no text: it could be neither stored nor sent."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UnreadableBodyError("the body holds half a surrogate pair") from error
