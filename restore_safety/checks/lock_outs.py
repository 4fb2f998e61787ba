"""Conditional access policies that would lock every administrator out."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from restore_safety.checks.access_conditions import (
    ENABLED,
    Breadth,
    breadth_of,
    is_prohibitive,
    location_ids,
    state_of,
)
from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity
from restore_safety.policies.referenced import Existence
from tenants.graph.audience import ACCESS_POLICIES, Audience, AudienceKind, sign_in_audiences
from tenants.graph.directory_roles import GLOBAL_ADMINISTRATOR, POLICY_ADMINISTRATORS
from tenants.graph.references import Reference, ReferenceKind

_ALL_TRUSTED = "alltrusted"


class Spared(StrEnum):
    """Whether something a policy leaves out lets an administrator in."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_FROM = {
    Existence.FOUND: Spared.YES,
    Existence.MISSING: Spared.NO,
    Existence.AMBIGUOUS: Spared.UNKNOWN,
    Existence.UNKNOWN: Spared.UNKNOWN,
}


def check(context: CheckContext) -> Iterable[FoundIssue]:
    verdicts = {
        policy: _spared(context, policy)
        for policy in context.affected
        if _covers_administrators(context, policy)
    }
    locking = [policy for policy, spared in verdicts.items() if spared is Spared.NO]
    unclear = [policy for policy, spared in verdicts.items() if spared is Spared.UNKNOWN]
    yield from _locked_out(locking)
    yield from _not_known(context, unclear)


def _locked_out(policies: list[CheckedPolicy]) -> Iterator[FoundIssue]:
    if not policies:
        return
    subjects = subjects_of(policies)
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="conditional_access_lockout",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'locks', 'lock')} out every administrator"
        ),
        why=(
            "An enabled policy covers every resource and every client without a condition, asks "
            "for more than a password and a second factor or blocks, and excludes no "
            "administrator that exists in the tenant. Afterwards no administrator may be able to "
            f"turn it off: {listed(subject.name for subject in subjects)}."
        ),
        remedy=(
            "Exclude the policy, or restore a version of it that excludes an emergency account "
            "of this tenant or is off or in report-only mode."
        ),
        subjects=subjects,
    )


def _not_known(context: CheckContext, policies: list[CheckedPolicy]) -> Iterator[FoundIssue]:
    if not policies:
        return
    subjects = subjects_of(policies)
    yield FoundIssue(
        severity=Severity.UNKNOWN,
        code="conditional_access_lockout_unknown",
        title=(
            f"Whether {counted(len(subjects))} {verb(subjects, 'locks', 'lock')} out every "
            "administrator is not known"
        ),
        why=(
            "The policy covers every resource. What it excludes could not be looked up in "
            f"{context.tenant_name}, a group it excludes may have no members, or it holds a "
            f"condition this product does not know: {listed(one.name for one in subjects)}."
        ),
        remedy=(
            "Make sure in Entra that an emergency account is excluded and exists. Synchronise the "
            "directory, then run the checks again."
        ),
        subjects=subjects,
    )


def _covers_administrators(context: CheckContext, policy: CheckedPolicy) -> bool:
    payload = policy.payload
    if policy.contract.key != ACCESS_POLICIES or state_of(payload) != ENABLED:
        return False
    if breadth_of(payload) is Breadth.SOME:
        return False
    strengths = context.referenced.objects_of(ReferenceKind.AUTHENTICATION_STRENGTH)
    if not is_prohibitive(payload, strengths):
        return False
    return any(_is_administrators(one) for one in sign_in_audiences(payload))


def _is_administrators(audience: Audience) -> bool:
    """All users, or the role that every tenant has a holder of and that all others fall back to."""
    if audience.is_excluded:
        return False
    is_role = audience.kind is AudienceKind.ROLE and audience.id == GLOBAL_ADMINISTRATOR
    return audience.kind is AudienceKind.ALL_USERS or is_role


def _spared(context: CheckContext, policy: CheckedPolicy) -> Spared:
    """The most hopeful answer of all that the policy leaves out."""
    excluded = [one for one in sign_in_audiences(policy.payload) if one.is_excluded]
    answers = {_spares(context, one) for one in excluded}
    answers |= {_place_spares(context, one) for one in location_ids(policy.payload)}
    if Spared.YES in answers:
        return Spared.YES
    if breadth_of(policy.payload) is Breadth.UNKNOWN:
        return Spared.UNKNOWN
    return Spared.UNKNOWN if Spared.UNKNOWN in answers else Spared.NO


def _spares(context: CheckContext, audience: Audience) -> Spared:
    match audience.kind:
        case AudienceKind.USER:
            return _user_spares(context, audience.id)
        case AudienceKind.GROUP:
            return _group_spares(context, context.group_here(audience.id))
        case AudienceKind.ROLE if audience.id in POLICY_ADMINISTRATORS:
            return Spared.YES
    # Guests are no administrators, and other roles cannot turn a policy off.
    return Spared.NO


def _user_spares(context: CheckContext, user: str) -> Spared:
    return _FROM[context.referenced.existence(_reference(ReferenceKind.USER, user))]


def _group_spares(context: CheckContext, group: str) -> Spared:
    if group in context.groups.missing:
        return Spared.NO
    size = context.facts.size_of_group(group)
    if group not in context.groups.found or size is None:
        return Spared.UNKNOWN
    return Spared.YES if size else Spared.NO


def _place_spares(context: CheckContext, place: str) -> Spared:
    """A place that exists lets in whoever stands there.

    Trusted places may be addresses that Graph does not answer, so there may be some in any tenant.
    """
    if place == _ALL_TRUSTED:
        return Spared.YES
    return _FROM[context.referenced.existence(_reference(ReferenceKind.NAMED_LOCATION, place))]


def _reference(kind: ReferenceKind, one: str) -> Reference:
    return Reference(kind=kind, id=one, path="")
