"""A tenant in memory behind the reader's interface, and policies to restore to it."""

import uuid

from restore_safety.policies.completeness import Completeness
from restore_safety.policies.decisions import decide
from restore_safety.policies.policy import PolicyToRestore, RestoreChoices, wanted
from restore_safety.policies.reading import (
    CollectionReading,
    GroupReading,
    NamedGroups,
    PolicyReading,
)
from restore_safety.policies.snapshot import take_snapshot
from restore_safety.truth.scope import AssignmentMode, ConditionalAccessState, ConflictPolicy
from tenants.graph.contracts import CONTRACTS, contract, name_of
from tenants.graph.errors import ErrorKind, GraphError

DIRECTORY = "11111111-2222-3333-4444-555555555555"
PILOTS = "aaaaaaaa-0000-0000-0000-000000000001"
STAFF = "aaaaaaaa-0000-0000-0000-000000000002"
WHOLE = Completeness()


def refused(message="Forbidden"):
    return GraphError(message, kind=ErrorKind.PERMISSION, status=403)


class FakeReader:
    """What a TargetReader answers, from dictionaries; `errors` by contract key or object id."""

    def __init__(
        self, objects=None, *, assignments=None, groups=None, users=None, errors=None, unknown=()
    ):
        self.objects = objects or {}
        self.assignments = assignments or {}
        self.known_groups = groups or {}
        self.known_users = users or {}
        self.unknown_groups = frozenset(unknown)
        self.errors = errors or {}

    def collection(self, contract):
        if error := self.errors.get(contract.key):
            return CollectionReading(objects=(), error=error)
        return CollectionReading(objects=tuple(self.objects.get(contract.key, ())), error=None)

    def policies(self, contract, ids):
        return {one: self._policy(contract, one) for one in ids}

    def groups(self, ids):
        ids = frozenset(ids) - self.unknown_groups
        found = {one: self.known_groups[one] for one in ids if one in self.known_groups}
        return GroupReading(
            found=found, missing=ids - found.keys(), unknown=self.unknown_groups, error=None
        )

    def groups_named(self, names):
        return {
            name: NamedGroups(
                objects=tuple(
                    {"id": one, "displayName": known}
                    for one, known in self.known_groups.items()
                    if known.casefold() == name.casefold()
                )
            )
            for name in names
        }

    def users(self, ids):
        ids = frozenset(ids) - self.unknown_groups
        found = {one: self.known_users[one] for one in ids if one in self.known_users}
        return GroupReading(
            found=found, missing=ids - found.keys(), unknown=self.unknown_groups, error=None
        )

    def directory_list(self, path, *fields):
        if error := self.errors.get(path):
            return CollectionReading(error=error)
        return CollectionReading(objects=tuple(self.objects.get(path, ())))

    def listed(self, path, **asked):
        return self.directory_list(path)

    def singleton(self, path):
        return self.errors.get(path) or self.objects.get(path, {})

    def existence(self, path, ids, beat):
        """Every id exists unless the tenant's objects at this path are given."""
        if error := self.errors.get(path):
            return dict.fromkeys(ids, error)
        held = {one["id"] for one in self.objects[path]} if path in self.objects else set(ids)
        return {one: one in held for one in ids}

    def filters(self):
        return self.collection(CONTRACTS["assignmentFilters"])

    def scope_tags(self):
        return self.collection(CONTRACTS["roleScopeTags"])

    def organization(self):
        return self.errors.get("organization") or {"id": DIRECTORY}

    def _policy(self, contract, object_id):
        error = self.errors.get(object_id)
        live = {one["id"]: one for one in self.objects.get(contract.key, ())}.get(object_id)
        is_read = live is not None and error is None
        return PolicyReading(
            object_id=object_id,
            payload=live if is_read else None,
            assignments=self.assignments.get(object_id, []) if is_read else None,
            completeness=WHOLE,
            error=error,
            is_absent=live is None,
        )


def catalog(name="Firewall", *, value="on", **properties):
    """A settings catalog policy as Graph answers it."""
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        "name": name,
        "description": "",
        "platforms": "windows10",
        "technologies": "mdm",
        "roleScopeTagIds": ["0"],
        "settingCount": 1,
        "lastModifiedDateTime": "2026-01-01T00:00:00Z",
        "templateReference": {"templateId": "", "templateFamily": "none"},
        "settings": [
            {
                "id": "0",
                "settingInstance": {
                    "@odata.type": (
                        "#microsoft.graph.deviceManagementConfigurationSimpleSettingInstance"
                    ),
                    "settingDefinitionId": "firewall_enabled",
                    "simpleSettingValue": {
                        "@odata.type": (
                            "#microsoft.graph.deviceManagementConfigurationStringSettingValue"
                        ),
                        "value": value,
                    },
                },
            }
        ],
        **properties,
    }


def compliance(name="Password", **properties):
    return {
        "@odata.type": "#microsoft.graph.windows10CompliancePolicy",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        "displayName": name,
        "passwordRequired": True,
        "roleScopeTagIds": ["0"],
        "scheduledActionsForRule": [
            {
                "ruleName": "PasswordRequired",
                "scheduledActionConfigurations": [
                    {"actionType": "block", "gracePeriodHours": 24, "notificationTemplateId": ""}
                ],
            }
        ],
        **properties,
    }


def policy(payload=None, *, key="configurationPolicies", assignments=None, position=1, **facts):
    payload = catalog() if payload is None else payload
    identity = facts.pop("id", f"{key}:{payload.get('id')}:{position}")
    return PolicyToRestore(
        **{
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, identity)),
            "position": position,
            "contract": contract(key),
            "object_id": payload.get("id", ""),
            "name": name_of(contract(key), payload),
            "payload": payload,
            "assignments": assignments,
            "group_names": {},
            "completeness": WHOLE,
            **facts,
        }
    )


def choices(**changes):
    return RestoreChoices(
        **{
            "conflict_policy": ConflictPolicy.UPDATE,
            "assignment_mode": AssignmentMode.REPLACE,
            "conditional_access_state": ConditionalAccessState.AS_BACKED_UP,
            "mapping": {},
            "same_origin": True,
            "directory_id": DIRECTORY,
            "tenant_name": "Contoso",
            "graph_host": "graph.microsoft.com",
            **changes,
        }
    )


def to_group(group_id, **target):
    return {
        "target": {
            "@odata.type": "#microsoft.graph.groupAssignmentTarget",
            "groupId": group_id,
            **target,
        }
    }


def without_group(group_id):
    return {
        "target": {
            "@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget",
            "groupId": group_id,
        }
    }


TO_ALL_DEVICES = {"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}


def preview(policies, reader=None, *, own=(), **changes):
    """The plan for these policies, through the real snapshot and the real decisions."""
    chosen = choices(**changes)
    restored = [wanted(one, chosen) for one in policies]
    snapshot = take_snapshot(
        reader=reader or FakeReader(),
        policies=restored,
        choices=chosen,
        own={(one.contract.key, one.object_id): one for one in own},
        beat=lambda done, note: None,
    )
    return decide(
        policies=restored,
        choices=chosen,
        snapshot=snapshot,
        beat=lambda done: None,
    )
