"""What Graph refuses, the emulator refuses, and nothing is changed by it."""

import copy
import json

import pytest

from tests.tenants.emulator.graph_bodies import (
    ACCESS,
    BODIES,
    CATALOG,
    COMPLIANCE,
    DEVICE,
    DRIVERS,
    FILTERS,
    GROUP,
    SCRIPTS,
    TAGS,
    catalog,
    rules,
)

ZERO = "00000000-0000-0000-0000-000000000000"


def created(graph, path):
    answer = graph.post(path, json=BODIES[path])
    assert answer.is_success, answer.text
    return f"{path}/{answer.json()['id']}"


@pytest.mark.parametrize("path", BODIES)
def test_the_smallest_payload_of_each_type_is_created_changed_and_removed(graph, path):
    name = "name" if path == CATALOG else "displayName"
    made = graph.post(path, json=BODIES[path])
    item = f"{path}/{made.json()['id']}"
    mark = {"@odata.type": BODIES[path]["@odata.type"]} if "@odata.type" in BODIES[path] else {}

    patched = graph.patch(item, json={name: "Renamed"} | mark)
    read = graph.get(item).json()
    removed = graph.delete(item)

    assert made.status_code == (200 if path == TAGS else 201)
    assert patched.status_code == (204 if path in (ACCESS, COMPLIANCE, DEVICE) else 200)
    assert (read[name], removed.status_code, graph.get(item).status_code) == ("Renamed", 204, 404)


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        (CATALOG, {"assignments": []}),
        (CATALOG, {"settings@odata.context": "x"}),
        (CATALOG, {"#microsoft.graph.assign": {}}),
        (CATALOG, {"roleScopeTagIds": []}),
        (CATALOG, {"roleScopeTagIds": ["77"]}),
        (CATALOG, {"roleScopeTagIds": "0"}),
        (CATALOG, {"technologies": None}),
        (CATALOG, {"nonsense": 1}),
        (CATALOG, {"settings": [{"settingInstance": {"settingDefinitionId": "x"}}]}),
        (DEVICE, {"@odata.type": None}),
        (DEVICE, {"@odata.type": "#microsoft.graph.deviceConfiguration"}),
        (DEVICE, {"@odata.type": "#microsoft.graph.windows10CompliancePolicy"}),
        (DEVICE, {"@odata.type": "#microsoft.graph.unsupportedDeviceConfiguration"}),
        (DEVICE, {"supportsScopeTags": True}),
        (DEVICE, {"omaSettings": {"displayName": "not an array"}}),
        (DEVICE, {"omaSettings": [{"displayName": "no type"}]}),
        (DEVICE, {"displayName": 5}),
        (COMPLIANCE, {"scheduledActionsForRule": None}),
        (COMPLIANCE, {"scheduledActionsForRule": []}),
        (COMPLIANCE, {"passwordRequired": "yes"}),
        (DRIVERS, {"approvalType": "sometimes"}),
        (FILTERS, {"platform": "windows95"}),
        (SCRIPTS, {"scriptContent": None}),
        (SCRIPTS, {"scriptContent": "not base64!"}),
        (ACCESS, {"conditions": {"users": {"includeUsers": ["All"]}}}),
        (ACCESS, {"grantControls": {"authenticationStrength": {"id": ZERO, "displayName": "x"}}}),
    ],
)
def test_a_wrong_creation_is_refused_and_nothing_is_made(graph, path, changes):
    before = graph.get(path).json()["value"]

    answer = graph.post(path, json={**BODIES[path], **changes})

    assert (answer.status_code, graph.get(path).json()["value"]) == (400, before)


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        (CATALOG, {"settings": []}),
        (CATALOG, {"platforms": "macOS"}),
        (DRIVERS, {"approvalType": "manual"}),
        (FILTERS, {"platform": "macOS"}),
        (
            COMPLIANCE,
            {"@odata.type": BODIES[COMPLIANCE]["@odata.type"], "scheduledActionsForRule": rules()},
        ),
        (COMPLIANCE, {"displayName": "no type"}),
        (COMPLIANCE, {"@odata.type": "#microsoft.graph.macOSCompliancePolicy"}),
        (ACCESS, {"state": "on"}),
    ],
)
def test_a_wrong_update_is_refused_and_nothing_is_changed(graph, path, changes):
    item = created(graph, path)
    before = graph.get(item).json()

    answer = graph.patch(item, json=changes)

    assert (answer.status_code, graph.get(item).json()) == (400, before)


def test_the_built_in_scope_tag_is_there_and_stays(graph):
    tags = graph.get(TAGS).json()["value"]

    answers = [graph.patch(f"{TAGS}/0", json={"displayName": "x"}), graph.delete(f"{TAGS}/0")]

    assert [(tag["id"], tag["displayName"], tag["isBuiltIn"]) for tag in tags] == [
        ("0", "Default", True)
    ]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert graph.get(TAGS).json()["value"] == tags


def test_replacing_a_catalog_policy_replaces_all_but_what_is_fixed(graph):
    item = created(graph, CATALOG)
    before = graph.get(item).json()

    fixed = graph.put(item, json=catalog() | {"platforms": "macOS"})
    whole = graph.put(item, json=catalog("Other", settings=3) | {"description": "new"})

    after = graph.get(item).json()
    assert (fixed.status_code, whole.status_code) == (400, 204)
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {"name", "description", "settingCount", "lastModifiedDateTime"}
    assert after["settingCount"] == 3


