import pytest

from restore_safety.checks.role_assignments import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, refused

KEY = "roleAssignments"
AGENTS, PILOT, OTHERS = (f"{n}0000000-0000-0000-0000-00000000000{n}" for n in (1, 2, 3))
NAMES = {AGENTS: "Agents", PILOT: "Pilot", OTHERS: "Others"}


def given(*members, over=(PILOT,), scope="resourceScope", members_in_scope=()):
    return {
        "@odata.type": "#microsoft.graph.deviceAndAppManagementRoleAssignment",
        "id": "a",
        "displayName": "Help desk",
        "members": list(members),
        "resourceScopes": list(over),
        "scopeMembers": list(members_in_scope),
        "scopeType": scope,
        "roleDefinition": {"id": "r"},
    }


def look(wanted, live=None, **facts):
    role = {"id": "r", "displayName": "Role"}
    held = {KEY: [live] if live else [], "roleDefinitions": [role]}
    reader = FakeReader(held, groups=NAMES, **facts)
    return list(check(context(checked(wanted, key=KEY), reader=reader)))


WIDER, NARROWER = "role_assignment_widened", "role_assignment_narrowed"


def test_more_holders_are_a_warning_that_names_the_role():
    issues = look(given(AGENTS, OTHERS), given(AGENTS))

    assert outline(issues) == [(Severity.WARNING, WIDER, ["Help desk"])]
    assert "Help desk (Role): members Others" in issues[0].why


@pytest.mark.parametrize(
    ("wanted", "live", "said"),
    [
        ({"over": [PILOT, OTHERS]}, {}, "scope Others"),
        ({"over": [], "scope": "allDevices"}, {}, "scope all devices"),
        ({"over": [], "scope": "allDevices"}, {"scope": "allLicensedUsers"}, "scope all devices"),
        ({"over": [], "members_in_scope": [OTHERS]}, {"over": []}, "scope Others"),
        ({"over": [OTHERS]}, {"over": [], "scope": "allDevices"}, "scope Others"),
    ],
)
def test_a_wider_scope_is_a_warning(wanted, live, said):
    issues = look(given(AGENTS, **wanted), given(AGENTS, **live))

    (wider,) = [one for one in issues if one.code == WIDER]
    assert said in wider.why


@pytest.mark.parametrize(
    ("wanted", "live", "said"),
    [
        ({}, {"over": [PILOT, OTHERS]}, "scope Others"),
        (
            {},
            {"over": [], "scope": "allDevicesAndLicensedUsers"},
            "scope all devices and all users",
        ),
        (
            {"over": [], "scope": "allDevices"},
            {"over": [], "scope": "allDevicesAndLicensedUsers"},
            "scope all users",
        ),
    ],
)
def test_a_narrower_scope_is_a_warning_of_its_own(wanted, live, said):
    issues = look(given(AGENTS, **wanted), given(AGENTS, **live))

    assert outline(issues) == [(Severity.WARNING, NARROWER, ["Help desk"])]
    assert said in issues[0].why


def test_fewer_holders_are_a_warning_of_their_own():
    issues = look(given(AGENTS), given(AGENTS, OTHERS))

    assert outline(issues) == [(Severity.WARNING, NARROWER, ["Help desk"])]
    assert "members Others" in issues[0].why


def test_a_new_one_gives_a_role_to_all_it_names():
    (issue,) = look(given(AGENTS))

    assert f"members Agents ({AGENTS}); scope Pilot ({PILOT})." in issue.why


def test_one_that_changes_neither_raises_nothing():
    assert look(given(AGENTS) | {"description": "Other"}, given(AGENTS)) == []


def test_one_that_could_not_be_read_is_named_by_the_check_of_unread_policies():
    assert look(given(AGENTS, OTHERS), given(AGENTS), errors={"a": refused()}) == []
