"""What the checks step shows: the findings by severity."""

from dataclasses import dataclass

from django.db.models import FETCH_RAISE

from restore_safety.drafts.readiness import DraftStatus
from restore_safety.models import CapturedEvidence, Finding, Severity
from restore_safety.truth.references import ReferenceKind

MISSING_GROUPS = frozenset(
    {"group_missing", "exclusion_missing", "conditional_access_group_missing"}
)
_TITLES = {
    Severity.BLOCKER: "What forbids the restore",
    Severity.UNKNOWN: "What could not be looked at",
    Severity.WARNING: "What to weigh before confirming",
    Severity.INFO: "Worth knowing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """The findings of one weight."""

    severity: Severity
    findings: tuple[Finding, ...]

    @property
    def title(self) -> str:
        return _TITLES[self.severity]


def findings_by_severity(evidence: CapturedEvidence | None) -> tuple[FindingGroup, ...]:
    """Worst first; a severity that was not raised is left out."""
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


def missing_groups(status: DraftStatus) -> frozenset[str]:
    """The groups that current checks named as missing in the tenant, by the id looked for."""
    checks = status.checks
    if checks.captured is None or not checks.integrity.is_current:
        return frozenset()
    named = checks.captured.findings.filter(code__in=MISSING_GROUPS)
    return frozenset(
        one["id"].lower()
        for missing in named.values_list("missing", flat=True)
        for one in missing
        if one["kind"] == ReferenceKind.GROUP
    )
