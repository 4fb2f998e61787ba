"""docs/result-attention.md says what the reducer does: each table is held against the code."""

import itertools
from collections import Counter
from pathlib import Path

import pytest

from restore_safety.truth.attention import (
    BOUNDARY,
    REASON_PRECEDENCE,
    Attention,
    CauseFamily,
    FollowUpAction,
    ItemFact,
    ItemOutcome,
    ReasonCode,
    Verification,
    attention_for,
)

PAGE = Path(__file__).parents[3] / "docs" / "result-attention.md"


def _table(heading):
    """The rows of the table under the heading, without its head, cell by cell."""
    section = PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [tuple(cell.strip().strip("`") for cell in row.strip("|").split("|")) for row in rows]


def _facts(example):
    """`created verified written; failed …` as facts; a dash stands for no item at all."""
    if example == "-":
        return []
    return [_fact(*one.split()) for one in example.split("; ")]


def _fact(outcome, verification, reason):
    return ItemFact(
        outcome=ItemOutcome(outcome),
        verification=Verification(verification),
        reason=ReasonCode(reason),
    )


PRECEDENCE = _table("The precedence")


@pytest.mark.parametrize("row", PRECEDENCE, ids=lambda row: " ".join(row[:2]))
def test_each_row_of_the_precedence_is_what_its_example_comes_to(row):
    _, _, kind, example, attention = row

    result = attention_for(
        Counter(_facts(example)), is_dry_run=kind == "dry run", is_ended=kind != "live"
    )

    assert result.attention == attention


def test_an_earlier_row_of_the_precedence_wins_over_every_later_one():
    ended = [(int(row[0]), _facts(row[3])) for row in PRECEDENCE if row[2] == "ended" and row[3]]
    with_items = [(rank, facts) for rank, facts in ended if facts]

    for (rank, first), (later, second) in itertools.combinations(with_items, 2):
        if rank == later:
            continue
        both = attention_for(Counter(first + second), is_dry_run=False).attention
        alone = attention_for(Counter(first), is_dry_run=False).attention
        # what was applied beside it makes of nothing at all something in part
        allowed = {alone, Attention.PARTIAL} if rank < 7 else {alone}
        assert both in allowed


def test_every_attention_has_its_meaning():
    assert _table("The answers") == [(one.value, one.label, one.sentence) for one in Attention]
    assert {row[4] for row in PRECEDENCE} == {one.value for one in Attention}


def test_every_reason_stands_at_its_place_with_its_family_and_action():
    assert _table("Reasons, in the order in which one is chosen") == [
        (str(place), reason.value, reason.cause.value, reason.action.value)
        for place, reason in enumerate(REASON_PRECEDENCE, 1)
    ]


def test_every_cause_family_has_its_next_action():
    assert _table("Cause families") == [
        (one.value, one.label, one.next_action) for one in CauseFamily
    ]


def test_every_next_action_says_what_to_do():
    assert _table("Next actions") == [
        (one.value, one.label, one.sentence) for one in FollowUpAction
    ]


def test_the_boundary_is_quoted_word_by_word():
    assert BOUNDARY in " ".join(PAGE.read_text().replace("\n> ", " ").split())
