"""Assignments: the whole set by an action, or one at a time."""

from dataclasses import dataclass
from typing import Any

from tenants.emulator import schema
from tenants.emulator.catalogue import Collection
from tenants.emulator.catalogue.access import GROUPS
from tenants.emulator.catalogue.administration import FILTERS
from tenants.emulator.catalogue.apps import MOBILE_APPS
from tenants.emulator.changes import Change, is_default
from tenants.emulator.defaults import completed
from tenants.emulator.payloads import Walk
from tenants.emulator.refusals import Json, bad_request, invalid_model
from tenants.emulator.state import StoredObject
from tenants.emulator.wellknown import ZERO

_ALL_DEVICES = "adadadad-808e-44e2-905a-0b7873a8a531"
_ALL_USERS = "acacacac-9df4-4c7d-9d50-4ef0226f57a9"
_FILTER_ID = "deviceAndAppManagementAssignmentFilterId"
_FILTER_TYPE = "deviceAndAppManagementAssignmentFilterType"


@dataclass(frozen=True, slots=True)
class Assigner:
    change: Change

    def assign(self, stored: StoredObject, body: Json) -> None:
        """The body is the whole final set; of two entries for one audience the first one counts."""
        key = self.change.collection.assign_key
        entries = body.get(key)
        if body.keys() - {key} or not isinstance(entries, list):
            raise invalid_model(f"The action needs the parameter '{key}' and no other.")
        self.set_all(stored, entries)

    def set_all(self, stored: StoredObject, entries: list[Any]) -> None:
        if is_default(self.change.collection, stored):
            raise bad_request("A default object cannot be assigned.", wrapped=True)
        final: dict[str, Json] = {}
        for entry in entries:
            assignment = self._assignment(stored, entry)
            final.setdefault(assignment["id"], assignment)
        stored.assignments = list(final.values())
        self.change.touch(stored, new_version=False)

    def add(self, stored: StoredObject, body: Json) -> Json:
        """One more target; the same one twice is refused."""
        assignment = self._assignment(stored, body)
        if any(one["id"] == assignment["id"] for one in stored.assignments):
            raise bad_request("The target is assigned already.", wrapped=True)
        stored.assignments = [*stored.assignments, assignment]
        self.change.touch(stored, new_version=False)
        return assignment

    def drop(self, stored: StoredObject, key: str) -> bool:
        kept = [one for one in stored.assignments if one["id"].casefold() != key.casefold()]
        is_there = len(kept) < len(stored.assignments)
        stored.assignments = kept
        self.change.touch(stored, new_version=False)
        return is_there

    def _assignment(self, stored: StoredObject, entry: Any) -> Json:
        declared = self.change.collection.assignment_type
        read = Walk(version=self.change.version).complex(entry, declared)
        target = read.get("target")
        if target is None:
            raise bad_request("An assignment needs a target.", wrapped=True)
        if read.get("source", "direct") != "direct":
            raise bad_request("Only direct assignments can be written.", wrapped=True)
        if "groupId" in schema.properties(schema.bare(target.get("@odata.type", ""))):
            target["groupId"] = self._group(target.get("groupId"))
        whole = completed(read, declared, false_for_missing=self._has_defaults)
        return {
            **whole,
            **envelope(self.change.collection, stored, {"target": target}),
            **{key: read[key] for key in ("intent",) if read.get(key)},
            "target": self._checked_filter(whole_target(target)),
        }

    @property
    def _has_defaults(self) -> bool:
        return self.change.collection.path == MOBILE_APPS

    def _group(self, group: str | None) -> str:
        """The group's id as the directory spells it."""
        found = self.change.tenancy.find(GROUPS, group or "")
        if found is None:
            raise bad_request(f"The group {group} does not exist in the directory.", wrapped=True)
        return found.id

    def _checked_filter(self, target: Json) -> Json:
        chosen = target.get(_FILTER_ID)
        if chosen is None:
            return target
        if self.change.tenancy.find(FILTERS, chosen) is None:
            # The text is Intune's, and misleading: the cause is the filter, not a scope tag.
            raise bad_request(
                f"Scope Tags validation failed : Filters {chosen} , Validated filters ",
                wrapped=True,
            )
        if target[_FILTER_TYPE] == "none":
            raise bad_request("A filter needs the type include or exclude.", wrapped=True)
        return target


def envelope(collection: Collection, stored: StoredObject, entry: Json) -> Json:
    """What the service says of an assignment beside its target."""
    kind = schema.bare(entry["target"].get("@odata.type", ""))
    audience = entry["target"].get("groupId") or entry["target"].get("collectionId")
    fixed = {
        "allDevicesAssignmentTarget": _ALL_DEVICES,
        "allLicensedUsersAssignmentTarget": _ALL_USERS,
    }
    known = schema.properties(collection.assignment_type)
    intent = "required" if collection.path == MOBILE_APPS else "apply"
    values = {"source": "direct", "sourceId": stored.id, "intent": intent}
    return {
        "id": f"{stored.id}_{audience or fixed.get(kind, ZERO)}",
        **{key: one for key, one in values.items() if key in known},
    }


def whole_target(target: Json) -> Json:
    """The zero filter of exports means none, and is kept as none."""
    if not schema.derives(
        schema.bare(target.get("@odata.type", "")), "deviceAndAppManagementAssignmentTarget"
    ):
        return target
    chosen = target.get(_FILTER_ID)
    chosen = None if chosen in (None, "", ZERO) else chosen
    kind = (target.get(_FILTER_TYPE) or "none") if chosen else "none"
    return {**target, _FILTER_ID: chosen, _FILTER_TYPE: kind}
