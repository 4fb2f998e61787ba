"""Creates, updates, replacements, removals and assignments, refused where Graph refuses them."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tenants.graph.emulator import schema
from tenants.graph.emulator.catalogue import (
    CATALOG,
    COMPLIANCE,
    CONDITIONAL_ACCESS,
    DRIVERS,
    FILTERS,
    GROUPS,
    NAMED_LOCATIONS,
    SCOPE_TAGS,
    SCRIPTS,
    TEMPLATE_NONE,
    Collection,
)
from tenants.graph.emulator.clock import graph_time
from tenants.graph.emulator.payloads import (
    Payload,
    declared_types_dropped,
    read_payload,
    read_value,
    with_defaults,
    without_annotations,
)
from tenants.graph.emulator.refusals import Json, RefusedError, bad_request, invalid_model
from tenants.graph.emulator.schema import PREFIX
from tenants.graph.emulator.state import State, StoredObject

_ZERO = "00000000-0000-0000-0000-000000000000"
_ALL_DEVICES = "adadadad-808e-44e2-905a-0b7873a8a531"
_ALL_USERS = "acacacac-9df4-4c7d-9d50-4ef0226f57a9"
_FILTER_ID = "deviceAndAppManagementAssignmentFilterId"
_FILTER_TYPE = "deviceAndAppManagementAssignmentFilterType"
_PATCHABLE_CATALOG = frozenset({"name", "description", "roleScopeTagIds"})
_ANY_LOCATION = frozenset({"All", "AllTrusted", _ZERO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One write: whose, on what, when, and which properties a fault makes the server ignore."""

    state: State
    tenant: str
    collection: Collection
    version: str
    at: datetime
    ignored: frozenset[str] = field(default_factory=frozenset)

    def create(self, body: Json, *, visible_at: float = 0.0) -> StoredObject:
        payload = read_payload(self.collection, body, version=self.version)
        self._require(payload.values)
        self._check(payload)
        self._check_actions(payload.values)
        self._settle_secrets(payload.values, known=())
        stored = StoredObject(
            id=self._next_id(),
            body=self._new_body(self._kept(payload.values), payload.type),
            visible_at=visible_at,
        )
        self.state.save_object(self.tenant, self.collection.path, stored)
        return stored

    def update(self, stored: StoredObject, body: Json) -> None:
        self._refuse_builtin(stored)
        payload = read_payload(self.collection, body, version=self.version, updating=True)
        self._check_same_type(stored, payload)
        self._check_partial(payload.values)
        self._check(payload)
        kept = self._kept(payload.values)
        known = schema.properties(payload.type)
        defaults = with_defaults(kept, payload.type, self.collection)
        stored.body |= {key: defaults[key] if key in known else kept[key] for key in kept}
        self._touch(stored)

    def replace(self, stored: StoredObject, body: Json) -> None:
        payload = read_payload(self.collection, body, version=self.version)
        self._require(payload.values)
        self._check(payload)
        self._check_unchanged(stored, payload.values)
        self._settle_secrets(payload.values, known=_secrets(stored.body))
        created = stored.body["createdDateTime"]
        before = stored.body
        stored.body = self._new_body(self._kept(payload.values), payload.type)
        stored.body["createdDateTime"] = created
        stored.body |= {key: before[key] for key in self.ignored & before.keys()}
        self._touch(stored)

    def remove(self, stored: StoredObject) -> None:
        self._refuse_builtin(stored)
        self.state.remove_object(self.tenant, self.collection.path, stored.id)

    def assign(self, stored: StoredObject, body: Json) -> None:
        """The body is the whole final set; of two entries for one audience the first one counts."""
        key = self.collection.assign_key
        entries = body.get(key)
        if body.keys() - {key} or not isinstance(entries, list):
            raise invalid_model(f"The action needs the parameter '{key}' and no other.")
        declared = schema.reference(
            f"Collection(microsoft.graph.{self.collection.assignment_type})"
        )
        final: dict[str, Json] = {}
        for entry in entries:
            if not isinstance(entry, dict):
                raise invalid_model("A 'StartObject' node was expected.")
            sent = {name: one for name, one in entry.items() if name != "id"}
            (read,) = read_value([sent], declared, version=self.version)
            assignment = self._assignment(stored, read)
            final.setdefault(assignment["id"], assignment)
        stored.assignments = list(final.values())
        self._touch(stored, new_version=False)

    def schedule_actions(self, stored: StoredObject, body: Json) -> None:
        key = "deviceComplianceScheduledActionForRules"
        if body.keys() != {key}:
            raise invalid_model(f"The action needs the parameter '{key}' and no other.")
        declared = schema.navigation(self.collection.declared_type)["scheduledActionsForRule"]
        rules = read_value(body[key], declared, version=self.version)
        self._check_actions({"scheduledActionsForRule": rules})
        whole = with_defaults(
            {"scheduledActionsForRule": rules}, self.collection.declared_type, self.collection
        )
        stored.body["scheduledActionsForRule"] = _numbered(whole["scheduledActionsForRule"])
        self._touch(stored)

    def seed(self, body: Json) -> StoredObject:
        """An object that is simply there, as another administrator left it; nothing is refused."""
        plain = without_annotations(body)
        runtime = schema.type_name(plain.pop("@odata.type", self.collection.declared_type))
        if self.collection.polymorphic and schema.is_abstract(runtime):
            raise bad_request("A seeded object of a polymorphic type needs its '@odata.type'.")
        mine = {**plain, "@odata.type": PREFIX + runtime}
        whole = declared_types_dropped(mine, schema.reference(f"microsoft.graph.{runtime}"))
        key = whole.pop("id", None) or self._next_id()
        entries = whole.pop("assignments", None) or []
        stored = StoredObject(id=str(key), body=self._seeded_body(whole, runtime))
        self._seed_assignments(stored, entries)
        self.state.save_object(self.tenant, self.collection.path, stored)
        return stored

    def edit(self, stored: StoredObject, body: Json) -> None:
        """An edit by another administrator: properties are overwritten, nothing is refused."""
        plain = without_annotations({**body, "@odata.type": self._type_of(stored)})
        declared = schema.reference(f"microsoft.graph.{schema.type_name(self._type_of(stored))}")
        values = declared_types_dropped(plain, declared)
        entries = values.pop("assignments", None)
        for part in self.collection.parts:
            values[part] = _numbered(values[part]) if part in values else stored.body.get(part, [])
        stored.body |= {key: one for key, one in values.items() if key != "id"}
        if entries is not None:
            self._seed_assignments(stored, entries)
        self._touch(stored, given=body.keys())

    def _seeded_body(self, values: Json, runtime: str) -> Json:
        given = {
            key: one
            for key, one in values.items()
            if key not in ("isAssigned", "settingCount", "isBuiltIn")
        }
        return self._new_body(given, runtime) | {
            key: given[key] for key in given if key not in self.collection.parts
        }

    def _seed_assignments(self, stored: StoredObject, entries: list[Json]) -> None:
        stored.assignments = [
            {**self._envelope(stored, entry), **entry, "target": _whole_target(entry["target"])}
            for entry in without_annotations(entries)
        ]
        for entry in stored.assignments:
            entry.pop("@odata.type", None)

    def _new_body(self, values: Json, runtime: str) -> Json:
        moment = graph_time(self.at)
        known = schema.properties(runtime) or schema.properties(self.collection.declared_type)
        whole = with_defaults(
            {**self.collection.defaults, **values},
            runtime if schema.is_known(runtime) else self.collection.declared_type,
            self.collection,
        )
        stamps = {"createdDateTime": moment, "lastModifiedDateTime": moment, "version": 1}
        whole |= {key: one for key, one in stamps.items() if key in known}
        whole |= self.collection.server_values
        for part in self.collection.parts:
            whole[part] = _numbered(whole.get(part) or [])
        tags = self.collection.tags_property
        if tags and not whole.get(tags):
            whole[tags] = ["0"]
        if whole.get("templateReference", "") is None:
            whole["templateReference"] = TEMPLATE_NONE
        whole.pop("disableEntraGroupPolicyAssignment", None)
        whole |= {k: values[k] for k in ("disableEntraGroupPolicyAssignment",) if k in values}
        mark = {"@odata.type": PREFIX + runtime} if self.collection.polymorphic else {}
        return {**mark, **whole}

    def _kept(self, values: Json) -> Json:
        return {key: one for key, one in values.items() if key not in self.ignored}

    def _type_of(self, stored: StoredObject) -> str:
        marked: str = stored.body.get("@odata.type", PREFIX + self.collection.declared_type)
        return marked

    def _touch(
        self, stored: StoredObject, *, new_version: bool = True, given: Any = frozenset()
    ) -> None:
        modified = self.collection.modified_property
        if modified and modified not in given:
            stored.body[modified] = graph_time(self.at)
        if new_version and "version" in stored.body and "version" not in given:
            stored.body["version"] += 1
        self.state.save_object(self.tenant, self.collection.path, stored)

    def _next_id(self) -> str:
        if self.collection.path != SCOPE_TAGS:
            return str(uuid.uuid4())
        taken = self.state.ids(self.tenant, SCOPE_TAGS)
        return str(max((int(one) for one in taken if one.isdigit()), default=0) + 1)

    def _refuse_builtin(self, stored: StoredObject) -> None:
        if self.collection.path == SCOPE_TAGS and stored.id == "0":
            raise bad_request("The built-in scope tag cannot be changed or removed.", wrapped=True)

    def _require(self, values: Json) -> None:
        for name in self.collection.required:
            if values.get(name) in (None, ""):
                raise self._refusal(f"Property '{name}' is required and must not be null or empty.")

    def _refusal(self, message: str) -> RefusedError:
        if self.collection.path == CONDITIONAL_ACCESS:
            return bad_request(f"1002: {message}")
        return bad_request(message, wrapped=True)

    def _check_same_type(self, stored: StoredObject, payload: Payload) -> None:
        if schema.type_name(self._type_of(stored)) != payload.type:
            raise bad_request("The type of an existing object cannot be changed.", wrapped=True)

    def _check_partial(self, values: Json) -> None:
        for name in self.collection.required:
            if name in values and values[name] in (None, ""):
                raise self._refusal(f"Property '{name}' must not be null or empty.")
        if self.collection.path == COMPLIANCE and "scheduledActionsForRule" in values:
            raise bad_request(
                "Scheduled actions cannot be updated with the policy; use the action"
                " scheduleActionsForRules.",
                wrapped=True,
            )
        if self.collection.path == CATALOG and values.keys() - _PATCHABLE_CATALOG:
            raise bad_request(
                "Only name, description and roleScopeTagIds can be updated with PATCH.",
                wrapped=True,
            )

    def _check(self, payload: Payload) -> None:
        self._check_scope_tags(payload.values)
        checks: dict[str, Callable[[Json], None]] = {
            CATALOG: self._check_settings,
            DRIVERS: self._check_driver,
            SCRIPTS: self._check_script,
            CONDITIONAL_ACCESS: self._check_access,
        }
        check = checks.get(self.collection.path)
        if check:
            check(payload.values)

    def _check_scope_tags(self, values: Json) -> None:
        name = self.collection.tags_property
        if not name or name not in values:
            return
        tags = values[name]
        if not tags:
            raise bad_request("An error has occurred", wrapped=True)
        missing = sorted(set(tags) - self.state.ids(self.tenant, SCOPE_TAGS))
        if missing:
            raise bad_request(f"Scope tag deleted: {', '.join(missing)}", wrapped=True)

    def _check_settings(self, values: Json) -> None:
        for setting in values.get("settings", []):
            instance = setting.get("settingInstance")
            if instance is None or not instance.get("settingDefinitionId"):
                raise bad_request(
                    "A setting lacks its settingInstance or its definition.", wrapped=True
                )

    def _check_driver(self, values: Json) -> None:
        deferral = values.get("deploymentDeferralInDays")
        if values.get("approvalType") == "manual" and deferral:
            raise bad_request("A manual profile has no deployment deferral.", wrapped=True)

    def _check_script(self, values: Json) -> None:
        if "scriptContent" in values and not values["scriptContent"]:
            raise bad_request("Script content must not be null.", wrapped=True)

    def _check_actions(self, values: Json) -> None:
        if self.collection.path != COMPLIANCE:
            return
        actions = [
            action.get("actionType")
            for rule in values.get("scheduledActionsForRule") or []
            for action in rule.get("scheduledActionConfigurations") or []
        ]
        if len(values.get("scheduledActionsForRule") or []) != 1 or "block" not in actions:
            raise bad_request(
                "A compliance policy needs exactly one scheduled action rule with a block action.",
                wrapped=True,
            )

    def _check_unchanged(self, stored: StoredObject, values: Json) -> None:
        before = stored.body.get("templateReference") or TEMPLATE_NONE
        after = values.get("templateReference") or TEMPLATE_NONE
        fixed = {
            "platforms": (stored.body["platforms"], values["platforms"]),
            "technologies": (stored.body["technologies"], values["technologies"]),
            "templateReference": (before["templateId"], after.get("templateId", "")),
        }
        for name, (old, new) in fixed.items():
            if old != new:
                raise bad_request(f"Property '{name}' cannot be changed.", wrapped=True)

    def _check_access(self, values: Json) -> None:
        conditions = values.get("conditions")
        if conditions is None:
            return
        users, locations = conditions.get("users") or {}, conditions.get("locations") or {}
        if not users or not conditions.get("applications"):
            raise bad_request("1002: conditions must name users and applications.")
        groups = {*(users.get("includeGroups") or ()), *(users.get("excludeGroups") or ())}
        for missing in sorted(groups - self.state.ids(self.tenant, GROUPS)):
            raise bad_request(f"1034: Group with id {missing} does not exist in the directory.")
        named = {
            *(locations.get("includeLocations") or ()),
            *(locations.get("excludeLocations") or ()),
        }
        known = self.state.ids(self.tenant, NAMED_LOCATIONS)
        for missing in sorted(named - known - _ANY_LOCATION):
            raise bad_request(f"1040: NamedLocation with id {missing} does not exist.")

    def _settle_secrets(self, values: Json, known: tuple[str, ...]) -> None:
        """A written secret is kept as a token of this tenant; a foreign token says nothing here."""
        for secret in _secret_values(values):
            if secret.get("valueState") == "encryptedValueToken":
                if secret.get("value") not in known:
                    raise bad_request("The encrypted value token is not valid.", wrapped=True)
                continue
            secret |= {"value": str(uuid.uuid4()), "valueState": "encryptedValueToken"}

    def _assignment(self, stored: StoredObject, entry: Json) -> Json:
        target = entry.get("target")
        if target is None:
            raise bad_request("An assignment needs a target.", wrapped=True)
        if entry.get("source", "direct") != "direct":
            raise bad_request("Only direct assignments can be written.", wrapped=True)
        if "groupId" in schema.properties(schema.type_name(target.get("@odata.type", ""))):
            self._check_group(target.get("groupId"))
        return {
            **self._envelope(stored, {"target": target}),
            **{key: entry[key] for key in ("intent",) if entry.get(key)},
            "target": self._checked_filter(_whole_target(target)),
        }

    def _check_group(self, group: str | None) -> None:
        if group not in self.state.ids(self.tenant, GROUPS):
            raise bad_request(f"The group {group} does not exist in the directory.", wrapped=True)

    def _checked_filter(self, target: Json) -> Json:
        chosen = target.get(_FILTER_ID)
        if chosen is None:
            return target
        if chosen not in self.state.ids(self.tenant, FILTERS):
            # The text is Intune's, and misleading: the cause is the filter, not a scope tag.
            raise bad_request(
                f"Scope Tags validation failed : Filters {chosen} , Validated filters ",
                wrapped=True,
            )
        if target[_FILTER_TYPE] == "none":
            raise bad_request("A filter needs the type include or exclude.", wrapped=True)
        return target

    def _envelope(self, stored: StoredObject, entry: Json) -> Json:
        kind = schema.type_name(entry["target"].get("@odata.type", ""))
        audience = entry["target"].get("groupId") or entry["target"].get("collectionId")
        fixed = {
            "allDevicesAssignmentTarget": _ALL_DEVICES,
            "allLicensedUsersAssignmentTarget": _ALL_USERS,
        }
        known = schema.properties(self.collection.assignment_type)
        values = {"source": "direct", "sourceId": stored.id, "intent": "apply"}
        return {
            "id": f"{stored.id}_{audience or fixed.get(kind, _ZERO)}",
            **{key: one for key, one in values.items() if key in known},
        }


