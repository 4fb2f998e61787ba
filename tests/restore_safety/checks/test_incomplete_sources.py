from dataclasses import replace

import pytest

from restore_safety.checks.incomplete_sources import check
from restore_safety.models import Severity
from restore_safety.truth.scope import AssignmentMode, ConflictPolicy
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import (
    PILOTS,
    WHOLE,
    FakeReader,
    catalog,
    refused,
    to_group,
)


def test_content_that_is_not_whole_is_a_blocker_with_its_problem():
    partial = replace(WHOLE, settings_expected=40, settings_captured=25)

    issues = list(check(context(checked(assignments=[], completeness=partial))))

    assert outline(issues) == [(Severity.BLOCKER, "incomplete_source", ["Firewall"])]
    assert "Firewall: It should hold 40 settings, but 25 were captured." in issues[0].why


def test_new_policies_without_captured_assignments_are_one_warning():
    unassigned = replace(WHOLE, assignments_captured=False)

    issues = check(
        context(
            checked(catalog("A"), completeness=unassigned),
            checked(catalog("B"), completeness=unassigned),
            checked(catalog("C"), assignments=[]),
        )
    )

    assert outline(issues) == [(Severity.WARNING, "assignments_not_captured", ["A", "B"])]


@pytest.mark.parametrize(
    ("conflict", "found"),
    [
        (
            ConflictPolicy.UPDATE,
            [
                (Severity.WARNING, "assignments_not_captured", ["New"]),
                (Severity.INFO, "assignments_left", ["Firewall"]),
            ],
        ),
        (ConflictPolicy.SKIP, [(Severity.WARNING, "assignments_not_captured", ["New"])]),
        (
            ConflictPolicy.COPY,
            [(Severity.WARNING, "assignments_not_captured", ["Firewall", "New"])],
        ),
    ],
)
def test_only_what_exists_keeps_its_assignments(conflict, found):
    reader = FakeReader({"configurationPolicies": [catalog()]})

    issues = check(
        context(checked(), checked(catalog("New")), reader=reader, conflict_policy=conflict)
    )

    assert outline(issues) == found


def test_what_is_not_known_to_exist_may_be_new():
    reader = FakeReader(errors={"configurationPolicies": refused()})

    assert outline(check(context(checked(), reader=reader))) == [
        (Severity.WARNING, "assignments_not_captured", ["Firewall"])
    ]


@pytest.mark.parametrize(
    ("conflict", "names"),
    [
        (ConflictPolicy.UPDATE, ["New", "Uncaptured"]),
        (ConflictPolicy.SKIP, ["New", "Uncaptured"]),
        (ConflictPolicy.COPY, ["Firewall", "New", "Uncaptured"]),
    ],
)
def test_new_policies_whose_assignments_are_left_out_are_one_warning(conflict, names):
    issues = list(
        check(
            context(
                checked(assignments=[to_group(PILOTS)]),
                checked(catalog("New"), assignments=[to_group(PILOTS)]),
                checked(catalog("Uncaptured"), assignments=None),
                checked(catalog("No one's"), assignments=[]),
                reader=FakeReader({"configurationPolicies": [catalog()]}),
                conflict_policy=conflict,
                assignment_mode=AssignmentMode.LEAVE,
            )
        )
    )

    assert outline(issues) == [(Severity.WARNING, "assignments_left_out", names)]
    assert issues[0].title == (
        f"{len(names)} new policies will reach no one: assignments are left out of the restore"
    )


def test_assignments_left_out_are_no_matter_where_there_are_none():
    policies = (
        checked(assignments=[]),
        checked({"id": "7", "displayName": "Laptops"}, key="assignmentFilters"),
    )

    assert outline(check(context(*policies, assignment_mode=AssignmentMode.LEAVE))) == []


def test_a_whole_item_raises_nothing():
    assert outline(check(context(checked(assignments=[])))) == []
