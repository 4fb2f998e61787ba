"""Two forms of one policy compared for people to read: a row per setting, secrets masked."""

import json
from base64 import b64decode
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from restore_safety.policies.diff.alignment import IDENTITIES, name_of_element, pairs
from restore_safety.policies.diff.paths import DiffPath, Row
from restore_safety.policies.diff.setting_names import (
    DEFINITION,
    SettingNames,
    definitions_in,
    property_name,
)
from restore_safety.policies.secrets import HIDDEN
from tenants.graph.diff_walk import DiffWalk, is_incomparable, is_nothing
from tenants.graph.normal_form import covers
from tenants.graph.payloads import TYPE, Json

NOT_SET = "not set"
ANOTHER_VALUE = "•••• (secret, another value)"
CANNOT_BE_COMPARED = "cannot be compared"
AS_IN_BACKUP = "as in the backup"
_EMPTY = "empty"

# What follows from the setting; worth a row only where nothing else differs.
_TECHNICAL = frozenset({TYPE, "settingInstanceTemplateReference", "settingValueTemplateReference"})
# Files in base64: their text is no help in a row, and it may hold anything.
_FILES = frozenset(
    {
        "scriptContent",
        "detectionScriptContent",
        "remediationScriptContent",
        "rulesContent",
        "payload",
    }
)


