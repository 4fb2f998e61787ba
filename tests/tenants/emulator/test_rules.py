"""What Graph refuses beyond its model: each rule broken once, and kept once."""

import copy
import uuid

import pytest

from tests.tenants.emulator.graph_bodies import (
    ACCESS,
    BODIES,
    CATALOG,
    COMPLIANCE,
    FILTERS,
    GROUP,
    catalog,
    rules,
)

BETA_ACCESS = "/beta/identity/conditionalAccess/policies"
GONE = "5a3f1f0e-0000-4000-8000-00000000dead"
USER = "5a3f1f0e-0000-4000-8000-0000000000a1"
APP = "5a3f1f0e-0000-4000-8000-0000000000a2"
PRINCIPAL = "5a3f1f0e-0000-4000-8000-0000000000a3"
LOCATION = "5a3f1f0e-0000-4000-8000-0000000000a4"
STRENGTH = "5a3f1f0e-0000-4000-8000-0000000000a5"
TERMS = "5a3f1f0e-0000-4000-8000-0000000000a6"
ROLE = "5a3f1f0e-0000-4000-8000-0000000000a7"
TEMPLATE = "5a3f1f0e-0000-4000-8000-0000000000a8"
SCRIPT = "5a3f1f0e-0000-4000-8000-0000000000a9"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
PHISHING_RESISTANT = "00000000-0000-0000-0000-000000000004"
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
ZERO = "00000000-0000-0000-0000-000000000000"
_SETTING = "#microsoft.graph.deviceManagementConfiguration"
_DEFINITION = f"{_SETTING}ChoiceSettingDefinition"

DIRECTORY = {
    "users": [{"id": USER, "displayName": "Ada"}],
    "servicePrincipals": [{"id": PRINCIPAL, "appId": APP, "displayName": "Payroll"}],
    "roleManagement/directory/roleDefinitions": [{"id": ROLE, "displayName": "Custom"}],
    "identity/conditionalAccess/namedLocations": [
        {
            "id": LOCATION,
            "@odata.type": "#microsoft.graph.countryNamedLocation",
            "displayName": "Home",
            "countriesAndRegions": ["DE"],
        }
    ],
    "identity/conditionalAccess/authenticationContextClassReferences": [
        {"id": "c1", "displayName": "Payments", "isAvailable": True}
    ],
    "policies/authenticationStrengthPolicies": [
        {"id": STRENGTH, "displayName": "Keys", "allowedCombinations": ["fido2"]}
    ],
    "identityGovernance/termsOfUse/agreements": [{"id": TERMS, "displayName": "Terms"}],
    "deviceManagement/notificationMessageTemplates": [{"id": TEMPLATE, "displayName": "Mail"}],
    "deviceManagement/deviceComplianceScripts": [
        {"id": SCRIPT, "displayName": "Check", "detectionScriptContent": "eA=="}
    ],
}


@pytest.fixture
def tenant(make_tenant):
    return make_tenant(groups=[{"id": GROUP, "displayName": "Pilots"}], objects=DIRECTORY)


def access(path, value):
    """The smallest policy with one value changed, at a dotted path."""
    body = copy.deepcopy(BODIES[ACCESS])
    held = body
    *steps, last = path.split(".")
    for step in steps:
        held = held.setdefault(step, {})
    held[last] = value
    return body


def strength(key, **grant):
    held = {"operator": "AND", "builtInControls": []} | grant
    return held | {"authenticationStrength": {"id": key}}


REFERENCES = [
    ("conditions.users.excludeUsers", USER),
    ("conditions.users.excludeGroups", GROUP),
    ("conditions.users.excludeRoles", ROLE),
    ("conditions.applications.excludeApplications", APP),
    ("conditions.locations.includeLocations", LOCATION),
    ("grantControls.termsOfUse", TERMS),
]


