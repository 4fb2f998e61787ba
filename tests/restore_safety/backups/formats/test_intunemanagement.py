import json

import pytest

from tests.restore_safety.backups.policies import (
    GROUP,
    assignment,
    catalog,
    left_out,
    only,
    read,
    written,
)

CONTEXT = "https://graph.microsoft.com/beta/$metadata#deviceManagement/"
DEFINITION = "33333333-0000-0000-0000-000000000001"
SETTING = {
    "@odata.type": "#microsoft.graph.deviceManagementBooleanSettingInstance",
    "definitionId": "x",
    "valueJson": "true",
}


def intent(**changes):
    return {
        "@odata.context": f"{CONTEXT}intents(assignments())/$entity",
        "@odata.type": "#microsoft.graph.deviceManagementIntent",
        "id": GROUP,
        "displayName": "Disk",
        "templateId": DEFINITION,
        "assignments": [],
    } | changes


@pytest.mark.parametrize(
    "beside",
    [
        written([SETTING]),
        written(SETTING),
        written({"value": [SETTING]}),
        written(json.dumps([SETTING])),
        written(json.dumps([SETTING]), "utf-16"),
    ],
)
def test_settings_in_a_file_beside_are_joined_however_they_are_written(tmp_path, beside):
    reading = read(
        tmp_path,
        {
            "EndpointSecurity/Disk.json": written(intent()),
            "EndpointSecurity/Disk_Settings.json": beside,
        },
    )

    record, content = only(reading)
    assert record.contract_key == "intents"
    assert content["settings"] == [SETTING]
    assert left_out(reading) == []


def test_settings_in_the_policy_are_enough(tmp_path):
    record, content = only(
        read(tmp_path, {"EndpointSecurity/Disk.json": written(intent(settings=[SETTING]))})
    )

    assert content["settings"] == [SETTING]
    assert record.completeness.is_complete


def test_an_intent_without_settings_anywhere_is_incomplete(tmp_path):
    record, _ = only(read(tmp_path, {"EndpointSecurity/Disk.json": written(intent())}))

    assert record.completeness.missing_parts == ("settings",)


def test_assignments_in_a_file_beside_are_joined(tmp_path):
    reading = read(
        tmp_path,
        {
            "SettingsCatalog/Lock.json": written(catalog()),
            "SettingsCatalog/Lock_assignments.json": written([assignment()]),
        },
    )

    record, _ = only(reading)
    assert record.assignments == [assignment()]
    assert left_out(reading) == []


def test_an_array_of_one_that_was_written_as_the_one_becomes_an_array(tmp_path):
    template = {
        "@odata.context": f"{CONTEXT}groupPolicyConfigurations(assignments())/$entity",
        "@odata.type": "#microsoft.graph.groupPolicyConfiguration",
        "id": GROUP,
        "displayName": "Edge",
        "definitionValues": {
            "enabled": True,
            "definition@odata.bind": (
                "https://graph.microsoft.com/beta/deviceManagement/"
                f"groupPolicyDefinitions('{DEFINITION}')"
            ),
        },
        "assignments": assignment(),
    }

    record, content = only(read(tmp_path, {"AdministrativeTemplates/E.json": written(template)}))

    assert content["definitionValues"] == [{"enabled": True, "definition": {"id": DEFINITION}}]
    assert record.assignments == [assignment()]


def test_a_migration_table_in_any_folder_names_the_origin_and_is_read_first(tmp_path):
    table = {
        "TenantId": "99999999-9999-9999-9999-999999999999",
        "Objects": [{"Id": GROUP, "DisplayName": "Pilot", "Type": "Group"}],
    }

    reading = read(
        tmp_path,
        {
            "A/1.json": written(catalog(assignments=[assignment()])),
            "Z/MigrationTable.json": written(table),
        },
    )

    record, _ = only(reading)
    assert str(reading.markers.origin) == table["TenantId"]
    assert record.group_names == {GROUP: "Pilot"}


def test_the_placeholder_of_the_tenant_stays(tmp_path):
    _, content = only(
        read(tmp_path, {"SettingsCatalog/1.json": written(catalog(description="%OrganizationId%"))})
    )

    assert content["description"] == "%OrganizationId%"
