"""The groups that policies refer to, looked up in the tenant: by id, and by a unique name."""

from collections.abc import Iterable, Mapping
from functools import partial

from restore_safety.policies.guarding import attempted
from restore_safety.policies.policy import PolicyToRestore
from restore_safety.policies.reading import GroupReading, NamedGroups, TargetReader
from restore_safety.policies.referenced import names_within
from tenants.graph.payloads import Json
from tenants.graph.references import NAME_PREFIX, normal_id


def group_names_in(policies: Iterable[PolicyToRestore]) -> dict[str, str]:
    """What the backup calls the groups of these policies, by id."""
    names: dict[str, str] = {}
    for policy in policies:
        within = partial(names_within, policy.payload)
        names |= attempted(within, item_id=policy.id) or {}
        names |= {normal_id(group): name for group, name in policy.group_names.items()}
    return names


def groups_here(
    reader: TargetReader, wanted: Iterable[str], names: Mapping[str, str]
) -> GroupReading:
    """The groups by id; one that is not here by its id counts when a single one bears its name.

    `wanted` holds ids, and `name:` with a name where the backup has no id; `names` is what the
    backup calls the groups.
    """
    wanted = list(wanted)
    by_id = reader.groups(one for one in wanted if not one.startswith(NAME_PREFIX))
    asked = {one: one.removeprefix(NAME_PREFIX) for one in wanted if one.startswith(NAME_PREFIX)}
    asked |= {one: names[one] for one in by_id.missing if names.get(one)}
    if not asked:
        return by_id
    answers = reader.groups_named(asked.values())
    return _with_named(by_id, {one: (name, answers[name]) for one, name in asked.items()})


def _with_named(by_id: GroupReading, asked: Mapping[str, tuple[str, NamedGroups]]) -> GroupReading:
    found, ids = dict(by_id.found), {}
    missing, unknown, shared = set(by_id.missing), set(by_id.unknown), set()
    for reference, (name, answer) in asked.items():
        missing.discard(reference)
        bearers = _of_the_name(name, answer.objects)
        if answer.error is not None:
            unknown.add(reference)
        elif len(bearers) == 1:
            ids[reference] = str(bearers[0]["id"])
            found[ids[reference]] = str(bearers[0].get("displayName") or name)
        else:
            missing.add(reference)
            shared |= {reference} if bearers else set()
    errors = (answer.error for _, answer in asked.values() if answer.error)
    return GroupReading(
        found=found,
        missing=frozenset(missing),
        unknown=frozenset(unknown),
        named=ids,
        shared=frozenset(shared),
        error=by_id.error or next(errors, None),
    )


def _of_the_name(name: str, objects: Iterable[Json]) -> list[Json]:
    """Those of exactly this name; without one, those that differ in case or outer blanks."""
    alike = [
        one
        for one in objects
        if str(one.get("displayName")).strip().casefold() == name.strip().casefold()
    ]
    return [one for one in alike if one["displayName"] == name] or alike
