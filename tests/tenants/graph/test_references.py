from tenants.graph.contracts import contract
from tenants.graph.references import (
    GroupReference,
    References,
    references,
    with_mapped_groups,
)
from tenants.graph.secrecy import masked_secrets

FILTER = {
    "deviceAndAppManagementAssignmentFilterId": "f",
    "deviceAndAppManagementAssignmentFilterType": "exclude",
}


def _target(kind, group):
    return {"target": {"@odata.type": f"#microsoft.graph.{kind}", "groupId": group, **FILTER}}


ASSIGNMENTS = [
    _target("groupAssignmentTarget", "g1"),
    _target("exclusionGroupAssignmentTarget", "g2"),
]
CA = {
    "displayName": "a",
    "conditions": {"users": {"includeGroups": ["g1", "g3"], "excludeGroups": ["g2"]}},
}


def test_references_name_groups_filters_and_scope_tags():
    found = references(
        contract("configurationPolicies"), {"roleScopeTagIds": ["0", "4"]}, ASSIGNMENTS
    )

    assert found == References(
        groups=(
            GroupReference("g1", excluded=False),
            GroupReference("g2", excluded=True),
        ),
        filters=("f",),
        scope_tags=("4",),
    )


def test_references_of_conditional_access_are_in_its_conditions():
    found = references(contract("conditionalAccessPolicies"), CA, [])

    assert found.groups == (
        GroupReference("g1", excluded=False),
        GroupReference("g2", excluded=True),
        GroupReference("g3", excluded=False),
    )


def test_mapping_replaces_groups_everywhere_and_keeps_the_rest():
    mapping = {"g1": "h1", "g2": "h2"}

    payload, assignments = with_mapped_groups(
        contract("conditionalAccessPolicies"), CA, ASSIGNMENTS, mapping
    )

    assert payload == {
        "displayName": "a",
        "conditions": {"users": {"includeGroups": ["h1", "g3"], "excludeGroups": ["h2"]}},
    }
    assert assignments == [
        _target("groupAssignmentTarget", "h1"),
        _target("exclusionGroupAssignmentTarget", "h2"),
    ]
    assert CA["conditions"]["users"]["includeGroups"] == ["g1", "g3"]


def test_masks_are_found_where_they_stand():
    payload = {
        "omaSettings": [
            {"omaUri": "./a", "value": "PGEvPg=="},
            {"omaUri": "./b", "isEncrypted": True, "value": None},
            {"omaUri": "./c", "value": "plain"},
        ],
        "preSharedKeyIsSet": True,
        "preSharedKey": None,
        "settings": [{"valueState": "encryptedValueToken", "value": "4f"}],
        "password": "****",
    }

    assert masked_secrets(contract("deviceConfigurations"), payload) == (
        "omaSettings[0].value",
        "omaSettings[1].value",
        "preSharedKey",
        "settings[0].value",
        "password",
    )
