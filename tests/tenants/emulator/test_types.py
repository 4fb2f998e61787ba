"""Which types a policy may have: those Graph's model resolves, and no others."""

import json
from pathlib import Path

import pytest

from tenants.graph.contracts import CONTRACTS, creation_body, recognise
from tests.tenants.emulator.graph_bodies import BODIES, CATALOG, COMPLIANCE, DEVICE, GROUP

EXPORTS = Path(__file__).parents[4] / "shared/data/openintunebaseline-windows"
HEALTH = {
    "@odata.type": "#microsoft.graph.windowsHealthMonitoringConfiguration",
    "displayName": "Health",
    "allowDeviceHealthMonitoring": "enabled",
    "configDeviceHealthMonitoringScope": "bootPerformance,windowsUpdates",
}


def typed(name, **properties):
    mark = {"@odata.type": f"#microsoft.graph.{name}", "displayName": name}
    return mark | properties


def unresolved(answer):
    error = answer.json()["error"]
    return (answer.status_code, error["code"]) == (400, "ModelValidationFailure") and (
        "could not be resolved by the model" in error["message"]
    )


@pytest.mark.parametrize(
    "name",
    [
        "windowsWifiConfiguration",
        "windows10VpnConfiguration",
        "windows10DeviceFirmwareConfigurationInterface",
        "windows81SCEPCertificateProfile",
        "windows81TrustedRootCertificate",
        "windowsKioskConfiguration",
        "iosWiFiConfiguration",
        "iosikEv2VpnConfiguration",
        "macOSEndpointProtectionConfiguration",
        "androidDeviceOwnerGeneralDeviceConfiguration",
        "aospDeviceOwnerDeviceConfiguration",
    ],
)
def test_a_beta_type_is_taken_with_its_members_and_no_others(graph, name):
    taken = graph.post(DEVICE, json=typed(name, description="x"))
    refused = graph.post(DEVICE, json=typed(name, bananaBlocked=True))

    assert (taken.status_code, taken.json()["@odata.type"], taken.json()["description"]) == (
        201,
        f"#microsoft.graph.{name}",
        "x",
    )
    assert refused.status_code == 400
    assert "'bananaBlocked' does not exist on type" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (DEVICE, "bogusConfiguration"),
        (DEVICE, "windowsWifiConfigurations"),
        (DEVICE, "WindowsWifiConfiguration"),
        (DEVICE, "groupPolicyConfiguration"),
        (DEVICE, "androidDeviceOwnerCompliancePolicy"),
        (COMPLIANCE, "bogusCompliancePolicy"),
        (COMPLIANCE, "windowsWifiConfiguration"),
        (COMPLIANCE, "deviceManagementCompliancePolicy"),
    ],
)
def test_a_type_the_model_does_not_have_is_refused(graph, path, name):
    before = graph.get(path).json()["value"]

    answer = graph.post(path, json=BODIES[path] | typed(name))

    assert unresolved(answer)
    assert graph.get(path).json()["value"] == before


@pytest.mark.parametrize("body", [typed("windowsWifiConfiguration"), HEALTH])
def test_a_beta_type_is_unknown_to_v1(graph, body):
    assert unresolved(graph.post("/v1.0/deviceManagement/deviceConfigurations", json=body))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"itsOwn": "x"}, "The property 'itsOwn' does not exist on type"),
        ({"allowDeviceHealthMonitoring": "perhaps"}, "Requested value 'perhaps' was not found"),
        ({"configDeviceHealthMonitoringScope": 5}, "Cannot convert the value of property"),
    ],
)
def test_a_beta_type_whose_properties_are_known_has_no_others(graph, changes, message):
    assert graph.post(DEVICE, json=HEALTH).status_code == 201

    answer = graph.post(DEVICE, json=HEALTH | changes)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(message)


def test_a_type_inside_an_item_is_resolved_too(graph):
    body = BODIES[DEVICE] | {"omaSettings": [typed("omaSettingBogus", omaUri="./One", value=1)]}
    item = graph.post(CATALOG, json=BODIES[CATALOG]).json()["id"]
    target = {"@odata.type": "#microsoft.graph.bogusAssignmentTarget", "groupId": GROUP}

    assert unresolved(graph.post(DEVICE, json=body))
    assert unresolved(
        graph.post(f"{CATALOG}/{item}/assign", json={"assignments": [{"target": target}]})
    )


@pytest.mark.skipif(not EXPORTS.is_dir(), reason="the public export is not beside the project")
def test_real_exports_are_created_anew(graph):
    files = sorted(EXPORTS.glob("*/*.json"))
    answers = {}
    for file in files:
        payload = json.loads(file.read_bytes().decode("utf-16"))
        contract = recognise(payload)
        assert contract in CONTRACTS.values()
        address = f"/{contract.version}/{contract.path}"
        answers[file.stem] = graph.post(address, json=creation_body(contract, payload)).status_code

    assert answers == dict.fromkeys((file.stem for file in files), 201)
    assert len(answers) == 70
