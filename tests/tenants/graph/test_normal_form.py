import pytest

from tenants.graph.contracts import contract
from tenants.graph.normal_form import (
    Difference,
    covers,
    differences,
    normal_assignments,
    normal_form,
    wanted_form,
    with_organization,
)

RING = contract("deviceConfigurations")
CATALOG = contract("configurationPolicies")
FILTER = "deviceAndAppManagementAssignmentFilterId"
FILTER_TYPE = "deviceAndAppManagementAssignmentFilterType"


def _setting(name, value):
    return {"settingInstance": {"settingDefinitionId": name, "choiceSettingValue": value}}


def test_covers_ignores_what_the_service_added():
    wanted = normal_form(RING, {"displayName": "a"})
    live = normal_form(RING, {"displayName": "a", "updateWeeks": "firstWeek"})

    assert covers(wanted, live) == []
    assert differences(wanted, live) == (
        Difference(("updateWeeks",), "firstWeek", None, is_unspoken=True),
    )


def test_covers_sees_a_live_value_where_the_backup_has_explicitly_none():
    payload = {"displayName": "a", "updateWeeks": None}
    live = normal_form(RING, {"displayName": "a", "updateWeeks": "firstWeek"})

    assert covers(wanted_form(RING, payload), live) == [
        Difference(("updateWeeks",), "firstWeek", None)
    ]


@pytest.mark.parametrize("nothing", [None, []])
def test_nothing_is_nothing_however_it_is_written(nothing):
    assert differences({"members": nothing}, {}) == ()
    assert differences({}, {"members": nothing}) == ()
    assert covers({"members": nothing}, {"members": ["a"]}) != []


def test_settings_are_compared_by_definition_not_by_position():
    wanted = normal_form(CATALOG, {"settings": [_setting("b", {"value": "1"}), _setting("a", {})]})
    live = normal_form(CATALOG, {"settings": [_setting("c", {}), _setting("b", {"value": "2"})]})

    found = covers(wanted, live)

    assert [(difference.place, difference.before, difference.after) for difference in found] == [
        ("settings.a", None, _setting("a", {})),
        ("settings.b.settingInstance.choiceSettingValue.value", "2", "1"),
        ("settings.c", _setting("c", {}), None),
    ]


def test_order_counts_where_it_may_mean_something():
    assert differences({"rules": ["a", "b"]}, {"rules": ["b", "a"]}) != ()


def test_true_is_not_one():
    assert [found.place for found in differences({"on": True}, {"on": 1})] == ["on"]
    assert differences({"on": 1}, {"on": 1.0}) == ()


def test_declared_type_missing_on_one_side_is_no_difference():
    typed = {"installationSchedule": {"@odata.type": "#microsoft.graph.x", "at": 1}}

    assert differences(typed, {"installationSchedule": {"at": 1}}) == ()


def test_zero_template_means_none():
    compliance = contract("deviceCompliancePolicies")
    zero = "00000000-0000-0000-0000-000000000000"
    rule = {"actionType": "block", "notificationTemplateId": zero}

    assert normal_form(
        compliance, {"scheduledActionsForRule": [{"scheduledActionConfigurations": [rule]}]}
    ) == {"scheduledActionsForRule": [{"scheduledActionConfigurations": [{"actionType": "block"}]}]}


def test_assignments_lose_filters_that_filter_nothing():
    target = {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}
    zero = "00000000-0000-0000-0000-000000000000"

    assert normal_assignments([{"target": {**target, FILTER: zero, FILTER_TYPE: "none"}}]) == [
        {"target": target}
    ]
    assert normal_assignments([{"target": {**target, FILTER: "f", FILTER_TYPE: "include"}}]) == [
        {"target": {**target, FILTER: "f", FILTER_TYPE: "include"}}
    ]


def test_organization_placeholder_is_replaced_at_any_depth():
    payload = {"name": "a", "settings": [{"value": "tenant %OrganizationId%"}], "count": 1}

    assert with_organization(payload, "guid") == {
        "name": "a",
        "settings": [{"value": "tenant guid"}],
        "count": 1,
    }
    assert payload["settings"] == [{"value": "tenant %OrganizationId%"}]
