"""What the checks look at: the chosen policies and the tenant, as plain data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from restore_safety.backups.completeness import Completeness
from restore_safety.backups.matching import Match, MatchKind
from restore_safety.backups.reading import CollectionReading, GroupReading, PolicyReading
from restore_safety.checks.findings import Subject
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.scope import AssignmentMode, ConditionalAccessState, ConflictPolicy
from tenants.graph.contracts import Contract
from tenants.graph.errors import GraphError
from tenants.graph.normal_form import covers, normal_assignments, normal_form, wanted_form
from tenants.graph.payloads import Json
from tenants.graph.references import GroupReference, references, with_mapped_groups

FOUND = frozenset({MatchKind.BY_ID, MatchKind.BY_NAME})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckedPolicy:
    """One policy of the scope, and what the tenant holds in its place.

    Without a match its type could not be listed; without a live reading there is nothing to read.
    """

    id: str
    name: str
    object_id: str
    contract: Contract
    payload: Json
    had_organization_placeholder: bool = False
    assignments: Sequence[Json] | None
    completeness: Completeness
    match: Match | None = None
    live: PolicyReading | None = None

    @property
    def subject(self) -> Subject:
        return Subject(id=self.id, name=self.name)

    @property
    def is_present(self) -> bool:
        return self.match is not None and self.match.kind in FOUND

    @property
    def live_payload(self) -> Json | None:
        return self.live.payload if self.live and self.live.error is None else None

    @property
    def live_assignments(self) -> list[Json] | None:
        if self.live is None or self.live.error or self.live.assignments is None:
            return None
        return normal_assignments(self.live.assignments)

    @property
    def content_differs(self) -> bool:
        """The tenant's copy was read, and a restore would change its content."""
        if self.live_payload is None:
            return False
        live = normal_form(self.contract, self.live_payload)
        return bool(covers(wanted_form(self.contract, self.payload), live))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """Everything a check may look at; what could not be read is in here as an error."""

    tenant_name: str
    directory_id: str
    origin_directory_id: str
    assignment_mode: AssignmentMode
    conditional_access_state: ConditionalAccessState
    conflict_policy: ConflictPolicy
    policies: tuple[CheckedPolicy, ...]
    mapping: Mapping[ReferenceKind, Mapping[str, str]]
    group_names: Mapping[str, str]
    groups: GroupReading
    filters: CollectionReading
    scope_tags: CollectionReading
    listings: Mapping[str, CollectionReading]
    foundations: Mapping[tuple[str, str], CheckedPolicy]
    roles: frozenset[str] | GraphError
    organization: Json | GraphError

    @property
    def include_assignments(self) -> bool:
        """Whether assignments are written at all."""
        return self.assignment_mode is not AssignmentMode.LEAVE

    @property
    def group_mapping(self) -> Mapping[str, str]:
        """Group in the backup to group here."""
        return self.mapping.get(ReferenceKind.GROUP, {})

    @property
    def same_origin(self) -> bool:
        return self.origin_directory_id == self.directory_id

    @property
    def candidates(self) -> tuple[CheckedPolicy, ...]:
        """The policies a restore may write: with "skip existing", those that exist drop out."""
        if self.conflict_policy is ConflictPolicy.SKIP:
            return tuple(policy for policy in self.policies if not policy.is_present)
        return self.policies

    @property
    def overwritten(self) -> tuple[CheckedPolicy, ...]:
        """The policies of the tenant that a restore may change."""
        if self.conflict_policy is not ConflictPolicy.UPDATE:
            return ()
        return tuple(policy for policy in self.policies if policy.is_present)

    def may_be_new(self, policy: CheckedPolicy) -> bool:
        """Whether a restore would create it, as far as anybody knows."""
        if self.conflict_policy is ConflictPolicy.COPY or policy.match is None:
            return True
        return policy.match.kind is MatchKind.ABSENT

    def wanted_assignments(self, policy: CheckedPolicy) -> list[Json] | None:
        """What a restore would assign the policy to here; None where it leaves that alone."""
        if not self.include_assignments or policy.contract.unassigned:
            return None
        if policy.assignments is None:
            return None
        direct = normal_assignments(policy.assignments)
        named = references(policy.contract, {}, direct).groups
        mapping = {one.group_id: self.group_here(one.group_id) for one in named}
        return normal_assignments(with_mapped_groups(policy.contract, {}, direct, mapping)[1])

    def assignments_to_set(self, policy: CheckedPolicy) -> list[Json] | None:
        """What a restore really assigns: one missing group, and it leaves all of them alone."""
        wanted = self.wanted_assignments(policy)
        named = references(policy.contract, {}, wanted or ()).groups
        if any(one.group_id in self.groups.missing for one in named):
            return None
        return wanted

    def inner_groups(self, policy: CheckedPolicy) -> frozenset[GroupReference]:
        """The groups a policy holds inside itself, as they are called here."""
        return frozenset(
            replace(one, group_id=self.group_here(one.group_id))
            for one in references(policy.contract, policy.payload, ()).groups
        )

    def group_here(self, group_id: str) -> str:
        return self.group_mapping.get(group_id.lower(), group_id)

    def group_label(self, group_id: str) -> str:
        name = self.groups.found.get(group_id) or self.group_names.get(group_id.lower(), "")
        return f"{name} ({group_id})" if name else group_id


def subjects_of(policies: Iterable[CheckedPolicy]) -> tuple[Subject, ...]:
    return tuple(sorted({policy.subject for policy in policies}))
