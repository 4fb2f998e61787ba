"""Policies whose planned requests Graph would not take, by the published schema."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity
from restore_safety.truth.causes import ReasonCode

_MOST_NAMED = 20


def check(context: CheckContext) -> Iterable[FoundIssue]:
    refused = [
        policy for policy in context.policies if policy.planned.reason is ReasonCode.PAYLOAD_SHAPE
    ]
    if not refused:
        return
    subjects = subjects_of(refused)
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="body_shape",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'holds', 'hold')} values that Graph does "
            "not take"
        ),
        why=" ".join(policy.planned.sentence for policy in refused[:_MOST_NAMED]),
        remedy="Capture the backup again, or restore these policies by hand.",
        subjects=subjects,
    )
