"""Members of the backup that a restore does not write, and why."""

from collections.abc import Iterable, Mapping

from restore_safety.backups.formats.names import BEFORE_TYPE
from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, sentences, verb
from restore_safety.models import Severity
from tenants.graph.contracts import CUSTOM_REFERENCE, LeftOut, not_written
from tenants.graph.payloads import value_at
from tenants.printable import printable

_MOST_NAMED = 20
# Each says something else; the preview and the result name the rest beside each policy.
_MOST_POLICIES = 200


def check(context: CheckContext) -> Iterable[FoundIssue]:
    incomplete = {
        policy: parts
        for policy in context.affected
        if (parts := not_written(policy.contract, policy.payload))
    }
    if not incomplete:
        return
    subjects = subjects_of(incomplete)
    each = sentences(
        (_sentence(policy, parts) for policy, parts in incomplete.items()), most=_MOST_POLICIES
    )
    yield FoundIssue(
        severity=Severity.WARNING,
        code="parts_not_written",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'is', 'are')} restored without some of what "
            "the backup holds"
        ),
        why=f"These parts are not written. {each}",
        remedy="Set these parts in Intune after the restore where they are needed.",
        subjects=subjects,
    )


def _sentence(policy: CheckedPolicy, parts: tuple[LeftOut, ...]) -> str:
    named = [
        f"{one.path}{_pointed_to(policy, one.path)}, because {one.why}"
        for one in parts[:_MOST_NAMED]
    ]
    if len(parts) > _MOST_NAMED:
        named.append(f"{len(parts) - _MOST_NAMED} more")
    return f"{policy.name}: {'; '.join(named)}."


def _pointed_to(policy: CheckedPolicy, path: str) -> str:
    """The names of what a link points to, where the backup holds them."""
    holder, _, member = path.rpartition(".")
    inside = value_at(policy.payload, holder) if holder else policy.payload
    if not isinstance(inside, Mapping):
        return ""
    custom = inside.get(f"{CUSTOM_REFERENCE}{member}")
    if isinstance(custom, str):
        return f" ({printable(custom.partition(BEFORE_TYPE)[0])})"
    linked = inside.get(member)
    objects = linked if isinstance(linked, list) else [linked]
    names = [
        str(one["displayName"])
        for one in objects
        if isinstance(one, Mapping) and one.get("displayName")
    ]
    return f" ({printable(', '.join(names))})" if names else ""
