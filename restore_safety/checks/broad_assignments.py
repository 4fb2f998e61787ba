"""Assignments to all devices or all users."""

from collections.abc import Iterable, Iterator

from restore_safety.checks.audiences import BROAD, AudienceKind, kind_of
from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity


def check(context: CheckContext) -> Iterable[FoundIssue]:
    wanted = {policy: _broad(context.assignments_to_set(policy)) for policy in context.candidates}
    overwritten = set(context.overwritten)
    added = {
        policy: new
        for policy, kinds in wanted.items()
        if (new := kinds - (_broad(policy.live_assignments) if policy in overwritten else set()))
    }
    kept = {policy: kinds for policy, kinds in wanted.items() if kinds and policy not in added}
    yield from _added(context, added)
    yield from _kept(kept)


def _broad(assignments: list[dict[str, object]] | None) -> set[AudienceKind]:
    return {kind_of(assignment) for assignment in assignments or []} & BROAD.keys()


def _added(
    context: CheckContext, added: dict[CheckedPolicy, set[AudienceKind]]
) -> Iterator[FoundIssue]:
    if not added:
        return
    subjects = subjects_of(added)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="broad_assignment_added",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'becomes', 'become')} assigned to "
            f"{_audiences(added)}"
        ),
        why=(
            f"The restore adds an audience that covers everything {context.tenant_name} manages: "
            "a mistake in such a policy reaches every one of them at once."
        ),
        remedy=(
            "Make sure this reach is wanted. Otherwise leave assignments out of the scope, restore "
            "the policy, and assign it to a pilot group first."
        ),
        subjects=subjects,
    )


def _kept(kept: dict[CheckedPolicy, set[AudienceKind]]) -> Iterator[FoundIssue]:
    if not kept:
        return
    subjects = subjects_of(kept)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="broad_assignment",
        title=f"{counted(len(subjects))} already {verb(subjects, 'reaches', 'reach')} "
        f"{_audiences(kept)}",
        why=(
            "The assignment stays as it is, so whatever the restore changes in such a policy "
            "reaches all of them."
        ),
        remedy="Read the differences of these policies in the preview with care.",
        subjects=subjects,
    )


def _audiences(policies: dict[CheckedPolicy, set[AudienceKind]]) -> str:
    return listed(BROAD[kind] for kinds in policies.values() for kind in kinds)
