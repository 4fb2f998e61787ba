"""Scripts whose content changes while they are assigned: they run again, as SYSTEM."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity
from tenants.graph.audience import reaches_no_one

# How the members that hold a script are named, in small letters.
_CONTENT = "scriptcontent"


def check(context: CheckContext) -> Iterable[FoundIssue]:
    changing = [policy for policy in context.overwritten if _runs_again(policy)]
    if not changing:
        return
    subjects = subjects_of(changing)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="script_changes",
        title=(
            f"The content of {counted(len(subjects), 'assigned script', 'assigned scripts')} "
            f"{verb(subjects, 'changes', 'change')}"
        ),
        why=(
            "A changed script runs again on every device it is assigned to, usually with the "
            "rights of the system."
        ),
        remedy="Read the script as the backup holds it, and make sure that running it is wanted.",
        subjects=subjects,
    )


def _runs_again(policy: CheckedPolicy) -> bool:
    if policy.live_payload is None or reaches_no_one(policy.audiences_after):
        return False
    return any(
        policy.payload[name] != policy.live_payload.get(name)
        for name in policy.payload
        if name.lower().endswith(_CONTENT)
    )
