"""What the pages of restores show, each as one frozen object in a fixed number of queries."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.urls import reverse

from operations.liveness import Liveness, liveness_of, progress_label
from operations.models import OperationRun
from operations.work_kinds import Action
from restore_safety.execution.ending import facts_of, writes_of
from restore_safety.execution.overrides import OverrideNote, overrides_of
from restore_safety.models import RestoreRun
from restore_safety.restores.pages.actions import ActLine, acknowledging, acts_of
from restore_safety.restores.pages.cancel import in_flight_sentence, remainder_of
from restore_safety.restores.pages.continuations import Continuing, ContinuingLine, continuing_of
from restore_safety.restores.pages.provider_approvals import ApprovalSection, approvals_of
from restore_safety.restores.pages.resolved_by import ResolvedBy
from restore_safety.restores.pages.results import (
    ResultSummary,
    capability_for,
    items_url,
    next_action_of,
    result_summaries,
)
from restore_safety.restores.pages.snapshot import SnapshotSection, snapshot_section
from restore_safety.restores.pages.undo import Undoing, undoing_of
from restore_safety.restores.records import RecordAct
from restore_safety.restores.trail import Trail, trail_of
from restore_safety.truth.attention import (
    FollowUpAction,
    ItemFact,
    ItemOutcome,
    RestoreStatus,
    ResultAttention,
    counts_of,
)
from tenants.access.service import capabilities_of
from tenants.models import User
from tenants.models.capabilities import Capability


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
class Capture:
    """Evidence of the run, and where it can be read."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """A restore as one viewer sees it at one moment."""

    run: RestoreRun
    summary: ResultSummary
    facts_counted: Mapping[ItemFact, int]
    writes: int
    action: Action | None
    denial: str
    known: SnapshotSection | None
    trail: Trail
    continuing: Continuing
    acknowledging: ActLine
    acts: tuple[ActLine, ...]
    approvals: ApprovalSection
    undoing: Undoing | None
    now: datetime

    @property
    def result(self) -> ResultAttention:
        return self.summary.result

    @property
    def taken_up(self) -> ResolvedBy | None:
        return self.summary.taken_up

    @property
    def continued_by(self) -> ResolvedBy | None:
        """Who took up what it left open, where that is not its undo, which is named by itself."""
        return None if self.taken_up and self.taken_up.is_undo else self.taken_up

    @property
    def overrides(self) -> tuple[OverrideNote, ...]:
        """The safeguards that were overridden for it."""
        return overrides_of(self.run)

    @property
    def title(self) -> str:
        if self.run.draft.undoes_id is not None:
            kind = "Dry run of an undo" if self.run.is_dry_run else "Undo"
            return f"{kind} in {self.run.tenant.name}"
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
    def state(self) -> Enum:
        """The one state of the run: who is at it, what it waits for, or what came of it."""
        if not self.is_live:
            return self.summary.state
        return self.status if self.status is RestoreStatus.WAITING else self.liveness

    @property
    def progress_label(self) -> str:
        return progress_label(self.operation, self.liveness)

    @property
    def items_url(self) -> str:
        return items_url(self.run, self.result)

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
        is_open = self.result.needs and not self._is_settled
        return self.items_url if is_open and not leads_there else ""

    @property
    def offers_a_way(self) -> bool:
        return bool(self.action or self.denial or self.other_items_link or self.undo)

    @property
    def undo(self) -> ActLine | None:
        """The way to take it back, where that is open to the viewer."""
        is_open = (one for one in self.acts if one.act is RecordAct.UNDO and not one.denial)
        return next(is_open, None)

    @property
    def record_acts(self) -> tuple[ActLine, ...]:
        """What may be done with the record besides."""
        return tuple(one for one in self.acts if one is not self.undo)

    @property
    def needs(self) -> str:
        count = self.result.needs
        return "1 item needs attention" if count == 1 else f"{count} items need attention"

    @property
    def asks_for_follow_up(self) -> bool:
        """Whether it is still open, or was acknowledged."""
        is_open = self.result.follow_up_required and not self._is_settled
        return not self.is_live and (is_open or self.run.acknowledgement is not None)

    @property
    def _is_settled(self) -> bool:
        """Whether later restores settled all that it left open."""
        return self.taken_up is not None and self.taken_up.is_settled

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
                note=_verified_note(counted),
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
    def primary(self) -> Action | None:
        """The next action; where it is to finish what is left, with how much that is."""
        first = self._finishing
        if first is None:
            return self.action
        return Action(label=first.label, url=first.url, method="post", icon=first.icon)

    @property
    def continuing_lines(self) -> tuple[ContinuingLine, ...]:
        """The ways to continue beside the primary one."""
        lines = self.continuing.lines
        return lines[1:] if self._finishing else lines

    @property
    def continuing_denial(self) -> str:
        """Why none of them is open to the viewer; "" where that stands on the page already."""
        return "" if self.denial else next((one.denial for one in self.continuing_lines), "")

    @property
    def _finishing(self) -> ContinuingLine | None:
        lines = self.continuing.lines
        finishes = self.result.next_action is FollowUpAction.RETRY_REMAINING
        leads_to_a_draft = self.action is not None and self.action.method == "post"
        return lines[0] if lines and finishes and leads_to_a_draft else None

    @property
    def in_flight(self) -> str:
        """What is still finished before a run that is to be cancelled stops."""
        return in_flight_sentence(self.operation) if self.operation.is_cancelling else ""

    @property
    def remainder(self) -> tuple[tuple[str, object], ...]:
        """Of a cancelled run: how many items came to what, and how many to nothing."""
        is_cancelled = self.status is RestoreStatus.CANCELLED
        return remainder_of(self.facts_counted) if is_cancelled else ()

    @property
    def late_cancel(self) -> str:
        """That it was cancelled when nothing was left to cancel; "" otherwise."""
        if self.is_live or self.operation.cancel_requested_at is None:
            return ""
        if any(entry.outcome is ItemOutcome.CANCELLED for entry in self.outcomes):
            return ""
        return "It was cancelled after every item had been begun, so nothing was left out."

    @property
    def about(self) -> tuple[tuple[str, object], ...]:
        run = self.run
        return (
            ("Status", self.state if self.is_live else self.status),
            ("Tenant", run.tenant.name),
            ("Requested by", str(run.requested_by) if run.requested_by else "A former member"),
            ("Reason", run.reason),
            ("Queued", run.created_at),
            *((("Scheduled to start", run.starts_at),) if run.starts_at else ()),
            *self._approved,
            ("Started", self.operation.started_at),
            ("Ended", run.ended_at),
            *self._archived,
        )

    @property
    def _approved(self) -> tuple[tuple[str, object], ...]:
        request = self.run.approval
        if request is None:
            return ()
        by = str(request.decided_by) if request.decided_by else "A former member"
        return ("Approved by", by), ("Approval's reason", request.decision_reason)

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
    def captures(self) -> tuple[Capture, ...]:
        """Where the evidence it was queued on can be read as it was captured."""
        if self.known is None:
            return ()
        known = self.known.snapshot
        marks = (("Read the checks", known.checks), ("Read the preview", known.preview))
        return tuple(
            Capture(
                label=label,
                url=reverse("restores:draft-evidence", args=[self.run.draft_id, mark.evidence_id]),
            )
            for label, mark in marks
            if mark is not None
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


def run_page(
    *, run: RestoreRun, viewer: User, now: datetime, trail: Trail | None = None
) -> RunPage:
    """Everything of the page but its items; `trail` where another page of it is wanted."""
    summary = result_summaries([run])[run.pk]
    held = capabilities_of(viewer, run.tenant)
    return RunPage(
        run=run,
        summary=summary,
        facts_counted=facts_of([run.pk])[run.pk],
        writes=writes_of(run),
        action=next_action_of(run, summary, viewer),
        denial=_denial(summary, held),
        known=snapshot_section(run),
        trail=trail or trail_of(run, viewer),
        continuing=continuing_of(run, held),
        acknowledging=acknowledging(run, held),
        acts=acts_of(run, held),
        approvals=approvals_of(run),
        undoing=undoing_of(run),
        now=now,
    )


def _denial(summary: ResultSummary, held: frozenset[Capability]) -> str:
    """Why the viewer cannot take the next step themselves; empty when they can."""
    if summary.taken_up:
        return "" if summary.taken_up.way(held) else Capability.PREPARE_RESTORE.denial
    needed = capability_for(summary.result.next_action)
    return "" if needed is None or needed in held else needed.denial


def _verified_note(counted: Mapping[str, int]) -> str:
    in_part = counted["verified_in_part"]
    limit = f"; {in_part} more only in part" if in_part else ""
    return f"Of {counted['items']}, by reading them back{limit}"
