"""What the content of a policy refers to: there, missing, ambiguous, or not looked up."""

import pytest

from restore_safety.checks.missing_references import check
from restore_safety.models import Severity
from tenants.graph.references import CONTRACT_OF_KIND, ReferenceKind
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog, compliance, refused

ONE = "dddddddd-0000-4000-8000-000000000001"
ACCESS = "conditionalAccessPolicies"
S = "#microsoft.graph.deviceManagementConfiguration"


def access(*, grant=None, **conditions):
    return {
        "id": "ca",
        "displayName": "Needs it",
        "state": "disabled",
        "conditions": {"users": {"includeUsers": ["None"]}, **conditions},
        "grantControls": grant,
    }


def action(**members):
    configurations = [{"actionType": "notification", "gracePeriodHours": 0, **members}]
    rule = {"ruleName": "x", "scheduledActionConfigurations": configurations}
    return compliance("Needs it", scheduledActionsForRule=[rule])


REUSABLE = {
    "@odata.type": f"{S}SimpleSettingCollectionInstance",
    "settingDefinitionId": "keywords",
    "simpleSettingCollectionValue": [
        {"@odata.type": f"{S}ReferenceSettingValue", "value": ONE.upper()}
    ],
}
REFERRING = {
    ReferenceKind.USER: (access(users={"includeUsers": [ONE]}), ACCESS),
    ReferenceKind.ROLE: (access(users={"includeUsers": [], "includeRoles": [ONE]}), ACCESS),
    ReferenceKind.NAMED_LOCATION: (access(locations={"includeLocations": [ONE]}), ACCESS),
    ReferenceKind.AUTHENTICATION_STRENGTH: (
        access(grant={"authenticationStrength": {"id": ONE, "displayName": "Ours"}}),
        ACCESS,
    ),
    ReferenceKind.AUTHENTICATION_CONTEXT: (
        access(applications={"includeAuthenticationContextClassReferences": [ONE]}),
        ACCESS,
    ),
    ReferenceKind.TERMS_OF_USE: (access(grant={"termsOfUse": [ONE]}), ACCESS),
    ReferenceKind.APPLICATION: (access(applications={"includeApplications": [ONE]}), ACCESS),
    ReferenceKind.SERVICE_PRINCIPAL: (
        access(clientApplications={"includeServicePrincipals": [ONE]}),
        ACCESS,
    ),
    ReferenceKind.NOTIFICATION_TEMPLATE: (
        action(notificationTemplateId=ONE),
        "deviceCompliancePolicies",
    ),
    ReferenceKind.COMPLIANCE_SCRIPT: (
        compliance("Needs it", deviceCompliancePolicyScript={"deviceComplianceScriptId": ONE}),
        "deviceCompliancePolicies",
    ),
    ReferenceKind.REUSABLE_SETTING: (
        catalog("Needs it", settings=[{"id": "0", "settingInstance": REUSABLE}]),
        "configurationPolicies",
    ),
}
IDS = [kind.value for kind in REFERRING]


def path_of(kind):
    if kind in {ReferenceKind.APPLICATION, ReferenceKind.SERVICE_PRINCIPAL}:
        return "servicePrincipals"
    if kind is ReferenceKind.ROLE:
        return "roleManagement/directory/roleDefinitions"
    return CONTRACT_OF_KIND.get(kind, "users")


def look(payload, key, reader, **facts):
    return list(check(context(checked(payload, key=key), reader=reader, **facts)))


@pytest.mark.parametrize("kind", REFERRING, ids=IDS)
def test_what_is_there_raises_nothing(kind):
    payload, key = REFERRING[kind]
    held = {"id": ONE, "appId": ONE, "displayName": "It"}
    reader = FakeReader({path_of(kind): [held]}, users={ONE: "It"})

    assert look(payload, key, reader) == []


@pytest.mark.parametrize("kind", REFERRING, ids=IDS)
def test_what_is_missing_is_a_blocker_with_its_id(kind):
    payload, key = REFERRING[kind]

    issues = look(payload, key, FakeReader())

    assert outline(issues) == [(Severity.BLOCKER, f"{kind}_missing", ["Needs it"])]
    assert ONE in issues[0].why


@pytest.mark.parametrize("kind", REFERRING, ids=IDS)
def test_what_could_not_be_read_is_unknown_and_not_missing(kind):
    payload, key = REFERRING[kind]
    reader = FakeReader(errors={path_of(kind): refused()}, unknown={ONE})

    issues = look(payload, key, reader)

    assert outline(issues) == [(Severity.UNKNOWN, f"{kind}_missing_unknown", ["Needs it"])]


def test_name_that_a_backup_holds_beside_the_id_is_shown():
    payload, key = REFERRING[ReferenceKind.AUTHENTICATION_STRENGTH]

    [issue] = look(payload, key, FakeReader())

    assert f"Missing: Ours ({ONE})." in issue.why


LOCATION = {
    "@odata.type": "#microsoft.graph.ipNamedLocation",
    "id": ONE,
    "displayName": "Office",
    "ipRanges": [],
}


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ([], [(Severity.BLOCKER, "named_location_missing", ["Needs it"])]),
        ([{**LOCATION, "id": "another"}], []),
        (
            [{**LOCATION, "id": "another"}, {**LOCATION, "id": "third"}],
            [(Severity.BLOCKER, "named_location_ambiguous", ["Needs it"])],
        ),
    ],
)
def test_another_tenants_object_is_found_by_its_unique_name(held, found):
    payload, key = REFERRING[ReferenceKind.NAMED_LOCATION]
    own = checked(LOCATION, key="namedLocations")

    issues = look(
        payload, key, FakeReader({"namedLocations": held}), own=[own], origin_directory_id=""
    )

    assert outline(issues) == found


def test_what_the_same_restore_creates_is_not_missing():
    payload, key = REFERRING[ReferenceKind.NAMED_LOCATION]
    location = checked(LOCATION, key="namedLocations")

    looked = context(checked(payload, key=key), location, own=[location])

    assert outline(check(looked)) == []


def test_an_application_of_microsoft_is_in_every_tenant():
    applications = {"includeApplications": ["00000002-0000-0ff1-ce00-000000000000"]}

    assert look(access(applications=applications), ACCESS, FakeReader()) == []


def test_a_built_in_role_is_in_every_tenant():
    role = {"includeUsers": [], "includeRoles": ["62e90394-69f5-4237-9190-012177145e10"]}

    assert look(access(users=role), ACCESS, FakeReader()) == []
