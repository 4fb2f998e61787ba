"""What each step of the wizard shows inside its frame."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import FETCH_RAISE, Case, Count, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse

from restore_safety.backups.completeness import Completeness, Wholeness
from restore_safety.backups.understanding import group_ids_of
from restore_safety.drafts import EvidenceStanding
from restore_safety.execution.gate import refusals_of
from restore_safety.execution.readiness import (
    Acknowledgement,
    DraftStanding,
    acknowledgements_of,
)
from restore_safety.models import (
    BackupItem,
    BackupSet,
    CapturedEvidence,
    Decision,
    Finding,
    PlanItem,
    RestoreDraft,
    Severity,
)
from restore_safety.preview.assignments import audience_label
from restore_safety.selectors.plan_changes import PlanChange, plan_changes
from restore_safety.selectors.scope_changes import ChangeEntry, named_changes
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.integrity import IntegrityState
from tenants.graph.contracts import CONTRACTS, contract
from tenants.graph.payloads import Json

ITEMS_PER_PAGE = 50
SETS_PER_PAGE = 15
CAPTURES_SHOWN = 10

# What asks for a decision comes first, what stays as it is comes last.
DECISION_ORDER = (
    Decision.BLOCKED,
    Decision.NOT_EVALUABLE,
    Decision.UPDATE,
    Decision.CREATE,
    Decision.COPY,
    Decision.SKIP,
    Decision.UNCHANGED,
)
MISSING_GROUPS = frozenset(
    {"group_missing", "exclusion_missing", "conditional_access_group_missing"}
)
_LEFT_OUT = {
    "preview-blocked": Decision.BLOCKED,
    "preview-not-evaluable": Decision.NOT_EVALUABLE,
}
_GROUP_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NAMING_GROUPS = tuple(
    key for key, one in CONTRACTS.items() if one.included_groups or one.excluded_groups
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """How a list of policies was narrowed down, as the address says it."""

    text: str = ""
    contract_key: str = ""
    decision: str = ""
    page: str = "1"

    @classmethod
    def from_address(cls, parameters: Mapping[str, str]) -> "ItemQuery":
        return cls(
            text=_searchable(parameters.get("q", "")),
            contract_key=_searchable(parameters.get("type", "")),
            decision=_searchable(parameters.get("decision", "")),
            page=_searchable(parameters.get("page", "1")),
        )

    @classmethod
    def as_listed(cls, posted: Mapping[str, str]) -> "ItemQuery":
        """The list a posted page showed, whatever was typed into its search field since."""
        return cls(
            text=_searchable(posted.get("listed_q", "")),
            contract_key=_searchable(posted.get("listed_type", "")),
            page=_searchable(posted.get("listed_page", "1")),
        )

    @property
    def is_narrow(self) -> bool:
        """Whether somebody asked for a part of the list."""
        return self != ItemQuery()

    @property
    def address(self) -> dict[str, str]:
        """Only what narrows the list down, as an address says it."""
        said = {"q": self.text, "type": self.contract_key}
        if self.page != "1":
            said["page"] = self.page
        return {name: value for name, value in said.items() if value}


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

    @property
    def selection_sentence(self) -> str:
        saved = "saved" if self.is_saved else "not saved yet"
        return f"{self.selected_count} of {self.total} selected, {saved}."

    @property
    def whole_sentence(self) -> str:
        return f"All {_counted(self.total, 'policy', 'policies')} of the backup set are in scope."


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """The findings of one weight."""

    severity: Severity
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummaryEntry:
    """How many items of the preview came to one decision."""

    decision: Decision
    count: int

    @property
    def url(self) -> str:
        return f"?decision={self.decision.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSection:
    """One kind of evidence: what was captured, whether it still speaks, and what came before."""

    standing: EvidenceStanding
    changes: tuple[ChangeEntry, ...]
    earlier: tuple[CapturedEvidence, ...]

    @property
    def captured(self) -> CapturedEvidence | None:
        return self.standing.captured

    @property
    def is_capturing(self) -> bool:
        return self.captured is not None and self.captured.state == CaptureState.CAPTURING

    @property
    def is_complete(self) -> bool:
        return self.captured is not None and self.captured.state == CaptureState.COMPLETE

    @property
    def is_current(self) -> bool:
        return self.standing.integrity.is_current

    @property
    def has_blockers(self) -> bool:
        return self.captured is not None and self.captured.blockers > 0

    @property
    def may_go_on(self) -> bool:
        """Whether going on is the one thing to do here, rather than capturing again."""
        return self.is_current and not self.has_blockers

    @property
    def boundary(self) -> str:
        """What the evidence does not say."""
        if not self.is_current:
            return self.history_boundary
        if self.has_blockers:
            return "Blockers keep a real restore from being queued."
        return "These checks found no blocker. They prove no more than what is listed here."

    @property
    def history_title(self) -> str:
        """What is shown of evidence that does not speak for the scope any more."""
        if self.standing.integrity.state is IntegrityState.INVALIDATED:
            return "For the earlier scope"
        return "From a record that proves nothing"

    @property
    def history_boundary(self) -> str:
        if self.standing.integrity.state is IntegrityState.INVALIDATED:
            return "Captured for another scope: it says nothing about the scope as it is now."
        return "Kept as history: it says nothing about the scope as it is now."

    @property
    def progress_label(self) -> str:
        run = self.captured.operation_run if self.captured else None
        return (run.progress_note if run else "") or "Waiting for a worker"

    @property
    def status_sentence(self) -> str:
        """What a screen reader is told when the state of the capture changes."""
        if self.captured is None:
            return ""
        return CaptureState(self.captured.state).sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """What the preview decided for one policy, in words."""

    planned: PlanItem

    @property
    def changes(self) -> tuple[PlanChange, ...]:
        return plan_changes(self.planned.changes)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the preview says of changes it did not write down one by one."""
        rows = self.planned.changes
        return tuple(row["path"] for row in rows if not row["before"] and not row["after"])

    @property
    def is_assignable(self) -> bool:
        known = (self.planned.assignments_before, self.planned.assignments_after)
        return known != (None, None)

    @property
    def assigned_now(self) -> tuple[str, ...]:
        return self._audiences(self.planned.assignments_before, "Not known")

    @property
    def assigned_afterwards(self) -> tuple[str, ...]:
        return self._audiences(self.planned.assignments_after, "Not set by this restore")

    def _audiences(self, assignments: list[Json] | None, unset: str) -> tuple[str, ...]:
        if assignments is None:
            return (unset,)
        names = self.planned.backup_item.group_names
        labels = (audience_label(one, names) for one in assignments)
        return tuple(_sentence_case(label) for label in labels) or ("Nobody",)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSection:
    """The preview's plan: in numbers, and the items one page shows."""

    query: ItemQuery
    summary: tuple[PlanSummaryEntry, ...]
    types: tuple[tuple[str, str], ...]
    page: Page[PlanItem]
    rows: tuple[PlanRow, ...]
    writes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedEntry:
    """One thing to acknowledge: why it matters, what to do, and the policies it is about."""

    asked: Acknowledgement
    why: str
    remedy: str
    policies: tuple[str, ...]
    place: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSection:
    """What would be written, in numbers, and whether it may be confirmed."""

    raised: tuple[RaisedEntry, ...]

    summary: tuple[PlanSummaryEntry, ...]
    plan_hash: str
    writes: int
    refusals: tuple[str, ...]
    dry_run_refusals: tuple[str, ...]

    @property
    def may_queue(self) -> bool:
        return not self.refusals

    @property
    def may_rehearse(self) -> bool:
        return not self.dry_run_refusals


