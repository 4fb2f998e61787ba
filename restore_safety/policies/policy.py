"""The policies of a scope as plain data, and what of them a restore wants in the tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from restore_safety.models import BackupItem
from restore_safety.policies.completeness import Completeness
from restore_safety.policies.matching import Identities
from restore_safety.policies.undone import Undo
from restore_safety.truth.mapping import target_of
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.scope import AssignmentMode, ConditionalAccessState, ConflictPolicy
from tenants.graph.contracts import FOUNDATIONS, Contract, contract, name_of
from tenants.graph.normal_form import with_organization
from tenants.graph.payloads import Json

SCOPE_TAGS = "roleScopeTags"
FILTERS = "assignmentFilters"
COPY_SUFFIX = " (restored copy)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreChoices:
    """What the scope says beyond its items, and where it is restored to."""

    conflict_policy: ConflictPolicy
    assignment_mode: AssignmentMode
    conditional_access_state: ConditionalAccessState
    mapping: Mapping[ReferenceKind, Mapping[str, str]]
    same_origin: bool
    directory_id: str
    tenant_name: str
    # The host of the cloud that the tenant lives in.
    graph_host: str
    identities: Identities = field(default_factory=Identities)
    # Only where a restore is undone.
    undo: Undo | None = None

    @property
    def include_assignments(self) -> bool:
        """Whether assignments are written at all."""
        return self.assignment_mode is not AssignmentMode.LEAVE

    def mapped(self, kind: ReferenceKind, object_id: str, name: str = "") -> str | None:
        """The id the scope maps the object to, by its id or else its name; None if to none."""
        return target_of(self.mapping.get(kind, {}), object_id, name)

    def group_here(self, group_id: str) -> str:
        return self.mapped(ReferenceKind.GROUP, group_id) or group_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyToRestore:
    """One policy of the backup: as it was read, or as it is wanted in the tenant."""

    id: str
    position: int
    contract: Contract
    object_id: str
    name: str
    payload: Json
    assignments: Sequence[Json] | None
    group_names: Mapping[str, str]
    completeness: Completeness
    # The restore that is undone created it.
    is_created: bool = False

    @classmethod
    def from_row(cls, item: BackupItem) -> Self:
        return cls(
            id=str(item.pk),
            position=item.position,
            contract=contract(item.contract_key),
            object_id=item.object_id,
            name=item.name,
            payload=item.payload.content,
            assignments=item.assignments,
            group_names=item.group_names,
            completeness=Completeness.from_json(item.completeness),
            is_created=item.is_created,
        )

    @property
    def is_foundation(self) -> bool:
        return self.contract.key in FOUNDATIONS

    @property
    def order(self) -> tuple[int, int]:
        """What others depend on comes first, then the order of the backup."""
        return self.contract.rank, self.position

    def with_payload(self, payload: Json) -> Self:
        return replace(self, payload=payload)


def is_copied(policy: PolicyToRestore, choices: RestoreChoices) -> bool:
    """Copies are made of policies; scope tags and filters are shared, never doubled."""
    return choices.conflict_policy is ConflictPolicy.COPY and not policy.is_foundation


_CONDITIONAL_ACCESS = "conditionalAccessPolicies"
_STATES = {
    ConditionalAccessState.REPORT_ONLY: "enabledForReportingButNotEnforced",
    ConditionalAccessState.OFF: "disabled",
}


def _in_state(payload: Json, chosen: ConditionalAccessState) -> Json:
    """The conditional access policy in the state the scope asks for; off stays off."""
    if chosen not in _STATES or payload.get("state") == _STATES[ConditionalAccessState.OFF]:
        return payload
    return {**payload, "state": _STATES[chosen]}


def wanted(policy: PolicyToRestore, choices: RestoreChoices) -> PolicyToRestore:
    """The policy as it is to be found in this tenant; references are not settled yet.

    A copy stands for nothing in the tenant, so it carries no id to be found by.
    """
    payload = with_organization(policy.payload, choices.directory_id)
    if policy.contract.key == _CONDITIONAL_ACCESS:
        payload = _in_state(payload, choices.conditional_access_state)
    if not is_copied(policy, choices):
        return policy.with_payload(payload)
    name = f"{name_of(policy.contract, payload)}{COPY_SUFFIX}"
    copied = {**payload, policy.contract.name_property: name}
    return replace(policy, payload=copied, name=name, object_id="")
