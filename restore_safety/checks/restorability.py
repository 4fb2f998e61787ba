"""Policy types of which a restore writes a part, or nothing."""

from collections import defaultdict
from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity
from tenants.graph.contracts import Restorability

_PARTIAL = frozenset({Restorability.MANUAL, Restorability.METADATA_ONLY})


def check(context: CheckContext) -> Iterable[FoundIssue]:
    by_type: dict[str, list[CheckedPolicy]] = defaultdict(list)
    for policy in context.affected:
        if policy.contract.restorability in _PARTIAL:
            by_type[policy.contract.key].append(policy)
    for _, policies in sorted(by_type.items()):
        kind = policies[0].contract
        subjects = subjects_of(policies)
        number = counted(len(subjects), kind.label.lower(), kind.plural.lower())
        is_manual = kind.restorability is Restorability.MANUAL
        what = "not restored" if is_manual else "restored in part"
        yield FoundIssue(
            severity=Severity.WARNING,
            code="restored_by_hand" if is_manual else "metadata_only",
            title=f"{number} {verb(subjects, 'is', 'are')} {what}",
            why=kind.restorability_reason,
            remedy="Do the rest by hand in Intune or Entra, and do not count it as restored.",
            subjects=subjects,
            facts={"type": kind.key},
        )
