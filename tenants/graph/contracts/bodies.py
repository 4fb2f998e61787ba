"""The bodies that create, update and assign a policy."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tenants.graph.assignments import normal_assignments
from tenants.graph.contracts.model import CONDITIONAL_ACCESS, Contract, Part, PartWrite
from tenants.graph.contracts.projection import links_of, projection, runtime_type
from tenants.graph.payloads import TYPE, Json, Payload, with_value_at, without_nulls, without_paths

# Graph wants whole addresses here, of the cloud that it is asked in: see `with_links_at`.
_GLOBAL = "https://graph.microsoft.com/"
_ROOT = f"{_GLOBAL}beta"
_BOUND = "@odata.bind"
_ADDRESS = "@odata.id"
_ID_IN_ADDRESS = re.compile(r"\('([^']+)'\)")


def creation_body(contract: Contract, payload: Payload) -> Json:
    """The body that creates the item anew; assignments and what is written later apart."""
    body = _without_path_members(contract, _writable(contract, payload))
    for part in contract.parts:
        if not part.in_create:
            body.pop(part.name, None)
        elif part.create_key and part.name in body:
            body[part.create_key] = body.pop(part.name)
    return _object(without_nulls(body))


def update_body(contract: Contract, payload: Payload) -> Json:
    """The body that makes an existing item equal to the payload, parts written apart left out.

    A PATCH leaves alone what it does not name, so a null stays in to clear a live value; a PUT
    replaces everything and names only what there is.
    """
    apart = {part.name for part in contract.parts if part.write is not PartWrite.INLINE}
    body = _object(without_paths(_writable(contract, payload), apart))
    if contract.update_method == "PUT":
        return _object(without_nulls(body))
    bound = {f"{name}{_BOUND}" for name in contract.create_only & contract.binds.keys()}
    return _object(without_paths(body, contract.create_only | bound))


def part_body(
    contract: Contract, part: Part, payload: Payload, *, live: Sequence[Payload] = ()
) -> Json:
    """The body of the action that replaces a part; `live` is what the tenant has of it now."""
    body = _object(without_nulls(_writable(contract, payload)))
    whole: Json = {part.body_key: body.get(part.name, [])}
    whole |= {name: body[name] for name in part.beside if name in body}
    if part.deleted_key:
        whole[part.deleted_key] = sorted(str(one["id"]) for one in live if one.get("id"))
        whole |= {name: [] for name in part.always_empty}
    return whole


def part_entities(contract: Contract, part: Part, payload: Payload) -> list[Json]:
    """The bodies of the entities of a part that is written one by one."""
    entities: list[Json] = _object(without_nulls(_writable(contract, payload))).get(part.name, [])
    return entities


def link_address(contract: Contract, payload: Payload, object_id: str, name: str) -> str:
    """Where a link of a policy to others of its collection is written, `$ref` aside."""
    return f"{contract.path}/{object_id}/microsoft.graph.{runtime_type(contract, payload)}/{name}"


def link_body(contract: Contract, object_id: str) -> Json:
    """The body that points a link to a policy of the same collection."""
    return {_ADDRESS: f"{_ROOT}/{contract.path}('{object_id}')"}


def linked_by(body: Payload) -> str:
    """The id of what a body points a link to."""
    return str(_ID_IN_ADDRESS.findall(str(body.get(_ADDRESS, "")))[-1])


def with_links_at(body: Any, host: str) -> Any:
    """A body with the addresses of its links at this host of Graph; other texts stay."""
    if isinstance(body, list):
        return [with_links_at(one, host) for one in body]
    if not isinstance(body, Mapping):
        return body
    return {
        key: _moved(value, host) if key.endswith((_BOUND, _ADDRESS)) else with_links_at(value, host)
        for key, value in body.items()
    }


def _moved(address: Any, host: str) -> Any:
    if isinstance(address, list):
        return [_moved(one, host) for one in address]
    is_ours = isinstance(address, str) and address.startswith(_GLOBAL)
    return f"https://{host}/{address.removeprefix(_GLOBAL)}" if is_ours else address


def create_address(contract: Contract, payload: Payload) -> str:
    """Where a new item is created."""
    if not contract.create_path:
        return contract.path
    return contract.create_path.format(**{name: payload.get(name) for name in payload})


def payload_of_creation(contract: Contract, path: str, body: Payload) -> Json:
    """The payload that a creation's address and body stand for."""
    payload = _object(unbound(body))
    for part in contract.parts:
        if part.create_key and part.create_key in payload:
            payload[part.name] = payload.pop(part.create_key)
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(contract.create_path))
    found = re.fullmatch(pattern, path) if contract.create_path else None
    return {**payload, **(found.groupdict() if found else {})}


def unbound(value: Any) -> Any:
    """The value with each `x@odata.bind` as the link it stands for; only the id is kept of it."""
    if isinstance(value, list):
        return [unbound(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    found: Json = {}
    for key, member in value.items():
        name = key.removesuffix(_BOUND)
        if name != key and isinstance(member, list):
            found[name] = [linked for one in member if (linked := _at(one))]
        elif name != key and isinstance(member, str):
            found[name] = _at(member)
        else:
            found[key] = unbound(member)
    return found


def _at(address: Any) -> Json | None:
    """What a link keeps of the object at an address."""
    ids = _ID_IN_ADDRESS.findall(address) if isinstance(address, str) else []
    return {"id": ids[-1]} if ids else None


def assign_body(contract: Contract, assignments: Iterable[Payload]) -> Json:
    """The body that replaces the whole set of assignments."""
    if contract.unassigned:
        raise ValueError(f"{contract.plural} have no assignments.")
    return {contract.assign_key: normal_assignments(assignments)}


def _writable(contract: Contract, payload: Payload) -> Json:
    links = links_of(contract, payload)
    body = _object(without_paths(projection(contract, payload).body, links))
    if contract.states_type:
        body.setdefault(TYPE, contract.declared_type)
    if contract.workload == CONDITIONAL_ACCESS:
        body = with_value_at(body, "sessionControls.disableResilienceDefaults", _only_true)
    return _object(_bound(body, contract.binds, "", "")) if contract.binds else body


def _without_path_members(contract: Contract, body: Json) -> Json:
    """What stands in the address of the request has no place in its body."""
    return {key: value for key, value in body.items() if f"{{{key}}}" not in contract.create_path}


def _bound(value: Any, binds: Mapping[str, str], path: str, parent: str) -> Any:
    """The value with each link that a body names by its address in that form."""
    if isinstance(value, list):
        return [_bound(one, binds, path, parent) for one in value]
    if not isinstance(value, Mapping):
        return value
    paths = {key: f"{path}.{key}" if path else key for key in value}
    linked = {key: value[key]["id"] for key in value if paths[key] in binds and value[key]}
    inner = next(iter(linked.values()), parent)
    found: Json = {}
    for key, member in value.items():
        if key in linked:
            address = binds[paths[key]].format(id=linked[key], parent=parent)
            found[f"{key}{_BOUND}"] = f"{_ROOT}/{address}"
        else:
            found[key] = _bound(member, binds, paths[key], inner)
    return found


def _only_true(value: Any) -> bool | None:
    # Graph exports False here and refuses it back.
    return True if value is True else None


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise TypeError("A policy payload is a JSON object.")
    return value
