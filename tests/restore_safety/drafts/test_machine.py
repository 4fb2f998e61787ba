"""A draft driven at random through edits, captures and submissions, beside a model of it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from restore_safety.drafts import capture_records
from restore_safety.drafts import service as drafts
from restore_safety.drafts.capture_records import EmptyScopeError
from restore_safety.drafts.readiness import acknowledgements_of, draft_status
from restore_safety.drafts.service import DraftSubmittedError, ScopeChoices
from restore_safety.execution.gate import (
    Confirmation,
    Refusal,
    RestoreRefusedError,
    offer_of,
    queue_restore,
)
from restore_safety.models import (
    CapturedEvidence,
    Decision,
    Finding,
    PlanItem,
    RestoreDraft,
    RestoreRun,
    Severity,
)
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.policies.plan import plan_hash
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.integrity import IntegrityState
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    ScopeMode,
)
from tenants.access.service import bootstrap_role
from tenants.models import Verification
from tenants.models.capabilities import Role
from tests.factories import ProviderConnectionFactory, TenantFactory, UserFactory
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory

NAME = "Contoso"
POLICIES = ("first", "second")
FOUNDATION = "filter"
ITEMS = (*POLICIES, FOUNDATION)
CAUSES = {
    "mode": "scope_mode_changed",
    "items": "items_changed",
    "mapping": "mapping_changed",
    "assignment_mode": "assignments_option_changed",
    "conditional_access_state": "conditional_access_state_changed",
    "conflict_policy": "conflict_policy_changed",
    "include_foundations": "foundations_option_changed",
}
kinds = st.sampled_from(EvidenceKind)
finds_blockers = st.sampled_from([0, 0, 1])
finds_warnings = st.integers(0, 1)
dry_runs = st.booleans()
mistakes = st.sampled_from(["", "", "name", "warnings", "reason"])


@dataclass(frozen=True)
class Wanted:
    """What the operator has set, as the model keeps it."""

    mode: ScopeMode = ScopeMode.ALL
    selected: frozenset[str] = frozenset()
    mapping: tuple[tuple[str, str, str], ...] = ()
    assignment_mode: AssignmentMode = AssignmentMode.REPLACE
    conditional_access_state: ConditionalAccessState = ConditionalAccessState.AS_BACKED_UP
    include_foundations: bool = True
    conflict_policy: ConflictPolicy = ConflictPolicy.UPDATE

    @property
    def scope(self):
        """What a restore would write by; a selection that is not in force is no part of it."""
        chosen = self.selected if self.mode is ScopeMode.SELECTED else frozenset(ITEMS)
        return {
            "mode": self.mode,
            "items": chosen if self.include_foundations else chosen - {FOUNDATION},
            "mapping": self.mapping,
            "assignment_mode": self.assignment_mode,
            "conditional_access_state": self.conditional_access_state,
            "conflict_policy": self.conflict_policy,
            "include_foundations": self.include_foundations,
        }


@dataclass
class Capture:
    """One capture as the model knows it."""

    row: CapturedEvidence
    kind: EvidenceKind
    scope: dict
    state: CaptureState = CaptureState.CAPTURING
    is_older: bool = False
    blockers: int = 0
    warnings: int = 0

    @property
    def proves_itself(self):
        return self.state is CaptureState.COMPLETE and not self.is_older


@dataclass(frozen=True)
class Offered:
    """A confirm page that somebody has open: what was current when it was drawn."""

    offer: str
    acknowledged: frozenset[str]
    scope: dict
    seen: tuple[CapturedEvidence | None, ...]


@dataclass
class Model:
    wanted: Wanted = Wanted()
    before: list[Wanted] = field(default_factory=list)
    ledger: list[tuple[str, str]] = field(default_factory=list)
    captures: list[Capture] = field(default_factory=list)
    offers: list[Offered] = field(default_factory=list)
    runs: dict[tuple[str, bool], RestoreRun] = field(default_factory=dict)
    snapshots: dict = field(default_factory=dict)
    is_submitted: bool = False

    def change(self, wanted):
        """Set the choices; answer the lines that the ledger gains."""
        old, new = self.wanted.scope, wanted.scope
        moved = [name for name in CAUSES if old[name] != new[name]]
        is_known = any(one.scope == new for one in self.captures)
        self.before.append(self.wanted)
        self.wanted = wanted
        lines = [(name, "scope_restored" if is_known else CAUSES[name]) for name in moved]
        self.ledger += lines
        return lines

    def speaking(self, kind):
        """The newest capture for this very scope; failing that, the newest of all."""
        of_kind = [one for one in reversed(self.captures) if one.kind is kind]
        own = [one for one in of_kind if one.scope == self.wanted.scope]
        return next(iter(own or of_kind), None)

    def integrity(self, kind):
        capture = self.speaking(kind)
        if capture is None:
            return IntegrityState.NOT_RUN
        if not capture.proves_itself:
            return IntegrityState.STALE
        if capture.scope == self.wanted.scope:
            return IntegrityState.CURRENT
        return IntegrityState.INVALIDATED

    def refusal(self, offered, *, is_dry_run, mistake):  # noqa: PLR0911 -- one flat line per condition
        """The first condition that does not hold, in the order in which they are asked."""
        if self.is_submitted:
            return Refusal.ALREADY_QUEUED
        if offered.scope != self.wanted.scope:
            return Refusal.SCOPE_CHANGED
        if self.integrity(EvidenceKind.CHECKS) is not IntegrityState.CURRENT:
            return Refusal.CHECKS_NOT_CURRENT
        if self.integrity(EvidenceKind.PREVIEW) is not IntegrityState.CURRENT:
            return Refusal.PREVIEW_NOT_CURRENT
        checks = self.speaking(EvidenceKind.CHECKS)
        if offered.seen != tuple(self.speaking(kind).row for kind in EvidenceKind):
            return Refusal.EVIDENCE_REPLACED
        if is_dry_run:
            return None
        if checks.blockers:
            return Refusal.BLOCKED
        return _refusal_of(mistake, checks)


def _refusal_of(mistake, checks):
    match mistake:
        case "name":
            return Refusal.NAME_NOT_TYPED
        case "warnings" if checks.warnings:
            return Refusal.WARNINGS_NOT_ACKNOWLEDGED
        case "reason":
            return Refusal.REASON_MISSING
        case _:
            return None


class DraftMachine(RuleBasedStateMachine):
    """Every example runs in a transaction of its own that leaves nothing behind."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
        tenant = TenantFactory(name=NAME)
        self.operator = UserFactory()
        bootstrap_role(user=self.operator, tenant=tenant, role=Role.OPERATOR)
        ProviderConnectionFactory(
            tenant=tenant, verification=Verification.VERIFIED, last_verified_at=self.now
        )
        backup_set = BackupSetFactory(tenant=tenant, item_count=len(ITEMS))
        self.items = {name: BackupItemFactory(backup_set=backup_set) for name in POLICIES}
        self.items[FOUNDATION] = BackupItemFactory(
            backup_set=backup_set, contract_key="assignmentFilters"
        )
        self.draft = drafts.open_draft(actor=self.operator, tenant=tenant, now=self.now)
        self._change(backup_set=backup_set)
        self.draft.changes.all().delete()
        self.model = Model()

    def teardown(self):
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @rule(
        wanted=st.builds(
            Wanted,
            mode=st.sampled_from(ScopeMode),
            selected=st.frozensets(st.sampled_from(ITEMS)),
            mapping=st.sampled_from(
                [(), (("group", "a", "b"),), (("group", "a", "c"),), (("filter", "a", "b"),)]
            ),
            assignment_mode=st.sampled_from(AssignmentMode),
            conditional_access_state=st.sampled_from(ConditionalAccessState),
            include_foundations=st.booleans(),
            conflict_policy=st.sampled_from(ConflictPolicy),
        ),
        name=st.sampled_from(list(Wanted.__dataclass_fields__)),
    )
    def edit_one_choice(self, wanted, name):
        self._set(replace(self.model.wanted, **{name: getattr(wanted, name)}))

    @precondition(lambda self: self.model.before)
    @rule(data=st.data())
    def go_back_to_earlier_choices(self, data):
        self._set(data.draw(st.sampled_from(self.model.before)))

    @rule(kind=kinds)
    def begin_a_capture(self, kind):
        self._tick()
        begun = {"actor": self.operator, "draft": self.draft, "kind": kind, "now": self.now}
        if self.model.is_submitted:
            with pytest.raises(DraftSubmittedError):
                capture_records.queue_capture(**begun, title="Capture")
            return
        scope = self.model.wanted.scope
        if not scope["items"]:
            with pytest.raises(EmptyScopeError):
                capture_records.queue_capture(**begun, title="Capture")
            return
        row = capture_records.queue_capture(**begun, title="Capture")
        under_way = [
            one.row
            for one in self.model.captures
            if (one.kind, one.scope, one.state) == (kind, scope, CaptureState.CAPTURING)
        ]
        assert under_way in ([], [row])
        if not under_way:
            self.model.captures.append(Capture(row=row, kind=kind, scope=scope))

    @precondition(lambda self: self._under_way())
    @rule(data=st.data(), blockers=finds_blockers, warnings=finds_warnings)
    def complete_a_capture(self, data, blockers, warnings):
        self._complete(data.draw(st.sampled_from(self._under_way())), blockers, warnings)

    @precondition(lambda self: self._under_way())
    @rule(data=st.data())
    def fail_a_capture(self, data):
        self._tick()
        capture = data.draw(st.sampled_from(self._under_way()))
        assert capture_records.fail_capture(evidence=capture.row, failure="No answer", now=self.now)
        assert not capture_records.complete_capture(evidence=capture.row, now=self.now)
        capture.state = CaptureState.FAILED

    @rule(blockers=finds_blockers, warnings=finds_warnings, is_dry_run=dry_runs, mistake=mistakes)
    def go_all_the_way(self, blockers, warnings, is_dry_run, mistake):
        """The usual way to a submission, so that it is not left to chance."""
        if not self.model.is_submitted and self.model.wanted.scope["items"]:
            for kind in EvidenceKind:
                self.begin_a_capture(kind)
                self._complete(self.model.speaking(kind), blockers, warnings)
        self.open_the_confirm_page()
        self._submit(self.model.offers[-1], is_dry_run, mistake)

    @precondition(lambda self: self.model.captures)
    @rule(data=st.data())
    def find_a_record_of_an_older_schema(self, data):
        capture = data.draw(st.sampled_from(self.model.captures))
        CapturedEvidence.objects.filter(pk=capture.row.pk).update(schema_version=0)
        capture.is_older = True

    @rule()
    def open_the_confirm_page(self):
        status = self._standing()
        current = [
            self.model.speaking(kind).row
            if self.model.integrity(kind) is IntegrityState.CURRENT
            else None
            for kind in EvidenceKind
        ]
        self.model.offers.append(
            Offered(
                offer=offer_of(status=status, actor=self.operator),
                acknowledged=frozenset(one.key for one in acknowledgements_of(status)),
                scope=self.model.wanted.scope,
                seen=tuple(current),
            )
        )

    @precondition(lambda self: self.model.offers)
    @rule(data=st.data(), is_dry_run=dry_runs, mistake=mistakes)
    def submit(self, data, is_dry_run, mistake):
        self._submit(data.draw(st.sampled_from(self.model.offers[-3:])), is_dry_run, mistake)

    @invariant()
    def integrity_is_as_the_model_says_and_ready_is_claimed_for_nothing_less(self):
        status = self._standing()
        told = {
            EvidenceKind.CHECKS: status.checks.integrity.state,
            EvidenceKind.PREVIEW: status.preview.integrity.state,
        }
        checks = self.model.speaking(EvidenceKind.CHECKS)
        is_proven = set(told.values()) == {IntegrityState.CURRENT}
        is_spotless = is_proven and not checks.blockers and not checks.warnings

        assert told == {kind: self.model.integrity(kind) for kind in EvidenceKind}
        assert status.assessment.may_claim_ready is (is_spotless and not self.model.is_submitted)
        assert bool(status.draft.submitted_at) is self.model.is_submitted

    @invariant()
    def nothing_is_lost_and_nothing_is_rewritten(self):
        lines = self.draft.changes.order_by("id").values_list("field", "cause")
        assert list(lines) == self.model.ledger
        assert self.draft.evidence.count() == len(self.model.captures)
        kept = {run.pk: run.metadata[SNAPSHOT_KEY] for run in self.draft.runs.all()}
        assert kept == self.model.snapshots

    def _tick(self):
        self.now += timedelta(seconds=1)

    def _set(self, wanted):
        self._tick()
        choices = {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
        choices["mapping"] = {kind: {source: target} for kind, source, target in wanted.mapping}
        choices["selected"] = frozenset(str(self.items[name].pk) for name in wanted.selected)
        if self.model.is_submitted:
            with pytest.raises(DraftSubmittedError):
                self._change(**choices)
            return
        lines = [(line.field, line.cause) for line in self._change(**choices)]
        assert sorted(lines) == sorted(self.model.change(wanted))
        self.model.ledger[len(self.model.ledger) - len(lines) :] = lines

    def _change(self, **choices):
        return drafts.change_scope(
            actor=self.operator, draft=self.draft, choices=ScopeChoices(**choices), now=self.now
        )

    def _queue(self, confirmation):
        return queue_restore(
            actor=self.operator,
            draft=self.draft,
            confirmation=confirmation,
            authenticated_at=self.now,
            now=self.now,
        )

    def _standing(self):
        draft = RestoreDraft.objects.select_related("tenant", "backup_set").get(pk=self.draft.pk)
        return draft_status(draft=draft, actor=self.operator, now=self.now)

    def _complete(self, capture, blockers, warnings):
        self._tick()
        found = {"plan_hash": self._plan(capture)}
        if capture.kind is EvidenceKind.CHECKS:
            capture.blockers, capture.warnings = blockers, warnings
            found = {"blockers": blockers, "warnings": warnings}
            self._raise_warnings(capture)
        assert capture_records.complete_capture(evidence=capture.row, now=self.now, **found)
        assert not capture_records.fail_capture(evidence=capture.row, failure="Late", now=self.now)
        capture.state = CaptureState.COMPLETE

    def _submit(self, offered, is_dry_run, mistake):
        self._tick()
        confirmation = Confirmation(
            offer=offered.offer,
            is_dry_run=is_dry_run,
            typed_name=NAME.lower() if mistake == "name" else f" {NAME} ",
            acknowledged=frozenset() if mistake == "warnings" else offered.acknowledged,
            reason=" " if mistake == "reason" else "CHG-1",
        )
        first = self.model.runs.get((offered.offer, is_dry_run))
        if first:
            assert self._queue(confirmation) == first
            return
        refusal = self.model.refusal(offered, is_dry_run=is_dry_run, mistake=mistake)
        if refusal:
            with pytest.raises(RestoreRefusedError) as caught:
                self._queue(confirmation)
            assert caught.value.refusal == refusal
            return
        run = self._queue(confirmation)
        self.model.runs[offered.offer, is_dry_run] = run
        self.model.snapshots[run.pk] = run.metadata[SNAPSHOT_KEY]
        self.model.is_submitted = not is_dry_run

    def _under_way(self):
        return [one for one in self.model.captures if one.state is CaptureState.CAPTURING]

    def _plan(self, capture):
        """A plan that finds every item as wanted; checks have none."""
        if capture.kind is EvidenceKind.CHECKS:
            return ""
        rows = [
            PlanItem(
                tenant=self.draft.tenant,
                evidence=capture.row,
                position=position,
                backup_item=self.items[name],
                decision=Decision.UNCHANGED,
            )
            for position, name in enumerate(sorted(capture.scope["items"]))
        ]
        PlanItem.objects.bulk_create(rows)
        return plan_hash(rows)

    def _raise_warnings(self, capture):
        for position in range(capture.warnings):
            Finding.objects.create(
                tenant=self.draft.tenant,
                evidence=capture.row,
                position=position,
                severity=Severity.WARNING,
                code="made_up",
                title="Something to weigh",
                why="So that somebody does.",
                remedy="Weigh it.",
            )


@pytest.mark.django_db
def test_a_draft_does_as_its_model_whatever_happens_to_it():
    run_state_machine_as_test(
        DraftMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