def backup_section(draft: RestoreDraft, query: ItemQuery) -> BackupSection:
    """The backup step's list of sets, newest first."""
    sets = BackupSet.objects.in_tenant(draft.tenant).fetch_mode(FETCH_RAISE)
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
    )


def groups_in(draft: RestoreDraft) -> tuple[tuple[str, str], ...]:
    """Ids and known names of the groups the scope refers to, and of those already mapped."""
    groups = dict.fromkeys(draft.group_mapping, "")
    items = draft.resolved_items().order_by()
    if draft.include_assignments:
        for key, assignments, names in items.values_list(
            "contract_key", "assignments", "group_names"
        ):
            _name_groups(groups, group_ids_of(contract(key), {}, assignments), names)
    # Some types name groups in their content; only those have their content read here.
    for item in items.filter(contract_key__in=_NAMING_GROUPS).select_related("payload"):
        inside = group_ids_of(contract(item.contract_key), item.payload.content, None)
        _name_groups(groups, inside, item.group_names)
    return tuple(sorted(groups.items(), key=lambda group: (group[1].casefold(), group[0])))


def evidence_section(now_standing: DraftStanding, kind: EvidenceKind) -> EvidenceSection:
    """The evidence that speaks for the draft, and the captures before it."""
    chosen = now_standing.checks if kind is EvidenceKind.CHECKS else now_standing.preview
    earlier = now_standing.draft.evidence.filter(kind=kind).select_related("captured_by")
    if chosen.captured is not None:
        earlier = earlier.exclude(pk=chosen.captured.pk)
    return EvidenceSection(
        standing=chosen,
        changes=named_changes(tenant=now_standing.draft.tenant, changes=chosen.integrity.changes),
        earlier=tuple(earlier.fetch_mode(FETCH_RAISE)[:CAPTURES_SHOWN]),
    )


