from tenants.graph.contracts import contract
from tenants.graph.references import (
    ReferenceKind,
    ids_of,
    with_references,
    with_target_references,
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


GROUP = ReferenceKind.GROUP


def test_references_name_groups_filters_and_scope_tags():
    kind = contract("configurationPolicies")
    named = (kind, {"roleScopeTagIds": ["0", "4"]}, ASSIGNMENTS)

    assert ids_of(GROUP, *named, is_excluded=False) == {"g1"}
    assert ids_of(GROUP, *named, is_excluded=True) == {"g2"}
    assert ids_of(ReferenceKind.FILTER, *named) == {"f"}
    assert ids_of(ReferenceKind.SCOPE_TAG, *named) == {"4"}


def test_references_of_conditional_access_are_in_its_conditions():
    kind = contract("conditionalAccessPolicies")

    assert ids_of(GROUP, kind, CA, is_excluded=False) == {"g1", "g3"}
    assert ids_of(GROUP, kind, CA, is_excluded=True) == {"g2"}


def test_mapping_replaces_groups_everywhere_and_keeps_the_rest():
    mapping = {"g1": "h1", "g2": "h2"}

    def mapped(kind, one):
        return mapping.get(one, one) if kind is GROUP else one

    assert with_references(contract("conditionalAccessPolicies"), CA, mapped) == {
        "displayName": "a",
        "conditions": {"users": {"includeGroups": ["h1", "g3"], "excludeGroups": ["h2"]}},
    }
    assert [with_target_references(one, mapped) for one in ASSIGNMENTS] == [
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
