"""One policy with everything its decision depends on, and the shape a decision has."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from restore_safety.models import Decision
from restore_safety.policies.assignments import AssignmentPlan, audience_label, plan_assignments
from restore_safety.policies.diff.rows import Row
from restore_safety.policies.impact import Impact
from restore_safety.policies.matching import LiveListing, Match
from restore_safety.policies.policy import SCOPE_TAGS, PolicyToRestore, RestoreChoices, is_copied
from restore_safety.policies.reading import CollectionReading, PolicyReading
from restore_safety.policies.references import (
    Foundations,
    Resolution,
    Unsettled,
    inner_groups,
    resolve_groups,
    scope_tag_ids,
    settled_ids,
    substitutions,
    unsettled,
    with_references,
)
from restore_safety.policies.requests import PlannedRequest
from restore_safety.policies.snapshot import TenantSnapshot
from restore_safety.truth.causes import ReasonCode
from tenants.graph.assignments import normal_assignments
from tenants.graph.contracts import LeftOut, not_written
from tenants.graph.fence import PLACEHOLDER
from tenants.graph.payloads import Json
from tenants.graph.references import ReferenceKind
from tenants.printable import printable


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
    # Of a deletion: the policies of the set that have to be taken back first.
    deleted_after: tuple[str, ...] = ()
    changes: Sequence[Row] = ()
    left_out: tuple[LeftOut, ...] = ()
    # Where a reading of the tenant cannot be compared with the backup.
    incomparable: tuple[str, ...] = ()
    assignments_before: list[Json] | None = None
    assignments_after: list[Json] | None = None
    impact: Impact = field(default_factory=Impact)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPolicy:
    """One policy with everything its decision depends on."""

    policy: PolicyToRestore
    choices: RestoreChoices
    listing: CollectionReading
    live: LiveListing
    match: Match | None
    reading: PolicyReading | None
    is_doubled: bool
    holds_placeholder: bool
    # Members of the backup that are not written.
    left_out: tuple[LeftOut, ...]
    scope_tags: Resolution
    groups: Resolution
    # References of other kinds that nothing here stands for.
    unsettled: tuple[Unsettled, ...]
    assignments: AssignmentPlan
    # Of the groups and filters that assignments name, by id.
    names: Mapping[str, str]
    # Of the objects of other kinds that policies refer to, by id in small letters.
    object_names: Mapping[str, str]
    # Groups inside the policy that the mapping replaces.
    inner_substitutions: tuple[tuple[str, str], ...]

    @property
    def target_id(self) -> str:
        return str(self.match.target["id"]) if self.match and self.match.target else ""

    @property
    def live_assignments(self) -> list[Json] | None:
        return self.reading.assignments if self.reading else None

    @property
    def assignments_differ(self) -> bool:
        """Whether the tenant's assignments are known to be other than the backup's."""
        backed_up, live = self.policy.assignments, self.live_assignments
        if backed_up is None or live is None:
            return False
        return normal_assignments(backed_up) != normal_assignments(live)

    @property
    def reason_left(self) -> ReasonCode | None:
        """Why the tenant's assignments are left, where that leaves something open."""
        plan = self.assignments
        return plan.reason or (plan.reason_if_other if self.assignments_differ else None)

    @property
    def is_present(self) -> bool:
        return bool(self.target_id)

    @property
    def quoted(self) -> str:
        return f"“{printable(self.policy.name)}”"

    @property
    def is_copied(self) -> bool:
        return is_copied(self.policy, self.choices)

    def audiences(self, assignments: Sequence[Json] | None) -> list[str]:
        return [audience_label(one, self.names) for one in assignments or ()]


def resolve_policy(
    policy: PolicyToRestore,
    choices: RestoreChoices,
    snapshot: TenantSnapshot,
    *,
    created_before: frozenset[str],
    is_doubled: bool,
) -> ResolvedPolicy:
    """The policy with its references settled, beside what the snapshot shows in its place."""
    referenced = replace(snapshot.referenced, created=created_before)
    foundations = _foundations(snapshot, created_before)
    reading = snapshot.readings.get(policy.id)
    tags = scope_tag_ids(policy)
    scope_tags = foundations.resolve(SCOPE_TAGS, tags, choices)
    groups = resolve_groups(
        inner_groups(policy), groups=snapshot.groups, choices=choices, names=policy.group_names
    )
    return ResolvedPolicy(
        policy=with_references(
            policy,
            {
                ReferenceKind.SCOPE_TAG: scope_tags.ids,
                ReferenceKind.GROUP: groups.ids,
                **settled_ids(policy, referenced),
            },
        ),
        choices=choices,
        listing=snapshot.listings[policy.contract.key],
        live=snapshot.live[policy.contract.key],
        match=snapshot.matches.get(policy.id),
        reading=reading,
        is_doubled=is_doubled,
        holds_placeholder=_holds_placeholder(policy),
        left_out=not_written(policy.contract, policy.payload),
        scope_tags=scope_tags,
        groups=groups,
        unsettled=unsettled(policy, referenced),
        assignments=plan_assignments(
            policy=policy,
            choices=choices,
            groups=snapshot.groups,
            foundations=foundations,
            live=(reading.assignments or ()) if reading else (),
        ),
        names=_names(policy, foundations, snapshot),
        object_names=snapshot.referenced.names,
        inner_substitutions=substitutions(groups, snapshot.groups, policy.group_names),
    )


def _foundations(snapshot: TenantSnapshot, created_before: frozenset[str]) -> Foundations:
    return Foundations(
        own=snapshot.referenced.own,
        scope_tags=snapshot.scope_tags,
        filters=snapshot.filters,
        created=created_before,
    )


def _names(
    policy: PolicyToRestore, foundations: Foundations, snapshot: TenantSnapshot
) -> dict[str, str]:
    """The names of groups and filters by id; what the tenant calls them comes last and counts."""
    return {
        **policy.group_names,
        **foundations.filter_names,
        **snapshot.live_group_names,
        **snapshot.groups.found,
    }


def planned(
    resolved: ResolvedPolicy, decision: Decision, reason: ReasonCode | None, sentence: str
) -> PlannedItem:
    """A decision on the policy that writes nothing; what it writes is added by whoever knows."""
    return PlannedItem(
        policy=resolved.policy,
        decision=decision,
        reason=reason,
        sentence=sentence,
        target_object_id=resolved.target_id,
        left_out=() if decision is Decision.SKIP else resolved.left_out,
    )


def malformed(policy: PolicyToRestore) -> PlannedItem:
    """Nothing is concluded of a policy that could not be read."""
    return PlannedItem(
        policy=policy,
        decision=Decision.NOT_EVALUABLE,
        reason=ReasonCode.UNEXPECTED,
        sentence=(
            f"“{printable(policy.name)}” could not be evaluated: what the backup or the tenant "
            "holds of it is not shaped like a policy of its type."
        ),
    )


def _holds_placeholder(policy: PolicyToRestore) -> bool:
    """Asked of the policy as it was backed up: here references become placeholders."""
    return PLACEHOLDER in json.dumps([policy.payload, policy.assignments], ensure_ascii=False)
