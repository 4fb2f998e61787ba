"""What lies below items: templates' settings, definition values, messages, apps, links."""

import pytest

from tests.tenants.emulator.graph_bodies import DEVICE, GROUP

DM = "/beta/deviceManagement"
DAM = "/beta/deviceAppManagement"
DEFINITION = "5a3f1f0e-0000-4000-8000-0000000000b1"
PRESENTATION = "5a3f1f0e-0000-4000-8000-0000000000b2"
INTENT_TEMPLATE = "5a3f1f0e-0000-4000-8000-0000000000b3"
TOKEN = "5a3f1f0e-0000-4000-8000-0000000000b4"
_G = "#microsoft.graph."

OBJECTS = {
    "deviceManagement/groupPolicyDefinitions": [
        {
            "id": DEFINITION,
            "displayName": "Turn off autoplay",
            "classType": "machine",
            "presentations": [
                {
                    "id": PRESENTATION,
                    "@odata.type": f"{_G}groupPolicyPresentationTextBox",
                    "label": "Drives",
                }
            ],
        }
    ],
    "deviceManagement/templates": [{"id": INTENT_TEMPLATE, "displayName": "BitLocker"}],
    "deviceManagement/depOnboardingSettings": [{"id": TOKEN, "tokenName": "School"}],
}


@pytest.fixture
def tenant(make_tenant):
    return make_tenant(
        groups=[{"id": GROUP, "displayName": "Pilots"}],
        objects=OBJECTS,
        knows=["groupPolicyDefinitions"],
    )


def definition_value(tenant, **changes):
    root = f"{tenant.url}/beta/deviceManagement/groupPolicyDefinitions('{DEFINITION}')"
    return {
        "enabled": True,
        "definition@odata.bind": root,
        "presentationValues": [
            {
                "@odata.type": f"{_G}groupPolicyPresentationValueText",
                "value": "all",
                "presentation@odata.bind": f"{root}/presentations('{PRESENTATION}')",
            }
        ],
    } | changes


def values_of(graph, item):
    expand = {"$expand": "definition,presentationValues($expand=presentation)"}
    return graph.get(f"{item}/definitionValues", params=expand).json()["value"]


def test_definition_values_are_written_by_address_and_read_expanded(graph, tenant):
    path = f"{DM}/groupPolicyConfigurations"
    item = f"{path}/{graph.post(path, json={'displayName': 'Autoplay'}).json()['id']}"

    added = graph.post(
        f"{item}/updateDefinitionValues",
        json={"added": [definition_value(tenant)], "updated": [], "deletedIds": []},
    )
    (value,) = values_of(graph, item)
    (presentation,) = value["presentationValues"]
    plain = graph.get(f"{item}/definitionValues").json()["value"][0]

    assert added.status_code == 204, added.text
    assert value["definition"]["displayName"] == "Turn off autoplay"
    assert presentation["value"] == "all"
    assert presentation["presentation"]["label"] == "Drives"
    assert not plain.keys() & {"definition", "presentationValues"}
    nested = graph.get(f"{item}/definitionValues/{value['id']}/presentationValues").json()["value"]
    assert [one["value"] for one in nested] == ["all"]
    linked = graph.get(f"{item}/definitionValues/{value['id']}/definition").json()
    assert linked["id"] == DEFINITION

    changed = graph.post(
        f"{item}/updateDefinitionValues",
        json={
            "added": [],
            "updated": [definition_value(tenant, id=value["id"], enabled=False)],
            "deletedIds": [],
        },
    )
    assert (changed.status_code, values_of(graph, item)[0]["enabled"]) == (204, False)
    graph.post(f"{item}/updateDefinitionValues", json={"deletedIds": [value["id"]]})
    assert values_of(graph, item) == []


@pytest.mark.parametrize(
    "address",
    [
        "https://graph.microsoft.us/beta/deviceManagement/groupPolicyDefinitions('{there}')",
        "{root}/beta/deviceManagement/groupPolicyDefinitions('{gone}')",
        "nowhere",
    ],
)
def test_an_address_of_another_host_or_of_nothing_is_refused(graph, tenant, address):
    path = f"{DM}/groupPolicyConfigurations"
    item = f"{path}/{graph.post(path, json={'displayName': 'Autoplay'}).json()['id']}"
    bind = address.format(root=tenant.url, there=DEFINITION, gone=GROUP)

    answer = graph.post(
        f"{item}/definitionValues",
        json={"enabled": True, "definition@odata.bind": bind},
    )

    assert (answer.status_code, values_of(graph, item)) == (400, [])


