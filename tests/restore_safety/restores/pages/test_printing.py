"""The record on paper: all items are there, or the part says which they are and of how many."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from restore_safety.restores.pages import printing
from restore_safety.restores.pages.results import result_of
from restore_safety.truth.attention import RestoreStatus
from tenants.audit import trail
from tests.restore_safety.factories_runs import (
    REFUSED,
    WITHOUT_ITS_GROUP,
    WRITTEN,
    RestoreRunFactory,
    item_of,
)


@pytest.fixture
def run(tenant, operator):
    return RestoreRunFactory(tenant=tenant, requested_by=operator, status=RestoreStatus.PARTIAL)


def printed(browser, run, **query):
    response = browser.get(reverse("restores:run-print", args=[run.pk]), query)
    return " ".join(response.content.decode().split())


def test_print_holds_the_answer_the_snapshot_the_boundary_and_every_item(sign_in, auditor, run):
    items = [item_of(run, fact) for fact in (WRITTEN, REFUSED) for _ in range(30)]
    trail.record(
        action="restore.queued", actor=auditor, tenant=run.tenant, subject=f"restore_run:{run.pk}"
    )

    text = printed(sign_in(auditor), run)

    result = result_of(run)
    told = [
        result.headline,
        result.boundary.replace("'", "&#x27;"),
        "What was known",
        "What was confirmed",
        "All 60 items.",
        "Restore queued",
        run.fingerprint,
    ]
    assert [part for part in told if part not in text] == []
    assert [item for item in items if item.name not in text] == []


def test_print_in_parts_says_which_part_of_how_many(sign_in, auditor, run, monkeypatch):
    monkeypatch.setattr(printing, "ITEMS_PER_PART", 2)
    for _ in range(3):
        item_of(run, WRITTEN)
    browser = sign_in(auditor)

    assert "Part 1 of 2: items 1 to 2 of 3." in printed(browser, run)
    assert "Part 2 of 2: items 3 to 3 of 3." in printed(browser, run, part="2")


def test_print_says_how_many_events_it_leaves_out(sign_in, auditor, run, monkeypatch):
    monkeypatch.setattr(printing, "EVENTS_PRINTED", 1)
    for _ in range(3):
        trail.record(
            action="probe.written", actor=None, tenant=run.tenant, subject=f"restore_run:{run.pk}"
        )

    assert "2 earlier events are on record and not printed here." in printed(sign_in(auditor), run)


def test_the_page_says_on_paper_which_page_it_is_and_where_all_items_are(sign_in, auditor, run):
    for _ in range(51):
        item_of(run, WRITTEN)

    page = reverse("restores:run-detail", args=[run.pk])
    text = " ".join(sign_in(auditor).get(page).content.decode().split())

    assert "Only page 1 of 2 of the items is printed here." in text
    assert f'href="{reverse("restores:run-print", args=[run.pk])}"' in text


def test_print_costs_the_same_for_one_item_and_three(sign_in, auditor, run):
    browser = sign_in(auditor)
    item_of(run, REFUSED)
    with CaptureQueriesContext(database) as one:
        printed(browser, run)
    item_of(run, WRITTEN)
    item_of(run, WITHOUT_ITS_GROUP)

    with CaptureQueriesContext(database) as three:
        printed(browser, run)

    assert len(three) == len(one)
