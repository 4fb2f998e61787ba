"""A run has one state, said alike by its own page and by its operation's."""

import re
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from operations.models import OperationRun
from restore_safety.truth.attention import ItemFact, ItemOutcome, ReasonCode, Verification
from restore_safety.truth.outcomes import RestoreStatus
from tests.restore_safety.factories_runs import WRITTEN, RestoreRunFactory, item_of

NOT_BEGUN = ItemFact(
    outcome=ItemOutcome.CANCELLED,
    verification=Verification.NOT_ATTEMPTED,
    reason=ReasonCode.RUN_CANCELLED,
)


def shown(response):
    """The words of the page's content."""
    main = response.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", main.partition(">")[2]).split())


def test_a_paused_restore_has_one_state_and_says_until_when_and_why(sign_in, operator, tenant):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator, running=True)
    item_of(run, WRITTEN)
    OperationRun.objects.filter(pk=run.operation_run_id).update(
        lease_expires_at=None,
        waits_until=timezone.now() + timedelta(hours=1),
        wait_note="Microsoft Graph asked to send nothing until then.",
        progress_note="Writing Firewall",
    )
    browser = sign_in(operator)

    for address in (
        reverse("restores:run-detail", args=[run.pk]),
        run.operation_run.get_absolute_url(),
    ):
        text = shown(browser.get(address))
        answer = text.partition("1 of 1 policy begun")
        assert answer[1]
        assert "Paused" in answer[0][-120:]
        assert re.search(r"Paused until .{10,40} Microsoft Graph asked to send nothing", answer[2])
        assert "Running" not in text
        assert "under way" not in text
        assert "Writing Firewall" not in text


def test_a_paused_restore_that_is_cancelled_does_not_stand_in_the_queue(sign_in, operator, tenant):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator, running=True)
    item_of(run, WRITTEN)
    OperationRun.objects.filter(pk=run.operation_run_id).update(
        lease_expires_at=None, waits_until=timezone.now() - timedelta(seconds=1)
    )
    browser = sign_in(operator)
    browser.post(reverse("operations:run-cancel", args=[run.operation_run_id]))

    for address in (
        reverse("restores:run-detail", args=[run.pk]),
        run.operation_run.get_absolute_url(),
        reverse("operations:run-list"),
    ):
        text = shown(browser.get(address))
        assert "Waiting to go on" in text
        assert "stands in the queue" not in text
        assert "could not be reached" not in text


def test_a_cancelled_restore_is_called_cancelled_and_says_what_remains(sign_in, operator, tenant):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator, status=RestoreStatus.CANCELLED)
    item_of(run, WRITTEN)
    item_of(run, NOT_BEGUN)
    browser = sign_in(operator)

    for address in (
        reverse("restores:run-detail", args=[run.pk]),
        run.operation_run.get_absolute_url(),
    ):
        answer = shown(browser.get(address)).partition("Cancelled, 1 policy restored")
        assert answer[0].rstrip().endswith("Cancelled")
        assert "Not finished 1" in answer[2]
        assert "Partial" not in answer[0] + answer[2].partition("That a run completed")[0]
