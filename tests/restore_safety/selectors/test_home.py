"""The home page: it says what asks for the reader, and calm only of what it lists."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from operations.liveness import Liveness
from restore_safety.selectors.home import SHOWN, home_page
from tests.factories import ProviderConnectionFactory
from tests.operations.factories import OperationRunFactory
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    WRITTEN,
    DraftFactory,
    FollowUpNoteFactory,
    RestoreRunFactory,
    item_of,
)


@pytest.fixture
def verified(tenant):
    return ProviderConnectionFactory(
        tenant=tenant, verification="verified", last_verified_at=timezone.now()
    )


def test_home_is_calm_only_about_what_it_lists(operator, verified):
    page = home_page(user=operator, now=NOW)

    assert page.headline == "Nothing here asks for you"
    assert page.sentence.endswith("It says nothing about what was never backed up or checked.")


def test_home_counts_what_asks_for_the_reader(operator, tenant):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator)
    item_of(run, REFUSED)
    item_of(RestoreRunFactory(tenant=tenant), WRITTEN)
    draft = DraftFactory(tenant=tenant, owner=operator)
    DraftFactory(tenant=tenant, owner=operator, submitted_at=NOW)
    DraftFactory(tenant=tenant)
    running = OperationRunFactory(tenant=tenant, running=True)

    page = home_page(user=operator, now=NOW)

    assert page.headline == (
        "1 restore needs follow-up, 1 connection is not verified, 1 draft waits for you"
    )
    assert [line.run for line in page.follow_ups.lines] == [run]
    assert list(page.drafts.lines) == [draft]
    assert [(line.run, line.liveness) for line in page.running.lines] == [(running, Liveness.LIVE)]
    assert [line.sentence for line in page.connections.lines] == [
        "It has no provider connection yet."
    ]


def test_home_keeps_what_was_acknowledged_apart(operator, verified, tenant):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator)
    item_of(run, REFUSED)
    FollowUpNoteFactory(run=run)

    page = home_page(user=operator, now=NOW)

    assert page.headline == "Nothing here asks for you"
    assert page.follow_ups.is_empty
    assert [line.run for line in page.acknowledged.lines] == [run]
    assert page.sentence.startswith("1 acknowledged follow-up stays open in the tenant. ")


def test_home_tells_a_silent_worker_from_one_at_work(operator, tenant):
    OperationRunFactory(tenant=tenant, running=True)

    page = home_page(user=operator, now=NOW + timedelta(minutes=2))

    assert [line.liveness for line in page.running.lines] == [Liveness.STALE]


def test_home_shows_nothing_of_other_workspaces(operator, verified, other_tenant):
    item_of(RestoreRunFactory(tenant=other_tenant), REFUSED)
    DraftFactory(tenant=other_tenant, owner=operator)
    OperationRunFactory(tenant=other_tenant, running=True)

    page = home_page(user=operator, now=NOW)

    assert page.headline == "Nothing here asks for you"
    assert page.running.is_empty


def test_home_of_who_sees_no_tenant_does_not_sound_calm(member):
    page = home_page(user=member, now=NOW)

    assert page.headline == "No tenant is open to you yet"
    assert page.action is None


def test_home_offers_a_restore_to_who_may_prepare_one(operator, auditor):
    assert home_page(user=operator, now=NOW).action.label == "New restore"
    page = home_page(user=auditor, now=NOW)
    assert page.action is None
    assert "Prepare restores" in page.restore_denial


def test_home_lists_the_first_and_says_how_many_more(operator, tenant):
    for hours in range(SHOWN + 2):
        DraftFactory(tenant=tenant, owner=operator, updated_at=NOW + timedelta(hours=hours))

    few = home_page(user=operator, now=NOW).drafts
    everything = home_page(user=operator, now=NOW, with_all_drafts=True).drafts

    assert (len(few.lines), few.more) == (SHOWN, 2)
    assert (len(everything.lines), everything.more) == (SHOWN + 2, 0)


def test_home_costs_the_same_for_one_and_three(operator, tenant):
    def add():
        item_of(RestoreRunFactory(tenant=tenant, requested_by=operator), REFUSED)
        DraftFactory(tenant=tenant, owner=operator)
        OperationRunFactory(tenant=tenant, running=True)

    add()
    with CaptureQueriesContext(database) as one:
        home_page(user=operator, now=NOW)
    add()
    add()

    with CaptureQueriesContext(database) as three:
        home_page(user=operator, now=NOW)

    assert len(three) == len(one)
