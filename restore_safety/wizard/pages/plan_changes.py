"""The differences a preview wrote down, as rows for pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

AUDIENCES = "assignments"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """One value before and after; None where there is none. The path says in full what it is."""

    path: str
    label: str
    before: str | None
    after: str | None

    @property
    def is_audience(self) -> bool:
        return self.path == AUDIENCES


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Users or devices a policy reaches; the mark says where only this side has them."""

    name: str
    mark: str = ""


def plan_changes(rows: Sequence[Mapping[str, Any]]) -> tuple[PlanChange, ...]:
    """Rows that say something, in the order of the preview; older previews name no label."""
    return tuple(
        PlanChange(
            path=row["path"],
            label=row.get("label", ""),
            before=row["before"] or None,
            after=row["after"] or None,
        )
        for row in rows
        if row["before"] or row["after"]
    )


def audiences(
    names: Sequence[str] | None, other: Sequence[str] | None, *, mark: str
) -> tuple[Audience, ...] | None:
    """The audiences on one side, those first that the other side does not have."""
    if names is None:
        return None
    alone = [one for one in names if other is not None and one not in other]
    shared = [one for one in names if one not in alone]
    return (
        *(Audience(name=_capital(one), mark=mark) for one in dict.fromkeys(alone)),
        *(Audience(name=_capital(one)) for one in dict.fromkeys(shared)),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
