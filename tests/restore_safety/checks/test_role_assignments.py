from restore_safety.checks.role_assignments import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.preview.fakes import FakeReader, refused

KEY = "roleAssignments"
AGENTS, PILOT, OTHERS = (f"{n}0000000-0000-0000-0000-00000000000{n}" for n in (1, 2, 3))
NAMES = {AGENTS: "Agents", PILOT: "Pilot", OTHERS: "Others"}


def given(*members, over=(PILOT,), scope="resourceScope"):
    return {
        "@odata.type": "#microsoft.graph.deviceAndAppManagementRoleAssignment",
        "id": "a",
        "displayName": "Help desk",
        "members": list(members),
        "resourceScopes": list(over),
        "scopeType": scope,
        "roleDefinition": {"id": "r"},
    }


def look(wanted, live=None, **facts):
    role = {"id": "r", "displayName": "Role"}
    held = {KEY: [live] if live else [], "roleDefinitions": [role]}
    reader = FakeReader(held, groups=NAMES, **facts)
    return list(check(context(checked(wanted, key=KEY), reader=reader)))


def test_more_holders_are_a_warning():
    issues = look(given(AGENTS, OTHERS), given(AGENTS))

    assert outline(issues) == [(Severity.WARNING, "role_assignment_widened", ["Help desk"])]
    assert "held by Others" in issues[0].why


def test_a_wider_scope_is_a_warning():
    (groups,) = look(given(AGENTS, over=[PILOT, OTHERS]), given(AGENTS))
    (everything,) = look(given(AGENTS, over=[], scope="allDevices"), given(AGENTS))

    assert "over Others" in groups.why
    assert "over all devices" in everything.why


def test_a_new_one_gives_a_role_to_all_it_names():
    (issue,) = look(given(AGENTS))

    assert "held by Agents" in issue.why
    assert "over Pilot" in issue.why


def test_fewer_holders_or_a_narrower_scope_raise_nothing():
    assert look(given(AGENTS), given(AGENTS, OTHERS)) == []
    assert look(given(AGENTS), given(AGENTS, over=[], scope="allDevices")) == []


def test_one_that_could_not_be_read_is_named_by_the_check_of_unread_policies():
    assert look(given(AGENTS, OTHERS), given(AGENTS), errors={"a": refused()}) == []
