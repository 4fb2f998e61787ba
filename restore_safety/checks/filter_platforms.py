"""Assignment filters of another platform than the policy they are used with."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity
from tenants.graph import schema
from tenants.graph.payloads import type_of

# How the platforms of filters, of settings catalog policies and the names of types begin.
_FAMILIES = {
    "windows": "Windows",
    "ios": "iOS",
    "macos": "macOS",
    "android": "Android",
    "aosp": "Android",
    "linux": "Linux",
}


def check(context: CheckContext) -> Iterable[FoundIssue]:
    platforms = {str(one.get("id", "")).lower(): one for one in context.snapshot.filters.objects}
    found: dict[CheckedPolicy, list[str]] = {}
    for policy in context.written:
        own = _platforms_of(policy)
        for audience in policy.audiences_after:
            used = platforms.get(audience.filter.id) if audience.filter else None
            if used is None or not own:
                continue
            family = _family(str(used.get("platform") or ""))
            if family and family not in own:
                label = f"{used.get('displayName')} ({family})"
                found.setdefault(policy, []).append(label)
    if not found:
        return
    subjects = subjects_of(found)
    each = "; ".join(f"{policy.name}: {', '.join(labels)}" for policy, labels in found.items())
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="filter_of_another_platform",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'uses', 'use')} a filter of another platform"
        ),
        why=(
            "Intune refuses a filter that is made for another platform than the policy, or it "
            f"matches no device. {each}."
        ),
        remedy=(
            "Map the filter to one of the policy's platform, or exclude assignments from the scope."
        ),
        subjects=subjects,
    )


def _platforms_of(policy: CheckedPolicy) -> frozenset[str]:
    """The platforms a policy is for; empty where that is not known or it is for any."""
    named = str(policy.payload.get("platforms") or policy.payload.get("platform") or "")
    names = named.split(",") if named else [schema.bare(type_of(policy.payload))]
    return frozenset(family for name in names if (family := _family(name)))


def _family(name: str) -> str:
    plain = name.strip().lower()
    return next((label for start, label in _FAMILIES.items() if plain.startswith(start)), "")
