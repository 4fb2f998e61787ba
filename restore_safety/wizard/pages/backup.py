"""What the backup step shows: the sets a restore may come from."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import FETCH_RAISE

from restore_safety.drafts.item_queries import ItemQuery
from restore_safety.models import BackupSet, RestoreDraft

SETS_PER_PAGE = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSection:
    """The sets one page shows; the chosen one is shown apart when it is on another page."""

    query: ItemQuery
    page: Page[BackupSet]
    chosen: BackupSet | None
    selected_count: int

    @property
    def has_none(self) -> bool:
        return not self.page.paginator.count and not self.query.text and self.chosen is None

    @property
    def sets(self) -> tuple[BackupSet, ...]:
        return (*([self.chosen] if self.chosen else []), *self.page)

    @property
    def clearing_sentence(self) -> str:
        """What choosing another set costs; empty when it costs nothing."""
        if not self.selected_count:
            return ""
        selection = "1 policy" if self.selected_count == 1 else f"{self.selected_count} policies"
        return f"Choosing another backup set clears your selection of {selection}."


def backup_section(draft: RestoreDraft, query: ItemQuery) -> BackupSection:
    """The backup step's list of sets, newest first."""
    sets = BackupSet.objects.in_tenant(draft.tenant).restorable().fetch_mode(FETCH_RAISE)
    if query.text:
        sets = sets.filter(label__icontains=query.text)
    page = Paginator(sets, SETS_PER_PAGE).get_page(query.page)
    is_shown = any(one.pk == draft.backup_set_id for one in page)
    return BackupSection(
        query=query,
        page=page,
        chosen=None if is_shown else draft.backup_set,
        selected_count=draft.selected_items.count(),
    )
