"""Exports of any size, in the layouts of several tools side by side."""

import base64
import json
import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle, islice
from pathlib import Path
from typing import Any

_GRAPH = "#microsoft.graph."
_DEFINITION = "device_vendor_msft_policy_config_bench"
# Content that hardly shrinks, so that nothing but the disk holds it cheaply; in bytes.
_CONTENT = 12_000

type _Files = Mapping[str, bytes]


def write_export(folder: Path, count: int) -> tuple[int, int]:
    """Write at least so many files below the folder; how many there are, and their size."""
    written = size = 0
    for name, content in islice(_files(), count):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        written += 1
        size += len(content)
    return written, size


def _files() -> Iterator[tuple[str, bytes]]:
    for number, layout in enumerate(cycle(_LAYOUTS)):
        yield from layout(number).items()


def _managed(number: int) -> _Files:
    policy = _catalog(number, "Managed") | {"assignments": []}
    return {f"managed/SettingsCatalog/{policy['name']}.json": _json(policy, "utf-16")}


def _named(number: int) -> _Files:
    policy = _catalog(number, "Named") | {"roleScopeTagIds": ["Default"]}
    del policy["id"], policy["@odata.type"]
    return {f"named/Settings Catalog/{policy['name']}_mdm.json": _json(policy)}


def _compliance(number: int) -> _Files:
    lines = (
        f"'@odata.type': '{_GRAPH}windows10CompliancePolicy'",
        f"displayName: Compliance {number:05}",
        f"description: {_noise(number)}",
        "bitLockerEnabled: true",
        "scheduledActionsForRule:",
        "- ruleName: null",
        "  scheduledActionConfigurations:",
        "  - actionType: block",
        "    gracePeriodHours: 12",
    )
    name = f"named/Compliance Policies/Policies/Compliance {number:05}.yaml"
    return {name: "\n".join(lines).encode()}


def _script(number: int) -> _Files:
    policy = {
        "@odata.type": f"{_GRAPH}deviceManagementScript",
        "displayName": f"Script {number:05}",
        "fileName": f"{number:05}.ps1",
        "runAsAccount": "system",
        "enforceSignatureCheck": False,
        "scriptContent": base64.b64encode(_noise(number).encode()).decode(),
    }
    return {f"named/Scripts/Powershell/Script {number:05}.json": _json(policy)}


def _beside(number: int) -> _Files:
    policy = {
        "@odata.type": f"{_GRAPH}windows10GeneralConfiguration",
        "id": _id(number),
        "displayName": f"Beside {number:05}",
        "description": _noise(number),
        "cameraBlocked": True,
    }
    target = {"@odata.type": f"{_GRAPH}groupAssignmentTarget", "groupId": _id(-1)}
    folder = "beside/Device Configurations"
    return {
        f"{folder}/Beside {number:05}.json": _json(policy),
        f"{folder}/Assignments/Beside {number:05}.json": _json([{"target": target}]),
    }


def _template(number: int) -> _Files:
    policy = _catalog(number, "Template")
    held = {"Displayname": policy["name"], "Type": "Catalog", "RAWJson": json.dumps(policy)}
    row = {"PartitionKey": "IntuneTemplate", "RowKey": _id(number), "JSON": json.dumps(held)}
    return {f"templates/{number:05}.json": _json(row)}


def _catalog(number: int, name: str) -> dict[str, Any]:
    return {
        "@odata.type": f"{_GRAPH}deviceManagementConfigurationPolicy",
        "id": _id(number),
        "name": f"{name} {number:05}",
        "description": _noise(number),
        "platforms": "windows10",
        "technologies": "mdm",
        "settings": [
            {
                "id": str(position),
                "settingInstance": {
                    "@odata.type": f"{_GRAPH}deviceManagementConfigurationChoiceSettingInstance",
                    "settingDefinitionId": f"{_DEFINITION}_{position}",
                    "choiceSettingValue": {
                        "value": f"{_DEFINITION}_{position}_1",
                        "children": [],
                    },
                },
            }
            for position in range(10)
        ],
    }


def _noise(number: int) -> str:
    return random.Random(number).randbytes(_CONTENT // 2).hex()


def _id(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


def _json(value: Any, encoding: str = "utf-8") -> bytes:
    return json.dumps(value).encode(encoding)


_LAYOUTS: tuple[Callable[[int], _Files], ...] = (
    _managed,
    _named,
    _compliance,
    _script,
    _beside,
    _template,
)