def integer_setting(definition, value):
    return {
        "@odata.type": f"{_G}deviceManagementIntegerSettingInstance",
        "definitionId": definition,
        "valueJson": str(value),
        "value": value,
    }


def test_an_intent_is_made_of_its_template_and_never_loses_a_setting(graph):
    made = graph.post(
        f"{DM}/templates/{INTENT_TEMPLATE}/createInstance",
        json={
            "displayName": "BitLocker",
            "description": "",
            "settingsDelta": [integer_setting("one", 1)],
            "roleScopeTagIds": ["0"],
        },
    )
    item = f"{DM}/intents/{made.json()['id']}"

    updated = graph.post(
        f"{item}/updateSettings",
        json={"settings": [integer_setting("one", 5), integer_setting("two", 2)]},
    )
    settings = graph.get(f"{item}/settings").json()["value"]

    assert (made.status_code, made.json()["templateId"]) == (201, INTENT_TEMPLATE)
    assert updated.status_code == 204
    assert [(one["definitionId"], one["value"]) for one in settings] == [("one", 5), ("two", 2)]
    assert graph.post(f"{DM}/intents", json={"displayName": "x"}).status_code == 400
    gone = graph.post(f"{DM}/templates/gone/createInstance", json={"displayName": "x"})
    assert gone.status_code == 404


def test_messages_of_a_template_are_written_one_by_one(graph):
    path = f"{DM}/notificationMessageTemplates"
    item = f"{path}/{graph.post(path, json={'displayName': 'Mail'}).json()['id']}"
    messages = f"{item}/localizedNotificationMessages"
    message = {
        "locale": "en-us",
        "subject": "Out of compliance",
        "messageTemplate": "Update it.",
        "isDefault": True,
    }

    made = graph.post(messages, json=message)
    one = f"{messages}/{made.json()['id']}"
    changed = graph.patch(one, json={"subject": "Act now"})
    moved = graph.patch(one, json={"locale": "de-de"})
    expand = {"$expand": "localizedNotificationMessages"}
    (listed,) = graph.get(path, params=expand).json()["value"]

    assert [answer.status_code for answer in (made, changed, moved)] == [201, 200, 400]
    assert listed["defaultLocale"] == "en-us"
    assert [one["subject"] for one in listed["localizedNotificationMessages"]] == ["Act now"]
    assert graph.delete(one).status_code == 204
    assert graph.get(messages).json()["value"] == []


def app(bundle):
    identifier = {"@odata.type": f"{_G}iosMobileAppIdentifier", "bundleId": bundle}
    return {"mobileAppIdentifier": identifier}


def test_apps_are_targeted_by_their_action_and_shown_by_the_union(graph):
    path = f"{DAM}/iosManagedAppProtections"
    item = f"{path}/{graph.post(path, json={'displayName': 'Protect'}).json()['id']}"
    body = {"apps": [app("com.a"), app("com.b")], "appGroupType": "selectedPublicApps"}

    done = graph.post(f"{item}/targetApps", json=body)
    inline = graph.patch(item, json={"apps": [app("com.c")]})
    shown = graph.get(item, params={"$expand": "apps"}).json()
    (listed,) = graph.get(f"{DAM}/managedAppPolicies").json()["value"]

    assert (done.status_code, inline.status_code) == (204, 400)
    assert [one["id"] for one in shown["apps"]] == ["com.a.ios", "com.b.ios"]
    assert (shown["appGroupType"], shown["deployedAppCount"]) == ("selectedPublicApps", 2)
    assert listed["@odata.type"] == f"{_G}iosManagedAppProtection"
    assert graph.get(f"{DAM}/managedAppPolicies/{shown['id']}").json()["id"] == shown["id"]
    assert graph.post(f"{DAM}/managedAppPolicies", json={}).status_code == 400


def certificate(graph, name):
    body = {
        "@odata.type": f"{_G}windows81TrustedRootCertificate",
        "displayName": name,
        "trustedRootCertificate": "eA==",
        "certFileName": "root.cer",
    }
    return graph.post(DEVICE, json=body).json()["id"]


