"""Capture a preview: take a snapshot of the tenant, decide every item, keep the plan."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from operations.lifecycle import Heartbeat
from operations.working import WorkFailedError, heed_cancellation
from restore_safety.drafts import capture_records
from restore_safety.drafts.captures import (
    Capture,
    Ending,
    Words,
    completed_with,
    connected,
    work_on,
)
from restore_safety.models import (
    BackupItem,
    BackupSet,
    CapturedEvidence,
    Decision,
    PlanItem,
    RestoreDraft,
    RestoreRun,
)
from restore_safety.policies.decisions import decide
from restore_safety.policies.identities import identities_in
from restore_safety.policies.impact import summary_of
from restore_safety.policies.plan import plan_hash
from restore_safety.policies.policy import PolicyToRestore, RestoreChoices, wanted
from restore_safety.policies.reading import TargetReader
from restore_safety.policies.referenced import contracts_referenced
from restore_safety.policies.resolved import PlannedItem
from restore_safety.policies.snapshot import take_snapshot
from restore_safety.policies.undone import Undo, undo_from
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.references import ReferenceKind
from tenants.graph.clouds import Cloud
from tenants.graph.contracts import FOUNDATIONS
from tenants.graph.references import NAME_PREFIX
from tenants.models import User

_ROWS_AT_ONCE = 200
_WORDS = Words(
    draft_gone="The draft this preview was for no longer exists.",
    cancelled="The preview was cancelled before its end, so it shows nothing.",
    unexpected="The preview was stopped before its end, so it shows nothing. Preview again.",
    not_captured="The preview was not captured.",
)


def queue_preview(*, actor: User, draft: RestoreDraft, now: datetime) -> CapturedEvidence:
    """Have a preview captured for the draft's scope as it stands now."""
    return capture_records.queue_capture(
        actor=actor,
        draft=draft,
        kind=EvidenceKind.PREVIEW,
        title=f"Preview of a restore to {draft.tenant.name}",
        now=now,
    )


def work(*, run_id: str) -> None:
    """Capture the run's preview; safe to call again after a crash."""
    work_on(run_id=run_id, words=_WORDS, capture=_capture, ending=_ending)


def _capture(capture: Capture) -> None:
    backup_set = capture.backup_set
    choices = choices_of(capture)
    backed_up = policies_of(backup_set, capture.scope.items)
    policies = [wanted(policy, choices) for policy in backed_up]
    heart = Heartbeat(lease=capture.lease)

    def beat(done: int, note: str) -> None:
        if heart.beat(done, len(policies), note):
            heed_cancellation(capture.lease)

    with connected(capture) as client:
        client.roles()  # without a token nothing at all can be looked at
        snapshot = take_snapshot(
            reader=TargetReader(client),
            policies=policies,
            choices=choices,
            own=referable(backup_set, backed_up),
            beat=beat,
        )
    planned = decide(
        policies=policies,
        choices=choices,
        snapshot=snapshot,
        # Thousands take longer than a worker may be silent for.
        beat=lambda done: beat(len(policies), f"Comparing, {done} of {len(policies)} done"),
    )
    _keep(capture, planned)


def choices_of(capture: Capture) -> RestoreChoices:
    """What the capture's scope says beyond its items, and where it goes."""
    scope, connection = capture.scope, capture.connection
    return RestoreChoices(
        conflict_policy=scope.conflict_policy,
        assignment_mode=scope.assignment_mode,
        conditional_access_state=scope.conditional_access_state,
        mapping={kind: scope.mapping_of(kind) for kind in ReferenceKind},
        same_origin=capture.backup_set.origin_directory_id == connection.directory_id,
        directory_id=str(connection.directory_id),
        tenant_name=capture.tenant.name,
        graph_host=Cloud(connection.cloud).graph_host,
        identities=identities_in(connection, capture.backup_set),
        undo=_undo_in(capture),
    )


def _undo_in(capture: Capture) -> Undo | None:
    """What is undone; a scope that undoes what is not on record any more undoes nothing."""
    if not capture.scope.undoes:
        return None
    runs = RestoreRun.objects.in_tenant(capture.tenant).select_related("pre_restore_set")
    return undo_from(runs.get(pk=capture.scope.undoes), capture.backup_set)


def policies_of(backup_set: BackupSet, ids: frozenset[str]) -> list[PolicyToRestore]:
    """The policies of the scope; one that is gone would make the plan speak for another scope."""
    rows = BackupItem.objects.filter(backup_set=backup_set, pk__in=ids).select_related("payload")
    policies = [PolicyToRestore.from_row(row) for row in rows]
    if len(policies) != len(ids):
        raise WorkFailedError("items_gone", "Some of the chosen items no longer exist.")
    return policies


def referable(
    backup_set: BackupSet, policies: Sequence[PolicyToRestore]
) -> dict[tuple[str, str], PolicyToRestore]:
    """What of the whole set its policies may refer to: ids and names in them mean these.

    By id, and by a reference to its name where that is unique among objects of its type.
    """
    keys = FOUNDATIONS | contracts_referenced(policies)
    rows = BackupItem.objects.filter(backup_set=backup_set, contract_key__in=keys)
    found: dict[tuple[str, str], PolicyToRestore] = {}
    named: dict[tuple[str, str], list[PolicyToRestore]] = {}
    for row in rows.select_related("payload"):
        policy = PolicyToRestore.from_row(row)
        if row.object_id:
            found[row.contract_key, row.object_id] = policy
        named.setdefault((row.contract_key, f"{NAME_PREFIX}{row.name}"), []).append(policy)
    return found | {key: same[0] for key, same in named.items() if len(same) == 1}


def _keep(capture: Capture, planned: Sequence[PlannedItem]) -> None:
    rows = [_row(capture.evidence, position, item) for position, item in enumerate(planned, 1)]
    with completed_with(
        capture,
        writes=sum(len(row.writes) for row in rows),
        blocked=sum(row.decision == Decision.BLOCKED for row in rows),
        not_evaluable=sum(row.decision == Decision.NOT_EVALUABLE for row in rows),
        plan_hash=plan_hash(rows),
        impact=summary_of(item.impact for item in planned if item.writes),
    ):
        PlanItem.objects.bulk_create(rows, batch_size=_ROWS_AT_ONCE)


def _row(evidence: CapturedEvidence, position: int, item: PlannedItem) -> PlanItem:
    return PlanItem(
        tenant_id=evidence.tenant_id,
        evidence=evidence,
        position=position,
        backup_item_id=UUID(item.policy.id),
        decision=item.decision,
        reason_code=item.reason or "",
        sentence=item.sentence,
        target_object_id=item.target_object_id,
        target_digest=item.target_digest,
        absence=item.absence,
        writes=[request.to_json() for request in item.writes],
        deleted_after=list(item.deleted_after),
        changes=list(item.changes),
        left_out=[
            {"path": one.path, "reason": one.reason.value, "why": one.why} for one in item.left_out
        ],
        assignments_before=item.assignments_before,
        assignments_after=item.assignments_after,
        impact=item.impact.to_json(),
    )


def _ending(evidence: CapturedEvidence) -> Ending:
    return Ending(
        is_whole=evidence.not_evaluable == 0,
        counts={
            "items": evidence.plan.count(),
            "writes": evidence.writes,
            "blockers": evidence.blocked,
            "unknowns": evidence.not_evaluable,
        },
    )
