"""Conditional access for workload identities that would lock the connection itself out.

A policy for users, even for all of them, does not decide about an application that signs in
as itself.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from restore_safety.checks.access_conditions import (
    ENABLED,
    Breadth,
    blocks,
    breadth_for_applications,
    state_of,
)
from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity
from restore_safety.policies.referenced import Existence
from tenants.graph.audience import ACCESS_POLICIES, Audience, AudienceKind, sign_in_audiences
from tenants.graph.references import Reference, ReferenceKind

_WORKLOADS = frozenset({AudienceKind.WORKLOAD_IDENTITIES, AudienceKind.SERVICE_PRINCIPAL})


class Meant(StrEnum):
    """Whether something a policy names is the connection."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def check(context: CheckContext) -> Iterable[FoundIssue]:
    verdicts = {
        policy: _locks_out(context, policy)
        for policy in context.affected
        if policy.contract.key == ACCESS_POLICIES
        and state_of(policy.payload) == ENABLED
        and blocks(policy.payload)
    }
    yield from _locked_out(context, [one for one, meant in verdicts.items() if meant is Meant.YES])
    yield from _unknown(context, [one for one, meant in verdicts.items() if meant is Meant.UNKNOWN])


def _locks_out(context: CheckContext, policy: CheckedPolicy) -> Meant:
    audiences = [one for one in sign_in_audiences(policy.payload) if one.kind in _WORKLOADS]
    breadth = breadth_for_applications(policy.payload)
    if not audiences or breadth is Breadth.SOME:
        return Meant.NO
    excluded = {_means(context, one) for one in audiences if one.is_excluded}
    included = {_means(context, one) for one in audiences if not one.is_excluded}
    if Meant.YES in excluded or included <= {Meant.NO}:
        return Meant.NO
    is_certain = Meant.YES in included and Meant.UNKNOWN not in excluded
    return Meant.YES if is_certain and breadth is Breadth.ALL else Meant.UNKNOWN


def _means(context: CheckContext, audience: Audience) -> Meant:
    if audience.filter is not None:
        return Meant.UNKNOWN  # a rule over attributes of applications, which are not read
    if audience.kind is AudienceKind.WORKLOAD_IDENTITIES:
        return Meant.YES
    own = _own_principal(context)
    named = Reference(kind=ReferenceKind.SERVICE_PRINCIPAL, id=audience.id, path="")
    found = context.referenced.found(named)
    if found.existence is Existence.MISSING:
        return Meant.NO
    if not own or found.existence is not Existence.FOUND:
        return Meant.UNKNOWN
    return Meant.YES if found.id.lower() == own else Meant.NO


def _own_principal(context: CheckContext) -> str:
    """The id of the service principal the connection signs in as; empty where it is not known."""
    client = context.facts.client_id.lower()
    principals = context.referenced.objects_of(ReferenceKind.SERVICE_PRINCIPAL)
    own = (one for one in principals if client and str(one.get("appId", "")).lower() == client)
    return str(next(own, {}).get("id", "")).lower()


def _locked_out(context: CheckContext, policies: list[CheckedPolicy]) -> Iterator[FoundIssue]:
    if not policies:
        return
    subjects = subjects_of(policies)
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="connection_lockout",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'locks', 'lock')} out the connection to "
            f"{context.tenant_name}"
        ),
        why=(
            "An enabled policy blocks workload identities, among them the application this "
            "restore signs in as. From then on it can neither finish nor verify the restore, nor "
            f"undo it: {listed(one.name for one in subjects)}."
        ),
        remedy=(
            "Exclude the policy, or restore a version of it that excludes the application or is "
            "off or in report-only mode."
        ),
        subjects=subjects,
    )


def _unknown(context: CheckContext, policies: list[CheckedPolicy]) -> Iterator[FoundIssue]:
    if not policies:
        return
    subjects = subjects_of(policies)
    yield FoundIssue(
        severity=Severity.UNKNOWN,
        code="connection_lockout_unknown",
        title=(
            f"Whether {counted(len(subjects))} {verb(subjects, 'locks', 'lock')} out the "
            f"connection to {context.tenant_name} is not known"
        ),
        why=(
            "An enabled policy blocks workload identities, and whether the application this "
            "restore signs in as is among them is not known: the policy chooses by a rule, by "
            "places or by a condition this product does not know, or the service principals "
            f"could not be read: {listed(one.name for one in subjects)}."
        ),
        remedy=(
            "Make sure in Entra that the policy excludes the application, or restore it turned "
            "off. To look up service principals, the connection needs Application.Read.All."
        ),
        subjects=subjects,
    )
