"""The items of a restore: how each stands, and what reading it back is worth."""

import pytest

from restore_safety.models import ItemState
from restore_safety.restores.pages.item_list import CHANGES_IN_LIST, ItemEntry, items_of
from restore_safety.truth.attention import (
    ItemFact,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    Verification,
)
from tenants.web.badges import Tone
from tests.restore_safety.factories_runs import (
    AS_WANTED,
    ASSIGNMENTS_LEFT,
    REFUSED,
    REHEARSED,
    WITHOUT_ITS_GROUP,
    WRITTEN,
    RestoreRunFactory,
    item_of,
)

NOT_CAPTURED = ItemFact(
    outcome=ItemOutcome.UPDATED,
    verification=Verification.VERIFIED,
    reason=ReasonCode.ASSIGNMENTS_NOT_CAPTURED,
)


@pytest.fixture
def run(tenant, operator):
    return RestoreRunFactory(tenant=tenant, requested_by=operator, status=RestoreStatus.PARTIAL)


def test_items_in_need_come_first(run):
    calm = item_of(run, WRITTEN)
    unchanged = item_of(run, AS_WANTED)
    short = item_of(run, WITHOUT_ITS_GROUP)

    items = items_of(run)

    assert list(items) == [short, calm, unchanged]
    assert items.totally_ordered


def test_an_item_not_settled_shows_how_far_the_journal_got(run):
    planned = ItemEntry(item=item_of(run, REHEARSED, state=ItemState.PLANNED))
    in_flight = ItemEntry(item=item_of(run, REHEARSED, state=ItemState.IN_FLIGHT))
    settled = ItemEntry(item=item_of(run, REFUSED))

    assert [one.status for one in (planned, in_flight, settled)] == [
        ItemState.PLANNED,
        ItemState.IN_FLIGHT,
        ItemOutcome.FAILED,
    ]
    assert planned.sentence == "Nothing was sent for it yet."
    assert settled.sentence == ItemOutcome.FAILED.sentence


def test_reading_back_a_part_does_not_speak_for_the_rest(run):
    whole = ItemEntry(item=item_of(run, WRITTEN))
    part = ItemEntry(item=item_of(run, WITHOUT_ITS_GROUP))

    assert whole.read_back == Verification.VERIFIED.sentence
    assert part.read_back == "What was written reads back as wanted; the rest is not in the tenant."


def test_an_item_lists_its_first_changes_and_says_how_many_more(run):
    item = item_of(run, WRITTEN)
    item.plan_item.changes = [{"path": f"p{n}", "before": "", "after": "x"} for n in range(11)]

    entry = ItemEntry(item=item)

    assert (len(entry.first_changes), entry.more_changes) == (CHANGES_IN_LIST, 3)
    assert entry.first_changes[0].before is None


@pytest.mark.parametrize(
    ("fact", "is_positive"),
    [
        (WRITTEN, True),
        (AS_WANTED, True),
        (WITHOUT_ITS_GROUP, False),
        (ASSIGNMENTS_LEFT, False),
        (NOT_CAPTURED, False),
    ],
)
def test_only_an_item_that_leaves_nothing_open_is_verified_in_green(run, fact, is_positive):
    badge = ItemEntry(item=item_of(run, fact)).read_back_badge

    assert (badge.tone is Tone.POSITIVE, badge.label == "Verified") == (is_positive, is_positive)


def test_an_item_that_was_not_read_back_says_so(run):
    badge = ItemEntry(item=item_of(run, REFUSED)).read_back_badge

    assert badge.label == Verification.NOT_ATTEMPTED.label
