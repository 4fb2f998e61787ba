"""What the demo's policies are made of: settings, assignments, and the members most types have."""

from base64 import b64encode
from typing import Any

from restore_safety.demo.directory import Directory

type Json = dict[str, Any]

GRAPH = "#microsoft.graph."
FILTERS = "deviceManagement/assignmentFilters"

# What the types of the settings catalog begin with.
CATALOG_TYPE = f"{GRAPH}deviceManagementConfiguration"
POLICY_SETTING = "device_vendor_msft_policy_config"


def choice(definition: str, option: int | str, *children: Json) -> Json:
    """A setting whose value is one of its definition's options."""
    value = {"value": f"{definition}_{option}", "children": list(children)}
    return {
        "@odata.type": f"{CATALOG_TYPE}ChoiceSettingInstance",
        "settingDefinitionId": definition,
        "choiceSettingValue": {"@odata.type": f"{CATALOG_TYPE}ChoiceSettingValue"} | value,
    }


def number(definition: str, value: int) -> Json:
    simple = {"@odata.type": f"{CATALOG_TYPE}IntegerSettingValue", "value": value}
    return _simple(definition, simple)


def text(definition: str, value: str) -> Json:
    simple = {"@odata.type": f"{CATALOG_TYPE}StringSettingValue", "value": value}
    return _simple(definition, simple)


def settings(*instances: Json) -> list[Json]:
    return [
        {"@odata.type": f"{CATALOG_TYPE}Setting", "settingInstance": instance}
        for instance in instances
    ]


def _simple(definition: str, value: Json) -> Json:
    return {
        "@odata.type": f"{CATALOG_TYPE}SimpleSettingInstance",
        "settingDefinitionId": definition,
        "simpleSettingValue": value,
    }


def to_group(directory: Directory, group: str, *, filter_name: str = "") -> Json:
    target = {
        "@odata.type": f"{GRAPH}groupAssignmentTarget",
        "groupId": directory.group(group),
    }
    if filter_name:
        target["deviceAndAppManagementAssignmentFilterId"] = directory.id_of(FILTERS, filter_name)
        target["deviceAndAppManagementAssignmentFilterType"] = "include"
    return {"target": target}


def excluding(directory: Directory, group: str) -> Json:
    kind = f"{GRAPH}exclusionGroupAssignmentTarget"
    return {"target": {"@odata.type": kind, "groupId": directory.group(group)}}


def to_everyone(audience: str = "allDevices") -> Json:
    return {"target": {"@odata.type": f"{GRAPH}{audience}AssignmentTarget"}}


def entity(kind: str, name: str, description: str, **members: Any) -> Json:
    """The members most types have, with those of the one."""
    return {
        "@odata.type": f"{GRAPH}{kind}",
        "displayName": name,
        "description": description,
        "roleScopeTagIds": ["0"],
    } | members


def encoded(lines: str) -> str:
    """A file's content as Graph takes it: base64 of UTF-8."""
    return b64encode(lines.encode()).decode()
