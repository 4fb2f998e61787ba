from restore_safety.checks.body_shapes import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline

RING = {
    "@odata.type": "#microsoft.graph.windowsUpdateForBusinessConfiguration",
    "id": "a",
    "displayName": "Ring",
    "roleScopeTagIds": ["0"],
}


def test_a_value_graph_does_not_know_forbids_the_policy():
    wrong = checked(RING | {"automaticUpdateMode": "whenever"}, key="deviceConfigurations")

    (issue,) = check(context(wrong))

    assert outline([issue]) == [(Severity.BLOCKER, "body_shape", ["Ring"])]
    assert "automaticUpdateMode" in issue.why


def test_values_graph_knows_raise_nothing():
    right = checked(
        RING | {"automaticUpdateMode": "autoInstallAtMaintenanceTime"}, key="deviceConfigurations"
    )

    assert list(check(context(right))) == []
