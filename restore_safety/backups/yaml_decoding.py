"""From the bytes of a YAML file, as IntuneCD writes them, to JSON values: plain data only."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.resolver import Resolver

from restore_safety.backups.decoding import (
    DEEPEST_NESTING,
    MOST_VALUES,
    DecodedFile,
    TooDeeplyNestedError,
    UnreadableFileError,
    decode_text,
    duplicate_key,
    refuse_broken_text,
    too_many_values,
)

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset({None, "!", *(f"{_TAG}{kind}" for kind in ("map", "seq", "str"))})
_NO_KEY = object()


def decode_yaml(raw: bytes) -> DecodedFile:
    """Return the one YAML document in a file, in whichever encoding it was saved.

    Anchors, aliases, tags and several documents are refused; dates stay the text they are.
    """
    text, decoded_cleanly = decode_text(raw)
    builder = _Builder()
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error) from None
    except yaml.YAMLError:
        raise UnreadableFileError("not valid YAML: it holds a character YAML does not") from None
    value = builder.value
    refuse_broken_text(value)
    return DecodedFile(value=value, decoded_cleanly=decoded_cleanly)


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that is being read."""

    holder: dict[str, Any] | list[Any]
    key: Any = _NO_KEY

    def add(self, value: Any) -> None:
        if isinstance(self.holder, list):
            self.holder.append(value)
        elif self.key is _NO_KEY:
            self.key = _key(value, self.holder)
        else:
            self.holder[self.key] = value
            self.key = _NO_KEY


@dataclass(slots=True)
class _Builder:
    """Builds the value event by event, so that no input recurses and every bound is checked."""

    value: Any = None
    _open: list[_Open] = field(default_factory=list)
    _values: int = 0
    _documents: int = 0

    def take(self, event: yaml.Event) -> None:
        _refuse_references(event)
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise UnreadableFileError("it holds several YAML documents")
            case yaml.ScalarEvent():
                self._add(_scalar(event))
            case yaml.MappingStartEvent():
                self._enter({})
            case yaml.SequenceStartEvent():
                self._enter([])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._add(self._open.pop().holder)

    def _enter(self, holder: dict[str, Any] | list[Any]) -> None:
        self._open.append(_Open(holder))
        if len(self._open) > DEEPEST_NESTING:
            raise TooDeeplyNestedError

    def _add(self, value: Any) -> None:
        self._values += 1
        if self._values > MOST_VALUES:
            raise too_many_values()
        if self._open:
            self._open[-1].add(value)
        else:
            self.value = value


def _events(text: str) -> Iterator[yaml.Event]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yield from yaml.parse(text, Loader=loader)


def _refuse_references(event: yaml.Event) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise UnreadableFileError("it uses YAML anchors, which no backup tool writes")
    if getattr(event, "tag", None) not in _PLAIN_TAGS:
        raise UnreadableFileError("it uses YAML tags, which no backup tool writes")


def _key(value: Any, holder: dict[str, Any]) -> str:
    if isinstance(value, dict | list):
        raise UnreadableFileError("a key of an object is not text")
    key = value if isinstance(value, str) else str(value)
    if key == "<<":
        raise UnreadableFileError("it merges YAML objects, which no backup tool writes")
    if key in holder:
        raise duplicate_key(key)
    return key


def _scalar(event: yaml.ScalarEvent) -> Any:
    is_plain, _ = event.implicit
    # YAML 1.1 reads 12:30:00 as a number of seconds; in a policy it is a time.
    if not is_plain or ":" in event.value:
        return event.value
    tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False)).removeprefix(_TAG)
    node = yaml.ScalarNode(f"{_TAG}{tag}", event.value)
    try:
        match tag:
            case "null":
                return None
            case "bool":
                return _CONSTRUCTOR.construct_yaml_bool(node)
            case "int":
                return _CONSTRUCTOR.construct_yaml_int(node)
            case "float":
                return _finite(_CONSTRUCTOR.construct_yaml_float(node))
    except (ValueError, ConstructorError):
        raise UnreadableFileError("it holds a number that cannot be read") from None
    # Dates above all: which moment one means would be a guess.
    return event.value


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise UnreadableFileError("it holds a number too large to keep")
    return number


def _not_yaml(error: yaml.MarkedYAMLError) -> UnreadableFileError:
    mark = error.problem_mark
    if mark is None:
        return UnreadableFileError("not valid YAML")
    return UnreadableFileError(f"not valid YAML at line {mark.line + 1}, column {mark.column + 1}")


_RESOLVER: Any = Resolver()
_CONSTRUCTOR: Any = SafeConstructor()
