import pytest

from restore_safety.checks.app_removals import check
from restore_safety.models import Severity
from restore_safety.truth.scope import AssignmentMode
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import (
    PILOTS,
    TO_ALL_DEVICES,
    FakeReader,
    refused,
    to_group,
)

KEY = "mobileApps"
APP = {
    "@odata.type": "#microsoft.graph.webApp",
    "id": "aaaaaaaa-0000-4000-8000-000000000001",
    "displayName": "Portal",
    "appUrl": "https://portal.example.com",
    "roleScopeTagIds": ["0"],
}
UNINSTALLED = {**TO_ALL_DEVICES, "intent": "uninstall"}
FROM_PILOTS = {**to_group(PILOTS), "intent": "uninstall"}
REQUIRED = {**TO_ALL_DEVICES, "intent": "required"}
FOR_ALL = [(Severity.BLOCKER, "app_removed_for_all", ["Portal"])]
FOR_SOME = [(Severity.WARNING, "app_removed", ["Portal"])]


def found(wanted, live, **facts):
    reader = FakeReader(
        {KEY: [APP]}, assignments={APP["id"]: live}, groups={PILOTS: "Pilots"}, **facts
    )
    looked = context(checked(APP, key=KEY, assignments=wanted), reader=reader)
    return outline(check(looked))


@pytest.mark.parametrize(
    ("wanted", "live", "expected"),
    [
        ([UNINSTALLED], [], FOR_ALL),
        ([UNINSTALLED], [REQUIRED], FOR_ALL),
        ([FROM_PILOTS], [], FOR_SOME),
        ([FROM_PILOTS], [{**to_group(PILOTS), "intent": "available"}], FOR_SOME),
        ([UNINSTALLED], [UNINSTALLED], []),
        ([REQUIRED], [UNINSTALLED], []),
        ([REQUIRED], [], []),
    ],
)
def test_an_app_that_begins_to_be_uninstalled_is_found(wanted, live, expected):
    assert found(wanted, live) == expected


def test_assignments_out_of_scope_remove_nothing():
    looked = context(
        checked(APP, key=KEY, assignments=[UNINSTALLED]),
        reader=FakeReader({KEY: [APP]}),
        assignment_mode=AssignmentMode.LEAVE,
    )

    assert outline(check(looked)) == []


def test_an_app_whose_tenant_copy_cannot_be_read_is_left_to_the_check_of_unread_targets():
    assert found([UNINSTALLED], [], errors={APP["id"]: refused()}) == []
