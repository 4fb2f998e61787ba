"""The home page: it says what asks for the reader, and calm only of what it lists."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from operations.liveness import Liveness
from operations.work_kinds import Action
from restore_safety.home.page import SHOWN, home_page
from restore_safety.restores import records
from tenants.access.service import bootstrap_role
from tenants.models.capabilities import Role
from tests.factories import ProviderConnectionFactory, TenantFactory
from tests.operations.factories import OperationRunFactory
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    WRITTEN,
    ApprovalRequestFactory,
    DraftFactory,
    FollowUpNoteFactory,
    RestoreRunFactory,
    item_of,
)

NEW_RESTORE = Action(label="New restore", url="/restores/new/")


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


def test_home_asks_for_a_new_restore_where_nothing_else_asks(operator, auditor, verified):
    assert home_page(user=operator, now=NOW).action == NEW_RESTORE
    assert not home_page(user=operator, now=NOW).offers_new_restore_beside
    page = home_page(user=auditor, now=NOW)
    assert page.action is None
    assert "Prepare restores" in page.restore_denial


def test_home_asks_first_for_what_is_most_urgent(operator, tenant, verified):
    draft = DraftFactory(tenant=tenant, owner=operator)
    asked = [home_page(user=operator, now=NOW).action]
    verified.verification = "failed"
    verified.save()
    asked.append(home_page(user=operator, now=NOW).action)
    silent = OperationRunFactory(tenant=tenant, running=True, lease_expires_at=NOW)
    asked.append(home_page(user=operator, now=NOW).action)
    run = RestoreRunFactory(tenant=tenant, requested_by=operator)
    item_of(run, REFUSED)
    page = home_page(user=operator, now=NOW)

    assert [*asked, page.action] == [
        Action(label="Continue the draft", url=reverse("restores:draft-resume", args=[draft.pk])),
        Action(label="Look at the connection", url=tenant.get_absolute_url()),
        Action(label="Look at the run without a worker", url=silent.get_absolute_url()),
        Action(
            label="Open what needs follow-up", url=reverse("restores:run-detail", args=[run.pk])
        ),
    ]
    assert (page.new_restore, page.offers_new_restore_beside) == (NEW_RESTORE, True)


def test_home_leads_to_the_list_where_several_ask(operator, workspace, tenant, verified):
    for _ in range(2):
        DraftFactory(tenant=tenant, owner=operator)
    asked = [home_page(user=operator, now=NOW).action.url]
    verified.delete()
    bootstrap_role(user=operator, tenant=TenantFactory(workspace=workspace), role=Role.OPERATOR)
    asked.append(home_page(user=operator, now=NOW).action.url)
    for _ in range(2):
        item_of(RestoreRunFactory(tenant=tenant, requested_by=operator), REFUSED)
    asked.append(home_page(user=operator, now=NOW).action.url)

    assert asked == [
        reverse("restores:draft-list"),
        reverse("tenants:tenant-list"),
        f"{reverse('restores:run-list')}?attention=open&archived=all",
    ]


def test_home_shows_first_the_run_whose_worker_is_gone(operator, tenant):
    silent = OperationRunFactory(
        tenant=tenant, running=True, lease_expires_at=NOW, queued_at=NOW - timedelta(days=9)
    )
    for _ in range(SHOWN):
        OperationRunFactory(tenant=tenant, running=True)

    page = home_page(user=operator, now=NOW)

    assert (page.running.lines[0].run, page.silent) == (silent, 1)
    assert page.headline.startswith("1 run has lost its worker, ")


def test_run_that_was_put_aside_has_not_lost_its_worker(operator, tenant):
    OperationRunFactory(
        tenant=tenant,
        running=True,
        lease_expires_at=None,
        waits_until=NOW + timedelta(minutes=1),
    )

    page = home_page(user=operator, now=NOW)

    assert (page.running.total, page.silent) == (1, 0)


def test_home_shows_first_the_connection_that_failed(operator, workspace, tenant):
    broken = TenantFactory(workspace=workspace, name="Zulu")
    bootstrap_role(user=operator, tenant=broken, role=Role.OPERATOR)
    ProviderConnectionFactory(tenant=broken, verification="failed", last_verified_at=NOW)

    lines = home_page(user=operator, now=NOW).connections.lines

    assert [line.tenant for line in lines] == [broken, tenant]


def test_home_says_who_took_a_follow_up_up(operator, tenant, manager):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator)
    item_of(run, REFUSED)
    draft = records.follow_up(actor=manager, run=run, now=NOW).draft

    page = home_page(user=operator, now=NOW)

    assert [line.summary.taken_up.successor for line in page.follow_ups.lines] == [draft]
    assert page.headline.startswith("1 restore needs follow-up, ")


def test_home_lists_the_first_drafts_and_says_how_many_more(operator, tenant):
    for hours in range(SHOWN + 2):
        DraftFactory(tenant=tenant, owner=operator, updated_at=NOW + timedelta(hours=hours))

    drafts = home_page(user=operator, now=NOW).drafts

    assert (len(drafts.lines), drafts.more) == (SHOWN, 2)


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


@pytest.fixture
def ask(tenant, operator):
    """Another request for approval, of a draft of its own, that has `hours` left."""
    tenant.needs_approval = True
    tenant.save()

    def asked(*, hours=24, **fields):
        return ApprovalRequestFactory(
            **{"draft__tenant": tenant, "requested_by": operator} | fields,
            lifetime=timedelta(hours=hours),
        )

    return asked


def waiting(user):
    return home_page(user=user, now=timezone.now()).approvals


def test_home_shows_what_waits_for_the_readers_approval(manager, verified, ask):
    request = ask()

    page = home_page(user=manager, now=timezone.now())

    assert page.headline == "1 restore waits for your approval"
    assert page.approvals.lines == (request,)
    assert page.action == Action(
        label="Look at the restore to approve", url=request.get_absolute_url()
    )


def test_home_shows_first_the_request_with_the_least_time_left_and_counts_the_rest(manager, ask):
    asked = [ask(hours=hours) for hours in range(SHOWN + 2, 0, -1)]

    shown = waiting(manager)

    assert (shown.lines, shown.more) == (tuple(asked[:1:-1]), 2)


def test_home_shows_no_request_to_who_cannot_decide_on_it(operator, auditor, outsider, ask):
    ask()

    assert [waiting(user).total for user in (operator, auditor, outsider)] == [0, 0, 0]


def test_home_shows_no_request_the_reader_made(manager, ask):
    ask(requested_by=manager)

    assert waiting(manager).is_empty


def test_home_shows_no_request_of_a_tenant_the_reader_does_not_see(manager, other_tenant, ask):
    ask(draft__tenant=other_tenant)

    assert waiting(manager).is_empty


def test_home_shows_no_request_once_four_eyes_is_off(manager, tenant, ask):
    ask()
    tenant.needs_approval = False
    tenant.save()

    assert waiting(manager).is_empty


def test_requests_on_home_cost_the_same_for_one_and_three(manager, ask):
    ask()
    with CaptureQueriesContext(database) as one:
        home_page(user=manager, now=timezone.now())
    ask()
    ask()

    with CaptureQueriesContext(database) as three:
        home_page(user=manager, now=timezone.now())

    assert waiting(manager).total == 3
    assert len(three) == len(one)
