"""What of a backup a restore does not write: named in the result, and never counted as wanted."""

from dataclasses import dataclass
from typing import Any

from restore_safety.models import PlanItem
from restore_safety.policies.reading import PolicyReading
from restore_safety.truth.attention import ItemOutcome, ReasonCode
from tenants.graph.contracts import LeftOutReason
from tenants.graph.payloads import without_annotations, without_nulls
from tenants.printable import printable

NAMED_PATHS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """The members by path, and whether a secret is among them."""

    paths: tuple[str, ...] = ()
    lacks_secret: bool = False

    @property
    def sentences(self) -> tuple[str, ...]:
        return (f"Not written, as it is not restored: {named(self.paths)}.",) if self.paths else ()

    def reason(self, outcome: ItemOutcome) -> ReasonCode:
        """A new policy lacks its secret; one that was there keeps the one it had."""
        if self.lacks_secret and outcome is ItemOutcome.CREATED:
            return ReasonCode.SECRET_MISSING
        return ReasonCode.MEMBERS_LEFT_OUT


def unwritten(planned: PlanItem) -> Unwritten:
    """What the plan leaves out of the item."""
    return _of(planned.left_out)


def unlike_the_backup(planned: PlanItem, reading: PolicyReading | None) -> Unwritten:
    """What the plan leaves out of the item, unless the tenant shows it to be as in the backup."""
    if not planned.left_out:
        return Unwritten()
    backup, live = planned.backup_item.payload.content, (reading and reading.payload) or {}
    return _of(
        [one for one in planned.left_out if not _is_shown_alike(one, backup=backup, live=live)]
    )


def named(paths: tuple[str, ...]) -> str:
    """The first of the paths, and how many more there are."""
    shown = ", ".join(printable(path) for path in paths[:NAMED_PATHS])
    more = len(paths) - NAMED_PATHS
    return f"{shown} and {more} more" if more > 0 else shown


def _of(left_out: list[dict[str, str]]) -> Unwritten:
    return Unwritten(
        paths=tuple(one["path"] for one in left_out),
        lacks_secret=any(one["reason"] == LeftOutReason.SECRET for one in left_out),
    )


def _is_shown_alike(one: dict[str, str], *, backup: dict[str, Any], live: dict[str, Any]) -> bool:
    member = one["path"].partition(".")[0]
    held = _bare(backup.get(member))
    return (
        one["reason"] != LeftOutReason.SECRET
        and held is not None
        and held == _bare(live.get(member))
    )


def _bare(value: Any) -> Any:
    return without_nulls(without_annotations(value))