def test_conditional_access_names_the_location_that_is_missing(graph):
    body = copy.deepcopy(BODIES[ACCESS])
    body["conditions"]["locations"] = {"includeLocations": ["All"], "excludeLocations": ["gone"]}

    answer = graph.post(ACCESS, json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "1040: NamedLocation with id gone does not exist."


def test_beta_only_entities_and_properties_are_unknown_to_v1(graph):
    segment = graph.get("/v1.0/deviceManagement/configurationPolicies")
    tags = graph.post(
        "/v1.0/deviceManagement/deviceConfigurations",
        json=BODIES[DEVICE] | {"roleScopeTagIds": ["0"]},
    )
    item = created(graph, DEVICE)

    shown = graph.get(item.replace("/beta/", "/v1.0/")).json()

    assert segment.json()["error"]["message"] == (
        "Resource not found for the segment 'configurationPolicies'."
    )
    assert tags.json()["error"]["code"] == "ModelValidationFailure"
    assert "roleScopeTagIds" not in shown
    assert shown["@odata.type"] == "#microsoft.graph.windows10CustomConfiguration"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("PUT", CATALOG, 400, "No method match route template"),
        ("DELETE", DEVICE, 400, "No method match route template"),
        ("PATCH", ACCESS, 405, "Request_BadRequest"),
        ("POST", "/v1.0/groups", 405, "Request_BadRequest"),
        ("GET", "/beta/deviceManagement/nothing", 400, "BadRequest"),
        ("GET", f"{CATALOG}/gone", 404, "ResourceNotFound"),
        ("GET", "/v1.0/groups/gone", 404, "Request_ResourceNotFound"),
    ],
)
def test_wrong_verbs_and_addresses_are_refused(graph, method, path, status, code):
    answer = graph.request(method, path, json={} if method != "GET" else None)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_setting_has_no_route_for_a_patch(graph):
    item = created(graph, CATALOG)

    answer = graph.patch(f"{item}/settings/0", json={})

    assert answer.json()["error"]["code"] == "No method match route template"


@pytest.mark.parametrize(
    "sent",
    [
        {"content": b"{broken", "headers": {"Content-Type": "application/json"}},
        {"content": json.dumps(BODIES[TAGS]).encode()},
        {"content": b"[]", "headers": {"Content-Type": "application/json"}},
        {},
    ],
)
def test_a_body_that_is_no_json_object_is_refused(graph, sent):
    answer = graph.post(TAGS, **sent)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Unable to read JSON request payload.")


def test_intune_wraps_its_error_and_every_answer_can_be_traced(graph):
    answer = graph.get(f"{CATALOG}/gone", headers={"client-request-id": "mine"})

    error = answer.json()["error"]
    wrapped = json.loads(error["message"])
    assert wrapped["Message"].startswith("An error has occurred - Operation ID")
    assert error["innerError"]["request-id"] == answer.headers["request-id"]
    assert error["innerError"]["client-request-id"] == "mine"
    assert answer.headers["client-request-id"] == "mine"
    assert "Date" in answer.headers


def test_a_beta_subtype_is_taken_but_not_what_graph_documents_as_refused(graph):
    body = {
        "@odata.type": "#microsoft.graph.windowsWifiConfiguration",
        "displayName": "Wi-Fi",
        "ssid": "corp",
        "ssid@odata.type": "#String",
    }

    taken = graph.post(DEVICE, json=body)
    refused = graph.post(DEVICE, json=body | {"supportsScopeTags": True})

    assert (taken.status_code, taken.json()["ssid"], taken.json()["version"]) == (201, "corp", 1)
    assert (refused.status_code, GROUP in refused.text) == (400, False)


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        (CATALOG, {"id": "x"}),
        (CATALOG, {"settingCount": 1, "creationSource": None, "priorityMetaData": None}),
        (CATALOG, {"settings": [{"id": "0", **catalog()["settings"][0]}]}),
        (DEVICE, {"version": 7, "createdDateTime": "2020-01-01T00:00:00Z"}),
        (DRIVERS, {"newUpdates": 3, "deviceReporting": None, "inventorySyncStatus": None}),
        (FILTERS, {"payloads": [], "evaluationMode": None}),
        (TAGS, {"isBuiltIn": True}),
        (ACCESS, {"modifiedDateTime": "2020-01-01T00:00:00Z", "deletedDateTime": None}),
        (ACCESS, {"templateId": None, "partialEnablementStrategy": None}),
        (
            ACCESS,
            {
                "conditions": BODIES[ACCESS]["conditions"]
                | {"deviceStates": None, "times": None, "clients": None}
            },
        ),
    ],
)
def test_what_the_service_sets_may_stand_in_a_body_and_is_ignored(graph, path, changes):
    plain = graph.post(path, json=BODIES[path]).json()

    answer = graph.post(path, json=BODIES[path] | changes)

    assert answer.is_success, answer.text
    moving = {"id", "createdDateTime", "lastModifiedDateTime", "modifiedDateTime"}
    assert {key: one for key, one in answer.json().items() if key not in moving} == {
        key: one for key, one in plain.items() if key not in moving
    }


def test_a_secret_becomes_a_token_of_the_tenant_and_foreign_tokens_are_refused(graph):
    body = catalog()
    prefix = "#microsoft.graph.deviceManagementConfiguration"
    secret = {"@odata.type": f"{prefix}SecretSettingValue", "valueState": "notEncrypted"}
    body["settings"][0]["settingInstance"]["simpleSettingValue"] = secret | {"value": "plain"}

    item = graph.post(CATALOG, json=body).json()["id"]
    (shown,) = graph.get(f"{CATALOG}/{item}/settings").json()["value"]
    kept = shown["settingInstance"]["simpleSettingValue"]
    body["settings"][0]["settingInstance"]["simpleSettingValue"] = kept

    assert (kept["valueState"], "plain" in json.dumps(shown)) == ("encryptedValueToken", False)
    assert graph.put(f"{CATALOG}/{item}", json=body).status_code == 204
    assert graph.post(CATALOG, json=body).status_code == 400
