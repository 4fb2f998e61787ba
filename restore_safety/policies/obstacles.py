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


def obstacle(case: ResolvedPolicy) -> PlannedItem | None:
    """The first rule that speaks decides; None when nothing stands in the way."""
    for rule in _PRECEDENCE:
        if item := rule(case):
            return item
    return None


def _built_in(case: ResolvedPolicy) -> PlannedItem | None:
    if not is_built_in(case.policy.contract, case.policy.payload):
        return None
    return planned(
        case,
        Decision.SKIP,
        ReasonCode.ALREADY_EXISTS,
        f"{case.quoted} is built into every tenant and is not restored.",
    )


def _not_listed(case: ResolvedPolicy) -> PlannedItem | None:
    if case.match is not None:
        return None
    error = case.listing.error
    if error is None:
        return malformed(case.policy)
    reason = reason_of(error, case.policy.contract)
    return _not_evaluable(
        case,
        f"It is not known whether {case.quoted} exists in {case.choices.tenant_name}. Listing "
        f"{case.policy.contract.plural.lower()}: {reason}.",
    )


def _ambiguous(case: ResolvedPolicy) -> PlannedItem | None:
    if case.match is None or case.match.kind is not MatchKind.AMBIGUOUS:
        return None
    return _blocked(
        case,
        ReasonCode.AMBIGUOUS_MATCH,
        f"{case.choices.tenant_name} holds {len(case.match.candidates)} policies of this type "
        f"called {case.quoted}, and nothing tells which one is meant. Rename or remove all but "
        "one, then preview again.",
    )


def is_by_hand(contract: Contract, match: Match | None) -> bool:
    """Whether a restore writes nothing of it: of some types ever, of others where it is absent."""
    is_absent = match is not None and match.kind is MatchKind.ABSENT
    is_metadata = contract.restorability is Restorability.METADATA_ONLY
    return not contract.is_writable or (is_metadata and is_absent)


def _by_hand(case: ResolvedPolicy) -> PlannedItem | None:
    """What its policy type does not let a restore write, unless it may be as it was."""
    contract = case.policy.contract
    is_compared = case.is_present and case.choices.conflict_policy is not ConflictPolicy.COPY
    if is_compared or not is_by_hand(contract, case.match):
        return None
    return _blocked(
        case,
        ReasonCode.UNSUPPORTED_TYPE,
        f"{case.quoted} has to be restored by hand. {contract.restorability_reason}",
    )


def _kept(case: ResolvedPolicy) -> PlannedItem | None:
    """What the operator chose to leave alone when it exists."""
    if not case.is_present:
        return None
    if case.choices.conflict_policy is ConflictPolicy.SKIP:
        sentence = f"{case.quoted} exists in {case.choices.tenant_name} and is left as it is."
    elif case.choices.conflict_policy is ConflictPolicy.COPY and case.policy.is_foundation:
        sentence = (
            f"{case.quoted} exists in {case.choices.tenant_name}. Scope tags and filters are "
            "shared by policies, so no copy of it is made."
        )
    else:
        return None
    return planned(case, Decision.SKIP, ReasonCode.ALREADY_EXISTS, sentence)


def _is_doubled(case: ResolvedPolicy) -> PlannedItem | None:
    if not case.is_doubled:
        return None
    return _blocked(
        case,
        ReasonCode.AMBIGUOUS_MATCH,
        f"Two policies in the selection have the same name as {case.quoted} or stand for the same "
        "policy of the tenant. Select only the one you want back.",
    )


def _mistakable(case: ResolvedPolicy) -> PlannedItem | None:
    if not case.holds_placeholder:
        return None
    return _blocked(
        case,
        ReasonCode.UNSUPPORTED_TYPE,
        f"{case.quoted} contains the text “{PLACEHOLDER}”, which stands for the ids of new "
        "policies here and would not be written as it is. Restore this policy by hand in the "
        "tenant.",
    )


