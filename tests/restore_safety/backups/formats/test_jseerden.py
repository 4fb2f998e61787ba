import pytest

from restore_safety.policies.completeness import Wholeness
from tests.restore_safety.backups.policies import (
    GROUP,
    assignment,
    catalog,
    compliance,
    kept,
    left_out,
    only,
    read,
    written,
)

ID = "aaaaaaaa-0000-0000-0000-000000000001"
DEFINITION = "33333333-0000-0000-0000-000000000001"
PRESENTATION = "44444444-0000-0000-0000-000000000001"
BIND = f"https://graph.microsoft.com/beta/deviceManagement/groupPolicyDefinitions('{DEFINITION}')"
METADATA = (
    "IntuneBackupAndRestore does not back up the description and the scope tags of administrative "
    "templates."
)


def listed(policy):
    """The policy as the tool lists it: without its context and its assignments."""
    return {key: part for key, part in policy.items() if key != "@odata.context"}


@pytest.mark.parametrize("name", ["Lock", f"{ID} - Lock"])
@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: [one], lambda one: {"value": [one]}])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_assignments_beside_are_joined_however_they_are_written(tmp_path, name, wrap, encoding):
    reading = read(
        tmp_path,
        {
            "Settings Catalog/Lock.json": written(listed(catalog()), encoding),
            f"Settings Catalog/Assignments/{name}.json": written(wrap(assignment()), encoding),
        },
    )

    record, _ = only(reading)
    assert record.assignments == [assignment()]
    assert record.completeness.wholeness is Wholeness.COMPLETE
    assert left_out(reading) == []


def test_a_policy_that_states_its_context_is_joined_as_well(tmp_path):
    reading = read(
        tmp_path,
        {
            "Settings Catalog/Lock.json": written(catalog()),
            "Settings Catalog/Assignments/Lock.json": written(assignment()),
        },
    )

    record, _ = only(reading)
    assert record.assignments == [assignment()]


def test_one_page_of_assignments_is_not_all_of_them(tmp_path):
    page = {"value": [assignment()], "@odata.nextLink": "https://graph.microsoft.com/next"}
    reading = read(
        tmp_path,
        {
            "Settings Catalog/Lock.json": written(listed(catalog())),
            "Settings Catalog/Assignments/Lock.json": written(page),
        },
    )

    record, _ = only(reading)
    assert record.assignments is None
    assert record.completeness.assignments_problem == "not all of their pages were saved"


def test_a_policy_without_a_file_of_assignments_has_unknown_ones(tmp_path):
    reading = read(
        tmp_path,
        {
            "Settings Catalog/Lock.json": written(listed(catalog())),
            "Settings Catalog/Assignments/Gone.json": written(assignment()),
        },
    )

    record, _ = only(reading)
    assert record.assignments is None
    assert left_out(reading) == [
        (
            "Settings Catalog/Assignments/Gone.json",
            "not a policy: it holds assignments of no policy here that lacks them",
            False,
        )
    ]


def test_assignments_that_cannot_be_read_are_named(tmp_path):
    reading = read(
        tmp_path,
        {
            "Settings Catalog/Lock.json": written(listed(catalog())),
            "Settings Catalog/Assignments/Lock.json": b"[",
        },
    )

    record, _ = only(reading)
    assert record.assignments is None
    assert left_out(reading) == [
        ("Settings Catalog/Assignments/Lock.json", "not valid JSON at line 1, column 2", True)
    ]


def test_a_policy_in_the_folder_of_assignments_is_a_policy(tmp_path):
    reading = read(
        tmp_path,
        {
            "Settings Catalog/Lock.json": written(listed(catalog(1))),
            "Settings Catalog/Assignments/Other.json": written(catalog(2)),
        },
    )

    assert kept(reading) == [
        ("configurationPolicies", "Catalog 1"),
        ("configurationPolicies", "Catalog 2"),
    ]


