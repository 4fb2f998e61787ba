"""Settings catalog templates that the tenant no longer offers."""

from collections.abc import Iterable, Iterator

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.checks.tenant_facts import template_of
from restore_safety.models import Severity

_STATE, _ACTIVE = "lifecycleState", "active"
_CLOSED = frozenset({"retired", "invalid"})


def check(context: CheckContext) -> Iterable[FoundIssue]:
    made = {
        policy: template
        for policy in context.written
        if policy.is_created and (template := template_of(policy.planned))
    }
    if not made:
        return
    if context.lists.templates.error:
        yield _unread(context, made)
        return
    states = {
        str(one.get("id", "")).lower(): str(one.get(_STATE) or _ACTIVE)
        for one in context.lists.templates.objects
    }
    found = {policy: states.get(template.lower(), "") for policy, template in made.items()}
    closed = {policy: made[policy] for policy, state in found.items() if state in _CLOSED}
    old = {
        policy: made[policy]
        for policy, state in found.items()
        if state != _ACTIVE and state not in _CLOSED
    }
    yield from _retired(closed)
    yield from _outdated(context, old)


def _retired(policies: dict[CheckedPolicy, str]) -> Iterator[FoundIssue]:
    if not policies:
        return
    subjects = subjects_of(policies)
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="template_retired",
        title=f"{counted(len(subjects))} {verb(subjects, 'uses', 'use')} a retired template",
        why=(
            "Microsoft has retired the template, and the tenant takes no new policy made from it. "
            f"Templates: {listed(policies.values())}."
        ),
        remedy="Make the policy anew in Intune from the current template, and exclude it here.",
        subjects=subjects,
    )


def _outdated(context: CheckContext, policies: dict[CheckedPolicy, str]) -> Iterator[FoundIssue]:
    if not policies:
        return
    subjects = subjects_of(policies)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="template_outdated",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'uses', 'use')} a template that is not "
            "current"
        ),
        why=(
            f"{context.tenant_name} does not list the template as active. It may refuse the "
            f"policy, or create it from an old version. Templates: {listed(policies.values())}."
        ),
        remedy="Compare it with the current template in Intune before you restore the policy.",
        subjects=subjects,
    )


def _unread(context: CheckContext, policies: dict[CheckedPolicy, str]) -> FoundIssue:
    subjects = subjects_of(policies)
    return FoundIssue(
        severity=Severity.UNKNOWN,
        code="template_unknown",
        title=(f"Whether the templates of {counted(len(subjects))} are current is not known"),
        why=f"The templates of {context.tenant_name} could not be listed.",
        remedy=(
            "Make sure the connection may read them (DeviceManagementConfiguration.Read.All), "
            "then run the checks again."
        ),
        subjects=subjects,
    )
