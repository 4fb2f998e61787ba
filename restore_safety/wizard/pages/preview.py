"""What the preview step shows: the plan in numbers, what it would do, then item by item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import FETCH_RAISE, Case, Count, IntegerField, QuerySet, Value, When

from restore_safety.drafts.item_queries import ItemQuery
from restore_safety.models import (
    AS_IT_IS_DECISIONS,
    WRITING_DECISIONS,
    BackupSet,
    CapturedEvidence,
    Decision,
    PlanItem,
)
from restore_safety.policies.assignments import audience_label
from restore_safety.policies.impact import Effect, Reach
from restore_safety.truth.scope import ScopeField
from restore_safety.truth.scope_words import in_words
from restore_safety.wizard.pages.not_restored import NotRestored, not_restored
from restore_safety.wizard.pages.plan_changes import Audience, PlanChange, audiences, plan_changes
from restore_safety.wizard.pages.scope import in_contract_order
from tenants.graph.contracts import contract
from tenants.graph.payloads import Json
from tenants.printable import printable

ITEMS_PER_PAGE = 50
CHANGES_IN_LIST = 12
UNEVALUATED_SHOWN = 10

# What asks for a decision comes first, what stays as it is comes last.
DECISION_ORDER = (
    Decision.BLOCKED,
    Decision.NOT_EVALUABLE,
    Decision.ASSIGNMENTS_LEFT,
    Decision.DELETE,
    Decision.UPDATE,
    Decision.CREATE,
    Decision.COPY,
    Decision.SKIP,
    Decision.UNCHANGED,
)
_DECISION_RANK = Case(
    *(When(decision=decision, then=Value(rank)) for rank, decision in enumerate(DECISION_ORDER)),
    default=Value(len(DECISION_ORDER)),
    output_field=IntegerField(),
)
# Of these the tenant's policy was held against the backup's; of the others nothing was.
_COMPARED = WRITING_DECISIONS | AS_IT_IS_DECISIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummaryEntry:
    """How many items of the preview came to one decision."""

    decision: Decision
    count: int

    @property
    def url(self) -> str:
        return f"?decision={self.decision.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectCount:
    """How many items of the preview have one effect."""

    effect: Effect
    count: int

    @property
    def url(self) -> str:
        return f"?effect={self.effect.value}#items"


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    """What the preview decided for one policy, in words; in a list, its first differences."""

    planned: PlanItem
    is_whole: bool = False

    @property
    def name(self) -> str:
        return printable(self.planned.backup_item.name)

    @property
    def url(self) -> str:
        return f"?item={self.planned.backup_item_id}"

    @cached_property
    def _settings(self) -> tuple[PlanChange, ...]:
        """The differences but for the audiences, which are shown by themselves."""
        changes = plan_changes(self.planned.changes)
        return tuple(one for one in changes if not (self.is_assignable and one.is_audience))

    @property
    def changes(self) -> tuple[PlanChange, ...]:
        return self._settings if self.is_whole else self._settings[:CHANGES_IN_LIST]

    @property
    def more_changes(self) -> int:
        return len(self._settings) - len(self.changes)

    @property
    def unlisted_changes(self) -> tuple[str, ...]:
        """What the preview says of changes it did not write down one by one."""
        rows = self.planned.changes
        return tuple(row["path"] for row in rows if not row["before"] and not row["after"])

    @property
    def not_restored(self) -> tuple[NotRestored, ...]:
        """The members of the backup that are not written, each with its reason."""
        return not_restored(self.planned)

    @property
    def is_compared(self) -> bool:
        """Whether the preview looked at its settings: of what it did not, it claims nothing."""
        return bool(self.planned.changes) or self.planned.decision_member in _COMPARED

    @property
    def effects(self) -> tuple[Effect, ...]:
        noted = self.planned.impact.get("effects", ())
        return tuple(effect for effect in Effect if effect.value in noted)

    @property
    def is_assignable(self) -> bool:
        return (self._before, self._after) != (None, None)

    @property
    def assigned_now(self) -> tuple[Audience, ...]:
        known = audiences(self._before, self._after, mark="taken away")
        return _said(known, "Not known")

    @property
    def assigned_afterwards(self) -> tuple[Audience, ...]:
        known = audiences(self._after, self._before, mark="added")
        return _said(known, "Not set by this restore")

    @cached_property
    def _before(self) -> tuple[str, ...] | None:
        return self._audiences("before", self.planned.assignments_before)

    @cached_property
    def _after(self) -> tuple[str, ...] | None:
        return self._audiences("after", self.planned.assignments_after)

    def _audiences(self, when: str, assignments: list[Json] | None) -> tuple[str, ...] | None:
        """As the preview noted them; an older one noted assignments alone."""
        if when in self.planned.impact:
            noted = self.planned.impact[when]
            return None if noted is None else tuple(noted)
        if assignments is None:
            return None
        names = self.planned.backup_item.group_names
        return tuple(audience_label(one, names) for one in assignments)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSection:
    """The preview's plan: in numbers, what it would do, and the items one page shows."""

    query: ItemQuery
    summary: tuple[PlanSummaryEntry, ...]
    effects: tuple[EffectCount, ...]
    reach: tuple[tuple[Reach, int], ...]
    basis: tuple[tuple[str, object], ...]
    unevaluated: tuple[PlanRow, ...]
    unevaluated_count: int
    types: tuple[tuple[str, str], ...]
    page: Page[int]
    rows: tuple[PlanRow, ...]
    writes: int

    @property
    def more_unevaluated(self) -> int:
        return self.unevaluated_count - len(self.unevaluated)

    @property
    def is_one_item(self) -> bool:
        """Whether one policy was asked for by itself, to be read in full."""
        return bool(self.query.item)


