"""The list of drafts: whose they are, what narrows them, and who may go on with them."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from restore_safety.restores import records
from restore_safety.restores.tables import DraftTable
from tenants.access.service import bootstrap_role
from tenants.models.capabilities import Role
from tests.factories import TenantFactory, UserFactory
from tests.restore_safety.factories import BackupSetFactory
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    DraftFactory,
    RestoreRunFactory,
    item_of,
)

LIST = "restores:draft-list"


@pytest.fixture
def make(tenant, operator):
    def make(**values):
        return DraftFactory(**{"tenant": tenant, "owner": operator} | values)

    return make


def text_of(response):
    return " ".join(response.content.decode().split())


def listed(response):
    return [row.record for row in response.context["table"].page.object_list]


def test_list_shows_one_s_own_drafts_and_everybody_s_when_asked(
    sign_in, operator, manager, other_tenant, make
):
    own, other = make(), make(owner=manager, updated_at=NOW)
    make(submitted_at=NOW)
    make(tenant=other_tenant)
    browser = sign_in(operator)

    assert listed(browser.get(reverse(LIST))) == [own]
    assert listed(browser.get(reverse(LIST), {"whose": "all"})) == [other, own]


def test_list_is_of_tenants_in_which_one_may_prepare(sign_in, operator, workspace, make):
    looked_at = TenantFactory(workspace=workspace, name="Adventure")
    bootstrap_role(user=operator, tenant=looked_at, role=Role.AUDITOR)
    own = make()
    make(tenant=looked_at)

    response = sign_in(operator).get(reverse(LIST), {"whose": "all"})

    assert listed(response) == [own]
    assert "Adventure" not in text_of(response)


@pytest.mark.parametrize(
    "query", [{"q": "NEEDLE"}, {"q": "adventure w"}, {"q": "searcher"}, {"tenant": "adventure"}]
)
def test_list_is_filtered_by_the_address(sign_in, operator, workspace, make, query):
    adventure = TenantFactory(workspace=workspace, name="Adventure Works", slug="adventure")
    bootstrap_role(user=operator, tenant=adventure, role=Role.OPERATOR)
    make()
    wanted = make(
        tenant=adventure,
        owner=UserFactory(username="searcher"),
        backup_set=BackupSetFactory(tenant=adventure, label="A needle"),
    )

    assert listed(sign_in(operator).get(reverse(LIST), {"whose": "all"} | query)) == [wanted]


def test_list_leads_on_and_asks_before_a_draft_is_discarded(sign_in, operator, make):
    draft = make()

    text = text_of(sign_in(operator).get(reverse(LIST)))

    assert f'href="{reverse("restores:draft-resume", args=[draft.pk])}"' in text
    assert f'href="{reverse("restores:draft-discard", args=[draft.pk])}"' in text
    assert text.count("btn btn-primary") == 1


def test_list_says_which_restore_a_draft_takes_up(sign_in, operator, tenant):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator)
    item_of(run, REFUSED)
    records.follow_up(actor=operator, run=run, now=NOW)

    text = text_of(sign_in(operator).get(reverse(LIST)))

    assert f'Continues <a href="{reverse("restores:run-detail", args=[run.pk])}">' in text


def test_list_tells_an_auditor_why_it_is_empty(sign_in, auditor, make):
    make()

    text = text_of(sign_in(auditor).get(reverse(LIST), {"whose": "all"}))

    assert "None of the drafts you may continue matches" in text
    assert "does not include “Prepare restores”" in text


def test_list_pages_by_25(sign_in, operator, make):
    for hours in range(26):
        make(updated_at=NOW + timedelta(hours=hours))
    browser = sign_in(operator)

    first, second = (listed(browser.get(reverse(LIST), {"page": page})) for page in (1, 2))

    assert (len(first), len(second)) == (25, 1)
    assert len({draft.pk for draft in first + second}) == 26


@pytest.mark.parametrize("column", ["tenant", "owner", "updated_at"])
def test_list_is_totally_ordered_by_every_column(make, column):
    table = DraftTable(type(make()).objects.all(), order_by=column)

    assert table.data.data.totally_ordered


def test_list_costs_the_same_for_one_and_three(sign_in, operator, tenant, make):
    browser = sign_in(operator)

    def cost():
        with CaptureQueriesContext(database) as queries:
            browser.get(reverse(LIST))
        return len(queries)

    make()
    one = cost()
    run = RestoreRunFactory(tenant=tenant, requested_by=operator)
    item_of(run, REFUSED)
    records.follow_up(actor=operator, run=run, now=NOW)
    make(backup_set=None)

    assert cost() == one
