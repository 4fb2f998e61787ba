"""Two owners of one kind are reported before the product starts."""

import pytest
from django.core.checks import run_checks

from operations.system_checks import a_slow_answer_fits_into_a_lease
from operations.work_kinds import register


def test_kinds_with_one_owner_pass(demo):
    assert run_checks(tags=["operations"]) == []


def test_a_kind_with_two_owners_is_an_error(demo):
    register("demo", demo)

    errors = run_checks(tags=["operations"])

    assert [error.msg for error in errors] == ["The operation kind 'demo' is registered 2 times."]


@pytest.mark.parametrize(
    ("lease_seconds", "timeout_seconds", "expected"),
    [(60, 30, []), (60, 35, []), (60, 36, ["operations.W001"]), (6, 30, ["operations.W001"])],
)
def test_a_worker_may_wait_for_one_slow_answer(settings, lease_seconds, timeout_seconds, expected):
    settings.OPERATION_LEASE_SECONDS = lease_seconds
    settings.GRAPH_TIMEOUT_SECONDS = timeout_seconds

    assert [found.id for found in a_slow_answer_fits_into_a_lease()] == expected
