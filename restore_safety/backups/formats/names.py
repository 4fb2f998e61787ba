"""References by name: what a tool wrote in place of an id, kept to be resolved in the tenant.

`name:` before a name, at the place of an id, says that the id is not known. It is resolved later,
to the one object of that name.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tenants.graph.assignments import FILTER_ID
from tenants.graph.contracts import CUSTOM_REFERENCE, Contract, links_of
from tenants.graph.payloads import ZERO_GUID, Json
from tenants.graph.references import NAME_PREFIX
from tenants.guids import is_guid

_NUMBER = re.compile(r"\d+")
_DEFAULT_TAG = "default"
_DEFAULT_TAG_ID = "0"
# What IntuneManagement writes between the names and the type of what a link leads to.
BEFORE_TYPE = "|:|"
_BETWEEN_NAMES = ","
_EXPANDED_TAGS = "roleScopeTags"
_ID_IN_ADDRESS = re.compile(r"\('([^']+)'\)")
# What IntuneCD adds to a target from the group it looked up.
_OF_GROUPS = ("groupName", "groupType", "membershipRule")


def by_name(name: str) -> str:
    """Return the reference that stands for the object of this name."""
    return name if name.startswith(NAME_PREFIX) else f"{NAME_PREFIX}{name}"


def id_or_name(value: str, names: dict[str, str]) -> str:
    """Return an id as it is, and a name as a reference that is added to the names."""
    if not value or is_guid(value):
        return value
    reference = by_name(value)
    names[reference] = reference.removeprefix(NAME_PREFIX)
    return reference


def with_references(contract: Contract, policy: Json, names: dict[str, str]) -> Json:
    """Return the policy with names of scope tags, in links and in assignments as references."""
    changed = _with_links(contract, _with_scope_tags(contract, policy), names)
    key = contract.scope_tags_property
    if key and isinstance(changed.get(key), list):
        changed[key] = [_scope_tag(tag, names) for tag in changed[key]]
    assignments = changed.get("assignments")
    if isinstance(assignments, Mapping):
        changed["assignments"] = _assignment(assignments, names)
    elif isinstance(assignments, list):
        changed["assignments"] = [_assignment(entry, names) for entry in assignments]
    return changed


def _with_links(contract: Contract, policy: Json, names: dict[str, str]) -> Json:
    """Return the policy with what IntuneManagement writes beside a link in the link's place.

    It writes the names of what is linked, separated by commas, and its type or address.
    """
    changed = dict(policy)
    for name, member in links_of(contract, policy).items():
        if changed.get(name):
            changed[name] = _each(changed[name], lambda one: _with_id(one, names))
            continue
        held = changed.get(f"{CUSTOM_REFERENCE}{name}")
        if not isinstance(held, str) or not held:
            continue
        shown, _, beside = held.partition(BEFORE_TYPE)
        address = _ID_IN_ADDRESS.search(beside)
        if address:
            linked = [{"id": address[1], "displayName": shown}]
        else:
            several = shown.split(_BETWEEN_NAMES) if member.is_collection else [shown]
            linked = [{"id": id_or_name(one, names), "displayName": one} for one in several if one]
        changed[name] = linked if member.is_collection else linked[0] if linked else None
        del changed[f"{CUSTOM_REFERENCE}{name}"]
    return changed


def _with_id(linked: Any, names: dict[str, str]) -> Any:
    """Return what a link leads to; where a tool kept its name alone, with a reference to that."""
    if not isinstance(linked, Mapping) or linked.get("id"):
        return linked
    name = linked.get("displayName")
    if not isinstance(name, str) or not name:
        return linked
    return {**linked, "id": id_or_name(name, names)}


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    return [change(one) for one in value] if isinstance(value, list) else change(value)


def _with_scope_tags(contract: Contract, policy: Json) -> Json:
    """Return the policy with the ids of scope tags in the place of the tags themselves.

    Some types link to their tags, and an export may hold the tags at the end of the link.
    """
    expanded = policy.get(_EXPANDED_TAGS)
    is_link = contract.scope_tags_property != _EXPANDED_TAGS
    if not is_link or not isinstance(expanded, list) or not contract.scope_tags_property:
        return policy
    rest = {key: value for key, value in policy.items() if key != _EXPANDED_TAGS}
    ids = [str(one["id"]) for one in expanded if isinstance(one, Mapping) and one.get("id")]
    return {contract.scope_tags_property: ids} | rest


def named_or_known(current: Any, name: Any, names: dict[str, str]) -> Any:
    """Return the id there is, with the name a tool wrote beside it, or else a reference to it."""
    if not isinstance(name, str) or not name:
        return current
    if is_guid(current) and current != ZERO_GUID:
        names[current] = name
        return current
    return id_or_name(name, names)


def _scope_tag(tag: Any, names: dict[str, str]) -> Any:
    # Graph numbers scope tags; any other text is what the tag is called.
    if not isinstance(tag, str) or not tag or _NUMBER.fullmatch(tag):
        return tag
    if tag.casefold() == _DEFAULT_TAG:
        return _DEFAULT_TAG_ID
    return id_or_name(tag, names)


def _assignment(entry: Any, names: dict[str, str]) -> Any:
    target = entry.get("target") if isinstance(entry, Mapping) else None
    if not isinstance(target, Mapping):
        return entry
    changed = {key: part for key, part in target.items() if key not in _OF_GROUPS}
    group = named_or_known(target.get("groupId"), target.get("groupName"), names)
    if group:
        changed["groupId"] = group
    held = target.get(FILTER_ID)
    if isinstance(held, str):
        changed[FILTER_ID] = id_or_name(held, names)
    return {**entry, "target": changed}
