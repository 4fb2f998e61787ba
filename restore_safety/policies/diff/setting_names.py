"""Readable names and values of properties, settings and options.

What a policy carries of its settings' definitions is taken for it; the rest is derived from the
ids. The path of a row holds the id itself.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from restore_safety.policies.diff.setting_words import spaced
from tenants.printable import printable

DEFINITION = "settingDefinitionId"
# Where the camel case of a property name starts a new word.
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[0-9])")
# What every definition starts with, without any meaning.
_PREFIX = re.compile(r"^(?:device_|user_)?(?:vendor_msft_)?(?:policy_config_)?")
_PARTS = re.compile(r"[_~]+")
# Last parts that mean something only together with the part before them.
_DEPENDENT = frozenset(
    {"desc", "enabled", "enum", "id", "name", "policy", "recommended", "type", "v2", "value"}
)
_SHORTEST = 4


class SettingNames:
    """The names of the settings of one policy: short, and no two alike."""

    def __init__(
        self, definitions: Iterable[str], *, displayed: Mapping[str, str] | None = None
    ) -> None:
        self._definitions = frozenset(definitions)
        self._displayed = displayed or {}
        self._shared = Counter(self._displayed.get(one) for one in self._definitions)
        self._endings = Counter(
            ending for definition in self._definitions for ending in _endings(_parts(definition))
        )

    def name_of(self, definition: str, *, parent: str = "") -> str:
        """The last part that means something; of a child, what its parent's name leaves unsaid."""
        displayed = self._displayed.get(definition, "")
        if displayed and self._shared[displayed] <= 1:
            return displayed
        own = definition.removeprefix(f"{parent}_") if parent else definition
        parts = _parts(own)
        if own != definition:
            return _sentence(parts)
        for ending in _endings(parts):
            if self._endings[ending] == 1 and _is_meaningful(ending):
                return _sentence(ending)
        return _sentence(parts)

    def option_of(self, definition: str, value: str) -> str:
        """The option a choice stands at: Graph puts the definition before it."""
        return self._displayed.get(value) or value.removeprefix(f"{definition}_") or value


def definitions_in(value: Any) -> Iterator[str]:
    """Every setting definition a policy uses, at any depth."""
    if isinstance(value, list):
        for inner in value:
            yield from definitions_in(inner)
    elif isinstance(value, Mapping):
        if definition := value.get(DEFINITION):
            yield str(definition)
        for inner in value.values():
            yield from definitions_in(inner)


def property_name(key: str) -> str:
    """`passwordMinimumLength` as people write it."""
    words = _WORDS.sub(" ", key).split()
    return _capital(" ".join(word if word.isupper() else word.lower() for word in words))


def displayed_in(payload: Mapping[str, Any]) -> dict[str, str]:
    """What a policy's settings and their options are called, where it was read with them."""
    settings = payload.get("settings")
    return {
        str(one[key]): printable(name)
        for setting in (settings if isinstance(settings, list) else ())
        if isinstance(setting, Mapping)
        for definition in _objects_in(setting.get("settingDefinitions"))
        for key, one in (
            ("id", definition),
            *(("itemId", option) for option in _objects_in(definition.get("options"))),
        )
        if one.get(key) and isinstance(name := one.get("displayName"), str) and name.strip()
    }


def _objects_in(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in value if isinstance(one, Mapping)) if isinstance(value, list) else ()


def _parts(definition: str) -> tuple[str, ...]:
    bare = _PREFIX.sub("", definition)
    return tuple(part for part in _PARTS.split(bare) if len(part) > 1 or part.isdigit())


def _endings(parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in reversed(range(len(parts))):
        yield parts[start:]


def _is_meaningful(ending: tuple[str, ...]) -> bool:
    return any(len(part) >= _SHORTEST and part not in _DEPENDENT for part in ending)


def _sentence(parts: tuple[str, ...]) -> str:
    return _capital(" ".join(map(spaced, parts)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
