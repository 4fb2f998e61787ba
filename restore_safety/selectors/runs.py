"""What the pages of restores show, each as one frozen object in a fixed number of queries."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import Case, QuerySet, Value, When
from django.http import Http404
from django.urls import reverse

from operations.continuation import Action
from operations.liveness import Liveness, liveness_of
from operations.models import OperationRun
from restore_safety.badges import GATE_MET, GATE_REFUSED, Badge
from restore_safety.execution.ending import attention_of, facts_of, writes_of
from restore_safety.execution.gate import SNAPSHOT_KEY
from restore_safety.follow_ups import calm_items
from restore_safety.models import (
    Decision,
    Finding,
    ItemState,
    RestoreItem,
    RestoreRun,
    RestoreWrite,
    WriteState,
)
from restore_safety.models.run import RestoreRunQuerySet
from restore_safety.selectors.plan_changes import PlanChange, plan_changes
from restore_safety.truth.attention import (
    FollowUpAction,
    ItemFact,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    ResultAttention,
    Verification,
    counts_of,
)
from restore_safety.truth.safety import GateCode
from restore_safety.truth.snapshot import (
    EvidenceMark,
    ExecutionSnapshot,
    SnapshotFormatError,
    SnapshotTooLargeError,
)
from tenants.access import capabilities_of
from tenants.capabilities import Capability
from tenants.graph.contracts import CONTRACTS
from tenants.models import AuditEvent, AuditOutcome, User

from .acts import ActLine, acknowledging, acts_of
from .results import capability_for, items_url, next_action_of

CHANGES_IN_LIST = 8
EVENTS_SHOWN = 100

# What an acknowledgement that is no finding of the checks was about.
_PREVIEW_ACKNOWLEDGEMENTS = {
    "preview-blocked": "Policies that the preview leaves out of the restore",
    "preview-not-evaluable": "Policies that could not be compared with the tenant",
}
_SENTENCES = {
    ItemState.PLANNED: "Nothing was sent for it yet.",
    ItemState.IN_FLIGHT: "It is being written; what came of it is not known yet.",
}
_PURPOSES = {
    "create": "Create the policy",
    "update": "Update the policy",
    "replace": "Replace the policy",
    "schedule": "Set its schedule",
    "assign": "Assign it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteEntry:
    """One request of the journal."""

    write: RestoreWrite

    @property
    def state(self) -> WriteState:
        return WriteState(self.write.state)

    @property
    def purpose(self) -> str:
        return _PURPOSES.get(self.write.purpose, self.write.purpose.capitalize())


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEntry:
    """One item of a run, with its part of the plan and its requests."""

    item: RestoreItem

    @property
    def outcome(self) -> ItemOutcome:
        return ItemOutcome(self.item.outcome)

    @property
    def standing(self) -> ItemOutcome | ItemState:
        """The outcome once there is one; until then, how far the journal got."""
        state = ItemState(self.item.state)
        return self.outcome if state is ItemState.SETTLED else state

    @property
    def verification(self) -> Verification:
        return Verification(self.item.verification)

    @property
    def read_back(self) -> str:
        """What reading back proves; of an item written in part it proves only that part."""
        if self.outcome is ItemOutcome.PARTIAL and self.verification is Verification.VERIFIED:
            return "What was written reads back as wanted; the rest is not in the tenant."
        return self.verification.sentence

    @property
    def type_label(self) -> str:
        return type_label(self.item.contract_key)

    @property
    def url(self) -> str:
        return reverse("restores:run-item", args=[self.item.run_id, self.item.pk])

    @property
    def sentence(self) -> str:
        return (
            self.item.sentence
            or _SENTENCES.get(ItemState(self.item.state))
            or self.outcome.sentence
        )

    @property
    def reason_label(self) -> str:
        return ReasonCode(self.item.reason_code).label if self.item.reason_code else ""

    @property
    def decision(self) -> Decision:
        return Decision(self.item.plan_item.decision)

    @property
    def changes(self) -> tuple[PlanChange, ...]:
        return plan_changes(self.item.plan_item.changes)

    @property
    def first_changes(self) -> tuple[PlanChange, ...]:
        return self.changes[:CHANGES_IN_LIST]

    @property
    def more_changes(self) -> int:
        return max(0, len(self.item.plan_item.changes) - CHANGES_IN_LIST)

    @property
    def writes(self) -> tuple[WriteEntry, ...]:
        return tuple(WriteEntry(write=write) for write in self.item.writes.all())

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        item = self.item
        return (
            ("Type", self.type_label),
            ("Reason", self.reason_label),
            ("Provider's error", item.error_code),
            ("Provider's request", item.request_id),
            ("Object in the tenant", item.target_object_id),
            ("Settled", item.settled_at),
            ("Read back", item.read_back_at),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number of the run, and the items behind it."""

    label: str
    value: int
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount:
    """How many items came to one outcome."""

    outcome: ItemOutcome
    count: int

    @property
    def url(self) -> str:
        return f"?outcome={self.outcome}#items"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the audit trail."""

    event: AuditEvent

    @property
    def what(self) -> str:
        return self.event.action.replace(".", " ").replace("_", " ").capitalize()

    @property
    def who(self) -> str:
        return str(self.event.actor) if self.event.actor else "The product"

    @property
    def denied(self) -> AuditOutcome | None:
        """The outcome where it is worth a badge: a refusal."""
        outcome = AuditOutcome(self.event.outcome)
        return outcome if outcome is AuditOutcome.DENIED else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The execution safety snapshot, read as it was written; nothing of it is worked out anew."""

    snapshot: ExecutionSnapshot
    acknowledged: tuple[str, ...]

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        known = self.snapshot
        return (
            ("Safety", known.safety),
            ("First issue", known.primary_issue.sentence if known.primary_issue else "None"),
            ("Checks", known.checks_integrity),
            ("Checks captured", known.checks.captured_at if known.checks else None),
            ("Checks raised", _raised(known.checks)),
            ("Preview", known.preview_integrity),
            ("Preview captured", known.preview.captured_at if known.preview else None),
            ("Preview planned", _planned(known.preview)),
            ("Scope", self.scope),
            ("Existing policies", known.scope.conflict_policy.label),
        )

    @property
    def scope(self) -> str:
        scope = self.snapshot.scope
        count = scope.item_count
        policies = "1 policy" if count == 1 else f"{count} policies"
        assignments = "with" if scope.include_assignments else "without"
        mapped = f", {scope.mapping_count} groups mapped" if scope.mapping_count else ""
        return f"{policies} ({scope.mode.label.lower()}), {assignments} assignments{mapped}"

    @property
    def confirmation(self) -> tuple[tuple[str, object], ...]:
        known = self.snapshot
        typed = (
            "Not asked: a dry run writes nothing" if known.is_dry_run else known.confirmed_tenant
        )
        return (
            ("Confirmed by", known.actor_name),
            ("Tenant's name typed", typed),
            ("Reason given", known.reason),
        )

    @property
    def gates(self) -> tuple[tuple[str, Badge], ...]:
        return tuple(
            (code.label, GATE_MET if passed else GATE_REFUSED)
            for code, passed in self.snapshot.gates
        )

    @property
    def gates_summary(self) -> str:
        met = sum(passed for _, passed in self.snapshot.gates)
        return f"{met} of {len(GateCode)} conditions for starting held"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """A restore as one viewer sees it at one moment."""

    run: RestoreRun
    result: ResultAttention
    facts_counted: Mapping[ItemFact, int]
    writes: int
    action: Action | None
    denial: str
    known: Known | None
    events: tuple[Event, ...]
    has_earlier_events: bool
    acknowledging: ActLine
    acts: tuple[ActLine, ...]
    now: datetime

    @property
    def title(self) -> str:
        kind = "Dry run" if self.run.is_dry_run else "Restore"
        return f"{kind} into {self.run.tenant.name}"

    @property
    def operation(self) -> OperationRun:
        return self.run.operation_run

    @property
    def is_live(self) -> bool:
        return not self.status.is_ended

    @property
    def status(self) -> RestoreStatus:
        return RestoreStatus(self.run.status)

    @property
    def liveness(self) -> Liveness:
        return liveness_of(self.operation, self.now)

    @property
    def items_url(self) -> str:
        return items_url(self.run, self.result)

    @property
    def next_sentence(self) -> str:
        step = self.result.next_action
        return "" if step is FollowUpAction.NONE else step.sentence

    @property
    def no_pre_images(self) -> str:
        """Why there is no pre-restore backup, as far as the run itself says."""
        if self.run.is_dry_run:
            return "Nothing: a dry run replaces nothing"
        return (
            "Nothing yet" if self.is_live else "Nothing: this run replaced no policy it could read"
        )

    @property
    def other_items_link(self) -> str:
        """The way to the items in need, where the primary action leads elsewhere."""
        leads_there = self.action is not None and self.action.url == self.items_url
        return self.items_url if self.result.needs and not leads_there else ""

    @property
    def offers_a_way(self) -> bool:
        return bool(self.action or self.denial or self.other_items_link)

    @property
    def needs(self) -> str:
        count = self.result.needs
        return "1 item needs attention" if count == 1 else f"{count} items need attention"

    @property
    def asks_for_follow_up(self) -> bool:
        return self.result.follow_up_required and not self.is_live

    @property
    def counts(self) -> tuple[Count, ...]:
        counted = counts_of(self.facts_counted)
        sent = "A dry run sends none" if self.run.is_dry_run else "Requests the tenant took"
        return (
            Count(label="Items", value=counted["items"], url="#items"),
            Count(
                label="Need attention",
                value=self.result.needs,
                note="Not all is settled yet" if self.is_live else "",
                url=self.items_url,
            ),
            Count(label="Writes accepted", value=self.writes, note=sent),
            Count(
                label="Verified",
                value=counted["verified"],
                note=f"Of {counted['items']}, by reading them back",
                url="?verification=verified#items",
            ),
        )

    @property
    def outcomes(self) -> tuple[OutcomeCount, ...]:
        """Every outcome that occurs."""
        counted: Counter[ItemOutcome] = Counter()
        for fact, count in self.facts_counted.items():
            counted[fact.outcome] += count
        return tuple(
            OutcomeCount(outcome=outcome, count=counted[outcome])
            for outcome in ItemOutcome
            if counted[outcome]
        )

    @property
    def about(self) -> tuple[tuple[str, object], ...]:
        run = self.run
        return (
            ("Status", self.status),
            ("Tenant", run.tenant.name),
            ("Requested by", str(run.requested_by) if run.requested_by else "A former member"),
            ("Reason", run.reason),
            ("Queued", run.created_at),
            ("Started", self.operation.started_at),
            ("Ended", run.ended_at),
            *self._archived,
        )

    @property
    def _archived(self) -> tuple[tuple[str, object], ...]:
        run = self.run
        if run.archived_at is None:
            return ()
        by = str(run.archived_by) if run.archived_by else "A former member"
        return ("Archived", run.archived_at), ("Archived by", by)

    @property
    def basis(self) -> tuple[tuple[str, object], ...]:
        preview = self.run.preview
        return (
            ("Preview captured", preview.completed_at),
            ("Captured by", str(preview.captured_by) if preview.captured_by else "A former member"),
            ("Writes planned", str(preview.writes)),
            ("Left out", str(preview.blocked)),
            ("Not evaluable", str(preview.not_evaluable)),
            ("Plan hash", self.run.plan_hash),
        )

    @property
    def technical(self) -> tuple[tuple[str, object], ...]:
        run = self.run
        return (
            ("Restore", str(run.pk)),
            ("Operation", str(self.operation.pk)),
            ("Draft", str(run.draft_id)),
            ("Preview", str(run.preview_id)),
            ("Backup set", str(run.backup_set_id)),
            ("Backup digest", run.backup_set.digest),
            ("Scope fingerprint", run.fingerprint),
            ("Plan hash", run.plan_hash),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """One item of a restore, with everything the plan and the journal hold of it."""

    run: RestoreRun
    entry: ItemEntry


def runs_for(user: User) -> RestoreRunQuerySet:
    """The restores of the list; a row that would ask for more fails instead of querying again."""
    return (
        RestoreRun.objects.visible_to(user)
        .select_related("tenant", "backup_set", "requested_by", "follow_up_note__author")
        .order_by("-created_at", "-pk")
        .fetch_mode(models.FETCH_RAISE)
    )


def visible_run(*, user: User, run_id: UUID) -> RestoreRun:
    runs = RestoreRun.objects.visible_to(user).select_related(
        "tenant__workspace",
        "draft",
        "backup_set",
        "preview__captured_by",
        "operation_run",
        "pre_restore_set",
        "requested_by",
        "archived_by",
        "follow_up_note__author",
    )
    run = runs.filter(pk=run_id).first()
    if run is None:
        raise Http404
    return run


def run_page(*, run: RestoreRun, viewer: User, now: datetime) -> RunPage:
    counted = facts_of([run.pk])[run.pk]
    result = attention_of(run, counted)
    held = capabilities_of(viewer, run.tenant)
    events = _events(run, viewer)
    return RunPage(
        run=run,
        result=result,
        facts_counted=counted,
        writes=writes_of(run),
        action=next_action_of(run, result, viewer),
        denial=_denial(result, held),
        known=_known(run),
        events=events[:EVENTS_SHOWN],
        has_earlier_events=len(events) > EVENTS_SHOWN,
        acknowledging=acknowledging(run, held),
        acts=acts_of(run, held),
        now=now,
    )


def items_of(run: RestoreRun) -> QuerySet[RestoreItem]:
    """The run's items, those that need somebody first."""
    return (
        run.items.select_related("plan_item")
        .prefetch_related("writes")
        .defer("plan_item__writes", "plan_item__absence")
        .annotate(is_calm=Case(When(calm_items(run), then=Value(1)), default=Value(0)))
        .order_by("is_calm", "position", "pk")
        .fetch_mode(models.FETCH_RAISE)
    )


def item_page(*, user: User, run_id: UUID, item_id: int) -> ItemPage:
    run = visible_run(user=user, run_id=run_id)
    item = items_of(run).filter(pk=item_id).first()
    if item is None:
        raise Http404
    return ItemPage(run=run, entry=ItemEntry(item=item))


def type_label(contract_key: str) -> str:
    return CONTRACTS[contract_key].label if contract_key in CONTRACTS else contract_key


def _denial(result: ResultAttention, held: frozenset[Capability]) -> str:
    """Why the viewer cannot take the next step themselves; empty when they can."""
    needed = capability_for(result.next_action)
    return "" if needed is None or needed in held else needed.denial


def _known(run: RestoreRun) -> Known | None:
    """What was known at queueing; None when the record is of a form that cannot be read."""
    try:
        snapshot = ExecutionSnapshot.from_json(run.metadata.get(SNAPSHOT_KEY) or {})
    except (SnapshotFormatError, SnapshotTooLargeError):
        return None
    return Known(snapshot=snapshot, acknowledged=_acknowledged(snapshot))


def _acknowledged(snapshot: ExecutionSnapshot) -> tuple[str, ...]:
    """What was accepted one by one, in the words the operator saw."""
    titles = dict(_PREVIEW_ACKNOWLEDGEMENTS)
    if snapshot.checks is not None:
        findings = Finding.objects.filter(evidence__id=snapshot.checks.evidence_id)
        titles |= {
            f"{code}-{position}": title
            for code, position, title in findings.values_list("code", "position", "title")
        }
    return tuple(titles.get(key, key) for key in snapshot.acknowledged_warnings)


def _events(run: RestoreRun, viewer: User) -> tuple[Event, ...]:
    """The newest, and one more where there are more than are shown."""
    subjects = [
        f"restore_run:{run.pk}",
        f"restore_draft:{run.draft_id}",
        f"operation_run:{run.operation_run_id}",
    ]
    events = AuditEvent.objects.visible_to(viewer).filter(subject__in=subjects)
    newest = events.select_related("actor").order_by("-at", "-pk")[: EVENTS_SHOWN + 1]
    return tuple(Event(event=event) for event in newest)


def _raised(checks: EvidenceMark | None) -> str:
    if checks is None:
        return ""
    counts = dict(checks.counts)
    return _listed(
        (counts["blockers"], "blocker"),
        (counts["unknowns"], "unknown"),
        (counts["warnings"], "warning"),
    )


def _planned(preview: EvidenceMark | None) -> str:
    if preview is None:
        return ""
    counts = dict(preview.counts)
    left_out = counts["blocked"] + counts["not_evaluable"]
    return f"{_listed((counts['writes'], 'write'))}, {left_out} left out"


def _listed(*counted: tuple[int, str]) -> str:
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counted)
