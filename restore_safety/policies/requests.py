"""The requests that carry a decision out: method, path and the exact bytes of the body."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from restore_safety.policies.plan import body_digest
from restore_safety.policies.policy import PolicyToRestore
from tenants.canonical_json import exact
from tenants.graph.assignments import audience_of, normal_assignments
from tenants.graph.contracts import (
    AssignmentWrite,
    Contract,
    Part,
    PartWrite,
    assign_body,
    create_address,
    creation_body,
    link_address,
    link_body,
    links_of,
    part_body,
    part_entities,
    update_body,
    with_links_at,
)
from tenants.graph.fence import WritePurpose, placeholder
from tenants.graph.payloads import Json
from tenants.graph.references import ids_linked, normal_id

_ASSIGNMENTS = "assignments"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRequest:
    """One request; `binds` names the item whose placeholder stands for the id it answers with."""

    id: str = ""
    purpose: WritePurpose
    member: str = ""
    method: str
    version: str
    path: str
    body: str | None
    binds: str = ""

    def to_json(self) -> dict[str, str | None]:
        return {
            "id": self.id,
            "purpose": self.purpose.value,
            "member": self.member,
            "method": self.method,
            "version": self.version,
            "path": self.path,
            "body": self.body,
            "body_digest": body_digest(self.body),
            "binds": self.binds,
        }


def creating(
    policy: PolicyToRestore, assignments: Sequence[Json] | None
) -> tuple[PlannedRequest, ...]:
    """Create the policy; then, on the object that came of it, what a creation cannot carry."""
    contract, payload = policy.contract, policy.payload
    address = create_address(contract, payload)
    create = _request(
        contract,
        purpose=WritePurpose.CREATE,
        method=contract.create_method,
        path=address,
        body=creation_body(contract, payload),
        binds=policy.id,
    )
    later = [part for part in contract.parts if not part.in_create and payload.get(part.name)]
    new = placeholder(policy.id)
    requests = [create]
    for part in later:
        requests += _part_requests(policy, part, object_id=new, live=None)
    for name in links_of(contract, payload):
        requests += _link_requests(policy, name, object_id=new, live=None)
    if assignments:
        requests += _assigning(contract, new, after=assignments, before=())
    return _numbered(policy, requests)


def updating(  # noqa: PLR0913 -- two policies, and what of them differs
    policy: PolicyToRestore,
    *,
    object_id: str,
    live: Json,
    changed: frozenset[str],
    assignments: Sequence[Json] | None,
    assigned: Sequence[Json],
) -> tuple[PlannedRequest, ...]:
    """Bring the properties that differ in line; assignments are set last.

    `live` and `assigned` are what the tenant holds; their ids are needed where Graph changes
    entities one by one.
    """
    contract = policy.contract
    apart = [part for part in contract.parts if part.write is not PartWrite.INLINE]
    links = links_of(contract, policy.payload)
    requests = []
    if changed - {part.name for part in apart} - links.keys():
        requests.append(
            _request(
                contract,
                purpose=WritePurpose.REPLACE
                if contract.update_method == "PUT"
                else WritePurpose.UPDATE,
                method=contract.update_method,
                path=f"{contract.path}/{object_id}",
                body=update_body(contract, policy.payload),
            )
        )
    for part in apart:
        if part.name in changed:
            requests += _part_requests(policy, part, object_id=object_id, live=live)
    for name in sorted(links.keys() & changed):
        requests += _link_requests(policy, name, object_id=object_id, live=live)
    if assignments is not None:
        requests += _assigning(contract, object_id, after=assignments, before=assigned)
    return _numbered(policy, requests)


def deleting(
    policy: PolicyToRestore, *, object_id: str, assigned: Sequence[Json]
) -> tuple[PlannedRequest, ...]:
    """Delete the policy; first its assignments, where Graph deletes no policy that has any."""
    contract = policy.contract
    item = f"{contract.path}/{object_id}"
    requests = []
    if contract.assignment_write is AssignmentWrite.EACH:
        requests = _assigning_one_by_one(
            contract, f"{item}/{_ASSIGNMENTS}", after=(), before=assigned
        )
    return _numbered(policy, [*requests, _deleting(contract, item, purpose=WritePurpose.DELETE)])


def addressed_to(host: str, requests: Iterable[PlannedRequest]) -> tuple[PlannedRequest, ...]:
    """The requests with the addresses in their bodies at a host of Graph."""
    return tuple(
        request
        if request.body is None
        else replace(request, body=exact(with_links_at(json.loads(request.body), host)))
        for request in requests
    )


def _link_requests(
    policy: PolicyToRestore, name: str, *, object_id: str, live: Json | None
) -> list[PlannedRequest]:
    """What makes a link lead to other policies: one is set, several are added and taken away."""
    contract = policy.contract
    address = link_address(contract, policy.payload, object_id, name)
    wanted, there = (
        list(dict.fromkeys(map(normal_id, ids_linked((one or {}).get(name)))))
        for one in (policy.payload, live)
    )
    is_many = links_of(contract, policy.payload)[name].is_collection
    requests = [
        _request(
            contract,
            purpose=WritePurpose.LINK,
            member=name,
            method="POST" if is_many else "PUT",
            path=f"{address}/$ref",
            body=link_body(contract, one),
        )
        for one in wanted
        if one not in there
    ]
    if is_many:
        gone = [f"{address}/{one}/$ref" for one in there if one not in wanted]
    else:
        gone = [f"{address}/$ref"] if there and not wanted else []
    return requests + [
        _deleting(contract, path, purpose=WritePurpose.UNLINK, member=name) for path in gone
    ]


def _part_requests(
    policy: PolicyToRestore, part: Part, *, object_id: str, live: Json | None
) -> list[PlannedRequest]:
    """What writes a part of a policy that exists, by one action or entity by entity."""
    contract = policy.contract
    item = f"{contract.path}/{object_id}"
    there = (live or {}).get(part.name) or []
    if part.write is PartWrite.ACTION:
        entities = there if isinstance(there, list) else []
        return [
            _request(
                contract,
                purpose=WritePurpose.SCHEDULE
                if part.name == "scheduledActionsForRule"
                else WritePurpose.SET_PART,
                member=part.name,
                method="POST",
                path=f"{item}/{part.action}",
                body=part_body(contract, part, policy.payload, live=entities),
            )
        ]
    by_key = {str(one.get(part.key)): one for one in there if isinstance(one, dict)}
    wanted = {str(one[part.key]): one for one in part_entities(contract, part, policy.payload)}
    gone = [one for key, one in by_key.items() if key not in wanted]
    return [
        *(
            _part_entity(contract, f"{item}/{part.name}", part, entity, by_key.get(key))
            for key, entity in wanted.items()
        ),
        *(
            _deleting(
                contract,
                f"{item}/{part.name}/{one['id']}",
                purpose=WritePurpose.REMOVE_PART,
                member=part.name,
            )
            for one in gone
        ),
    ]


def _part_entity(
    contract: Contract, address: str, part: Part, entity: Json, live: Json | None
) -> PlannedRequest:
    is_new = live is None
    changeable = {key: value for key, value in entity.items() if key != part.key}
    return _request(
        contract,
        purpose=WritePurpose.SET_PART,
        member=part.name,
        method="POST" if is_new else "PATCH",
        path=address if live is None else f"{address}/{live['id']}",
        body=entity if is_new else changeable,
    )


def _assigning(
    contract: Contract, object_id: str, *, after: Sequence[Json], before: Sequence[Json]
) -> list[PlannedRequest]:
    item = f"{contract.path}/{object_id}"
    if contract.assignment_write is AssignmentWrite.REPLACE:
        cast = f"/{contract.assign_cast}" if contract.assign_cast else ""
        return [
            _request(
                contract,
                purpose=WritePurpose.ASSIGN,
                method="POST",
                path=f"{item}{cast}/assign",
                body=assign_body(contract, after),
            )
        ]
    return _assigning_one_by_one(contract, f"{item}/{_ASSIGNMENTS}", after=after, before=before)


def _assigning_one_by_one(
    contract: Contract, address: str, *, after: Sequence[Json], before: Sequence[Json]
) -> list[PlannedRequest]:
    """New audiences first, exclusions among them; then those that change; last those that go."""
    there = {
        audience_of(normal): (str(one["id"]), normal)
        for one in before
        if one.get("id")
        for normal in normal_assignments([one])
    }
    requests = []
    wanted = {audience_of(one): one for one in normal_assignments(after)}
    for audience in sorted(wanted, key=there.__contains__):
        assignment_id, held = there.get(audience, ("", None))
        if held == wanted[audience]:
            continue
        if assignment_id:
            # Graph has no way to change one, and refuses a second for the same audience.
            requests.append(_unassigning(contract, address, assignment_id))
        requests.append(
            _request(
                contract,
                purpose=WritePurpose.ASSIGN,
                method="POST",
                path=address,
                body=wanted[audience],
            )
        )
    requests += [
        _unassigning(contract, address, assignment_id)
        for audience, (assignment_id, _) in there.items()
        if audience not in wanted
    ]
    return requests


def _unassigning(contract: Contract, address: str, assignment_id: str) -> PlannedRequest:
    return _deleting(contract, f"{address}/{assignment_id}", purpose=WritePurpose.UNASSIGN)


def _deleting(
    contract: Contract, path: str, *, purpose: WritePurpose, member: str = ""
) -> PlannedRequest:
    return _request(contract, purpose=purpose, member=member, method="DELETE", path=path, body=None)


def _request(  # noqa: PLR0913 -- one argument per part of a request
    contract: Contract,
    *,
    purpose: WritePurpose,
    member: str = "",
    method: str,
    path: str,
    body: Json | None,
    binds: str = "",
) -> PlannedRequest:
    return PlannedRequest(
        purpose=purpose,
        member=member,
        method=method,
        version=contract.version,
        path=path,
        body=None if body is None else exact(body),
        binds=binds,
    )


def _numbered(
    policy: PolicyToRestore, requests: Sequence[PlannedRequest]
) -> tuple[PlannedRequest, ...]:
    return tuple(
        replace(request, id=f"{policy.id}:{number}") for number, request in enumerate(requests, 1)
    )