@pytest.mark.parametrize(("path", "there"), REFERENCES)
@pytest.mark.parametrize("spell", [str.lower, str.upper])
def test_a_reference_of_a_policy_must_lead_somewhere(graph, path, there, spell):
    kept = graph.post(BETA_ACCESS, json=access(path, [spell(there)]))
    refused = graph.post(BETA_ACCESS, json=access(path, [GONE]))

    assert (kept.status_code, refused.status_code) == (201, 400), kept.text
    assert GONE in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("conditions.users.includeUsers", "GuestsOrExternalUsers"),
        ("conditions.users.excludeRoles", GLOBAL_ADMINISTRATOR),
        ("conditions.applications.includeApplications", "Office365"),
        ("conditions.applications.excludeApplications", EXCHANGE),
        ("conditions.locations.excludeLocations", "AllTrusted"),
        ("conditions.locations.excludeLocations", ZERO),
    ],
)
def test_what_every_tenant_has_may_be_named(graph, path, name):
    assert graph.post(BETA_ACCESS, json=access(path, [name])).status_code == 201


def test_workload_identities_and_contexts_must_be_there(graph):
    principals = "conditions.clientApplications.includeServicePrincipals"
    contexts = "conditions.applications"

    def with_context(key):
        return access(contexts, {"includeAuthenticationContextClassReferences": [key]})

    answers = [
        graph.post(BETA_ACCESS, json=body).status_code
        for body in (
            access(principals, [PRINCIPAL]),
            access(principals, ["ServicePrincipalsInMyTenant"]),
            access(principals, [GONE]),
            with_context("c1"),
            with_context("c9"),
        )
    ]

    assert answers == [201, 201, 400, 201, 400]


@pytest.mark.parametrize(
    ("grant", "status"),
    [
        (strength(STRENGTH), 201),
        (strength(PHISHING_RESISTANT, operator="OR"), 201),
        (strength(PHISHING_RESISTANT, builtInControls=["compliantDevice"]), 201),
        (strength(PHISHING_RESISTANT, builtInControls=["compliantDevice"], operator="OR"), 400),
        (strength(PHISHING_RESISTANT, builtInControls=["mfa"]), 400),
        (strength(GONE), 400),
        ({"operator": "AND", "builtInControls": []}, 400),
        ({"builtInControls": ["mfa"]}, 400),
        ({"operator": "XOR", "builtInControls": ["mfa"]}, 400),
        ({"operator": "OR", "builtInControls": ["block", "mfa"]}, 400),
        ({"operator": "OR", "builtInControls": ["blockade"]}, 400),
        (None, 400),
    ],
)
def test_controls_must_fit_together(graph, grant, status):
    answer = graph.post(BETA_ACCESS, json=BODIES[ACCESS] | {"grantControls": grant})

    assert answer.status_code == status, answer.text


def test_a_strength_is_named_by_id_and_shown_whole(graph):
    item = graph.post(BETA_ACCESS, json=BODIES[ACCESS] | {"grantControls": strength(STRENGTH)})
    whole = item.json()["grantControls"]["authenticationStrength"]

    again = graph.post(
        BETA_ACCESS,
        json=BODIES[ACCESS]
        | {"grantControls": strength(STRENGTH) | {"authenticationStrength": whole}},
    )

    assert (whole["displayName"], whole["allowedCombinations"]) == ("Keys", ["fido2"])
    assert (again.status_code, "by its id" in again.text) == (400, True)


@pytest.mark.parametrize(
    ("path", "value", "status"),
    [
        ("grantControls", None, 400),
        ("sessionControls.disableResilienceDefaults", True, 201),
        ("sessionControls.disableResilienceDefaults", False, 400),
        ("conditions.clientAppTypes", [], 400),
        ("conditions.clientAppTypes", None, 400),
        ("conditions.applications", None, 400),
    ],
)
def test_a_policy_needs_its_conditions_and_a_control(graph, path, value, status):
    assert graph.post(BETA_ACCESS, json=access(path, value)).status_code == status


def test_a_session_control_alone_is_a_control(graph):
    session = {"signInFrequency": {"isEnabled": True, "type": "hours", "value": 4}}

    answer = graph.post(
        BETA_ACCESS, json=BODIES[ACCESS] | {"grantControls": None, "sessionControls": session}
    )

    assert answer.status_code == 201, answer.text