def _whole_target(target: Json) -> Json:
    """The zero filter of exports means none, and is kept as none."""
    chosen = target.get(_FILTER_ID)
    chosen = None if chosen in (None, "", _ZERO) else chosen
    kind = (target.get(_FILTER_TYPE) or "none") if chosen else "none"
    return {**target, _FILTER_ID: chosen, _FILTER_TYPE: kind}


def _numbered(parts: list[Json]) -> list[Json]:
    """Settings are numbered when shown; scheduled actions keep an id of their own."""
    numbered = []
    for part in parts:
        mine = {key: one for key, one in part.items() if key != "id"}
        actions = mine.get("scheduledActionConfigurations")
        if actions is not None:
            mine["scheduledActionConfigurations"] = [
                {**action, "id": action.get("id") or str(uuid.uuid4())} for action in actions
            ]
        numbered.append(mine)
    return numbered


def _secret_values(value: Any) -> list[Json]:
    if isinstance(value, list):
        return [found for one in value for found in _secret_values(one)]
    if not isinstance(value, dict):
        return []
    if re.search(r"SecretSettingValue$", str(value.get("@odata.type", ""))):
        return [value]
    return [found for one in value.values() for found in _secret_values(one)]


def _secrets(body: Json) -> tuple[str, ...]:
    return tuple(str(secret.get("value")) for secret in _secret_values(body))
