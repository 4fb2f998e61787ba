"""The bound actions of the collections: what each does to the item it is called on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tenants.emulator import rules, schema
from tenants.emulator.assigning import Assigner
from tenants.emulator.catalogue import COLLECTIONS
from tenants.emulator.catalogue.configuration import INTENTS
from tenants.emulator.changes import Change
from tenants.emulator.defaults import completed
from tenants.emulator.entities import part_type, with_ids
from tenants.emulator.payloads import Walk
from tenants.emulator.refusals import Json, bad_request, invalid_model
from tenants.emulator.schema import MemberKind
from tenants.emulator.state import StoredObject


@dataclass(frozen=True, slots=True)
class Done:
    """What an action answers; `created` is an object of another collection."""

    status: int = 204
    value: list[Json] | None = None
    created: tuple[str, StoredObject] | None = None


def schedule_actions(change: Change, stored: StoredObject, body: Json) -> Done:
    return _replace_rules(change, stored, body, "deviceComplianceScheduledActionForRules")


def set_scheduled_actions(change: Change, stored: StoredObject, body: Json) -> Done:
    return _replace_rules(change, stored, body, "scheduledActions")


def _replace_rules(change: Change, stored: StoredObject, body: Json, key: str) -> Done:
    (sent,) = _parameters(body, key)
    name = "scheduledActionsForRule"
    read = _entities(change, stored, name, sent)
    values = {name: read}
    rules.check(
        rules.Write(
            tenancy=change.tenancy,
            collection=change.collection,
            type=change.type_of(stored),
            sent=values,
            whole=values,
            is_new=True,
        )
    )
    _store(change, stored, name, read)
    return Done(status=200, value=[])


def target_apps(change: Change, stored: StoredObject, body: Json) -> Done:
    """The whole set of apps that a protection or a configuration is for."""
    apps, group = _parameters(body, "apps", optional=("appGroupType",))
    read = _entities(change, stored, "apps", apps)
    if group is not None:
        member = schema.members(change.type_of(stored)).get("appGroupType")
        if member is None or member.kind is not MemberKind.ENUM:
            raise invalid_model("The action has no parameter 'appGroupType' here.")
        stored.body["appGroupType"] = Walk(version=change.version).value(group, member)
    stored.body["deployedAppCount"] = len(read)
    _store(change, stored, "apps", read)
    return Done()


def privacy_access_controls(change: Change, stored: StoredObject, body: Json) -> Done:
    (sent,) = _parameters(body, "windowsPrivacyAccessControls")
    name = "privacyAccessControls"
    _store(change, stored, name, _entities(change, stored, name, sent))
    return Done()


def update_settings(change: Change, stored: StoredObject, body: Json) -> Done:
    """Settings of an intent are added or changed; none goes away."""
    (sent,) = _parameters(body, "settings")
    read = _entities(change, stored, "settings", sent)
    held = {one["definitionId"]: one for one in stored.body.get("settings", [])}
    for setting in read:
        before = held.get(setting["definitionId"], {})
        held[setting["definitionId"]] = {**setting, "id": before.get("id")}
    _store(change, stored, "settings", list(held.values()))
    return Done()


def change_settings(change: Change, stored: StoredObject, body: Json) -> Done:
    """The whole set of settings of an app configuration."""
    (sent,) = _parameters(body, "settings")
    _store(change, stored, "settings", _entities(change, stored, "settings", sent))
    return Done()


def update_definition_values(change: Change, stored: StoredObject, body: Json) -> Done:
    name = "definitionValues"
    added, updated, deleted = _parameters(body, optional=("added", "updated", "deletedIds"))
    held = {one["id"]: one for one in stored.body.get(name, [])}
    for key in deleted or ():
        if held.pop(key, None) is None:
            raise bad_request(f"The definition value {key} does not exist.", wrapped=True)
    for entity in updated or ():
        key = entity.get("id") if isinstance(entity, dict) else None
        if key not in held:
            raise bad_request(f"The definition value {key} does not exist.", wrapped=True)
        (read,) = _entities(change, stored, name, [entity])
        held[key] = {**held[key], **read, "id": key}
    fresh = _entities(change, stored, name, added or [])
    _store(change, stored, name, [*held.values(), *fresh])
    return Done()


def set_priority(change: Change, stored: StoredObject, body: Json) -> Done:
    (priority,) = _parameters(body, "priority")
    if type(priority) is not int or priority < 1 or stored.body.get("priority") == 0:
        raise bad_request("The priority cannot be set.", wrapped=True)
    kind = change.type_of(stored)
    for other in change.tenancy.objects(change.collection.path):
        taken = other.body.get("priority") or 0
        if other.id != stored.id and change.type_of(other) == kind and taken >= priority:
            other.body["priority"] = taken + 1
            change.save(other)
    stored.body["priority"] = priority
    change.touch(stored)
    return Done()


def update_combinations(change: Change, stored: StoredObject, body: Json) -> Done:
    """The combinations are the whole final set."""
    if stored.body.get("policyType") == "builtIn":
        raise bad_request("A built-in authentication strength cannot be changed.")
    (sent,) = _parameters(body, "allowedCombinations")
    member = schema.members("authenticationStrengthPolicy")["allowedCombinations"]
    combinations = Walk(version=change.version).value(sent, member)
    if not combinations:
        raise bad_request("An authentication strength needs at least one combination.")
    stored.body["allowedCombinations"] = combinations
    change.touch(stored)
    return Done(status=200, value=[])


def update_policy_set(change: Change, stored: StoredObject, body: Json) -> Done:
    added, updated, deleted, assignments = _parameters(
        body,
        optional=(
            "addedPolicySetItems",
            "updatedPolicySetItems",
            "deletedPolicySetItems",
            "assignments",
        ),
    )
    held = {one["id"]: one for one in stored.body.get("items", [])}
    for key in deleted or ():
        held.pop(key, None)
    for entity in updated or ():
        (read,) = _entities(change, stored, "items", [entity])
        held[entity.get("id")] = {**held.get(entity.get("id"), {}), **read, "id": entity.get("id")}
    fresh = _entities(change, stored, "items", added or [])
    _store(change, stored, "items", [*held.values(), *fresh])
    if assignments is not None:
        Assigner(change).set_all(stored, assignments)
    return Done()


def create_instance(change: Change, stored: StoredObject, body: Json) -> Done:
    """An intent is made out of a template; the delta is what it sets."""
    (name, description, delta, tags) = _parameters(
        body, "displayName", optional=("description", "settingsDelta", "roleScopeTagIds")
    )
    into = Change(
        state=change.state,
        tenant=change.tenant,
        collection=COLLECTIONS[INTENTS],
        version=change.version,
        at=change.at,
        host=change.host,
        ignored=change.ignored,
    )
    plain = {"displayName": name, "description": description, "roleScopeTagIds": tags}
    shell = StoredObject(id="", body={})
    settings = _entities(into, shell, "settings", delta or [])
    intent = into.create(
        {key: one for key, one in plain.items() if one is not None},
        given={"templateId": stored.id, "settings": settings},
    )
    return Done(status=201, created=(INTENTS, intent))


ACTIONS: Mapping[str, Callable[[Change, StoredObject, Json], Done]] = {
    "changeSettings": change_settings,
    "createInstance": create_instance,
    "scheduleActionsForRules": schedule_actions,
    "setPriority": set_priority,
    "setScheduledActions": set_scheduled_actions,
    "targetApps": target_apps,
    "update": update_policy_set,
    "updateAllowedCombinations": update_combinations,
    "updateDefinitionValues": update_definition_values,
    "updateSettings": update_settings,
    "windowsPrivacyAccessControls": privacy_access_controls,
}


def add_entity(change: Change, stored: StoredObject, name: str, body: Json) -> Json:
    """One more entity of a part."""
    entities = _entities(change, stored, name, [body])
    before = stored.body.get(name, [])
    _store(change, stored, name, [*before, *entities])
    added: Json = stored.body[name][-1]
    return added


def change_entity(change: Change, stored: StoredObject, name: str, key: str, body: Json) -> Json:
    (sent,) = _entities(change, stored, name, [body], updating=True)
    part = change.collection.part(name)
    for fixed in (part.fixed if part else frozenset()) & sent.keys():
        raise bad_request(f"Property '{fixed}' cannot be changed after creation.", wrapped=True)
    entities = [{**one, **sent} if one["id"] == key else one for one in stored.body[name]]
    _store(change, stored, name, entities)
    return next(one for one in entities if one["id"] == key)


def drop_entity(change: Change, stored: StoredObject, name: str, key: str) -> None:
    _store(change, stored, name, [one for one in stored.body[name] if one["id"] != key])


def _parameters(body: Json, *needed: str, optional: tuple[str, ...] = ()) -> list[Any]:
    names = (*needed, *optional)
    if body.keys() - set(names) or not body.keys() >= set(needed):
        wanted = ", ".join(f"'{name}'" for name in names)
        raise invalid_model(f"The action needs the parameters {wanted} and no others.")
    return [body.get(name) for name in names]


def _entities(
    change: Change, stored: StoredObject, name: str, sent: Any, *, updating: bool = False
) -> list[Json]:
    """Sent entities of a part, read as its type has them, links settled."""
    part = change.collection.part(name)
    declared = part_type(change.collection, stored.body, part) if part else ""
    if part is None or not declared:
        raise bad_request(f"Resource not found for the segment '{name}'.")
    if not isinstance(sent, list):
        raise invalid_model("A 'StartArray' node was expected when reading the parameter.")
    walk = Walk(version=change.version, inline=frozenset(part.nested))
    read = [walk.complex(entity, declared) for entity in sent]
    settled = [
        change.linker.settled(one, schema.bare(one.get("@odata.type", declared))) for one in read
    ]
    return settled if updating else [completed(one, declared) for one in settled]


def _store(change: Change, stored: StoredObject, name: str, entities: list[Json]) -> None:
    part = change.collection.part(name)
    if part is not None:
        stored.body[name] = with_ids(part, entities)
    change.touch(stored)
