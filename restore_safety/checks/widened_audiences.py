"""Audiences a policy does not reach today, or spares, and would reach after the restore."""

from collections.abc import Iterable, Iterator

from restore_safety.checks.audience_sentences import sentence_of
from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity
from tenants.graph.assignment_changes import AudienceChange, Extent


def check(context: CheckContext) -> Iterable[FoundIssue]:
    yield from _growing(context)
    yield from _rescheduled(context)


def _growing(context: CheckContext) -> Iterator[FoundIssue]:
    """What reaches all devices or all users has a finding of its own."""
    growing = {
        policy: changes
        for policy in context.overwritten
        if (changes := [one for one in policy.audience_changes if _is_growth(one)])
    }
    if not growing:
        return
    subjects = subjects_of(growing)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="audience_widened",
        title=f"{counted(len(subjects))} {verb(subjects, 'reaches', 'reach')} more than today",
        why=(
            "The restore sets the audience as the backup holds it, and that is wider or another "
            f"than today's in {context.tenant_name}. {_each(context, growing)}."
        ),
        remedy=(
            "Make sure these audiences should have the policy, or exclude assignments from the "
            "scope."
        ),
        subjects=subjects,
    )


def _rescheduled(context: CheckContext) -> Iterator[FoundIssue]:
    changed = {
        policy: changes
        for policy in context.overwritten
        if (changes := [one for one in policy.audience_changes if one.extent is Extent.SAME])
    }
    if not changed:
        return
    subjects = subjects_of(changed)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="assignment_settings_changed",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'gets', 'get')} another schedule or other "
            "assignment settings"
        ),
        why=f"The audience stays, how and when it gets the policy changes. "
        f"{_each(context, changed)}.",
        remedy="Compare the assignments in the preview with what you expect.",
        subjects=subjects,
    )


def _is_growth(change: AudienceChange) -> bool:
    return change.grows and not change.makes_broad


def _each(context: CheckContext, policies: dict[CheckedPolicy, list[AudienceChange]]) -> str:
    return "; ".join(
        f"{policy.name}: {', '.join(sentence_of(one, context.names) for one in changes)}"
        for policy, changes in policies.items()
    )
