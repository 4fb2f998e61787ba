"""Capture checks: look at the tenant once, run every check over it, keep what they found."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from operations.lifecycle import Heartbeat
from operations.working import heed_cancellation
from restore_safety.checks.findings import FoundIssue
from restore_safety.checks.gathering import gather
from restore_safety.checks.registry import run_checks
from restore_safety.checks.tenant_facts import TenantFacts
from restore_safety.checks.tenant_reader import ChecksReader
from restore_safety.directory.lookup import DirectoryKind, DirectorySnapshot
from restore_safety.drafts import capture_records
from restore_safety.drafts.captures import (
    Capture,
    Ending,
    Words,
    completed_with,
    connected,
    work_on,
)
from restore_safety.drafts.preview import choices_of, policies_of, referable
from restore_safety.models import (
    CapturedEvidence,
    Finding,
    RestoreDraft,
    Severity,
)
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.scope import Scope
from tenants.graph.clouds import Cloud
from tenants.models import User

_TITLE_LENGTH = 300
_WORDS = Words(
    draft_gone="The draft these checks were for no longer exists.",
    cancelled="The checks were cancelled before their end, so they say nothing.",
    unexpected="The checks were stopped before their end, so they say nothing. Run them again.",
    not_captured="The checks were not captured.",
)


def queue_checks(*, actor: User, draft: RestoreDraft, now: datetime) -> CapturedEvidence:
    """Have the checks run for the draft's scope as it stands now."""
    return capture_records.queue_capture(
        actor=actor,
        draft=draft,
        kind=EvidenceKind.CHECKS,
        title=f"Checks for a restore to {draft.tenant.name}",
        now=now,
    )


def work(*, run_id: str) -> None:
    """Capture the run's checks; safe to call again after a crash."""
    work_on(run_id=run_id, words=_WORDS, capture=_capture, ending=_ending)


def _capture(capture: Capture) -> None:
    policies = policies_of(capture.backup_set, capture.scope.items)
    heart = Heartbeat(lease=capture.lease)

    def beat(done: int, note: str) -> None:
        if heart.beat(done, len(policies), note):
            heed_cancellation(capture.lease)

    with connected(capture) as client:
        roles = client.roles()  # without a token nothing at all can be looked at
        context = gather(
            reader=ChecksReader(client),
            roles=roles,
            policies=policies,
            own=referable(capture.backup_set, policies),
            choices=choices_of(capture),
            facts=_facts(capture),
            origin_directory_id=str(capture.backup_set.origin_directory_id or ""),
            beat=beat,
        )
    # Over thousands of policies, all checks together take longer than a worker may be silent for.
    issues = run_checks(context, beat=lambda name: beat(len(policies), f"Checking for {name}"))
    _keep(capture, issues)


def _facts(capture: Capture) -> TenantFacts:
    directory = DirectorySnapshot.of(capture.tenant)
    return TenantFacts(
        client_id=str(capture.connection.client_id),
        now=timezone.now(),
        cloud=Cloud(capture.connection.cloud),
        size_of_group=directory.size_of_group,
        restores_meanwhile=tuple(capture.backup_set.restores_meanwhile),
        is_directory_read=directory.synchronised_at(DirectoryKind.GROUP) is not None,
    )


def _keep(capture: Capture, issues: Sequence[FoundIssue]) -> None:
    weights = Counter(issue.severity for issue in issues)
    with completed_with(
        capture,
        blockers=weights[Severity.BLOCKER],
        warnings=weights[Severity.WARNING],
        unknowns=weights[Severity.UNKNOWN],
    ):
        Finding.objects.bulk_create(
            _row(capture.evidence, position, issue) for position, issue in enumerate(issues, 1)
        )


def _row(evidence: CapturedEvidence, position: int, issue: FoundIssue) -> Finding:
    return Finding(
        tenant_id=evidence.tenant_id,
        evidence=evidence,
        position=position,
        severity=issue.severity,
        code=issue.code,
        title=issue.title[:_TITLE_LENGTH],
        why=issue.why,
        remedy=issue.remedy,
        subjects=[{"id": subject.id, "name": subject.name} for subject in issue.subjects],
        facts=dict(issue.facts),
        missing=[{"kind": one.kind, "id": one.id} for one in issue.missing],
    )


def _ending(evidence: CapturedEvidence) -> Ending:
    return Ending(
        is_whole=evidence.unknowns == 0,
        counts={
            "items": len(Scope.from_json(evidence.scope).items),
            "blockers": evidence.blockers,
            "warnings": evidence.warnings,
            "unknowns": evidence.unknowns,
        },
    )
