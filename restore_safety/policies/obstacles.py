"""What keeps a policy from being compared or created: a written precedence of rules."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from restore_safety.models import Decision
from restore_safety.policies.assignments import several_of_the_name
from restore_safety.policies.completeness import Completeness
from restore_safety.policies.matching import Match, MatchKind
from restore_safety.policies.reading import reason_of
from restore_safety.policies.referenced import Existence
from restore_safety.policies.references import Unsettled
from restore_safety.policies.resolved import PlannedItem, ResolvedPolicy, malformed, planned
from restore_safety.truth.causes import ReasonCode
from restore_safety.truth.scope import ConflictPolicy
from tenants.graph.contracts import Contract, Restorability, is_built_in
from tenants.graph.fence import PLACEHOLDER


def obstacle(resolved: ResolvedPolicy) -> PlannedItem | None:
    """The first rule that speaks decides; None when nothing stands in the way."""
    for rule in _PRECEDENCE:
        if item := rule(resolved):
            return item
    return None


def _built_in(resolved: ResolvedPolicy) -> PlannedItem | None:
    if not is_built_in(resolved.policy.contract, resolved.policy.payload):
        return None
    return planned(
        resolved,
        Decision.SKIP,
        ReasonCode.ALREADY_EXISTS,
        f"{resolved.quoted} is built into every tenant and is not restored.",
    )


def _not_listed(resolved: ResolvedPolicy) -> PlannedItem | None:
    if resolved.match is not None:
        return None
    error = resolved.listing.error
    if error is None:
        return malformed(resolved.policy)
    reason = reason_of(error, resolved.policy.contract)
    return _not_evaluable(
        resolved,
        f"It is not known whether {resolved.quoted} exists in {resolved.choices.tenant_name}. "
        f"Listing {resolved.policy.contract.plural.lower()}: {reason}.",
    )


def _ambiguous(resolved: ResolvedPolicy) -> PlannedItem | None:
    if resolved.match is None or resolved.match.kind is not MatchKind.AMBIGUOUS:
        return None
    return _blocked(
        resolved,
        ReasonCode.AMBIGUOUS_MATCH,
        f"{resolved.choices.tenant_name} holds {len(resolved.match.candidates)} policies of this "
        f"type called {resolved.quoted}, and which one is meant is unknown. Rename or remove all "
        "but one, then preview again.",
    )


def is_by_hand(contract: Contract, match: Match | None) -> bool:
    """Whether a restore writes nothing of it: of some types ever, of others where it is absent."""
    is_absent = match is not None and match.kind is MatchKind.ABSENT
    is_metadata = contract.restorability is Restorability.METADATA_ONLY
    return not contract.is_writable or (is_metadata and is_absent)


def _by_hand(resolved: ResolvedPolicy) -> PlannedItem | None:
    """What its policy type does not let a restore write, unless it may be as it was."""
    contract = resolved.policy.contract
    is_compared = (
        resolved.is_present and resolved.choices.conflict_policy is not ConflictPolicy.COPY
    )
    if is_compared or not is_by_hand(contract, resolved.match):
        return None
    return _blocked(
        resolved,
        ReasonCode.UNSUPPORTED_TYPE,
        f"{resolved.quoted} has to be restored by hand. {contract.restorability_reason}",
    )


def _kept(resolved: ResolvedPolicy) -> PlannedItem | None:
    """What the operator chose to leave alone when it exists."""
    if not resolved.is_present:
        return None
    if resolved.choices.conflict_policy is ConflictPolicy.SKIP:
        sentence = (
            f"{resolved.quoted} exists in {resolved.choices.tenant_name} and is left as it is."
        )
    elif resolved.choices.conflict_policy is ConflictPolicy.COPY and resolved.policy.is_foundation:
        sentence = (
            f"{resolved.quoted} exists in {resolved.choices.tenant_name}. Scope tags and filters "
            "are shared by policies, so no copy of it is made."
        )
    else:
        return None
    return planned(resolved, Decision.SKIP, ReasonCode.ALREADY_EXISTS, sentence)


def _is_doubled(resolved: ResolvedPolicy) -> PlannedItem | None:
    if not resolved.is_doubled:
        return None
    return _blocked(
        resolved,
        ReasonCode.AMBIGUOUS_MATCH,
        f"Two policies in the selection have the same name as {resolved.quoted} or stand for the "
        "same policy of the tenant. Select only the one you want back.",
    )


def _mistakable(resolved: ResolvedPolicy) -> PlannedItem | None:
    if not resolved.holds_placeholder:
        return None
    return _blocked(
        resolved,
        ReasonCode.UNSUPPORTED_TYPE,
        f"{resolved.quoted} contains the text “{PLACEHOLDER}”, which stands for the ids of new "
        "policies here and would not be written as it is. Restore this policy by hand in the "
        "tenant.",
    )


def _masked(resolved: ResolvedPolicy) -> PlannedItem | None:
    masked = resolved.policy.completeness.secrets_masked
    if not masked:
        return None
    return _blocked(
        resolved,
        ReasonCode.SECRET_MISSING,
        f"The backup holds only a mask for secrets of {resolved.quoted} ({', '.join(masked)}); "
        "writing it would destroy the working value. Restore this policy by hand in the tenant.",
    )


def _incomplete(resolved: ResolvedPolicy) -> PlannedItem | None:
    completeness = resolved.policy.completeness
    if completeness.is_complete:
        return None
    return _blocked(
        resolved,
        ReasonCode.INCOMPLETE_SOURCE,
        f"The backup does not hold all of {resolved.quoted}, and what is not in it would be lost: "
        f"{' '.join(_content_problems(completeness))}",
    )


def _unresolved(resolved: ResolvedPolicy) -> PlannedItem | None:
    """References inside the policy itself: without them it would be another policy."""
    tenant = resolved.choices.tenant_name
    if resolved.scope_tags.missing:
        return _blocked(
            resolved,
            ReasonCode.SCOPE_TAG_MISSING,
            f"{resolved.quoted} carries scope tags that do not exist in {tenant}: "
            f"{', '.join(resolved.scope_tags.missing)}. Include the foundations or create them.",
        )
    if problem := _group_problem(resolved):
        return _blocked(resolved, ReasonCode.GROUP_MISSING, problem)
    for existence, problem in _UNSETTLED.items():
        if some := [one for one in resolved.unsettled if one.existence is existence]:
            return _blocked(
                resolved,
                ReasonCode.DEPENDENCY_MISSING,
                f"{resolved.quoted} refers to what {problem} {tenant}: {_objects(some)}. "
                "Map each to an object of this tenant, or restore it in the same scope.",
            )
    unlooked = [f"{one.kind.label} {one.label}" for one in resolved.unsettled]
    if unknown := (*resolved.scope_tags.unknown, *resolved.groups.unknown, *unlooked):
        return _not_evaluable(
            resolved,
            f"What {resolved.quoted} refers to could not be looked up in {tenant}: "
            f"{', '.join(unknown)}.",
        )
    if resolved.assignments.unknown:
        return _not_evaluable(
            resolved,
            f"The assignments of {resolved.quoted} could not be evaluated: the preview "
            f"{resolved.assignments.unknown}.",
        )
    return None


def _group_problem(resolved: ResolvedPolicy) -> str:
    """Why groups inside the policy are not settled; empty where they are."""
    tenant, groups = resolved.choices.tenant_name, resolved.groups
    if groups.shared:
        shared = several_of_the_name(groups.shared, resolved.choices)
        return f"{resolved.quoted} names groups of which it is not known which are meant: {shared}"
    if groups.missing:
        return (
            f"{resolved.quoted} names groups that do not exist in {tenant}: "
            f"{', '.join(groups.missing)}. Map them or create them."
        )
    return ""


_UNSETTLED = {
    Existence.MISSING: "does not exist in",
    Existence.AMBIGUOUS: "has a name that several objects bear in",
}


def _objects(some: Iterable[Unsettled]) -> str:
    return ", ".join(f"{one.kind.label} {one.label}" for one in some)


def _not_read(resolved: ResolvedPolicy) -> PlannedItem | None:
    problem = reading_problem(resolved) if resolved.is_present else ""
    if not problem:
        return None
    return _not_evaluable(
        resolved,
        f"{resolved.quoted} exists in {resolved.choices.tenant_name}, but nothing is concluded "
        f"from it: {problem}",
    )


def reading_problem(resolved: ResolvedPolicy) -> str:
    """Why the live policy cannot be compared; empty when it can."""
    reading, contract = resolved.reading, resolved.policy.contract
    if reading is None or reading.is_absent:
        return "it was gone when it was read."
    if reading.error:
        return f"{reason_of(reading.error, contract)}."
    if reading.payload is None or reading.assignments is None:
        return "not all of it was answered."
    return " ".join(_content_problems(reading.completeness))


def _blocked(resolved: ResolvedPolicy, reason: ReasonCode, sentence: str) -> PlannedItem:
    return planned(resolved, Decision.BLOCKED, reason, sentence)


def _not_evaluable(resolved: ResolvedPolicy, sentence: str) -> PlannedItem:
    return planned(resolved, Decision.NOT_EVALUABLE, ReasonCode.TARGET_UNREADABLE, sentence)


def _content_problems(completeness: Completeness) -> tuple[str, ...]:
    """What is not whole about the content, its assignments and masked secrets left aside."""
    return replace(completeness, assignments_captured=True, secrets_masked=()).problems


_PRECEDENCE: tuple[Callable[[ResolvedPolicy], PlannedItem | None], ...] = (
    _built_in,
    _by_hand,
    _not_listed,
    _ambiguous,
    _kept,
    _is_doubled,
    _mistakable,
    _masked,
    _incomplete,
    _unresolved,
    _not_read,
)
