"""Policies that were changed in the tenant after the backup was made."""

from collections.abc import Iterable
from datetime import datetime

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity
from tenants.graph.payloads import Json, moment_of


def check(context: CheckContext) -> Iterable[FoundIssue]:
    """A backup holds what its tenant was: content that differs from it has changed since.

    Dates only say when: Graph leaves them empty until a first edit, and not every file has them.
    """
    if not context.same_origin or context.undo:
        return  # what an undo puts back was changed by the restore; what changed since is not
    changed = [policy for policy in context.overwritten if policy.content_differs]
    if not changed:
        return
    subjects = subjects_of(changed)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="target_changed_since_backup",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'was', 'were')} changed in "
            f"{context.tenant_name} after the backup"
        ),
        why=(
            "What the tenant holds is no longer what the backup captured there, perhaps because "
            "of a fix. A restore takes it back to what the backup holds and undoes "
            f"that work.{_undated(changed)}"
        ),
        remedy=(
            "Read the differences in the preview and ask who made the change. Exclude what "
            "should stay as it is."
        ),
        subjects=subjects,
    )


def _undated(changed: list[CheckedPolicy]) -> str:
    undated = [policy.name for policy in changed if not _is_dated_later(policy)]
    return f" No date is known for {listed(undated)}." if undated else ""


def _is_dated_later(policy: CheckedPolicy) -> bool:
    live = _modified_at(policy.live_payload or {})
    backed_up = _modified_at(policy.payload)
    # What the backup knows no edit of was first edited after it.
    return live is not None and (backed_up is None or live > backed_up)


def _modified_at(payload: Json) -> datetime | None:
    """When Graph says it was last modified; None where it does not say so intelligibly."""
    return moment_of(payload.get("lastModifiedDateTime") or payload.get("modifiedDateTime"))
