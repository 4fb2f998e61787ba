"""One decision per item: a written precedence of rules, from plain data to plain data."""

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from restore_safety.backups.completeness import Completeness
from restore_safety.backups.matching import Match, MatchKind
from restore_safety.backups.reading import CollectionReading, PolicyReading, reason_of
from restore_safety.guarding import attempted
from restore_safety.models import Decision
from restore_safety.preview.assignments import AssignmentPlan, audience_label, plan_assignments
from restore_safety.preview.changes import (
    Row,
    assignment_rows,
    content_rows,
    creation_rows,
    limited,
    secret_paths,
)
from restore_safety.preview.picture import TargetPicture
from restore_safety.preview.policies import (
    SCOPE_TAGS,
    PolicyToRestore,
    RestoreChoices,
    is_copied,
)
from restore_safety.preview.references import (
    Foundations,
    Resolution,
    inner_groups,
    resolve_groups,
    scope_tag_ids,
    substitutions,
    with_references,
)
from restore_safety.preview.target import target_digest
from restore_safety.preview.writes import PlannedRequest, creating, updating
from restore_safety.truth.causes import ReasonCode
from restore_safety.truth.scope import ConflictPolicy
from tenants.graph.contracts import is_built_in, match_key, name_of
from tenants.graph.fence import PLACEHOLDER
from tenants.graph.normal_form import (
    covers,
    differences,
    normal_assignments,
    normal_form,
    wanted_form,
)
from tenants.graph.payloads import TYPE, ZERO_GUID, Json