class Comparison(DiffWalk[DiffPath, Row]):
    """How values are compared and shown to a reader; `secrets` are the places that stay masked.

    What no reading can compare has a row that says so.
    """

    def __init__(
        self,
        *,
        names: SettingNames,
        secrets: Collection[str],
        objects: Mapping[str, str] | None = None,
    ) -> None:
        self._names = names
        # What the objects that a policy refers to are called, by id in small letters.
        self._objects = objects or {}
        self._secrets = secrets

    def rows(self, before: Any, after: Any, place: DiffPath) -> list[Row]:
        """A row per difference; what only differs in form has one all the same: it is written."""
        found = list(self.values(before, after, place))
        if not found and covers({place.key: after}, {place.key: before}):
            return [place.row("in another order or form", "as in the backup")]
        return found

    def within(self, place: DiffPath, key: str) -> DiffPath:
        return place.within(key)

    def ranked(self, keys: set[str], before: Json, after: Json) -> Iterable[Sequence[str]]:
        ordered = [key for key in dict.fromkeys([*after, *before]) if key in keys - {DEFINITION}]
        return (
            [key for key in ordered if key not in _TECHNICAL],
            [key for key in ordered if key in _TECHNICAL],
        )

    def member(self, before: Json, after: Json, key: str, place: DiffPath) -> Iterator[Row]:
        old, new = before.get(key), after.get(key)
        if isinstance(old, list) and isinstance(new, list):
            yield from self.rows(old, new, place.within(key))
        else:
            yield from super().member(before, after, key, place)

    def paired(
        self, before: list[Any], after: list[Any], place: DiffPath
    ) -> Iterator[tuple[Any, Any, DiffPath]]:
        for pair in pairs(before, after):
            here = self._element(place, pair.either, name=pair.name, number=pair.number)
            yield pair.before, pair.after, here

    def different(self, before: Any, after: Any, place: DiffPath) -> Iterator[Row]:
        """Look inside where one side has an object or array and the other has nothing."""
        if _holds_what_the_other_lacks(before, after):
            yield from self.members(before or {}, after or {}, place)
        elif _are_arrays(before, after):
            yield from self.elements(before or [], after or [], place)
        else:
            yield self._row(before, after, place)

    def concealed(self, before: Any, after: Any, place: DiffPath) -> Iterator[Row]:
        yield _not_compared(place)

    def unmentioned(self, before: Any, place: DiffPath) -> Iterator[Row]:
        yield from self.values(before, None, place)

    def unpaired(self, before: Any, after: Any, place: DiffPath) -> Iterator[Row]:
        """An element that comes or goes as a whole is one row, but each setting has its own."""
        if not any(definitions_in(before if after is None else after)):
            yield place.row(self._summary(before, place), self._summary(after, place))
        elif found := list(self.values(before, after, place)):
            yield from found
        else:
            yield place.row(_presence(before), _presence(after))

    def _element(self, array: DiffPath, value: Any, *, name: str, number: str = "") -> DiffPath:
        if _definition_of(value):
            label = self._names.name_of(name, parent=array.definition)
            return array.element(name, number=number, label=label, definition=name)
        is_custom = isinstance(value, Mapping) and value.get("omaUri") == name
        label = str(value.get("displayName") or name) if is_custom else name
        return array.element(name, number=number, label=label)

    def _row(self, before: Any, after: Any, place: DiffPath) -> Row:
        if _are_scalars(before, after) and is_incomparable(place.key, before, after):
            return _not_compared(place)
        if place.key in _FILES and not self._is_secret(place):
            return place.row(*_file_change(before, after))
        shown = self._summary(before, place), self._summary(after, place)
        if self._is_secret(place) and _are_scalars(before, after):
            return place.row(shown[0], self._compared_secret(before, after, place))
        if shown[0] == shown[1] and not self._is_secret(place) and _are_scalars(before, after):
            # 1 and "1" differ to Graph.
            shown = json.dumps(before), json.dumps(after)
        return place.row(*shown)

    def _summary(self, value: Any, place: DiffPath) -> str:
        """All there is to a value, in one line."""
        if is_nothing(value):
            return NOT_SET
        parts = list(self._parts(value, place, ""))
        if len(parts) == 1:
            return parts[0][1]
        return "; ".join(f"{name}: {text}" if name else text for name, text in parts) or _EMPTY

    def _parts(self, value: Any, place: DiffPath, name: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if not _is_said(key, inner, place):
                    yield from self._parts(inner, place.within(key), property_name(key))
        elif isinstance(value, list):
            for inner in value:
                here = self._element(place, inner, name=name_of_element(inner))
                yield from self._parts(inner, here, name)
        else:
            yield name, self._text(value, place)

    def _text(self, value: Any, place: DiffPath) -> str:
        if self._is_secret(place):
            return HIDDEN
        if place.key in _FILES:
            return _lines(value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, str) and (name := self._objects.get(value.lower())):
            return f"{name} ({value})"
        if isinstance(value, str):
            return self._names.option_of(place.definition, value) or _EMPTY
        return json.dumps(value)

    def _compared_secret(self, before: Any, after: Any, place: DiffPath) -> str:
        """What is known of two secrets that differ, without showing either."""
        if is_nothing(before) or is_nothing(after):
            return self._summary(after, place)
        return ANOTHER_VALUE

    def _is_secret(self, place: DiffPath) -> bool:
        return place.family in self._secrets


def _not_compared(place: DiffPath) -> Row:
    return place.row(CANNOT_BE_COMPARED, AS_IN_BACKUP)


def _holds_what_the_other_lacks(before: Any, after: Any) -> bool:
    """Whether there is an object on one side that holds something, and nothing on the other."""
    one, other = (after, before) if is_nothing(before) else (before, after)
    if not isinstance(one, Mapping) or not is_nothing(other):
        return False
    return not all(is_nothing(inner) for inner in one.values())


def _are_arrays(before: Any, after: Any) -> bool:
    return all(is_nothing(value) or isinstance(value, list) for value in (before, after))


def _are_scalars(before: Any, after: Any) -> bool:
    return not any(isinstance(value, (Mapping, list)) for value in (before, after))


def _definition_of(value: Any) -> str:
    if not isinstance(value, Mapping):
        return ""
    instance = value.get("settingInstance", value)
    return str(instance.get(DEFINITION) or "") if isinstance(instance, Mapping) else ""


def _is_said(key: str, value: Any, place: DiffPath) -> bool:
    """What a summary leaves out: nothing, types, and what the label says already."""
    if key in _TECHNICAL or is_nothing(value) or value == "":
        return True
    return key in IDENTITIES and str(value) in (*place.path, *place.label)


def _presence(value: Any) -> str:
    return NOT_SET if value is None else "set"


def _file_change(before: Any, after: Any) -> tuple[str, str]:
    old, new = _line_count(before), _line_count(after)
    if old is None or new is None:
        return _counted(old), _counted(new)
    return _counted(old), f"content changed ({old} → {_counted(new)})"


def _lines(value: Any) -> str:
    return _counted(_line_count(value))


def _line_count(value: Any) -> int | None:
    """How many lines the content has; None where there is none."""
    if is_nothing(value):
        return None
    try:
        content = b64decode(str(value), validate=True)
    except ValueError:
        content = str(value).encode()
    return len(content.splitlines())


def _counted(lines: int | None) -> str:
    if lines is None:
        return NOT_SET
    return f"{lines} line{'' if lines == 1 else 's'}"
