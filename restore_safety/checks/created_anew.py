"""Policies that the tenant does not have, so that a restore creates them."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Decision, Severity


def check(context: CheckContext) -> Iterable[FoundIssue]:
    if not context.same_origin:
        return  # what comes from elsewhere has had no id here
    created = [
        policy
        for policy in context.policies
        if policy.decision is Decision.CREATE
        and policy.object_id
        # What is created at an address of its own keeps its id.
        and not policy.contract.create_path
    ]
    if not created:
        return
    subjects = subjects_of(created)
    yield FoundIssue(
        severity=Severity.INFO,
        code="created_anew",
        title=f"{counted(len(subjects))} will be created in {context.tenant_name} with a new id",
        why=(
            f"{context.tenant_name} has no such {verb(subjects, 'policy', 'policies')} today. "
            f"Policies of the same restore that refer to {verb(subjects, 'it', 'them')} are "
            "written with the new id; anything else that holds the old id does not find "
            f"{verb(subjects, 'it', 'them')}."
        ),
        remedy="Afterwards, look for the old ids in what you keep outside of this restore.",
        subjects=subjects,
    )