# What a service gives a setting that nobody has set.
_DEFAULTS = (None, "", False, 0, "0", "none", "notConfigured", ZERO_GUID)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """What was decided for one policy, why, and the requests that would carry it out."""

    policy: PolicyToRestore
    decision: Decision
    reason: ReasonCode | None = None
    sentence: str
    target_object_id: str = ""
    target_digest: str = ""
    absence: Mapping[str, Any] | None = None
    writes: tuple[PlannedRequest, ...] = ()
    changes: Sequence[Row] = ()
    assignments_before: list[Json] | None = None
    assignments_after: list[Json] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One policy with everything its decision depends on."""

    policy: PolicyToRestore
    choices: RestoreChoices
    listing: CollectionReading
    match: Match | None
    reading: PolicyReading | None
    is_doubled: bool
    holds_placeholder: bool
    scope_tags: Resolution
    groups: Resolution
    assignments: AssignmentPlan
    group_names: Mapping[str, str]
    # Groups inside the policy that the mapping replaces.
    inner_substitutions: tuple[tuple[str, str], ...]

    @property
    def target_id(self) -> str:
        return str(self.match.target["id"]) if self.match and self.match.target else ""

    @property
    def is_present(self) -> bool:
        return bool(self.target_id)

    @property
    def quoted(self) -> str:
        return f"“{self.policy.name}”"

    @property
    def is_copied(self) -> bool:
        return is_copied(self.policy, self.choices)


def decide(
    *,
    policies: Sequence[PolicyToRestore],
    choices: RestoreChoices,
    picture: TargetPicture,
    own_foundations: Mapping[tuple[str, str], PolicyToRestore],
) -> list[PlannedItem]:
    """The plan, dependencies first: later items may refer to what earlier ones create."""
    ordered = sorted(policies, key=lambda policy: policy.order)
    doubled = _doubled(ordered, choices, picture)
    foundations = Foundations(
        own=own_foundations, scope_tags=picture.scope_tags, filters=picture.filters
    )
    planned = []
    for policy in ordered:
        decided = partial(
            _decide_policy, policy, choices, picture, foundations, is_doubled=policy.id in doubled
        )
        item = attempted(decided, item_id=policy.id) or _malformed(policy)
        if policy.is_foundation and item.decision is Decision.CREATE:
            foundations = replace(foundations, created=foundations.created | {policy.id})
        planned.append(item)
    return planned


def _decide_policy(
    policy: PolicyToRestore,
    choices: RestoreChoices,
    picture: TargetPicture,
    foundations: Foundations,
    *,
    is_doubled: bool,
) -> PlannedItem:
    return _decide_one(_case(policy, choices, picture, foundations, is_doubled=is_doubled))


def _malformed(policy: PolicyToRestore) -> PlannedItem:
    return PlannedItem(
        policy=policy,
        decision=Decision.NOT_EVALUABLE,
        reason=ReasonCode.UNEXPECTED,
        sentence=(
            f"“{policy.name}” could not be evaluated: what the backup or the tenant holds of it is "
            "not shaped like a policy of its type."
        ),
    )


def _case(
    policy: PolicyToRestore,
    choices: RestoreChoices,
    picture: TargetPicture,
    foundations: Foundations,
    *,
    is_doubled: bool,
) -> Case:
    tags = scope_tag_ids(policy)
    scope_tags = foundations.resolve(SCOPE_TAGS, tags, choices)
    groups = resolve_groups(
        inner_groups(policy), groups=picture.groups, choices=choices, names=policy.group_names
    )
    return Case(
        policy=with_references(policy, scope_tags=scope_tags.ids, groups=groups.ids),
        choices=choices,
        listing=picture.listings[policy.contract.key],
        match=picture.matches.get(policy.id),
        reading=picture.readings.get(policy.id),
        is_doubled=is_doubled,
        holds_placeholder=_holds_placeholder(policy),
        scope_tags=scope_tags,
        groups=groups,
        assignments=plan_assignments(
            policy=policy, choices=choices, groups=picture.groups, foundations=foundations
        ),
        group_names={
            **policy.group_names,
            **picture.live_group_names,
            **picture.groups.found,
        },
        inner_substitutions=substitutions(groups, picture.groups, policy.group_names),
    )


def _holds_placeholder(policy: PolicyToRestore) -> bool:
    """Asked of the policy as it was backed up: here references become placeholders."""
    return PLACEHOLDER in json.dumps([policy.payload, policy.assignments], ensure_ascii=False)


def _decide_one(case: Case) -> PlannedItem:
    for rule in _PRECEDENCE:
        if item := rule(case):
            return item
    return _compared(case) if case.is_present else _created(case)


def _doubled(
    policies: Iterable[PolicyToRestore], choices: RestoreChoices, picture: TargetPicture
) -> set[str]:
    """The policies that would be written to a place another one would be written to as well."""
    places = {
        policy.id: _place(policy, found)
        for policy in policies
        if (found := picture.matches.get(policy.id))
        and not (found.target and choices.conflict_policy is ConflictPolicy.SKIP)
    }
    taken = Counter(places.values())
    return {policy_id for policy_id, place in places.items() if taken[place] > 1}


def _place(policy: PolicyToRestore, found: Match) -> tuple[str, ...]:
    if found.target:
        return policy.contract.key, "id", str(found.target["id"])
    return policy.contract.key, "name", *match_key(policy.contract, policy.payload)


def _built_in(case: Case) -> PlannedItem | None:
    if not is_built_in(case.policy.contract, case.policy.payload):
        return None
    return _item(
        case,
        Decision.SKIP,
        ReasonCode.ALREADY_EXISTS,
        f"{case.quoted} is built into every tenant and is not restored.",
    )


def _not_listed(case: Case) -> PlannedItem | None:
    if case.match is not None:
        return None
    error = case.listing.error
    if error is None:
        return _malformed(case.policy)
    reason = reason_of(error, case.policy.contract)
    return _not_evaluable(
        case,
        f"It is not known whether {case.quoted} exists in {case.choices.tenant_name}. Listing "
        f"{case.policy.contract.plural.lower()}: {reason}.",
    )


def _ambiguous(case: Case) -> PlannedItem | None:
    if case.match is None or case.match.kind is not MatchKind.AMBIGUOUS:
        return None
    return _blocked(
        case,
        ReasonCode.AMBIGUOUS_MATCH,
        f"{case.choices.tenant_name} holds {len(case.match.candidates)} policies of this type "
        f"called {case.quoted}, and nothing tells which one is meant. Rename or remove all but "
        "one, then preview again.",
    )


def _kept(case: Case) -> PlannedItem | None:
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
    return _item(case, Decision.SKIP, ReasonCode.ALREADY_EXISTS, sentence)


def _is_doubled(case: Case) -> PlannedItem | None:
    if not case.is_doubled:
        return None
    return _blocked(
        case,
        ReasonCode.AMBIGUOUS_MATCH,
        f"Two policies in the selection have the same name as {case.quoted} or stand for the same "
        "policy of the tenant. Select only the one you want back.",
    )


def _mistakable(case: Case) -> PlannedItem | None:
    if not case.holds_placeholder:
        return None
    return _blocked(
        case,
        ReasonCode.UNSUPPORTED_TYPE,
        f"{case.quoted} contains the text “{PLACEHOLDER}”, which stands for the ids of new "
        "policies here and would not be written as it is. Restore this policy by hand in the "
        "tenant.",
    )


def _masked(case: Case) -> PlannedItem | None:
    masked = case.policy.completeness.secrets_masked
    if not masked:
        return None
    return _blocked(
        case,
        ReasonCode.SECRET_MISSING,
        f"The backup holds only a mask for secrets of {case.quoted} ({', '.join(masked)}); "
        "writing it would destroy the working value. Restore this policy by hand in the tenant.",
    )


def _incomplete(case: Case) -> PlannedItem | None:
    completeness = case.policy.completeness
    if completeness.is_complete:
        return None
    return _blocked(
        case,
        ReasonCode.INCOMPLETE_SOURCE,
        f"The backup does not hold all of {case.quoted}, and what is not in it would be lost: "
        f"{' '.join(_content_problems(completeness))}",
    )


def _unresolved(case: Case) -> PlannedItem | None:
    """References inside the policy itself: without them it would be another policy."""
    tenant = case.choices.tenant_name
    if case.scope_tags.missing:
        return _blocked(
            case,
            ReasonCode.SCOPE_TAG_MISSING,
            f"{case.quoted} carries scope tags that do not exist in {tenant}: "
            f"{', '.join(case.scope_tags.missing)}. Include the foundations or create them.",
        )
    if case.groups.missing:
        return _blocked(
            case,
            ReasonCode.GROUP_MISSING,
            f"{case.quoted} names groups that do not exist in {tenant}: "
            f"{', '.join(case.groups.missing)}. Map them or create them.",
        )
    if unknown := (*case.scope_tags.unknown, *case.groups.unknown):
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


def _not_read(case: Case) -> PlannedItem | None:
    problem = _reading_problem(case) if case.is_present else ""
    if not problem:
        return None
    return _not_evaluable(
        case,
        f"{case.quoted} exists in {case.choices.tenant_name}, but nothing is concluded from it: "
        f"{problem}",
    )


def _reading_problem(case: Case) -> str:
    """Why the live policy cannot be compared; empty when it can."""
    reading, contract = case.reading, case.policy.contract
    if reading is None or reading.is_absent:
        return "it was gone when it was read."
    if reading.error:
        return f"{reason_of(reading.error, contract)}."
    if reading.payload is None or reading.assignments is None:
        return "not all of it was answered."
    return " ".join(_content_problems(reading.completeness))


_PRECEDENCE: tuple[Callable[[Case], PlannedItem | None], ...] = (
    _built_in,
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


def _created(case: Case) -> PlannedItem:
    policy, plan = case.policy, case.assignments
    after = None if policy.contract.unassigned else plan.wanted or []
    rows = creation_rows(
        type_label=policy.contract.label, content=normal_form(policy.contract, policy.payload)
    )
    return PlannedItem(
        policy=policy,
        decision=Decision.COPY if case.is_copied else Decision.CREATE,
        reason=plan.reason or plan.reason_if_new,
        sentence=_as_created(case),
        absence=_absence(case),
        writes=creating(policy, plan.wanted),
        changes=limited([*rows, *_assignment_rows(case, [], after)]),
        assignments_before=None if policy.contract.unassigned else [],
        assignments_after=after,
    )


def _compared(case: Case) -> PlannedItem:
    """The tenant has it and it was read in full: see what, if anything, would have to change."""
    policy = case.policy
    reading = case.reading
    if reading is None or reading.payload is None:
        raise ValueError("Only a policy that was read in full is compared.")
    contract = policy.contract
    wanted = wanted_form(contract, policy.payload)
    live = normal_form(contract, reading.payload)
    changed = frozenset(difference.path[0] for difference in covers(wanted, live))
    fixed = changed & set(contract.create_only)
    before = None if reading.assignments is None else normal_assignments(reading.assignments)
    after = before if case.assignments.wanted is None else case.assignments.wanted
    unspoken = _unspoken(wanted, live)
    seen = _item(
        case,
        Decision.UNCHANGED,
        case.assignments.reason or ReasonCode.AS_WANTED,
        _as_backed_up(case, before, unspoken),
    )
    seen = replace(
        seen,
        target_digest=target_digest(contract, reading.payload, reading.assignments),
        assignments_before=before,
        assignments_after=after,
    )
    if not changed and before == after:
        return seen
    rows = content_rows(
        wanted=wanted,
        live=live,
        changed=changed,
        secrets=secret_paths(policy.payload) | secret_paths(reading.payload),
    )
    rows += _assignment_rows(case, before, after)
    seen = replace(seen, changes=limited(rows), reason=case.assignments.reason)
    if case.is_copied:
        return _copy_exists(seen, case)
    if fixed:
        return _cannot_change(seen, case, fixed)
    count = f"{len(rows)} place{'' if len(rows) == 1 else 's'}"
    return replace(
        seen,
        decision=Decision.UPDATE,
        sentence=_with_note(
            f"{case.quoted} differs from the backup in {count} and will be changed to what the "
            f"backup holds{_replacing(case)}.",
            case,
            unspoken,
        ),
        writes=updating(
            policy,
            object_id=case.target_id,
            changed=changed,
            assignments=None if before == after else after,
        ),
    )


def _copy_exists(seen: PlannedItem, case: Case) -> PlannedItem:
    return replace(
        seen,
        decision=Decision.BLOCKED,
        reason=ReasonCode.AMBIGUOUS_MATCH,
        sentence=(
            f"{case.choices.tenant_name} already holds a policy called {case.quoted} with other "
            "content. Rename or remove it, then preview again."
        ),
    )


def _cannot_change(seen: PlannedItem, case: Case, fixed: frozenset[str]) -> PlannedItem:
    return replace(
        seen,
        decision=Decision.BLOCKED,
        reason=ReasonCode.UNSUPPORTED_TYPE,
        sentence=(
            f"{case.quoted} differs in what cannot be changed once a policy exists "
            f"({', '.join(sorted(fixed))}). Choose “create copy” for it instead."
        ),
    )


def _content_problems(completeness: Completeness) -> tuple[str, ...]:
    """What is not whole about the content, its assignments and masked secrets left aside."""
    return replace(completeness, assignments_captured=True, secrets_masked=()).problems


def _absence(case: Case) -> dict[str, Any]:
    """The proof that it is absent: how many were listed, and which bear its name at all."""
    contract = case.policy.contract
    name = _plain(name_of(contract, case.policy.payload))
    return {
        "listed": len(case.listing.objects),
        "same_name_ids": sorted(
            str(live["id"])
            for live in case.listing.objects
            if _plain(name_of(contract, live)) == name
        ),
    }


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()


def _assignment_rows(case: Case, before: list[Json] | None, after: list[Json] | None) -> list[Row]:
    return assignment_rows(
        wanted=[audience_label(one, case.group_names) for one in after or []],
        live=[audience_label(one, case.group_names) for one in before or []],
    )


def _as_created(case: Case) -> str:
    tenant = case.choices.tenant_name
    verdict = f"{case.quoted} does not exist in {tenant} and will be created"
    if case.is_copied:
        verdict = f"{case.quoted} will be created in {tenant} as a copy beside whatever exists"
    if unheld := case.assignments.unheld:
        return f"{verdict} and reach nobody: {unheld}. Assign it in Intune afterwards."
    return _with_note(f"{verdict}{_replacing(case)}.", case)


def _as_backed_up(case: Case, before: list[Json] | None, unspoken: int) -> str:
    """What is unchanged, and no more than that: of what was not compared it says so."""
    policy, plan = case.policy, case.assignments
    holds = f"{case.choices.tenant_name} holds {case.quoted}"
    settings = f"{holds} with its settings as in the backup"
    is_other = plan.wanted is None and before != normal_assignments(policy.assignments or ())
    if plan.gap:
        what = "assignments differ and" if is_other else "its assignments"
        return f"{settings}; {what} are left as they are because {plan.gap}{_uncompared(unspoken)}"
    if policy.assignments is not None and plan.unheld and is_other:
        return (
            f"{settings}; assignments differ and are left as they are because {plan.unheld}."
            f"{_uncompared(unspoken)}"
        )
    is_whole = not unspoken and (policy.assignments is not None or policy.contract.unassigned)
    claim = f"{holds} as the backup does" if is_whole else settings
    return _with_note(f"{claim}{_replacing(case)}.", case, unspoken)


def _replacing(case: Case) -> str:
    """Where it is not the backup's own groups that the policy goes to."""
    parts = [
        f"its assignments to {backed_up} going to {here} instead"
        for backed_up, here in case.assignments.substitutions
    ] + [f"{backed_up} replaced by {here}" for backed_up, here in case.inner_substitutions]
    return f", with {' and '.join(parts)}" if parts else ""


