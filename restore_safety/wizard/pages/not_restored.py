"""The members of a backup that a plan leaves out, as pages name them."""

from dataclasses import dataclass

from restore_safety.models import PlanItem
from tenants.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRestored:
    """A member of the backup that is not written; `why` is a clause."""

    path: str
    reason: str
    why: str


def not_restored(planned: PlanItem) -> tuple[NotRestored, ...]:
    """The members that are not written, each with its reason."""
    return tuple(
        NotRestored(path=printable(one["path"]), reason=one["reason"], why=one["why"])
        for one in planned.left_out
    )
