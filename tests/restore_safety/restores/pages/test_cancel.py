"""What is said of the item under way when a restore is asked to stop, on every surface alike."""

from datetime import timedelta

import pytest
from django.urls import reverse

from operations.models import OperationRun
from restore_safety.models import ItemState
from restore_safety.restores.pages.cancel import in_flight_sentence
from restore_safety.restores.pages.detail import run_page
from restore_safety.truth.attention import (
    ItemFact,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    Verification,
)
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    WRITTEN,
    RestoreItemFactory,
    RestoreRunFactory,
    item_of,
)

IN_FLIGHT = "“Firewall” is being written: it is finished first and read back. Nothing after it is"
NOT_BEGUN = ItemFact(
    outcome=ItemOutcome.CANCELLED,
    verification=Verification.NOT_ATTEMPTED,
    reason=ReasonCode.RUN_CANCELLED,
)


@pytest.fixture
def run(tenant, operator):
    made = RestoreRunFactory(tenant=tenant, requested_by=operator, running=True)
    item_of(made, WRITTEN)
    return made


@pytest.fixture
def begun(run):
    return RestoreItemFactory(
        run=run,
        name="Firewall",
        state=ItemState.IN_FLIGHT,
        outcome=ItemOutcome.NOT_STARTED,
        verification=Verification.NOT_ATTEMPTED,
        reason_code="",
    )


def text_of(response):
    return " ".join(response.content.decode().split())


def test_nothing_in_flight_is_said_so(run):
    assert in_flight_sentence(run.operation_run) == (
        "Nothing is being written right now, and nothing more is begun."
    )


def test_item_in_flight_is_named(run, begun):
    assert in_flight_sentence(run.operation_run).startswith(IN_FLIGHT)


def test_paused_run_sends_nothing_of_what_was_begun(run, begun):
    OperationRun.objects.update(lease_expires_at=None, waits_until=NOW + timedelta(days=1))
    run.operation_run.refresh_from_db()

    assert "nothing is sent while the run waits" in in_flight_sentence(run.operation_run)


def test_every_surface_says_it_before_and_after_it_was_asked(sign_in, operator, run, begun):
    browser = sign_in(operator)
    cancel = reverse("operations:run-cancel", args=[run.operation_run_id])

    before = text_of(browser.get(cancel))
    asked = text_of(browser.post(cancel, follow=True))
    restore = text_of(browser.get(reverse("restores:run-detail", args=[run.pk])))

    assert IN_FLIGHT in before
    assert "nothing is undone" in before
    assert f"Cancellation requested. {IN_FLIGHT}" in asked
    assert f"It is to be cancelled. {IN_FLIGHT}" in asked
    assert IN_FLIGHT in restore


def test_cancelled_restore_lists_what_was_done_and_what_was_not(tenant, operator):
    run = RestoreRunFactory(tenant=tenant, status=RestoreStatus.CANCELLED)
    for fact in (WRITTEN, WRITTEN, REFUSED, NOT_BEGUN):
        item_of(run, fact)

    page = run_page(run=run, viewer=operator, now=NOW)

    assert page.remainder == (
        ("As wanted", "2"),
        ("Failed or refused", "1"),
        ("Not finished", "1"),
    )
    assert page.result.headline.startswith("Cancelled, 2 policies restored, 1 failed, 1 not begun")
