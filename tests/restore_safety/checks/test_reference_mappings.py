from restore_safety.checks.reference_mappings import check
from restore_safety.models import Severity
from restore_safety.truth.references import ReferenceKind
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, refused

KEY = "roleAssignments"
OLD, NEW = (f"{n}0000000-0000-0000-0000-00000000000{n}" for n in (1, 2))
GIVEN = {
    "@odata.type": "#microsoft.graph.deviceAndAppManagementRoleAssignment",
    "id": "a",
    "displayName": "Help desk",
    "members": [],
    "resourceScopes": [],
    "roleDefinition": {"id": OLD, "displayName": "Old role"},
}


def look(*, mapped=NEW, **facts):
    held = {KEY: [], "roleDefinitions": [{"id": NEW, "displayName": "New role"}]}
    mapping = {ReferenceKind.INTUNE_ROLE: {OLD: mapped}} if mapped else {}
    reader = FakeReader(held, **facts)
    return list(check(context(checked(GIVEN, key=KEY), reader=reader, mapping=mapping)))


def test_another_object_than_in_the_backup_is_a_warning_with_both_names():
    (issue,) = look()

    assert outline([issue]) == [(Severity.WARNING, "intune_role_mapped", ["Help desk"])]
    assert f"Old role ({OLD}) → New role ({NEW})." in issue.why


def test_what_is_not_mapped_or_mapped_to_nothing_here_raises_nothing():
    assert look(mapped=None) == []
    assert look(mapped=OLD) == []


def test_what_could_not_be_listed_is_said_by_the_check_of_missing_objects():
    assert look(errors={"roleDefinitions": refused()}) == []
