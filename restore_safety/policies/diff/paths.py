"""Where in a policy a value is: by the names Graph uses, and by those people read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from restore_safety.policies.diff.alignment import name_of_element
from restore_safety.policies.diff.setting_names import property_name
from restore_safety.policies.secrets import HIDDEN
from tenants.printable import printable

# Wrappers of the settings catalog that say nothing to a reader.
_WRAPPERS = frozenset(
    {
        "settingInstance",
        "choiceSettingValue",
        "simpleSettingValue",
        "groupSettingValue",
        "choiceSettingCollectionValue",
        "simpleSettingCollectionValue",
        "groupSettingCollectionValue",
        "children",
    }
)

type Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffPath:
    """A place on the way down. Its kin is the path without positions and numbers.

    What is secret in one element of an array is secret in all of its kin.
    """

    path: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    kin: tuple[str, ...] = ()
    definition: str = ""

    @property
    def key(self) -> str:
        return self.kin[-1] if self.kin else ""

    @property
    def family(self) -> str:
        return " / ".join(self.kin)

    def within(self, key: str) -> "DiffPath":
        """One level down; what only wraps a setting's value is no level of its own."""
        if key in _WRAPPERS:
            return self
        kin = (*self.kin, key)
        if self.definition and key == "value":
            return replace(self, kin=kin)
        # The settings are the policy: their own names say enough.
        is_implied = key == "settings" and not self.label
        label = self.label if is_implied else (*self.label, property_name(key))
        return replace(self, path=(*self.path, key), label=label, kin=kin)

    def element(
        self, name: str, *, number: str = "", label: str = "", definition: str = ""
    ) -> "DiffPath":
        """An element of the array at this place; without a name and a number it is the place."""
        named = tuple(filter(None, [f"{name} {number}".strip()]))
        shown = tuple(filter(None, [f"{label or name} {number}".strip()]))
        return DiffPath(
            path=self.path + named,
            label=self.label + shown,
            kin=(*self.kin, name) if name else self.kin,
            definition=definition or self.definition,
        )

    def row(self, before: str, after: str) -> Row:
        path = printable(" / ".join(self.path))
        return {
            "path": path,
            "label": printable(" / ".join(self.label)) or path,
            "before": printable(before),
            "after": printable(after),
        }


def hidden_families(value: Any, place: DiffPath) -> Iterator[str]:
    """The families of places that are masked in a copy made to be shown."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from hidden_families(inner, place.within(key))
    elif isinstance(value, list):
        for inner in value:
            yield from hidden_families(inner, place.element(name_of_element(inner)))
    elif value == HIDDEN:
        yield place.family