@pytest.mark.parametrize(
    ("held", "count", "is_complete", "is_proven"),
    [(24, None, True, True), (25, None, False, False), (25, 40, False, True), (25, 25, True, True)],
)
def test_only_the_first_page_of_settings_is_there(tmp_path, held, count, is_complete, is_proven):
    policy = listed(catalog(settings=[{}] * held, settingCount=count))

    record, _ = only(read(tmp_path, {"Settings Catalog/Lock.json": written(policy)}))

    facts = record.completeness
    assert (facts.is_complete, facts.settings_proven) == (is_complete, is_proven)


def test_actions_for_noncompliance_are_missing_and_that_is_said(tmp_path):
    policy = compliance()
    del policy["scheduledActionsForRule"]

    record, _ = only(read(tmp_path, {"Device Compliance Policies/C.json": written(policy)}))

    assert record.completeness.content_problems == (
        "“scheduledActionsForRule” was not captured.",
        "IntuneBackupAndRestore does not back up the actions for noncompliance.",
    )
    assert record.completeness.would_delete_uncaptured


def template_setting(**changes):
    return {
        "definition@odata.bind": BIND,
        "enabled": True,
        "presentationValues": [
            {
                "@odata.type": "#microsoft.graph.groupPolicyPresentationValueText",
                "value": "x",
                "presentation@odata.bind": f"{BIND}/presentations('{PRESENTATION}')",
            }
        ],
    } | changes


@pytest.mark.parametrize("wrap", [lambda one: [one], lambda one: one])
def test_an_administrative_template_is_named_by_its_file(tmp_path, wrap):
    setting = template_setting(enabled="true")

    record, content = only(
        read(tmp_path, {"Administrative Templates/Edge.json": written(wrap(setting))})
    )

    assert (record.contract_key, record.name) == ("groupPolicyConfigurations", "Edge")
    assert content == {
        "displayName": "Edge",
        "definitionValues": [
            {
                "definition": {"id": DEFINITION},
                "enabled": True,
                "presentationValues": [
                    {
                        "@odata.type": "#microsoft.graph.groupPolicyPresentationValueText",
                        "value": "x",
                        "presentation": {"id": PRESENTATION},
                    }
                ],
            }
        ],
    }
    assert record.completeness.metadata_losses == (METADATA,)
    assert record.completeness.wholeness is Wholeness.INCOMPLETE
    assert record.completeness.is_complete


def test_an_intent_has_its_template_in_the_name_of_its_file(tmp_path):
    setting = {
        "@odata.type": "#microsoft.graph.deviceManagementBooleanSettingInstance",
        "definitionId": "x",
        "valueJson": "true",
    }
    intent = {"displayName": "Disk", "settingsDelta": [setting], "roleScopeTagIds": ["0"]}
    path = f"Device Management Intents/BitLocker/{GROUP}_Disk.json"

    record, content = only(read(tmp_path, {path: written(intent)}))

    assert record.contract_key == "intents"
    assert content["templateId"] == GROUP
    assert content["settings"] == [setting]


def test_an_app_may_have_been_cut_off_and_that_is_said(tmp_path):
    app = {"@odata.type": "#microsoft.graph.win32LobApp", "id": ID, "displayName": "App"}
    cut = app | {"id": GROUP, "displayName": "Cut", "installExperience": "@{runAsAccount=system}"}

    reading = read(
        tmp_path, {"Client Apps/a.json": written(app), "Client Apps/b.json": written(cut)}
    )

    whole, damaged = (item.record.completeness for item in reading.prepared.items)
    assert whole.metadata_losses == (
        "IntuneBackupAndRestore cuts apps off below the third level of nesting.",
    )
    assert damaged.cut_off == ("installExperience",)
    assert not damaged.is_complete


def test_copies_of_scripts_are_named_as_such(tmp_path):
    reading = read(
        tmp_path,
        {
            "Device Management Scripts/a.json": written(
                {
                    "displayName": "a",
                    "enforceSignatureCheck": False,
                    "scriptContent": "V3JpdGUtSG9zdCAx",
                }
            ),
            "Device Management Scripts/Script Content/a.ps1": b"Write-Host 1",
        },
    )

    [entry] = reading.unread
    assert entry.reason == "a copy of a script: the file of its policy holds the script itself"
    assert not entry.matters
