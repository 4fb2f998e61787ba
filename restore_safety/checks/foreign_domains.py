"""Domains of another tenant, left in the content of policies."""

from collections.abc import Iterable, Mapping
from typing import Any

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, sentences, verb
from restore_safety.checks.payload_texts import initial_domains
from restore_safety.models import Severity


def check(context: CheckContext) -> Iterable[FoundIssue]:
    if context.same_origin:
        return
    found = {
        policy: domains
        for policy in context.written
        if (domains := initial_domains(policy.planned.policy.payload))
    }
    if not found:
        return
    if context.lists.domains.error:
        yield _unknown(context, found)
        return
    own = frozenset(_verified(context.lists.domains.objects))
    foreign = {policy: rest for policy, domains in found.items() if (rest := domains - own)}
    if foreign:
        yield _foreign(context, foreign)


def _verified(organizations: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for organization in organizations:
        for domain in organization.get("verifiedDomains") or ():
            yield str(domain.get("name", "")).lower()


def _foreign(context: CheckContext, foreign: Mapping[CheckedPolicy, frozenset[str]]) -> FoundIssue:
    subjects = subjects_of(foreign)
    each = sentences(f"{policy.name}: {listed(some)}." for policy, some in foreign.items())
    return FoundIssue(
        severity=Severity.WARNING,
        code="foreign_domain_left",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'names', 'name')} a domain that is not of "
            f"{context.tenant_name}"
        ),
        why=(
            "Settings that hold a domain lead devices and people to the tenant of that domain. "
            f"{each}"
        ),
        remedy=(
            "Exclude these policies and make them by hand with a domain of this tenant, unless "
            "the other tenant is meant."
        ),
        subjects=subjects,
    )


def _unknown(context: CheckContext, policies: Iterable[CheckedPolicy]) -> FoundIssue:
    subjects = subjects_of(policies)
    return FoundIssue(
        severity=Severity.UNKNOWN,
        code="domains_unknown",
        title=(
            f"Whether {counted(len(subjects))} {verb(subjects, 'names', 'name')} a domain of "
            "another tenant is not known"
        ),
        why=(
            f"The domains of {context.tenant_name} could not be read: "
            f"{listed(one.name for one in subjects)}."
        ),
        remedy=(
            "Make sure the connection may read them (Organization.Read.All), then run the checks "
            "again."
        ),
        subjects=subjects,
    )
