"""Conditional access policies that the security defaults of a tenant keep from being enabled."""

from collections.abc import Iterable

from restore_safety.checks.access_conditions import ENABLED, OFF, state_of
from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity
from tenants.graph.audience import ACCESS_POLICIES
from tenants.graph.errors import GraphError


def check(context: CheckContext) -> Iterable[FoundIssue]:
    deciding = [
        policy
        for policy in context.written
        if policy.contract.key == ACCESS_POLICIES and _state(policy) != OFF
    ]
    if not deciding:
        return
    read = context.lists.security_defaults
    is_on = read.get("isEnabled") if isinstance(read, dict) else None
    if not isinstance(is_on, bool):
        yield _unknown(context, deciding, read)
    elif is_on:
        enabled = [policy for policy in deciding if _state(policy) == ENABLED]
        others = [policy for policy in deciding if policy not in enabled]
        if enabled:
            yield _refused(context, enabled)
        if others:
            yield _reporting(context, others)


def _state(policy: CheckedPolicy) -> str:
    return state_of(policy.planned.policy.payload)


def _refused(context: CheckContext, policies: list[CheckedPolicy]) -> FoundIssue:
    subjects = subjects_of(policies)
    return FoundIssue(
        severity=Severity.BLOCKER,
        code="security_defaults_on",
        title=(
            f"{counted(len(subjects))} cannot be enabled while {context.tenant_name} has security "
            "defaults"
        ),
        why=(
            "Entra does not take an enabled conditional access policy while security defaults are "
            f"on, so each of these writes would be refused: {listed(one.name for one in subjects)}."
        ),
        remedy=(
            "Restore the policies turned off. Turn them on together with turning off the security "
            "defaults in Entra, so that the tenant is not without both in between."
        ),
        subjects=subjects,
    )


def _reporting(context: CheckContext, policies: list[CheckedPolicy]) -> FoundIssue:
    subjects = subjects_of(policies)
    return FoundIssue(
        severity=Severity.WARNING,
        code="security_defaults_beside_reports",
        title=(
            f"{counted(len(subjects))} would only report while {context.tenant_name} has security "
            "defaults"
        ),
        why=(
            f"{verb(subjects, 'The policy is', 'The policies are')} in report-only mode and cannot "
            "be enabled before the security defaults are turned off. Whether Entra takes this "
            "mode while they are on is not documented; it may refuse the write."
        ),
        remedy=(
            "Restore the policies turned off, or decide first whether this tenant is to have "
            "security defaults or conditional access."
        ),
        subjects=subjects,
    )


def _unknown(context: CheckContext, policies: list[CheckedPolicy], read: object) -> FoundIssue:
    reason = f" Graph said: {read}" if isinstance(read, GraphError) else ""
    return FoundIssue(
        severity=Severity.UNKNOWN,
        code="security_defaults_unknown",
        title=f"Whether {context.tenant_name} has security defaults is not known",
        why=(
            "The setting could not be read. While security defaults are on, Entra refuses to "
            f"enable a conditional access policy.{reason}"
        ),
        remedy=(
            "Make sure the connection may read it (Policy.Read.All), then run the checks again. "
            "The setting is in Entra under Overview, Properties, Manage security defaults."
        ),
        subjects=subjects_of(policies),
    )