def test_an_update_keeps_the_nested_members_it_does_not_name(graph):
    body = access("conditions.users", {"includeUsers": ["All"], "excludeGroups": [GROUP]})
    item = f"{BETA_ACCESS}/{graph.post(BETA_ACCESS, json=body).json()['id']}"

    answer = graph.patch(item, json={"conditions": {"clientAppTypes": ["other"]}})

    conditions = graph.get(item).json()["conditions"]
    assert answer.status_code == 204
    assert conditions["clientAppTypes"] == ["other"]
    assert conditions["users"]["excludeGroups"] == [GROUP]
    assert conditions["users"]["includeUsers"] == ["All"]


def test_what_stood_in_a_policy_before_is_not_looked_at_again(graph, tenant):
    body = access("conditions.users.excludeGroups", [GROUP])
    item = f"{BETA_ACCESS}/{graph.post(BETA_ACCESS, json=body).json()['id']}"
    tenant.control.remove_object(tenant.id, "groups", GROUP)

    assert graph.patch(item, json={"state": "disabled"}).status_code == 204


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (catalog(settings=2)["settings"], 201),
        ([], 400),
        (catalog()["settings"] * 2, 400),
        ([{"settingInstance": {"@odata.type": f"{_SETTING}SimpleSettingInstance"}}], 400),
        ([{}], 400),
    ],
)
def test_a_catalog_policy_sets_each_definition_once(graph, sent, status):
    assert graph.post(CATALOG, json=catalog() | {"settings": sent}).status_code == status


def choice(definition, option):
    return {
        "settingInstance": {
            "@odata.type": f"{_SETTING}ChoiceSettingInstance",
            "settingDefinitionId": definition,
            "choiceSettingValue": {"value": option, "children": []},
        }
    }


@pytest.mark.parametrize(
    ("definition", "option", "status"),
    [("known", "known_1", 201), ("known", "known_2", 400), ("unknown", "unknown_1", 400)],
)
def test_a_tenant_that_knows_its_definitions_has_no_others(make_tenant, definition, option, status):
    held = {
        "id": "known",
        "@odata.type": _DEFINITION,
        "displayName": "Known",
        "options": [{"itemId": "known_0"}, {"itemId": "known_1"}],
    }
    objects = {"deviceManagement/configurationSettings": [held]}
    body = catalog() | {"settings": [choice(definition, option)]}
    knowing = make_tenant(objects=objects, knows=["settingDefinitions"])
    trusting = make_tenant(objects=objects)

    with knowing.client() as graph, trusting.client() as other:
        assert graph.post(CATALOG, json=body).status_code == status
        assert other.post(CATALOG, json=body).status_code == 201


def test_a_tenant_that_knows_its_templates_tells_their_letter_case_apart(make_tenant):
    template = {"id": "19c8aa67-f286-4861-9aa0-f23541d31680_1", "displayName": "Firewall"}
    tenant = make_tenant(
        objects={"deviceManagement/configurationPolicyTemplates": [template]},
        knows=["policyTemplates"],
    )
    with tenant.client() as graph:
        answers = [
            graph.post(
                CATALOG, json=catalog() | {"templateReference": {"templateId": key}}
            ).status_code
            for key in ("", template["id"], template["id"].upper(), "another_1")
        ]

    assert answers == [201, 201, 400, 400]


def test_a_reusable_setting_in_a_value_must_be_there(graph):
    reusable = "/beta/deviceManagement/reusablePolicySettings"
    made = graph.post(
        reusable,
        json={
            "displayName": "Addresses",
            "settingDefinitionId": "group",
            "settingInstance": catalog()["settings"][0]["settingInstance"],
        },
    ).json()["id"]

    def refers_to(key):
        body = catalog()
        body["settings"][0]["settingInstance"]["simpleSettingValue"] = {
            "@odata.type": f"{_SETTING}ReferenceSettingValue",
            "value": key,
        }
        return graph.post(CATALOG, json=body).status_code

    assert (refers_to(made), refers_to(GONE)) == (201, 400)