def _masked(case: ResolvedPolicy) -> PlannedItem | None:
    masked = case.policy.completeness.secrets_masked
    if not masked:
        return None
    return _blocked(
        case,
        ReasonCode.SECRET_MISSING,
        f"The backup holds only a mask for secrets of {case.quoted} ({', '.join(masked)}); "
        "writing it would destroy the working value. Restore this policy by hand in the tenant.",
    )


def _incomplete(case: ResolvedPolicy) -> PlannedItem | None:
    completeness = case.policy.completeness
    if completeness.is_complete:
        return None
    return _blocked(
        case,
        ReasonCode.INCOMPLETE_SOURCE,
        f"The backup does not hold all of {case.quoted}, and what is not in it would be lost: "
        f"{' '.join(_content_problems(completeness))}",
    )


def _unresolved(case: ResolvedPolicy) -> PlannedItem | None:
    """References inside the policy itself: without them it would be another policy."""
    tenant = case.choices.tenant_name
    if case.scope_tags.missing:
        return _blocked(
            case,
            ReasonCode.SCOPE_TAG_MISSING,
            f"{case.quoted} carries scope tags that do not exist in {tenant}: "
            f"{', '.join(case.scope_tags.missing)}. Include the foundations or create them.",
        )
    if problem := _group_problem(case):
        return _blocked(case, ReasonCode.GROUP_MISSING, problem)
    for existence, problem in _UNSETTLED.items():
        if some := [one for one in case.unsettled if one.existence is existence]:
            return _blocked(
                case,
                ReasonCode.DEPENDENCY_MISSING,
                f"{case.quoted} refers to what {problem} {tenant}: {_objects(some)}. "
                "Map each to an object of this tenant, or restore it in the same scope.",
            )
    unlooked = [f"{one.kind.label} {one.label}" for one in case.unsettled]
    if unknown := (*case.scope_tags.unknown, *case.groups.unknown, *unlooked):
        return _not_evaluable(
            case,
            f"What {case.quoted} refers to could not be looked up in {tenant}: "
            f"{', '.join(unknown)}.",
        )
    if case.assignments.unknown:
        return _not_evaluable(
            case,
            f"The assignments of {case.quoted} could not be evaluated: the preview "
            f"{case.assignments.unknown}.",
        )
    return None


def _group_problem(case: ResolvedPolicy) -> str:
    """Why groups inside the policy are not settled; empty where they are."""
    tenant, groups = case.choices.tenant_name, case.groups
    if groups.shared:
        shared = several_of_the_name(groups.shared, case.choices)
        return f"{case.quoted} names groups of which it is not known which are meant: {shared}"
    if groups.missing:
        return (
            f"{case.quoted} names groups that do not exist in {tenant}: "
            f"{', '.join(groups.missing)}. Map them or create them."
        )
    return ""


_UNSETTLED = {
    Existence.MISSING: "does not exist in",
    Existence.AMBIGUOUS: "has a name that several objects bear in",
}


def _objects(some: Iterable[Unsettled]) -> str:
    return ", ".join(f"{one.kind.label} {one.label}" for one in some)


def _not_read(case: ResolvedPolicy) -> PlannedItem | None:
    problem = reading_problem(case) if case.is_present else ""
    if not problem:
        return None
    return _not_evaluable(
        case,
        f"{case.quoted} exists in {case.choices.tenant_name}, but nothing is concluded from it: "
        f"{problem}",
    )


def reading_problem(case: ResolvedPolicy) -> str:
    """Why the live policy cannot be compared; empty when it can."""
    reading, contract = case.reading, case.policy.contract
    if reading is None or reading.is_absent:
        return "it was gone when it was read."
    if reading.error:
        return f"{reason_of(reading.error, contract)}."
    if reading.payload is None or reading.assignments is None:
        return "not all of it was answered."
    return " ".join(_content_problems(reading.completeness))


def _blocked(case: ResolvedPolicy, reason: ReasonCode, sentence: str) -> PlannedItem:
    return planned(case, Decision.BLOCKED, reason, sentence)


def _not_evaluable(case: ResolvedPolicy, sentence: str) -> PlannedItem:
    return planned(case, Decision.NOT_EVALUABLE, ReasonCode.TARGET_UNREADABLE, sentence)


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
