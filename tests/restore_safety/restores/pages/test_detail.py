"""The page of a restore: its counts, who may take the next step, and the list of runs."""

import pytest

from restore_safety.restores.pages.detail import run_page
from restore_safety.restores.run_queries import runs_for
from restore_safety.truth.attention import ItemOutcome, RestoreStatus
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    WITHOUT_ITS_GROUP,
    WRITTEN,
    RestoreRunFactory,
    RestoreWriteFactory,
    item_of,
)


@pytest.fixture
def run(tenant, operator):
    return RestoreRunFactory(tenant=tenant, requested_by=operator, status=RestoreStatus.PARTIAL)


def page_of(run, viewer):
    return run_page(run=run, viewer=viewer, now=NOW)


def test_counts_tell_what_was_sent_and_what_was_read_back(run, operator):
    RestoreWriteFactory(item=item_of(run, WRITTEN))
    item_of(run, REFUSED)
    item_of(run, WITHOUT_ITS_GROUP)

    page = page_of(run, operator)

    assert [(count.label, count.value) for count in page.counts] == [
        ("Items", 3),
        ("Need attention", 2),
        ("Writes accepted", 1),
        ("Verified", 1),
    ]
    assert [(one.outcome, one.count) for one in page.outcomes] == [
        (ItemOutcome.CREATED, 1),
        (ItemOutcome.PARTIAL, 1),
        (ItemOutcome.FAILED, 1),
    ]


def test_runs_are_newest_first_and_totally_ordered(run, operator, outsider):
    assert list(runs_for(operator)) == [run]
    assert list(runs_for(outsider)) == []
    assert runs_for(operator).totally_ordered


def test_who_lacks_the_right_is_told_why(run, operator, auditor):
    item_of(run, WITHOUT_ITS_GROUP)

    assert page_of(run, operator).denial == ""
    assert "Prepare restores" in page_of(run, auditor).denial


def test_the_count_of_the_verified_says_for_how_many_it_is_only_a_part(run, operator):
    item_of(run, WRITTEN)
    item_of(run, WITHOUT_ITS_GROUP)

    counts = {count.label: count for count in page_of(run, operator).counts}

    verified = counts["Verified"]
    assert (verified.value, verified.note) == (1, "Of 2, by reading them back; 1 more only in part")


def test_the_count_of_the_verified_is_not_limited_where_nothing_is_open(run, operator):
    item_of(run, WRITTEN)

    notes = {count.label: count.note for count in page_of(run, operator).counts}

    assert notes["Verified"] == "Of 1, by reading them back"
