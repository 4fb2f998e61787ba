"""A restore's items as a file: whole, narrowed as the page is, and harmless to open."""

import csv
import io
import json

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from restore_safety.restores import records
from restore_safety.restores.exports import SCHEMA
from restore_safety.restores.pages.results import result_of
from tenants.models import AuditEvent
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    WITHOUT_ITS_GROUP,
    WRITTEN,
    FollowUpNoteFactory,
    RestoreRunFactory,
    RestoreWriteFactory,
    item_of,
)


@pytest.fixture
def run(tenant, operator):
    return RestoreRunFactory(tenant=tenant, requested_by=operator)


def downloaded(browser, run, form, query=None):
    return browser.get(reverse(f"restores:run-items-{form}", args=[run.pk]), query)


def rows_of(response):
    text = response.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_carries_the_answer_and_the_facts_of_each_item(sign_in, auditor, run):
    item = item_of(run, WITHOUT_ITS_GROUP, name="Firewall", request_id="request-7")
    RestoreWriteFactory(item=item)
    FollowUpNoteFactory(run=run)
    result = result_of(run)

    response = downloaded(sign_in(auditor), run, "csv")
    (row,) = rows_of(response)

    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="restore-{str(run.pk)[:8]}-items.csv"'
    )
    assert (row["attention"], row["cause"], row["next_action"]) == (
        result.attention,
        result.cause,
        result.next_action,
    )
    assert (row["policy"], row["outcome"], row["request_id"]) == (
        "Firewall",
        "partial",
        "request-7",
    )
    assert (row["verification"], row["read_back"]) == ("verified_in_part", "Verified in part")
    assert row["requests"] == "POST deviceManagement/configurationPolicies applied 201"
    assert row["acknowledged_by"] == "operator"


def test_json_carries_the_same_answer_with_requests_and_changes(sign_in, auditor, run):
    item = item_of(run, REFUSED, name="Firewall")
    write = RestoreWriteFactory(item=item)
    result = result_of(run)

    found = json.loads(downloaded(sign_in(auditor), run, "json").getvalue())

    assert (found["schema"], found["filter"]) == (SCHEMA, {})
    assert found["restore"]["headline"] == result.headline
    assert found["restore"]["cause_label"] == result.cause.label
    (exported,) = found["items"]
    assert exported["policy"] == "Firewall"
    assert (exported["verification"], exported["read_back"]) == ("not_attempted", "Not attempted")
    assert exported["requests"][0]["request_id"] == write.request_id
    assert exported["changes"] == item.plan_item.changes


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_item_is_verified_in_an_export_only_where_its_page_says_so(sign_in, auditor, run, form):
    item_of(run, WRITTEN)
    item_of(run, WITHOUT_ITS_GROUP)
    item_of(run, REFUSED)

    response = downloaded(sign_in(auditor), run, form)
    items = rows_of(response) if form == "csv" else json.loads(response.getvalue())["items"]

    assert {(one["verification"], one["read_back"]) for one in items} == {
        ("verified", "Verified"),
        ("verified_in_part", "Verified in part"),
        ("not_attempted", "Not attempted"),
    }


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_is_narrowed_as_the_page_is(sign_in, auditor, run, form):
    item_of(run, WRITTEN, name="Calm")
    item_of(run, REFUSED, name="Refused")

    response = downloaded(sign_in(auditor), run, form, {"attention": "yes", "page": "1"})

    if form == "csv":
        assert [row["policy"] for row in rows_of(response)] == ["Refused"]
    else:
        found = json.loads(response.getvalue())
        assert [item["policy"] for item in found["items"]] == ["Refused"]
        assert found["filter"] == {"attention": "yes"}


def test_the_page_links_the_export_it_shows(sign_in, auditor, run):
    page = reverse("restores:run-detail", args=[run.pk])

    text = sign_in(auditor).get(page, {"outcome": "failed", "q": "a&b"}).content.decode()

    export = reverse("restores:run-items-csv", args=[run.pk])
    assert f'href="{export}?q=a%26b&amp;outcome=failed"' in text


def test_an_export_of_no_items_still_gives_the_answer(sign_in, auditor, run):
    browser = sign_in(auditor)

    (row,) = rows_of(downloaded(browser, run, "csv"))
    found = json.loads(downloaded(browser, run, "json").getvalue())

    assert (row["attention"], row["policy"]) == ("failed", "")
    assert (found["restore"]["attention"], found["items"]) == ("failed", [])


@pytest.mark.parametrize(
    "name",
    ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "  =1", "＝1", "\r=1"],  # noqa: RUF001
)
def test_no_cell_is_taken_for_a_formula(sign_in, auditor, run, name):
    item_of(run, WRITTEN, name=name)

    (row,) = rows_of(downloaded(sign_in(auditor), run, "csv"))

    assert row["policy"] == f"'{name}"


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_costs_the_same_for_one_item_and_three(sign_in, auditor, run, form):
    browser = sign_in(auditor)
    RestoreWriteFactory(item=item_of(run, REFUSED))
    with CaptureQueriesContext(database) as one:
        downloaded(browser, run, form).getvalue()
    RestoreWriteFactory(item=item_of(run, WRITTEN))
    item_of(run, WITHOUT_ITS_GROUP)

    with CaptureQueriesContext(database) as three:
        downloaded(browser, run, form).getvalue()

    assert len(three) == len(one)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_is_hidden_from_outsiders(sign_in, outsider, member, run, form):
    assert downloaded(sign_in(outsider), run, form).status_code == 404
    assert downloaded(sign_in(member), run, form).status_code == 404


def test_an_export_says_who_took_up_what_was_left_open(sign_in, operator, run):
    item_of(run, REFUSED)
    draft = records.follow_up(actor=operator, run=run, now=NOW).draft
    browser = sign_in(operator)

    (row,) = rows_of(downloaded(browser, run, "csv"))
    found = json.loads(downloaded(browser, run, "json").getvalue())["restore"]

    for told in (row, found):
        assert (told["taken_up_in"], told["taken_up_id"], told["taken_up_by"]) == (
            "draft",
            str(draft.pk),
            "operator",
        )


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_is_on_record_with_what_narrowed_it(sign_in, auditor, run, form):
    downloaded(sign_in(auditor), run, form, {"attention": "yes", "page": "1"})

    event = AuditEvent.objects.get(action="restore.exported")
    assert (event.actor, event.subject) == (auditor, f"restore_run:{run.pk}")
    assert event.detail == {"form": form, "filter": {"attention": "yes"}}
