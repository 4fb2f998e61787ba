"""What pages, the operation page and the API say of requests that wait for the approver."""

from datetime import timedelta

import pytest
from django.urls import reverse

from restore_safety.operation_pages import RestoreContinuation
from restore_safety.restores.pages.detail import run_page
from restore_safety.restores.pages.provider_approvals import MOST_SHOWN, WHERE, approvals_of
from restore_safety.truth.attention import ItemOutcome, ReasonCode, RestoreStatus, Verification
from restore_safety.truth.outcomes import ItemFact
from tenants.graph.filing import ApprovalStatus
from tests.restore_safety.factories_runs import (
    NOW,
    RestoreRunFactory,
    RestoreWriteFactory,
    WriteApprovalFactory,
    item_of,
)

WAITING = ItemFact(
    outcome=ItemOutcome.WAITING_FOR_APPROVAL,
    verification=Verification.NOT_ATTEMPTED,
    reason=ReasonCode.APPROVAL_PENDING,
)


@pytest.fixture
def run(tenant, operator):
    """A restore that waits; its operation is still live."""
    return RestoreRunFactory(
        tenant=tenant, requested_by=operator, status=RestoreStatus.WAITING, ended_at=None
    )


def filed(run, *, status="needsApproval", **values):
    write = RestoreWriteFactory(item=item_of(run, WAITING), state="filed", purpose="create")
    return WriteApprovalFactory(write=write, status=status, **values)


def test_what_waits_comes_first_with_code_approvers_and_time(run):
    filed(run, status="approved", filed_at=NOW - timedelta(hours=1))
    waiting = filed(run)

    section = approvals_of(run)

    first, second = section.entries
    assert section.is_waiting
    assert (first.status, second.status) == (ApprovalStatus.NEEDS_APPROVAL, ApprovalStatus.APPROVED)
    assert first.title == f"Create “{waiting.write.item.name}”"
    assert dict(first.facts)["Request"] == waiting.code
    assert dict(first.facts)["May approve"] == "Intune approvers"
    assert dict(first.facts)["Expires"] == NOW + timedelta(days=3)


def test_where_intune_names_no_approvers_every_page_says_so(run, operator):
    filed(run, approvers=[])

    section = approvals_of(run)

    (entry,) = section.entries
    said = "Intune names no approvers: see the access policy for Multi Admin Approval"
    assert dict(entry.facts)["May approve"] == said
    assert dict(section.details)["May approve"] == said
    assert section.request_for_people.startswith(said)
    assert all(value for _, value in (*entry.facts[:4], *section.details))
    assert {"Decided by", "Their words"}.isdisjoint(dict(entry.facts))


def test_a_run_that_has_ended_waits_for_nobody(run):
    filed(run)
    run.status, run.ended_at = RestoreStatus.CANCELLED, NOW

    section = approvals_of(run)

    assert (section.is_waiting, section.details, len(section.entries)) == (False, (), 1)


def test_only_so_many_are_shown(run, django_assert_max_num_queries):
    for _ in range(MOST_SHOWN + 2):
        filed(run)

    with django_assert_max_num_queries(2):
        section = approvals_of(run)

    assert (len(section.entries), section.more) == (MOST_SHOWN, 2)


def test_the_operation_page_says_who_may_approve_where_and_until_when(run, operator):
    waiting = filed(run)

    told = RestoreContinuation().follow_up(run.operation_run, operator)

    assert told.headline == "Paused, 1 waiting for approval: wait for the tenant's approver"
    assert told.next_step.startswith("Have the filed requests approved in Intune")
    assert told.details == (
        ("Approve in", WHERE),
        ("May approve", "Intune approvers"),
        ("First expires", waiting.expires_at),
        (f"Create “{waiting.write.item.name}”", f"Request {waiting.code}"),
    )


def test_the_page_of_the_restore_shows_what_waits(run, operator, sign_in):
    waiting = filed(run)

    page = sign_in(operator).get(reverse("restores:run-detail", args=[run.pk]))

    text = page.content.decode()
    assert waiting.code in text
    assert "Intune approvers" in text
    assert WHERE in text
    assert run_page(run=run, viewer=operator, now=NOW).approvals.is_waiting
