"""Made-up policies, shaped as Graph answers them, for the tests of backups."""

import json
from pathlib import Path

from restore_safety.backups.export import read_export

# Public policies of real tenants, beside the project where they are at hand.
REAL = next(
    (
        found
        for parent in Path(__file__).parents
        if (found := parent / "shared/data/openintunebaseline-windows").is_dir()
    ),
    Path("/nowhere"),
)
GROUP = "11111111-1111-1111-1111-111111111111"
ORIGIN = "99999999-9999-9999-9999-999999999999"


def catalog(number=1, **changes):
    """A settings catalog policy as an export holds it."""
    return {
        "@odata.context": "https://graph.microsoft.com/beta/$metadata"
        "#deviceManagement/configurationPolicies(assignments(),settings())/$entity",
        "@odata.type": "#microsoft.graph.deviceManagementConfigurationPolicy",
        "id": f"aaaaaaaa-0000-0000-0000-{number:012d}",
        "name": f"Catalog {number}",
        "platforms": "windows10",
        "technologies": "mdm",
        "settingCount": 1,
        "settings": [
            {
                "id": "0",
                "settingInstance": {
                    "@odata.type": "#microsoft.graph."
                    "deviceManagementConfigurationSimpleSettingInstance",
                    "settingDefinitionId": "device_vendor_msft_policy_config_example",
                    "simpleSettingValue": {
                        "@odata.type": "#microsoft.graph."
                        "deviceManagementConfigurationIntegerSettingValue",
                        "value": number,
                    },
                },
            }
        ],
    } | changes


def compliance(number=1, **changes):
    """A Windows compliance policy as an export holds it."""
    return {
        "@odata.type": "#microsoft.graph.windows10CompliancePolicy",
        "id": f"bbbbbbbb-0000-0000-0000-{number:012d}",
        "displayName": f"Compliance {number}",
        "passwordRequired": True,
        "scheduledActionsForRule": [
            {
                "ruleName": None,
                "scheduledActionConfigurations": [{"actionType": "block", "gracePeriodHours": 12}],
            }
        ],
    } | changes


def assignment(group=GROUP):
    return {
        "id": f"{group}_1",
        "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group},
    }


def written(value, encoding="utf-8"):
    """The bytes of a file that holds the value."""
    return json.dumps(value, ensure_ascii=False).encode(encoding)


def fill(folder, files):
    """Write files below a folder, by relative name."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def read(folder, files):
    """Import the files as one export."""
    return read_export(fill(folder, files), watch=lambda done, total: None)


def kept(reading):
    return [(item.contract_key, item.name) for item in reading.prepared.items]


def left_out(reading):
    return [(entry.name, entry.reason, entry.matters) for entry in reading.unread]


def only(reading):
    """The one policy that was imported, and what is kept of its content."""
    [item] = reading.prepared.items
    return item.record, json.loads(reading.prepared.body_of(item.payload_digest))
