"""Assignments that an export keeps inside of their role become policies of their own."""

import json

import pytest

from tests.restore_safety.backups.policies import read, written

ROLE = "8c6a3a5e-0d6f-4c0e-9a7e-1f2d3c4b5a69"
GROUP = "5f0e4a37-7a5f-4bd9-8c57-4d2a1f0b9e3c"
GIVEN = {
    "@odata.type": "#microsoft.graph.deviceAndAppManagementRoleAssignment",
    "id": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
    "displayName": "Agents",
    "members": [GROUP],
    "resourceScopes": [GROUP],
    "scopeType": "resourceScope",
}


def role(*assignments, is_built_in=False):
    return {
        "@odata.type": "#microsoft.graph.deviceAndAppManagementRoleDefinition",
        "id": ROLE,
        "displayName": "Help desk",
        "isBuiltIn": is_built_in,
        "rolePermissions": [{"resourceActions": []}],
        "roleAssignments": list(assignments),
    }


def kept(reading):
    return {
        item.record.contract_key: (
            item.record,
            json.loads(reading.prepared.body_of(item.payload_digest)),
        )
        for item in reading.prepared.items
    }


@pytest.mark.parametrize("is_built_in", [True, False])
def test_an_assignment_keeps_which_role_it_gives(tmp_path, is_built_in):
    files = {"Role Definitions/Help desk.json": written(role(GIVEN, is_built_in=is_built_in))}

    found = kept(read(tmp_path, files))

    record, content = found["roleAssignments"]
    assert content["roleDefinition"]["id"] == ROLE
    assert content["members"] == [GROUP]
    assert record.completeness.is_complete
    assert ("roleDefinitions" in found) is not is_built_in


def test_an_assignment_without_its_members_is_incomplete(tmp_path):
    bare = {key: value for key, value in GIVEN.items() if key != "members"}

    record, _ = kept(read(tmp_path, {"Roles/Help desk.json": written(role(bare))}))[
        "roleAssignments"
    ]

    assert record.completeness.missing_parts == ("members",)


def test_what_is_no_list_of_assignments_stays_with_the_role_and_is_named(tmp_path):
    odd = role() | {"roleAssignments": "System.Object[]"}

    reading = read(tmp_path, {"Roles/Help desk.json": written(odd)})

    _, content = kept(reading)["roleDefinitions"]
    assert content["roleAssignments"] == "System.Object[]"


def test_scope_tags_at_the_end_of_a_link_become_their_ids(tmp_path):
    tagged = GIVEN | {"roleScopeTags": [{"id": "7", "displayName": "Kiosks"}]}

    reading = read(tmp_path, {"Roles/Help desk.json": written(role(tagged))})

    _, content = kept(reading)["roleAssignments"]
    assert content["roleScopeTagIds"] == ["7"]
    assert "roleScopeTags" not in content


def test_what_is_no_role_assignment_is_named_and_the_rest_is_taken_in(tmp_path):
    reading = read(tmp_path, {"Roles/Help desk.json": written(role(GIVEN, "odd"))})

    assert "roleAssignments" in kept(reading)
    assert [one.reason for one in reading.unread] == [
        "not imported in full: roleAssignments: 1 of its entries are no role assignments"
    ]
