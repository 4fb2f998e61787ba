"""The closed sets of the code, found by importing it, and the table of each one's members."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from django.db import models

from restore_safety.documentation.blocks import last_cells, table
from restore_safety.truth.words import Word

type AnyField = models.Field[Any, Any]
type Sets = Mapping[tuple[str, str], type[Enum]]

# What one function returns to another, never stored or shown.
_INTERNAL = {
    "Breadth",
    "Meant",
    "Existence",
    "Spared",
    "AudienceEvent",
    "AudienceKind",
    "Aftermath",
    "UndoAct",
    "AssignmentWrite",
    "ErrorKind",
    "Extent",
    "FaultCode",
    "MatchKind",
    "MemberKind",
    "PartRead",
    "PartWrite",
    "TargetState",
    "Tone",
    "ItemStatus",
}
# docs/result-attention.md has these in full.
LISTED_ELSEWHERE = {"Attention", "CauseFamily", "FollowUpAction", "ReasonCode"}
WITHOUT_A_TABLE = _INTERNAL | LISTED_ELSEWHERE
_SKIPPED = {"migrations", "emulator", "demo", "management", "asgi", "wsgi"}


def found(apps: Iterable[str]) -> dict[tuple[str, str], type[Enum]]:
    """Return every closed set of the apps, by app and name."""
    sets = {}
    for app in apps:
        package = importlib.import_module(app)
        for module in pkgutil.walk_packages(package.__path__, f"{app}."):
            if _SKIPPED & set(module.name.split(".")):
                continue
            for value in vars(importlib.import_module(module.name)).values():
                if _is_set_of(module.name, value):
                    sets[app, value.__name__] = value
    return sets


def _is_set_of(module: str, value: object) -> bool:
    return (
        isinstance(value, type)
        and issubclass(value, Enum)
        and value.__module__ == module
        and bool(list(value))
    )


def name_of(field: AnyField, sets: Sets) -> str:
    """Return the name of the closed set whose values the field takes."""
    values = [value for value, _ in field.choices or ()]
    homes = {field.model._meta.app_label, "tenants"}
    for (home, name), members in sorted(sets.items()):
        if home in homes and [member.value for member in members] == values:
            return name
    message = f"{field} takes values that are no closed set"
    raise LookupError(message)


def members(of: type[Enum], current: str) -> str:
    """Return the table of a set's members: with their labels, where the set has labels."""
    kept = last_cells(current)
    rows = [
        (
            value := f"`{one.value}`",
            getattr(one, "label", ""),
            _sentence(one) or kept.get((value,), ""),
        )
        for one in of
    ]
    if any(label for _, label, _ in rows):
        return table(("value", "shown as", "meaning"), rows)
    return table(("value", "meaning"), [(value, said) for value, _, said in rows])


def _sentence(member: Enum) -> str:
    return member.sentence if isinstance(member, Word) else ""
