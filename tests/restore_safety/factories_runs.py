"""Factories for restores: drafts, evidence, plans, runs and the journals of their items."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from restore_safety.execution.audit_anchor import record_end
from restore_safety.models import (
    ApprovalRequest,
    CapturedEvidence,
    Decision,
    Finding,
    FollowUpNote,
    ItemState,
    PlanItem,
    RestoreDraft,
    RestoreItem,
    RestoreRun,
    RestoreWrite,
    Severity,
    WriteApproval,
    WriteState,
)
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.truth.attention import (
    ItemFact,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    Verification,
)
from restore_safety.truth.evidence import EVIDENCE_SCHEMA_VERSION, CaptureState, EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.integrity import IntegrityState
from restore_safety.truth.safety import GateCode, SafetyReadiness
from restore_safety.truth.scope import ScopeMode
from restore_safety.truth.snapshot import EvidenceMark, ExecutionSnapshot, ScopeSummary
from tenants.audit import trail
from tenants.canonical_json import digest_of
from tests.factories import TenantFactory, UserFactory
from tests.operations.factories import OperationRunFactory
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

WRITTEN = ItemFact(
    outcome=ItemOutcome.CREATED, verification=Verification.VERIFIED, reason=ReasonCode.WRITTEN
)
AS_WANTED = ItemFact(
    outcome=ItemOutcome.UNCHANGED, verification=Verification.VERIFIED, reason=ReasonCode.AS_WANTED
)
WITHOUT_ITS_GROUP = ItemFact(
    outcome=ItemOutcome.PARTIAL,
    verification=Verification.VERIFIED,
    reason=ReasonCode.GROUP_MISSING,
)
ASSIGNMENTS_LEFT = ItemFact(
    outcome=ItemOutcome.ASSIGNMENTS_LEFT,
    verification=Verification.VERIFIED,
    reason=ReasonCode.GROUP_MISSING,
)
REFUSED = ItemFact(
    outcome=ItemOutcome.FAILED,
    verification=Verification.NOT_ATTEMPTED,
    reason=ReasonCode.PERMISSION_DENIED,
)
REHEARSED = ItemFact(
    outcome=ItemOutcome.NOT_STARTED,
    verification=Verification.NOT_ATTEMPTED,
    reason=ReasonCode.DRY_RUN,
)


class DraftFactory(DjangoModelFactory):
    class Meta:
        model = RestoreDraft

    tenant = factory.SubFactory(TenantFactory)
    owner = factory.SubFactory(UserFactory)
    backup_set = factory.SubFactory(BackupSetFactory, tenant=factory.SelfAttribute("..tenant"))
    mode = ScopeMode.ALL
    created_at = NOW - timedelta(hours=1)
    updated_at = NOW - timedelta(hours=1)


class EvidenceFactory(DjangoModelFactory):
    """A complete capture that raised nothing."""

    class Meta:
        model = CapturedEvidence

    draft = factory.SubFactory(DraftFactory)
    tenant = factory.SelfAttribute("draft.tenant")
    kind = EvidenceKind.PREVIEW
    state = CaptureState.COMPLETE
    schema_version = EVIDENCE_SCHEMA_VERSION
    fingerprint = factory.LazyAttribute(lambda made: fingerprint_of(made.draft.to_truth()))
    scope = factory.LazyAttribute(lambda made: made.draft.to_truth().to_json())
    started_at = NOW - timedelta(minutes=10)
    completed_at = NOW - timedelta(minutes=9)
    captured_by = factory.SelfAttribute("draft.owner")
    plan_hash = factory.Sequence(lambda n: f"sha256:{n + 2**64:064x}")
    writes = 1


class FindingFactory(DjangoModelFactory):
    class Meta:
        model = Finding

    evidence = factory.SubFactory(EvidenceFactory, kind=EvidenceKind.CHECKS, plan_hash="")
    tenant = factory.SelfAttribute("evidence.tenant")
    position = 1
    severity = Severity.WARNING
    code = "broad_assignment"
    title = "1 policy is assigned to all devices"
    why = "It reaches every machine at once."
    remedy = "Make sure that is wanted."
    facts = factory.LazyFunction(dict)


def broad(*subjects):
    """What names the finding the factory makes, where it is about these policies."""
    about = [{"id": subject, "name": ""} for subject in subjects]
    return FindingFactory.build(evidence=None, tenant=None, subjects=about).key


class RestoreRunFactory(DjangoModelFactory):
    """A restore that has ended; its status is for the test to set."""

    class Meta:
        model = RestoreRun

    class Params:
        running = factory.Trait(
            status=RestoreStatus.RUNNING,
            ended_at=None,
            operation_run=factory.SubFactory(
                OperationRunFactory,
                tenant=factory.SelfAttribute("..tenant"),
                initiator=factory.SelfAttribute("..requested_by"),
                kind="restore",
                title="Restore of a backup",
                running=True,
            ),
        )

    tenant = factory.SubFactory(TenantFactory)
    requested_by = factory.SubFactory(UserFactory)
    backup_set = factory.SubFactory(BackupSetFactory, tenant=factory.SelfAttribute("..tenant"))
    draft = factory.SubFactory(
        DraftFactory,
        tenant=factory.SelfAttribute("..tenant"),
        backup_set=factory.SelfAttribute("..backup_set"),
        owner=factory.SelfAttribute("..requested_by"),
        submitted_at=factory.LazyAttribute(
            lambda made: None if made.factory_parent.is_dry_run else NOW
        ),
    )
    preview = factory.SubFactory(EvidenceFactory, draft=factory.SelfAttribute("..draft"))
    operation_run = factory.SubFactory(
        OperationRunFactory,
        tenant=factory.SelfAttribute("..tenant"),
        initiator=factory.SelfAttribute("..requested_by"),
        kind="restore",
        title="Restore of a backup",
        completed=True,
    )
    is_dry_run = False
    status = RestoreStatus.COMPLETED
    fingerprint = factory.SelfAttribute("preview.fingerprint")
    plan_hash = factory.SelfAttribute("preview.plan_hash")
    confirmation_key = factory.LazyFunction(lambda: uuid4().hex)
    reason = "Change 4711"
    created_at = NOW
    ended_at = NOW + timedelta(minutes=2)
    metadata = factory.LazyAttribute(lambda made: {SNAPSHOT_KEY: snapshot_of(made).to_json()})


class PlanItemFactory(DjangoModelFactory):
    class Meta:
        model = PlanItem

    evidence = factory.SubFactory(EvidenceFactory)
    tenant = factory.SelfAttribute("evidence.tenant")
    backup_item = factory.SubFactory(
        BackupItemFactory, backup_set=factory.SelfAttribute("..evidence.draft.backup_set")
    )
    position = factory.Sequence(lambda n: n + 1)
    decision = Decision.CREATE
    changes = factory.LazyFunction(
        lambda: [{"path": "Settings catalog policy", "before": "", "after": "new, 12 settings"}]
    )


class RestoreItemFactory(DjangoModelFactory):
    """An item that was created and read back as wanted."""

    class Meta:
        model = RestoreItem

    run = factory.SubFactory(RestoreRunFactory)
    tenant = factory.SelfAttribute("run.tenant")
    plan_item = factory.SubFactory(PlanItemFactory, evidence=factory.SelfAttribute("..run.preview"))
    backup_item = factory.SelfAttribute("plan_item.backup_item")
    position = factory.Sequence(lambda n: n + 1)
    contract_key = factory.SelfAttribute("backup_item.contract_key")
    name = factory.SelfAttribute("backup_item.name")
    state = ItemState.SETTLED
    outcome = ItemOutcome.CREATED
    verification = Verification.VERIFIED
    reason_code = ReasonCode.WRITTEN
    target_object_id = factory.LazyFunction(lambda: str(uuid4()))
    settled_at = NOW + timedelta(minutes=1)
    read_back_at = NOW + timedelta(minutes=1)


class ApprovalRequestFactory(DjangoModelFactory):
    """Asked for and not decided on yet; bound to what its evidence was captured for."""

    class Meta:
        model = ApprovalRequest

    draft = factory.SubFactory(DraftFactory)
    tenant = factory.SelfAttribute("draft.tenant")
    requested_by = factory.SubFactory(UserFactory)
    requested_at = factory.LazyFunction(timezone.now)
    decide_by = factory.LazyAttribute(lambda made: made.requested_at + made.lifetime)
    lifetime = timedelta(hours=24)
    checks = factory.SubFactory(
        EvidenceFactory, draft=factory.SelfAttribute("..draft"), kind="checks", plan_hash=""
    )
    preview = factory.SubFactory(EvidenceFactory, draft=factory.SelfAttribute("..draft"))
    fingerprint = factory.SelfAttribute("preview.fingerprint")
    plan_hash = factory.SelfAttribute("preview.plan_hash")
    target = factory.LazyAttribute(lambda made: made.draft.to_truth().target.key)
    reason = "Change 4711"


class FollowUpNoteFactory(DjangoModelFactory):
    class Meta:
        model = FollowUpNote

    run = factory.SubFactory(RestoreRunFactory)
    tenant = factory.SelfAttribute("run.tenant")
    note = "The help desk calls the owner of the group."
    author = factory.SelfAttribute("run.requested_by")
    at = NOW + timedelta(hours=1)


class RestoreWriteFactory(DjangoModelFactory):
    """A request the tenant took."""

    class Meta:
        model = RestoreWrite

    item = factory.SubFactory(RestoreItemFactory)
    tenant = factory.SelfAttribute("item.tenant")
    position = 0
    operation_id = factory.LazyAttribute(lambda made: f"{made.item.backup_item_id}:{made.position}")
    purpose = "create"
    method = "POST"
    path = "deviceManagement/configurationPolicies"
    state = WriteState.APPLIED
    intent_at = NOW
    answered_at = NOW
    status_code = 201
    request_id = factory.LazyFunction(lambda: str(uuid4()))


class WriteApprovalFactory(DjangoModelFactory):
    """The request that a tenant filed a write as; nobody has decided on it."""

    class Meta:
        model = WriteApproval

    write = factory.SubFactory(RestoreWriteFactory, state=WriteState.FILED, status_code=412)
    tenant = factory.SelfAttribute("write.tenant")
    code = factory.LazyFunction(lambda: str(uuid4()))
    write_digest = "sha256:" + "0" * 64
    approvers = factory.LazyFunction(lambda: ["Intune approvers"])
    filed_at = NOW
    expires_at = NOW + timedelta(days=3)


def item_of(run, fact, **values):
    """An item of the run that ended, or stands, as the fact says."""
    return RestoreItemFactory(
        run=run,
        outcome=fact.outcome,
        verification=fact.verification,
        reason_code=fact.reason,
        **values,
    )


def on_record(run, *, anchored=True):
    """The run, with the events of its queueing and its end; as they once were when not anchored."""
    kept = {
        "fingerprint": run.fingerprint,
        "plan_hash": run.plan_hash,
        "is_dry_run": run.is_dry_run,
        "reason": run.reason,
    }
    if anchored:
        kept["snapshot"] = digest_of(run.metadata[SNAPSHOT_KEY])
    trail.record(
        action="restore.queued",
        actor=run.requested_by,
        tenant=run.tenant,
        subject=f"restore_run:{run.pk}",
        detail=kept,
    )
    if anchored and run.ended_at:
        record_end(run)
    return run


def snapshot_of(run, checks=None, acknowledged=()):
    """What the gate would have written for the run."""
    return ExecutionSnapshot(
        fingerprint=run.fingerprint,
        plan_hash=run.plan_hash,
        checks=EvidenceMark.of(str(checks.pk), checks.to_truth()) if checks else None,
        preview=EvidenceMark.of(str(run.preview.pk), run.preview.to_truth()),
        checks_integrity=IntegrityState.CURRENT,
        preview_integrity=IntegrityState.CURRENT,
        gates=tuple((code, True) for code in GateCode),
        safety=SafetyReadiness.READY_WITH_CAUTION,
        primary_issue=None,
        acknowledged_warnings=tuple(acknowledged),
        confirmed_tenant="" if run.is_dry_run else run.tenant.name,
        actor_id=str(run.requested_by.pk),
        actor_name=run.requested_by.username,
        reason=run.reason,
        is_dry_run=run.is_dry_run,
        queued_at=run.created_at,
        scope=ScopeSummary.of(run.draft.to_truth()),
    )
