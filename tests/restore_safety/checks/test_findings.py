import pytest

from restore_safety.checks.findings import FoundIssue, counted, listed, sentences
from restore_safety.models import Severity


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["a"], "a"),
        (["b", "a", "a"], "a and b"),
        (["c", "b", "a"], "a, b and c"),
        ([f"{n:02}" for n in range(12)], "00, 01, 02, 03, 04, 05, 06, 07, 08, 09 and 2 more"),
    ],
)
def test_names_are_listed_once_in_order_and_no_more_than_a_reader_takes(names, sentence):
    assert listed(names) == sentence


@pytest.mark.parametrize(
    ("number", "ending"), [(2, "1."), (10, "9."), (5_000, "9. 4990 more are like these.")]
)
def test_a_finding_about_thousands_names_no_more_than_a_reader_takes(number, ending):
    said = sentences(f"{one}." for one in range(number))

    assert said.startswith("0. 1.")
    assert said.endswith(ending)


def test_one_policy_is_not_called_policies():
    assert [counted(1), counted(2)] == ["1 policy", "2 policies"]


def test_an_issue_says_what_to_do():
    with pytest.raises(ValueError, match="what to do"):
        FoundIssue(severity=Severity.INFO, code="x", title="It is so", why="Because", remedy="")
