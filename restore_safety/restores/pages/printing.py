"""A restore's record on paper: all of its items and events, in parts where they are very many."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator

from restore_safety.models import RestoreItem, RestoreRun
from restore_safety.restores.pages.detail import RunPage, run_page
from restore_safety.restores.pages.item_list import ItemEntry, items_of
from restore_safety.restores.trail import trail_of
from tenants.models import User

# Beyond this a browser takes long to lay the document out.
ITEMS_PER_PART = 1_000
EVENTS_PRINTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintPage:
    """One part of the record; the head is on each, so that a part says what it belongs to."""

    record: RunPage
    part: Page[RestoreItem]

    @property
    def entries(self) -> tuple[ItemEntry, ...]:
        return tuple(ItemEntry(item=item) for item in self.part)

    @property
    def range(self) -> str:
        """Which items stand in this part, of how many."""
        count = self.part.paginator.count
        if not count:
            return "The run held no items."
        if not self.part.has_other_pages():
            return f"All {count} items." if count > 1 else "The one item."
        return (
            f"Part {self.part.number} of {self.part.paginator.num_pages}: "
            f"items {self.part.start_index()} to {self.part.end_index()} of {count}."
        )

    @property
    def unprinted_events(self) -> int:
        return max(0, self.record.trail.page.paginator.count - EVENTS_PRINTED)


def print_page(*, run: RestoreRun, viewer: User, now: datetime, part: str | None) -> PrintPage:
    """The part that is asked for; one that does not exist is the nearest."""
    trail = trail_of(run, viewer, per_page=EVENTS_PRINTED)
    return PrintPage(
        record=run_page(run=run, viewer=viewer, now=now, trail=trail),
        part=Paginator(items_of(run), ITEMS_PER_PART).get_page(part),
    )
