import pytest

from restore_safety.checks.references import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import PILOTS, FakeReader, catalog, refused, to_group

TAG = {"id": "7", "displayName": "Vienna"}
FILTERED = to_group(
    PILOTS,
    deviceAndAppManagementAssignmentFilterId="f-1",
    deviceAndAppManagementAssignmentFilterType="include",
)


def tagged():
    return checked(catalog(roleScopeTagIds=["0", "7"]))


def own_tag():
    return checked(TAG, key="roleScopeTags")


@pytest.mark.parametrize(
    ("live", "origin", "found"),
    [
        ([TAG], None, []),
        ([{**TAG, "id": "3"}], None, []),
        ([{**TAG, "id": "3"}], "", []),
        ([{**TAG, "displayName": "Graz"}], "", ["Firewall"]),
        ([], None, ["Firewall"]),
    ],
)
def test_a_scope_tag_has_to_exist_under_its_id_or_its_name(live, origin, found):
    changes = {} if origin is None else {"origin_directory_id": origin}
    looked = context(
        tagged(),
        reader=FakeReader({"roleScopeTags": live}),
        own=[own_tag()],
        **changes,
    )

    expected = [(Severity.BLOCKER, "scope_tag_missing", found)] if found else []
    assert outline(check(looked)) == expected


def test_a_scope_tag_that_the_restore_creates_is_not_missing():
    tag = own_tag()

    assert outline(check(context(tagged(), tag, own=[tag]))) == []


def test_the_default_scope_tag_is_everywhere():
    assert outline(check(context(checked()))) == []


def test_a_missing_filter_is_a_blocker():
    issues = check(context(checked(assignments=[FILTERED])))

    assert outline(issues) == [(Severity.BLOCKER, "filter_missing", ["Firewall"])]


def test_what_could_not_be_read_is_unknown_and_not_missing():
    reader = FakeReader(errors={"roleScopeTags": refused(), "assignmentFilters": refused()})
    referring = checked(catalog(roleScopeTagIds=["7"]), assignments=[FILTERED])

    issues = check(context(referring, reader=reader))

    assert outline(issues) == [
        (Severity.UNKNOWN, "scope_tag_missing_unknown", ["Firewall"]),
        (Severity.UNKNOWN, "filter_missing_unknown", ["Firewall"]),
    ]
