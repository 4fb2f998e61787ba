"""From the bytes of a file from outside to JSON values, trusting neither."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, NoReturn

# Real policies nest some twenty levels; Graph itself answers no more than a hundred.
DEEPEST_NESTING = 128
# The largest real policies hold some tens of thousands of values; each costs memory.
MOST_VALUES = 1_000_000
# Possessive and closed by the end of the text too, so that no input makes it look twice.
_STRINGS = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")
_STRUCTURE = "[{,"
_OPENING = frozenset("[{")


class UnreadableFileError(Exception):
    """The file is not the JSON it should be; the message says why, in plain words."""


class TooDeeplyNestedError(Exception):
    """The file nests deeper than any policy does, which is how parsers are attacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedFile:
    """What the file holds; not decoded cleanly when its encoding had to be guessed."""

    value: Any
    decoded_cleanly: bool


def decode_json(raw: bytes) -> DecodedFile:
    """The JSON in a file, in whichever encoding PowerShell wrote it."""
    text, decoded_cleanly = decode_text(raw)
    return DecodedFile(value=parse_json(text), decoded_cleanly=decoded_cleanly)


def decode_text(raw: bytes) -> tuple[str, bool]:
    """Return the text of a JSON or YAML file, and whether its encoding was certain."""
    if not raw:
        raise UnreadableFileError("the file is empty")
    # Byte-order marks first, then where the zeros stand: JSON begins with an ASCII character.
    encoding = json.detect_encoding(raw)
    try:
        return raw.decode(encoding), True
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise UnreadableFileError(f"the file is damaged: it is not valid {encoding}") from None
    try:
        # Windows PowerShell's Set-Content writes the machine's code page by default.
        return raw.decode("cp1252"), False
    except UnicodeDecodeError:
        raise UnreadableFileError("the file is in no encoding PowerShell writes") from None


def parse_json(text: str) -> Any:
    """Return the JSON value in a text; what exceeds a bound or reads two ways is refused."""
    if _nesting(text) > DEEPEST_NESTING:
        raise TooDeeplyNestedError
    if _values(text) > MOST_VALUES:
        raise UnreadableFileError(
            f"it holds more than {MOST_VALUES:,} values, which no policy does"
        )
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unambiguous,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_short_enough,
        )
    except json.JSONDecodeError as error:
        raise UnreadableFileError(
            f"not valid JSON at line {error.lineno}, column {error.colno}"
        ) from None
    except ValueError:
        raise UnreadableFileError("not valid JSON: it cannot be read") from None
    if "\\u" in text or "\x00" in text:
        refuse_broken_text(value)
    return value


def _nesting(text: str) -> int:
    """How deep brackets nest outside of strings, counted before anything is parsed."""
    if text.count("[") + text.count("{") <= DEEPEST_NESTING:
        return 0
    depth = deepest = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub("", text)):
        depth += 1 if bracket in _OPENING else -1
        deepest = max(deepest, depth)
    return deepest


def _values(text: str) -> int:
    """About how many values the text holds: commas and brackets outside of strings."""
    if sum(map(text.count, _STRUCTURE)) <= MOST_VALUES:
        return 0
    bare = _STRINGS.sub("", text)
    return sum(map(bare.count, _STRUCTURE))


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values under one key: which of them counts differs from reader to reader."""
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise duplicate_key(key)
        seen.add(key)
    return members


def too_many_values() -> UnreadableFileError:
    return UnreadableFileError(f"it holds more than {MOST_VALUES:,} values, which no policy does")


def duplicate_key(key: str) -> UnreadableFileError:
    return UnreadableFileError(f"the key “{_showable(key)}” appears twice in one object")


def _showable(key: str) -> str:
    # The reason is kept and shown, where neither half a character nor a zero one can stand.
    return key[:80].replace("\x00", "\ufffd").encode(errors="replace").decode()


def _refuse_constant(name: str) -> NoReturn:
    raise UnreadableFileError(f"not valid JSON: {name} is not a number JSON knows")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise UnreadableFileError("it holds a number too large to keep")
    return number


def _short_enough(digits: str) -> int:
    """The number; Python itself refuses one of thousands of digits."""
    try:
        return int(digits)
    except ValueError:
        raise UnreadableFileError("not valid JSON: a number is too long") from None


def refuse_broken_text(value: Any) -> None:
    """Refuse half a character or a zero one: no database keeps them and no policy holds them."""
    waiting = [value]
    while waiting:
        current = waiting.pop()
        match current:
            case str():
                if "\x00" in current or not _is_whole(current):
                    raise UnreadableFileError("it holds a broken or zero character")
            case dict():
                waiting.extend(current.keys())
                waiting.extend(current.values())
            case list():
                waiting.extend(current)


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