def findings_by_severity(evidence: CapturedEvidence | None) -> tuple[FindingGroup, ...]:
    """Worst first; a severity nobody raised is left out."""
    if evidence is None:
        return ()
    by_severity: dict[Severity, list[Finding]] = {severity: [] for severity in Severity}
    for found in evidence.findings.all().fetch_mode(FETCH_RAISE):
        by_severity[Severity(found.severity)].append(found)
    return tuple(
        FindingGroup(severity=severity, findings=tuple(findings))
        for severity, findings in by_severity.items()
        if findings
    )


def plan_section(evidence: CapturedEvidence | None, query: ItemQuery) -> PlanSection:
    """The preview in numbers, and its items narrowed down by decision, type and text."""
    items = PlanItem.objects.filter(evidence=evidence)
    keys = items.order_by().values_list("backup_item__contract_key", flat=True).distinct()
    found = items.select_related("backup_item").fetch_mode(FETCH_RAISE)
    if query.decision:
        found = found.filter(decision=query.decision)
    if query.contract_key:
        found = found.filter(backup_item__contract_key=query.contract_key)
    if query.text:
        found = found.filter(backup_item__name__icontains=query.text)
    page = Paginator(found.order_by(_DECISION_RANK, "position", "pk"), ITEMS_PER_PAGE).get_page(
        query.page
    )
    return PlanSection(
        query=query,
        summary=_plan_summary(evidence),
        types=tuple((key, contract(key).plural) for key in _in_contract_order(keys)),
        page=page,
        rows=tuple(PlanRow(planned=planned) for planned in page),
        writes=evidence.writes if evidence else 0,
    )


def confirm_section(now_standing: DraftStanding) -> ConfirmSection:
    """The confirm step's facts; the refusals are those the gate itself would give."""
    preview = now_standing.preview.captured
    # A preview of another scope says nothing about what would be written now.
    current = preview if preview and now_standing.preview.integrity.is_current else None
    return ConfirmSection(
        raised=_raised(now_standing),
        summary=_plan_summary(current),
        plan_hash=current.plan_hash if current else "",
        writes=current.writes if current else 0,
        refusals=refusals_of(now_standing, is_dry_run=False),
        dry_run_refusals=refusals_of(now_standing, is_dry_run=True),
    )