def plan_section(evidence: CapturedEvidence | None, query: ItemQuery) -> PlanSection:
    """The preview in numbers, and its items narrowed down by decision, effect, type and text."""
    items = PlanItem.objects.filter(evidence=evidence)
    keys = items.order_by().values_list("backup_item__contract_key", flat=True).distinct()
    page = Paginator(_ranked(_narrowed(items, query)), ITEMS_PER_PAGE).get_page(query.page)
    summary = plan_summary(evidence)
    counts = {entry.decision: entry.count for entry in summary}
    impact = evidence.impact if evidence else {}
    unevaluated = _ranked(items.filter(decision=Decision.NOT_EVALUABLE))[:UNEVALUATED_SHOWN]
    return PlanSection(
        query=query,
        summary=summary,
        effects=_effects(impact),
        reach=_reach(impact),
        basis=_basis(evidence) if evidence else (),
        unevaluated=_rows(unevaluated),
        unevaluated_count=counts.get(Decision.NOT_EVALUABLE, 0),
        types=tuple((key, contract(key).plural) for key in in_contract_order(keys)),
        page=page,
        rows=_rows(page, is_whole=bool(query.item)),
        writes=evidence.writes if evidence else 0,
    )


def plan_summary(evidence: CapturedEvidence | None) -> tuple[PlanSummaryEntry, ...]:
    """How many items came to each decision, what asks for one first."""
    if evidence is None:
        return ()
    counts = dict(evidence.plan.order_by().values_list("decision").annotate(Count("pk")))
    return tuple(
        PlanSummaryEntry(decision=decision, count=counts[decision])
        for decision in DECISION_ORDER
        if decision in counts
    )


def _narrowed(items: QuerySet[PlanItem], query: ItemQuery) -> QuerySet[PlanItem]:
    if query.item:
        return items.filter(backup_item=_id_in(query.item))
    if query.decision:
        items = items.filter(decision=query.decision)
    if query.effect:
        items = items.filter(impact__effects__has_key=query.effect)
    if query.contract_key:
        items = items.filter(backup_item__contract_key=query.contract_key)
    if query.text:
        items = items.filter(backup_item__name__icontains=query.text)
    return items


def _ranked(items: QuerySet[PlanItem]) -> QuerySet[PlanItem, int]:
    """The ids alone: bodies of thousands of requests are not sorted to show fifty of them."""
    return items.order_by(_DECISION_RANK, "position", "pk").values_list("pk", flat=True)


def _rows(
    ids: Sequence[int] | Page[int] | QuerySet[PlanItem, int], *, is_whole: bool = False
) -> tuple[PlanRow, ...]:
    items = PlanItem.objects.select_related("backup_item").fetch_mode(FETCH_RAISE)
    found = items.in_bulk(list(ids))
    return tuple(PlanRow(planned=found[one], is_whole=is_whole) for one in ids)


def _effects(impact: Mapping[str, Any]) -> tuple[EffectCount, ...]:
    counts = impact.get("effects", {})
    return tuple(
        EffectCount(effect=effect, count=counts[effect.value])
        for effect in Effect
        if effect.value in counts
    )


def _reach(impact: Mapping[str, Any]) -> tuple[tuple[Reach, int], ...]:
    counts = impact.get("reach", {})
    return tuple((far, counts[far.value]) for far in Reach if far.value in counts)


def _basis(evidence: CapturedEvidence) -> tuple[tuple[str, object], ...]:
    """When it was captured, who captured it, and for which scope, as it was then."""
    scope = evidence.scope
    return (
        ("Generated", evidence.completed_at),
        ("Generated by", str(evidence.captured_by or "A former member")),
        ("Backup set", _set_label(evidence) or "A set that no longer exists"),
        ("Policies in scope", str(len(scope.get("items", ())))),
        ("Target", _target(evidence)),
        ("Scope fingerprint", evidence.fingerprint),
        ("Plan hash", evidence.plan_hash),
    )


def _target(evidence: CapturedEvidence) -> str:
    """The directory it was captured from; a scope of before version 3 says it in its own words."""
    stored = evidence.scope.get("target")
    if stored is None:
        return str(evidence.scope.get("tenant", ""))
    return in_words(ScopeField.TARGET, stored, {stored["tenant"]: evidence.tenant.name})


def _set_label(evidence: CapturedEvidence) -> str:
    set_id = _id_in(evidence.scope.get("backup_set"))
    if set_id is None:
        return ""
    known = BackupSet.objects.filter(tenant=evidence.tenant_id, pk=set_id)
    return printable(known.values_list("label", flat=True).first() or "")


def _id_in(text: Any) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _said(known: tuple[Audience, ...] | None, unset: str) -> tuple[Audience, ...]:
    if known is None:
        return (Audience(name=unset),)
    return known or (Audience(name="No one"),)
