"""Trouble between product and tenant (b20)."""

import pytest

from operations.models import OperationRun
from tests.cases.makers import CATALOG, catalog

FOUR = [catalog(f"Policy {number}", description="text") for number in range(4)]
NAMES = [one["name"] for one in FOUR]
ALL_CREATED = dict.fromkeys(NAMES, ("created", "verified"))
CREATE = {"method": "POST", "path": "configurationPolicies$"}


@pytest.fixture
def ready(walk):
    """Four policies that are previewed and about to be written."""
    walk.import_policies(*FOUR)
    walk.preview()
    return walk


TROUBLE = {
    "504 though applied": ({"status": 504, "after_apply": True}, {"times": 2}),
    "connection lost though applied": ({"disconnect": "after_apply"}, {"times": 2}),
    "500 though applied": ({"status": 500, "after_apply": True}, {"times": 2}),
    "visible a while later": ({"hide_after_create_ms": 300}, {}),
    "429 without a time": (
        {"status": 429, "retry_after_form": "absent"},
        {"probability": 0.3},
    ),
}


@pytest.mark.parametrize(("effect", "rule"), TROUBLE.values(), ids=TROUBLE)
def test_trouble_on_the_way_ends_as_it_should(ready, effect, rule):
    ready.fault(effect, **CREATE, **rule)

    ready.carry_out()

    assert sorted(one["name"] for one in ready.live(CATALOG)) == NAMES
    assert {outcome for outcome, _ in ready.results.values()} <= {"created", "updated"}
    assert "mismatch" not in {verification for _, verification in ready.results.values()}


def test_a_write_that_never_was_applied_is_said_and_waited_for_once(ready):
    ready.fault({"status": 504}, **CREATE)

    ready.carry_out()

    assert ready.live(CATALOG) == []
    assert "created" not in {outcome for outcome, _ in ready.results.values()}
    assert ready.clock.ahead.total_seconds() <= 300


def test_a_token_that_ends_midway_is_renewed(ready):
    ready.control.change_tenant(ready.directory, {"revokeTokens": True})

    ready.carry_out()

    assert ready.results == ALL_CREATED


def test_a_refused_permission_stops_no_other_item_and_lies_of_none(ready):
    ready.fault({"status": 403, "code": "Forbidden"}, **CREATE, skip=2)

    ready.carry_out()

    held = {one["name"] for one in ready.live(CATALOG)}
    assert {name for name, result in ready.results.items() if result[0] == "created"} == held
    assert len(held) == 2


def test_a_property_the_tenant_ignored_is_a_mismatch(ready):
    ready.fault({"ignore_properties": ["description"]}, **CREATE)

    ready.carry_out()

    assert {verification for _, verification in ready.results.values()} == {"mismatch"}


def test_an_hour_of_throttling_pauses_the_run_which_goes_on_by_itself(ready):
    ready.fault({"status": 429, "retry_after": 3600}, **CREATE, times=1)

    ready.carry_out()
    ready.go_on()

    assert ready.results == ALL_CREATED
    assert OperationRun.objects.get(pk=ready.run.operation_run_id).outcome == "succeeded"
