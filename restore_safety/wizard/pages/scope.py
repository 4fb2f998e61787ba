"""What the scope step shows: the policies of the set, and the groups they refer to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import FETCH_RAISE, Count, Q, QuerySet

from restore_safety.drafts.item_queries import ItemQuery
from restore_safety.models import BackupItem, RestoreDraft
from restore_safety.policies.completeness import Completeness, Wholeness
from tenants.graph.contracts import CONTRACTS, contract

ITEMS_PER_PAGE = 50
CONDITIONAL_ACCESS = "conditionalAccessPolicies"
# The policy types that may name groups in their content, beside their assignments.
_NAMING_GROUPS = ("conditionalAccessPolicies", "deviceCompliancePolicies", "deviceConfigurations")


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeCount:
    """A policy type of the set: how many there are, and how many of them are selected."""

    key: str
    label: str
    total: int
    selected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRow:
    """One policy of the backup, as the scope step lists it."""

    item: BackupItem
    is_ticked: bool

    @property
    def type_label(self) -> str:
        return contract(self.item.contract_key).label

    @property
    def assignments_label(self) -> str:
        if self.item.is_created:
            return "created by the restore: it is deleted"
        if self.item.assignments is None:
            return "assignments not captured"
        return _counted(len(self.item.assignments), "assignment") or "not assigned"

    @property
    def flaw(self) -> Wholeness | None:
        """Whether its content is not whole; about its assignments the label says enough."""
        wholeness = Completeness.from_json(self.item.completeness).wholeness
        return wholeness if wholeness is Wholeness.INCOMPLETE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeSection:
    """The policies one page shows, and which of them are ticked."""

    query: ItemQuery
    page: Page[BackupItem]
    rows: tuple[ScopeRow, ...]
    types: tuple[TypeCount, ...]
    selected_count: int
    total: int
    is_saved: bool
    is_undo: bool

    @property
    def title(self) -> str:
        return "What is undone" if self.is_undo else "What is restored"

    @property
    def selection_sentence(self) -> str:
        saved = "saved" if self.is_saved else "not saved yet"
        return f"{self.selected_count} of {self.total} selected, {saved}."

    @property
    def has_conditional_access(self) -> bool:
        """Whether the backup holds conditional access policies."""
        return any(one.key == CONDITIONAL_ACCESS for one in self.types)

    @property
    def whole_sentence(self) -> str:
        return f"All {_counted(self.total, 'policy', 'policies')} of the backup set are in scope."


def matching_items(draft: RestoreDraft, query: ItemQuery) -> QuerySet[BackupItem]:
    """The set's policies as narrowed down by text and type."""
    items = BackupItem.objects.filter(backup_set=draft.backup_set_id)
    if query.text:
        items = items.filter(Q(name__icontains=query.text) | Q(object_id__iexact=query.text))
    if query.contract_key:
        items = items.filter(contract_key=query.contract_key)
    return items.order_by("position", "pk").fetch_mode(FETCH_RAISE)


def scope_section(
    draft: RestoreDraft, query: ItemQuery, *, posted: frozenset[str] | None = None
) -> ScopeSection:
    """The scope step's list of policies; ticks that were posted and not saved stay as posted."""
    page = Paginator(matching_items(draft, query), ITEMS_PER_PAGE).get_page(query.page)
    chosen = draft.selected_items.order_by().values_list("pk", "contract_key")
    saved = {str(pk): key for pk, key in chosen}
    selected = frozenset(saved) if posted is None else posted
    types = _types(draft, Counter(saved.values()))
    return ScopeSection(
        query=query,
        page=page,
        rows=tuple(ScopeRow(item=item, is_ticked=str(item.pk) in selected) for item in page),
        types=types,
        selected_count=len(selected),
        total=sum(one.total for one in types),
        is_saved=posted is None,
        is_undo=draft.undoes_id is not None,
    )


def _types(draft: RestoreDraft, selected: Counter[str]) -> tuple[TypeCount, ...]:
    items = BackupItem.objects.filter(backup_set=draft.backup_set_id).order_by()
    totals = dict(items.values_list("contract_key").annotate(Count("pk")))
    return tuple(
        TypeCount(key=key, label=contract(key).plural, total=totals[key], selected=selected[key])
        for key in in_contract_order(totals)
    )


def in_contract_order(keys: Iterable[str]) -> list[str]:
    """The keys of policy types, in the order people are shown them."""
    present = set(keys)
    return [key for key in CONTRACTS if key in present]


def _counted(count: int, noun: str, plural: str = "") -> str:
    if not count:
        return ""
    return f"1 {noun}" if count == 1 else f"{count} {plural or noun + 's'}"