@pytest.mark.parametrize(
    ("template", "status", "shown"),
    [(TEMPLATE, 201, TEMPLATE), ("", 201, ZERO), (ZERO, 201, ZERO), (GONE, 400, None)],
)
def test_a_notification_template_is_there_or_none(graph, template, status, shown):
    actions = rules()
    actions[0]["scheduledActionConfigurations"].append(
        {"actionType": "notification", "gracePeriodHours": 0, "notificationTemplateId": template}
    )

    answer = graph.post(COMPLIANCE, json=BODIES[COMPLIANCE] | {"scheduledActionsForRule": actions})

    assert answer.status_code == status, answer.text
    if shown:
        expand = {"$expand": "scheduledActionsForRule($expand=scheduledActionConfigurations)"}
        (rule,) = graph.get(f"{COMPLIANCE}/{answer.json()['id']}", params=expand).json()[
            "scheduledActionsForRule"
        ]
        assert rule["scheduledActionConfigurations"][1]["notificationTemplateId"] == shown


@pytest.mark.parametrize(("script", "status"), [(SCRIPT, 201), (GONE, 400)])
def test_a_compliance_script_must_be_there(graph, script, status):
    named = {"deviceComplianceScriptId": script, "rulesContent": "eA=="}

    answer = graph.post(
        COMPLIANCE, json=BODIES[COMPLIANCE] | {"deviceCompliancePolicyScript": named}
    )

    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ('(device.deviceOwnership -eq "Corporate")', 201),
        ('(device.model -in ["A","B"]) and not (device.osVersion -startsWith "10.0")', 201),
        ('((device.a -eq "x") or (device.b -ne null))', 201),
        ('(device.deviceOwnership -eq "Corporate"', 400),
        ('device.deviceOwnership "Corporate"', 400),
        ('(device.deviceOwnership -equals "Corporate")', 400),
        ("banana", 400),
        ("", 400),
    ],
)
def test_a_filter_rule_must_be_well_formed(graph, rule, status):
    assert graph.post(FILTERS, json=BODIES[FILTERS] | {"rule": rule}).status_code == status


def test_ids_of_assignments_compare_without_case(graph):
    item = graph.post(CATALOG, json=catalog()).json()["id"]
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP.upper()}

    answer = graph.post(f"{CATALOG}/{item}/assign", json={"assignments": [{"target": target}]})

    (held,) = graph.get(f"{CATALOG}/{item.upper()}/assignments").json()["value"]
    assert (answer.status_code, held["target"]["groupId"]) == (200, GROUP)


def test_v1_does_not_show_policies_with_preview_members(graph):
    strict = {"continuousAccessEvaluation": {"mode": "strictLocation"}}
    hidden = graph.post(BETA_ACCESS, json=BODIES[ACCESS] | {"sessionControls": strict}).json()
    plain = graph.post(BETA_ACCESS, json=BODIES[ACCESS]).json()

    listed = graph.get(ACCESS).json()["value"]
    item = graph.get(f"{ACCESS}/{hidden['id']}")

    assert [one["id"] for one in listed] == [plain["id"]]
    assert (item.status_code, "1037" in item.text) == (400, True)
    assert len(graph.get(BETA_ACCESS).json()["value"]) == 2
    assert listed[0]["conditions"].keys() >= {"times", "deviceStates", "clients"}
    assert "agentIdRiskLevels" not in listed[0]["conditions"]


def test_an_unknown_kind_or_behaviour_of_a_seed_is_a_mistake(tenant):
    for wrong in ({"knows": ["everything"]}, {"behaviours": {"bananas": True}}):
        answer = tenant.control._http.patch(f"tenants/{tenant.id}", json=wrong)  # noqa: SLF001
        assert answer.status_code == 400


def test_a_new_id_is_a_guid(graph):
    assert uuid.UUID(graph.post(CATALOG, json=catalog()).json()["id"])