def _with_note(sentence: str, case: Case, unspoken: int = 0) -> str:
    """What is said of a policy that is written, and what becomes of its assignments."""
    note = case.assignments.note
    if gap := case.assignments.gap:
        note = f"{case.quoted} is restored without its assignments: {gap}"
    return " ".join(filter(None, (sentence, note))) + _uncompared(unspoken)


def _uncompared(unspoken: int) -> str:
    if not unspoken:
        return ""
    settings = "1 setting" if unspoken == 1 else f"{unspoken} settings"
    verb = "was" if unspoken == 1 else "were"
    return f" {settings} that the backup does not mention {verb} not compared."


def _unspoken(wanted: Json, live: Json) -> int:
    """How many settings of the tenant the backup is silent on, defaults aside."""
    return sum(
        found.is_unspoken and not _is_default(found.before) for found in differences(wanted, live)
    )


def _is_default(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_default(inner) for key, inner in value.items() if key != TYPE)
    if isinstance(value, list):
        return all(_is_default(inner) for inner in value)
    return value in _DEFAULTS


def _item(case: Case, decision: Decision, reason: ReasonCode | None, sentence: str) -> PlannedItem:
    return PlannedItem(
        policy=case.policy,
        decision=decision,
        reason=reason,
        sentence=sentence,
        target_object_id=case.target_id,
    )


def _blocked(case: Case, reason: ReasonCode, sentence: str) -> PlannedItem:
    return _item(case, Decision.BLOCKED, reason, sentence)


def _not_evaluable(case: Case, sentence: str) -> PlannedItem:
    return _item(case, Decision.NOT_EVALUABLE, ReasonCode.TARGET_UNREADABLE, sentence)