def missing_groups(now_standing: DraftStanding) -> frozenset[str]:
    """The groups that current checks named as missing in the tenant, by the id looked for.

    Findings say it in words for people; a long list of theirs does not name them all.
    """
    checks = now_standing.checks
    if checks.captured is None or not checks.integrity.is_current:
        return frozenset()
    reasons = checks.captured.findings.filter(code__in=MISSING_GROUPS).values_list("why", flat=True)
    named = (why.rpartition("Missing: ")[2] for why in reasons)
    return frozenset(one.lower() for names in named for one in _GROUP_ID.findall(names))


_DECISION_RANK = Case(
    *(When(decision=decision, then=Value(rank)) for rank, decision in enumerate(DECISION_ORDER)),
    default=Value(len(DECISION_ORDER)),
    output_field=IntegerField(),
)


def _raised(now_standing: DraftStanding) -> tuple[RaisedEntry, ...]:
    asked = acknowledgements_of(now_standing)
    checks, preview = now_standing.checks.captured, now_standing.preview.captured
    findings = checks.findings.all().fetch_mode(FETCH_RAISE) if checks and asked else ()
    found = {f"{one.code}-{one.position}": one for one in findings}
    return tuple(
        _left_out(now_standing.draft, preview, one)
        if one.key in _LEFT_OUT
        else _found(now_standing.draft, found[one.key], one)
        for one in asked
    )


def _found(draft: RestoreDraft, finding: Finding, asked: Acknowledgement) -> RaisedEntry:
    return RaisedEntry(
        asked=asked,
        why=finding.why,
        remedy=finding.remedy,
        policies=tuple(subject["name"] for subject in finding.subjects),
        place="Read it in the checks",
        url=reverse("restores:draft-step", args=[draft.pk, "checks"]),
    )


def _left_out(
    draft: RestoreDraft, preview: CapturedEvidence | None, asked: Acknowledgement
) -> RaisedEntry:
    decision = _LEFT_OUT[asked.key]
    items = PlanItem.objects.filter(evidence=preview, decision=decision).order_by("position", "pk")
    return RaisedEntry(
        asked=asked,
        why="The preview says of each why it is left out.",
        remedy="Solve what it names and preview again, or leave these policies out of the scope.",
        policies=tuple(items.values_list("backup_item__name", flat=True)),
        place="Read them in the preview",
        url=reverse("restores:draft-step", args=[draft.pk, "preview"])
        + f"?decision={decision.value}",
    )


def _plan_summary(evidence: CapturedEvidence | None) -> tuple[PlanSummaryEntry, ...]:
    if evidence is None:
        return ()
    counts = dict(evidence.plan.order_by().values_list("decision").annotate(Count("pk")))
    return tuple(
        PlanSummaryEntry(decision=decision, count=counts[decision])
        for decision in DECISION_ORDER
        if decision in counts
    )


def _name_groups(groups: dict[str, str], ids: Iterable[str], names: Mapping[str, str]) -> None:
    for group_id in ids:
        known = groups.get(group_id.lower(), "")
        groups[group_id.lower()] = names.get(group_id, known)


def _types(draft: RestoreDraft, selected: Counter[str]) -> tuple[TypeCount, ...]:
    items = BackupItem.objects.filter(backup_set=draft.backup_set_id).order_by()
    totals = dict(items.values_list("contract_key").annotate(Count("pk")))
    return tuple(
        TypeCount(key=key, label=contract(key).plural, total=totals[key], selected=selected[key])
        for key in _in_contract_order(totals)
    )


def _in_contract_order(keys: Iterable[str]) -> list[str]:
    present = set(keys)
    return [key for key in CONTRACTS if key in present]


def _searchable(text: str) -> str:
    """What can be looked for: no stored text holds a NUL, and PostgreSQL refuses to compare one."""
    return text.replace("\x00", "").strip()


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _counted(count: int, noun: str, plural: str = "") -> str:
    if not count:
        return ""
    return f"1 {noun}" if count == 1 else f"{count} {plural or noun + 's'}"