def test_certificates_of_a_profile_are_links_of_their_own(graph, tenant):
    roots = [certificate(graph, name) for name in ("One", "Two")]
    body = {"@odata.type": f"{_G}windowsWifiEnterpriseEAPConfiguration", "displayName": "Wi-Fi"}
    item = f"{DEVICE}/{graph.post(DEVICE, json=body).json()['id']}"
    many, one = "rootCertificatesForServerValidation", "rootCertificateForClientValidation"

    def at(key):
        address = f"{tenant.url}/beta/deviceManagement/deviceConfigurations('{key}')"
        return {"@odata.id": address}

    answers = [graph.post(f"{item}/{many}/$ref", json=at(key)) for key in roots]
    answers.append(graph.put(f"{item}/{one}/$ref", json=at(roots[0])))
    refused = [
        graph.put(f"{item}/{one}/$ref", json=at(GROUP)),
        graph.put(f"{item}/{many}/$ref", json=at(roots[0])),
        graph.post(f"{item}/{many}/$ref", json={"id": roots[0]}),
    ]
    cast = f"{item}/microsoft.graph.windowsWifiEnterpriseEAPConfiguration"
    listed = graph.get(f"{cast}/{many}").json()["value"]
    expanded = graph.get(item, params={"$expand": f"{many},{one}"}).json()

    assert [answer.status_code for answer in answers] == [204] * 3
    assert [answer.status_code for answer in refused] == [400] * 3
    assert [one["displayName"] for one in listed] == ["One", "Two"]
    assert expanded[one]["displayName"] == "One"
    assert one not in graph.get(item).json()
    assert graph.delete(f"{item}/{one}/$ref").status_code == 204
    assert graph.get(f"{cast}/{one}").status_code == 404


def test_a_link_may_be_set_when_the_profile_is_created(graph, tenant):
    root = certificate(graph, "One")
    address = f"{tenant.url}/beta/deviceManagement/deviceConfigurations('{root}')"
    body = {
        "@odata.type": f"{_G}windows81SCEPCertificateProfile",
        "displayName": "SCEP",
        "rootCertificate@odata.bind": address,
    }

    item = graph.post(DEVICE, json=body)

    assert item.status_code == 201, item.text
    shown = graph.get(f"{DEVICE}/{item.json()['id']}", params={"$expand": "rootCertificate"})
    assert shown.json()["rootCertificate"]["displayName"] == "One"


def test_privacy_access_controls_are_written_by_their_action(graph):
    body = {"@odata.type": f"{_G}windows10GeneralConfiguration", "displayName": "Privacy"}
    item = f"{DEVICE}/{graph.post(DEVICE, json=body).json()['id']}"
    control = {"accessLevel": "forceDeny", "dataCategory": "camera", "appDisplayName": "Camera"}

    done = graph.post(
        f"{item}/windowsPrivacyAccessControls", json={"windowsPrivacyAccessControls": [control]}
    )

    assert done.status_code == 204, done.text
    (held,) = graph.get(f"{item}/privacyAccessControls").json()["value"]
    assert (held["accessLevel"], held["dataCategory"]) == ("forceDeny", "camera")


def test_a_role_is_assigned_by_address_and_shows_its_assignments(graph, tenant):
    roles = f"{DM}/roleDefinitions"
    role = graph.post(roles, json={"displayName": "Help desk", "rolePermissions": []}).json()
    body = {
        "displayName": "Branch",
        "members": [GROUP],
        "resourceScopes": [GROUP],
        "roleDefinition@odata.bind": f"{tenant.url}{roles}('{role['id']}')",
        "roleScopeTags@odata.bind": [f"{tenant.url}{DM}/roleScopeTags('0')"],
    }

    made = graph.post(f"{DM}/roleAssignments", json=body)

    assert role["@odata.type"] == f"{_G}deviceAndAppManagementRoleDefinition"
    assert made.status_code == 201, made.text
    (held,) = graph.get(f"{roles}/{role['id']}/roleAssignments").json()["value"]
    assert (held["id"], held["members"]) == (made.json()["id"], [GROUP])
    expand = {"$expand": "roleScopeTags,roleDefinition"}
    whole = graph.get(f"{DM}/roleAssignments/{held['id']}", params=expand).json()
    assert [one["displayName"] for one in whole["roleScopeTags"]] == ["Default"]
    assert whole["roleDefinition"]["displayName"] == "Help desk"


