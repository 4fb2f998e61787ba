"""What a policy points at in its tenant, and how to point it at another tenant's objects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tenants.graph.assignments import filter_of
from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json, Payload, value_at, with_value_at

_BUILT_IN_SCOPE_TAG = "0"


@dataclass(frozen=True, slots=True, order=True)
class GroupReference:
    """A group a policy needs; dropping an excluded one would widen who the policy reaches."""

    group_id: str
    excluded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    groups: tuple[GroupReference, ...]
    filters: tuple[str, ...]
    scope_tags: tuple[str, ...]


def references(contract: Contract, payload: Payload, assignments: Iterable[Payload]) -> References:
    """The ids that must exist in the tenant; the scope tag every tenant has is left out."""
    targets = [assignment.get("target") or {} for assignment in assignments]
    groups = {
        GroupReference(str(target["groupId"]), "exclusion" in str(target.get("@odata.type")))
        for target in targets
        if target.get("groupId")
    }
    for paths, excluded in ((contract.included_groups, False), (contract.excluded_groups, True)):
        groups |= {
            GroupReference(str(group_id), excluded)
            for path in paths
            for group_id in value_at(payload, path) or ()
        }
    filters = {filter_id for target in targets if (filter_id := filter_of(target))}
    tags = payload.get(contract.scope_tags_property) if contract.scope_tags_property else None
    scope_tags = {str(tag) for tag in tags or ()} - {_BUILT_IN_SCOPE_TAG}
    return References(
        groups=tuple(sorted(groups)),
        filters=tuple(sorted(filters)),
        scope_tags=tuple(sorted(scope_tags)),
    )


def with_mapped_groups(
    contract: Contract, payload: Payload, assignments: Iterable[Payload], mapping: Mapping[str, str]
) -> tuple[Json, list[Json]]:
    """The payload and assignments with each mapped group replaced; an unmapped one stays."""

    def mapped(group_ids: Any) -> Any:
        if not isinstance(group_ids, list):
            return group_ids
        return [mapping.get(group_id, group_id) for group_id in group_ids]

    mapped_payload = dict(payload)
    for path in (*contract.included_groups, *contract.excluded_groups):
        mapped_payload = with_value_at(mapped_payload, path, mapped)
    return mapped_payload, [_with_mapped_group(assignment, mapping) for assignment in assignments]


def _with_mapped_group(assignment: Payload, mapping: Mapping[str, str]) -> Json:
    target = assignment.get("target") or {}
    new_id = mapping.get(str(target.get("groupId")))
    if new_id is None:
        return dict(assignment)
    return {**assignment, "target": {**target, "groupId": new_id}}
