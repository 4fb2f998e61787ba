"""What Graph makes of what was written, where a seed asks for it; and options of queries."""

import pytest

from tests.tenants.emulator.graph_bodies import BODIES, CATALOG, COMPLIANCE, DEVICE, catalog, rules

_G = "#microsoft.graph."


@pytest.fixture
def behaving(tenant):
    def behave(**behaviours):
        tenant.control.change_tenant(tenant.id, {"behaviours": behaviours})

    return behave


def oma(kind, value, name):
    return {
        "@odata.type": f"{_G}{kind}",
        "displayName": name,
        "omaUri": f"./Device/{name}",
        "value": value,
    }


def test_encrypted_values_are_masked_and_answered_as_plain_text(graph, behaving):
    settings = [
        oma("omaSettingString", "secret", "Text"),
        oma("omaSettingStringXml", "PGEvPgo=", "Xml"),
        oma("omaSettingInteger", 7, "Number"),
    ]
    item = graph.post(DEVICE, json=BODIES[DEVICE] | {"omaSettings": settings}).json()["id"]
    behaving(masks_oma_settings=True)

    text, xml, number = graph.get(f"{DEVICE}/{item}").json()["omaSettings"]

    assert (text["value"], xml["value"], number["value"]) == ("****", "PGEvPg==", 7)
    assert (text["isEncrypted"], number["isEncrypted"]) == (True, False)
    plain = [
        graph.get(
            f"{DEVICE}/{item}/getOmaSettingPlainTextValue"
            f"(secretReferenceValueId='{one['secretReferenceValueId']}')"
        ).json()["value"]
        for one in (text, xml)
    ]
    assert plain == ["secret", "<a/>\n"]


def test_plain_text_needs_the_permission_to_write(make_tenant):
    tenant = make_tenant(
        roles=["DeviceManagementConfiguration.Read.All"],
        objects={"deviceManagement/deviceConfigurations": [BODIES[DEVICE] | {"id": "one"}]},
    )
    with tenant.client() as graph:
        answer = graph.get(f"{DEVICE}/one/getOmaSettingPlainTextValue(secretReferenceValueId='x')")

    assert answer.status_code == 403


def test_keys_are_answered_as_null(graph, behaving):
    body = {
        "@odata.type": f"{_G}windowsWifiConfiguration",
        "displayName": "Wi-Fi",
        "preSharedKey": "correct horse",
    }
    item = graph.post(DEVICE, json=body).json()["id"]

    behaving(masks_secrets=True)

    assert graph.get(f"{DEVICE}/{item}").json()["preSharedKey"] is None


def test_flags_and_collections_come_back_in_another_order(graph, tenant, behaving):
    graph.post("/beta/deviceManagement/roleScopeTags", json={"displayName": "Branch"})
    body = catalog() | {"technologies": "mdm,microsoftSense", "roleScopeTagIds": ["0", "1"]}
    item = graph.post(CATALOG, json=body).json()["id"]

    behaving(reorders=True)

    shown = graph.get(f"{CATALOG}/{item}").json()
    assert (shown["technologies"], shown["roleScopeTagIds"]) == ("microsoftSense,mdm", ["1", "0"])


def test_rules_lose_their_names_and_newer_members_appear(graph, behaving):
    named = rules()
    named[0]["ruleName"] = "PasswordRequired"
    body = BODIES[COMPLIANCE] | {"scheduledActionsForRule": named}
    item = graph.post(COMPLIANCE, json=body).json()["id"]
    path = COMPLIANCE.removeprefix("/beta/")

    behaving(forgets_rule_names=True, added_members={path: {"newMember": "x"}})

    expand = {"$expand": "scheduledActionsForRule($expand=scheduledActionConfigurations)"}
    shown = graph.get(f"{COMPLIANCE}/{item}", params=expand).json()
    assert shown["scheduledActionsForRule"][0]["ruleName"] is None
    assert shown["newMember"] == "x"


def test_a_full_page_may_not_say_that_there_is_more(graph, behaving):
    for number in range(3):
        graph.post(CATALOG, json=catalog(f"Policy {number}"))
    behaving(leaves_out_next_link=True)

    page = graph.get(CATALOG, params={"$top": "2"}).json()

    assert (len(page["value"]), "@odata.nextLink" in page) == (2, False)


def test_beta_takes_options_without_their_dollar_sign_and_v1_does_not(graph):
    item = graph.post(CATALOG, json=catalog(settings=60)).json()["id"]
    device = graph.post(DEVICE, json=BODIES[DEVICE]).json()["id"]

    settings = graph.get(f"{CATALOG}/{item}/settings?&top=1000").json()
    expanded = graph.get(f"{DEVICE}/{device}?expand=assignments").json()
    stable = graph.get(f"/v1.0/deviceManagement/deviceConfigurations/{device}?expand=assignments")

    assert len(settings["value"]) == 60
    assert expanded["assignments"] == []
    assert "assignments" not in stable.json()


def test_lists_are_ordered_counted_and_paged_in_their_order(graph):
    for name in ("b", "C", "a"):
        graph.post(CATALOG, json=catalog(name))

    params = {"$orderby": "name desc", "$top": "2", "$select": "name"}
    first = graph.get(CATALOG, params=params).json()
    second = graph.get(first["@odata.nextLink"]).json()
    total = graph.get(f"{CATALOG}/$count")
    some = graph.get(f"{CATALOG}/$count", params={"$filter": "name ne 'a'"})

    names = [one["name"] for page in (first, second) for one in page["value"]]
    assert names == ["C", "b", "a"]
    assert (total.text, some.text) == ("3", "2")


def test_settings_show_their_definitions_when_expanded(graph, tenant):
    tenant.control.add_object(
        tenant.id,
        "deviceManagement/configurationSettings",
        {
            "id": "device_vendor_msft_setting_0",
            "@odata.type": f"{_G}deviceManagementConfigurationSimpleSettingDefinition",
            "displayName": "Setting",
        },
    )
    item = graph.post(CATALOG, json=catalog()).json()["id"]

    (setting,) = graph.get(
        f"{CATALOG}/{item}/settings", params={"$expand": "settingDefinitions"}
    ).json()["value"]

    assert [one["displayName"] for one in setting["settingDefinitions"]] == ["Setting"]


def test_an_application_has_no_me(graph):
    assert graph.get("/beta/me").status_code == 400