def test_enrollment_objects_have_an_order_and_defaults_are_only_updated(graph, tenant):
    path = f"{DM}/deviceEnrollmentConfigurations"
    kind = {"@odata.type": f"{_G}deviceEnrollmentLimitConfiguration"}
    default = tenant.control.add_object(
        tenant.id,
        path.removeprefix("/beta/"),
        kind | {"id": "x_DefaultLimit", "displayName": "All users", "priority": 0, "limit": 5},
    )["id"]
    first, second = (
        graph.post(path, json=kind | {"displayName": name, "limit": 3, "priority": 9}).json()
        for name in ("First", "Second")
    )

    done = graph.post(f"{path}/{second['id']}/setPriority", json={"priority": 1})

    order = {one["displayName"]: one["priority"] for one in graph.get(path).json()["value"]}
    assert (first["priority"], second["priority"], done.status_code) == (1, 2, 204)
    assert order == {"All users": 0, "First": 2, "Second": 1}
    assert graph.patch(f"{path}/{default}", json=kind | {"limit": 7}).status_code == 200
    assert graph.delete(f"{path}/{default}").status_code == 400
    assign = graph.post(f"{path}/{default}/assign", json={"enrollmentConfigurationAssignments": []})
    assert assign.status_code == 400


def test_combinations_of_a_strength_have_an_action_and_an_alias(graph):
    path = "/beta/policies/authenticationStrengthPolicies"
    alias = "/beta/identity/conditionalAccess/authenticationStrength/policies"
    body = {"displayName": "Keys", "allowedCombinations": ["fido2"]}
    item = graph.post(path, json=body).json()["id"]

    refused = graph.patch(f"{path}/{item}", json={"allowedCombinations": ["password"]})
    done = graph.post(
        f"{path}/{item}/updateAllowedCombinations",
        json={"allowedCombinations": ["fido2", "windowsHelloForBusiness"]},
    )
    nonsense = graph.post(
        f"{path}/{item}/updateAllowedCombinations", json={"allowedCombinations": ["banana"]}
    )

    assert [one.status_code for one in (refused, done, nonsense)] == [400, 200, 400]
    shown = graph.get(f"{alias}/{item}").json()
    assert shown["allowedCombinations"] == ["fido2", "windowsHelloForBusiness"]
    assert shown["policyType"] == "custom"


def test_a_policy_set_is_changed_by_its_own_action(graph):
    path = f"{DAM}/policySets"
    item = {"@odata.type": f"{_G}mobileAppPolicySetItem", "payloadId": GROUP, "intent": "required"}
    made = graph.post(path, json={"displayName": "Set", "items": [item]}).json()
    address = f"{path}/{made['id']}"
    (held,) = graph.get(f"{address}/items").json()["value"]
    target = {"@odata.type": f"{_G}groupAssignmentTarget", "groupId": GROUP}

    done = graph.post(
        f"{address}/update",
        json={
            "addedPolicySetItems": [item, item],
            "deletedPolicySetItems": [held["id"]],
            "assignments": [{"target": target}],
        },
    )

    assert done.status_code == 204, done.text
    shown = graph.get(address, params={"$expand": "items,assignments"}).json()
    assert held["id"] not in {one["id"] for one in shown["items"]}
    assert (len(shown["items"]), len(shown["assignments"])) == (2, 1)


def test_profiles_of_an_apple_token_live_below_it(graph):
    profiles = f"{DM}/depOnboardingSettings/{TOKEN}/enrollmentProfiles"
    body = {"@odata.type": f"{_G}depIOSEnrollmentProfile", "displayName": "iPads"}

    made = graph.post(profiles, json=body)

    assert made.status_code == 201, made.text
    assert made.json()["@odata.type"] == f"{_G}depIOSEnrollmentProfile"
    assert [one["displayName"] for one in graph.get(profiles).json()["value"]] == ["iPads"]
    assert graph.post(f"{DM}/depOnboardingSettings", json={}).status_code == 400


def test_a_context_is_created_by_writing_to_a_free_id(graph):
    path = "/beta/identity/conditionalAccess/authenticationContextClassReferences"
    body = {"displayName": "Payments", "isAvailable": True}

    answers = [
        graph.patch(f"{path}/c5", json=body),
        graph.patch(f"{path}/c5", json={"description": "Money"}),
        graph.patch(f"{path}/c100", json=body),
        graph.post(path, json=body),
    ]

    assert [one.status_code for one in answers] == [204, 204, 400, 405]
    assert graph.get(f"{path}/c5").json()["description"] == "Money"
