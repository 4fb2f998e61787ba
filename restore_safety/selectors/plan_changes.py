"""The differences a preview wrote down, as rows for pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """One value before and after; None where there is none. The path tells in full what it is."""

    path: str
    label: str
    before: str | None
    after: str | None


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
