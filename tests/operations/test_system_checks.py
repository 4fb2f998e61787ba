"""Two owners of one kind are reported before the product starts."""

from django.core.checks import run_checks

from operations.continuation import register


def test_kinds_with_one_owner_pass(demo):
    assert run_checks(tags=["operations"]) == []


def test_a_kind_with_two_owners_is_an_error(demo):
    register("demo", demo)

    errors = run_checks(tags=["operations"])

    assert [error.msg for error in errors] == ["The operation kind 'demo' is registered 2 times."]
