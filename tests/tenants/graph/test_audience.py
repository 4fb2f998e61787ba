"""Who a policy reaches: every target of an assignment, and everybody conditional access names."""

import pytest

from tenants.graph import schema
from tenants.graph.assignments import normal_assignments
from tenants.graph.audience import (
    Audience,
    AudienceFilter,
    AudienceKind,
    assignment_audiences,
    audience_of,
    labelled,
    reaches_no_one,
    sign_in_audiences,
)

GROUP = "aaaaaaaa-0000-4000-8000-00000000000f"
FILTER = "bbbbbbbb-0000-4000-8000-00000000000f"
G = "#microsoft.graph."


def target(kind, **properties):
    return {"target": {"@odata.type": f"{G}{kind}", **properties}}


def filtered(mode, filter_id=FILTER):
    return {
        "deviceAndAppManagementAssignmentFilterId": filter_id,
        "deviceAndAppManagementAssignmentFilterType": mode,
    }


def policy(users=None, **conditions):
    return {"conditions": {"users": users or {}, **conditions}}


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        (target("allDevicesAssignmentTarget"), Audience(kind=AudienceKind.ALL_DEVICES)),
        (target("allLicensedUsersAssignmentTarget"), Audience(kind=AudienceKind.ALL_USERS)),
        (
            target("groupAssignmentTarget", groupId=GROUP.upper()),
            Audience(kind=AudienceKind.GROUP, id=GROUP),
        ),
        (
            target("exclusionGroupAssignmentTarget", groupId=GROUP),
            Audience(kind=AudienceKind.GROUP, id=GROUP, is_excluded=True),
        ),
        (
            target("configurationManagerCollectionAssignmentTarget", collectionId="SMS00001"),
            Audience(kind=AudienceKind.COLLECTION, id="SMS00001"),
        ),
        (
            target("cloudPcManagementGroupAssignmentTarget", groupId=GROUP, servicePlanId="plan"),
            Audience(
                kind=AudienceKind.GROUP, id=GROUP, settings='{"target":{"servicePlanId":"plan"}}'
            ),
        ),
        (
            target("allDevicesAssignmentTarget", **filtered("include")),
            Audience(
                kind=AudienceKind.ALL_DEVICES, filter=AudienceFilter(id=FILTER, mode="include")
            ),
        ),
        (
            target("allDevicesAssignmentTarget", **filtered("none")),
            Audience(kind=AudienceKind.ALL_DEVICES),
        ),
        (
            target("groupAssignmentTarget", groupId=GROUP) | {"intent": "required", "id": "x"},
            Audience(kind=AudienceKind.GROUP, id=GROUP, intent="required"),
        ),
        (
            target("groupAssignmentTarget", groupId=GROUP) | {"runRemediationScript": True},
            Audience(kind=AudienceKind.GROUP, id=GROUP, settings='{"runRemediationScript":true}'),
        ),
        (
            target("somethingNewAssignmentTarget"),
            Audience(kind=AudienceKind.OTHER, id="somethingNewAssignmentTarget"),
        ),
        (target("newGroupTarget", groupId=GROUP), Audience(kind=AudienceKind.GROUP, id=GROUP)),
    ],
)
def test_an_assignment_names_one_audience(assignment, expected):
    assert audience_of(assignment) == expected


def test_every_published_target_is_an_audience_of_a_known_kind():
    types = schema.concrete_types("deviceAndAppManagementAssignmentTarget")

    kinds = {name: audience_of(target(name, groupId=GROUP)).kind for name in types}

    assert types
    assert AudienceKind.OTHER not in kinds.values()


def test_ids_compare_without_case():
    low, high = (
        assignment_audiences(normal_assignments([target("groupAssignmentTarget", groupId=one)]))
        for one in (GROUP, GROUP.upper())
    )

    assert low == high


ALL_GUESTS = {"guestOrExternalUserTypes": "internalGuest,b2bCollaborationGuest"}


@pytest.mark.parametrize(
    ("payload", "labels"),
    [
        (policy({"includeUsers": ["All"]}), ["all users"]),
        (policy({"includeUsers": ["None"]}), []),
        (policy({"includeUsers": []}), []),
        ({}, []),
        (policy({"includeUsers": ["GuestsOrExternalUsers"]}), ["guests and external users"]),
        (
            policy({"includeGuestsOrExternalUsers": ALL_GUESTS}),
            ["guests and external users (b2bCollaborationGuest, internalGuest)"],
        ),
        (
            policy({"includeUsers": ["All"], "excludeGuestsOrExternalUsers": ALL_GUESTS}),
            ["all users", "not guests and external users (b2bCollaborationGuest, internalGuest)"],
        ),
        (
            policy(
                {
                    "includeUsers": ["u-1"],
                    "includeGroups": [GROUP],
                    "includeRoles": ["62e90394-69f5-4237-9190-012177145e10"],
                    "excludeUsers": ["u-2"],
                }
            ),
            [
                "user Ada (u-1)",
                f"group Pilots ({GROUP})",
                "role Global Administrator (62e90394-69f5-4237-9190-012177145e10)",
                "not user u-2",
            ],
        ),
        (
            policy(
                clientApplications={"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]}
            ),
            ["workload identities"],
        ),
        (
            policy(
                {"includeUsers": ["None"]},
                clientApplications={
                    "includeServicePrincipals": ["s-1"],
                    "excludeServicePrincipals": ["s-2"],
                },
            ),
            ["service principal s-1", "not service principal s-2"],
        ),
        (
            policy(
                clientApplications={
                    "includeServicePrincipals": ["ServicePrincipalsInMyTenant"],
                    "servicePrincipalFilter": {"mode": "exclude", "rule": "x -eq 1"},
                }
            ),
            ["workload identities, filter x -eq 1 (exclude)"],
        ),
        (
            policy(clientApplications={"includeAgentIdServicePrincipals": ["All"]}),
            ["agent identities"],
        ),
        (policy(agents={"includeAgentUsers": ["All"]}), ["agent identities"]),
    ],
)
def test_conditional_access_names_its_audiences_inside(payload, labels):
    found = sign_in_audiences(payload)

    assert [labelled(one, {"u-1": "Ada", GROUP: "Pilots"}) for one in found] == labels
    assert reaches_no_one(found) is (labels == [])


def test_every_published_list_of_people_and_identities_is_looked_at():
    """What the schema says a policy may include: a member this module does not read shows here."""
    holders = {
        "users": "conditionalAccessUsers",
        "clientApplications": "conditionalAccessClientApplications",
        "agents": "conditionalAccessAgents",
    }

    unread = [
        (holder, name)
        for holder, type_name in holders.items()
        for name, member in schema.members(type_name).items()
        if name.startswith("include") and member.is_collection
        if not sign_in_audiences({"conditions": {holder: {name: ["x"]}}})
    ]

    assert unread == []


def test_exclusions_alone_reach_nobody():
    found = assignment_audiences([target("exclusionGroupAssignmentTarget", groupId=GROUP)])

    assert reaches_no_one(found)
    assert [labelled(one, {}) for one in found] == [f"not group {GROUP}"]


def test_text_of_others_cannot_turn_a_label_around():
    [found] = assignment_audiences([target("groupAssignmentTarget", groupId=GROUP)])

    assert "\u202e" not in labelled(found, {GROUP: "Pilots\u202e"})
