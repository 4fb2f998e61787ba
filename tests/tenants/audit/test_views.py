"""The page of the trail: who sees what of it, how it is narrowed, and what leaves as a file."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.audit import trail
from tenants.models import AuditChain, AuditEvent, AuditOutcome
from tenants.models.audit_hash import hash_of
from tests.factories import TenantFactory

LIST, CSV, JSON = (reverse(f"audit:event-{kind}") for kind in ("list", "csv", "json"))


@pytest.fixture
def events(tenant, other_tenant, operator, workspace):
    trail.record(
        action="restore.queued",
        actor=operator,
        tenant=tenant,
        subject="restore_run:1",
        detail={"reason": "CHG-17", "is_dry_run": False, "changed": ["mode", "items"]},
    )
    trail.record(action="access.denied", actor=None, tenant=tenant, outcome=AuditOutcome.DENIED)
    trail.record(action="membership.added", actor=None, tenant=None, workspace=workspace)
    trail.record(action="backup.deleted", actor=None, tenant=other_tenant)


def _actions(browser, query=""):
    answer = json.loads(browser.get(JSON + query).getvalue())
    ignored = {"access.bootstrapped", "sign_in.succeeded", "audit.exported"}
    return [event["action"] for event in answer["events"] if event["action"] not in ignored]


@pytest.mark.usefixtures("events")
def test_trail_is_that_of_the_tenants_the_reader_may_view(sign_in, operator, outsider, member):
    assert _actions(sign_in(operator)) == ["access.denied", "restore.queued"]
    assert _actions(sign_in(outsider)) == ["backup.deleted"]
    assert _actions(sign_in(member)) == []


@pytest.mark.usefixtures("events")
def test_events_of_the_workspace_are_for_who_decides_on_access(sign_in, owner, manager):
    assert _actions(sign_in(owner)) == ["membership.added", "access.denied", "restore.queued"]
    assert _actions(sign_in(manager)) == ["access.denied", "restore.queued"]


@pytest.mark.usefixtures("events")
def test_each_sees_their_own_sign_ins_alone(sign_in, operator, owner):
    sign_in(owner)
    browser = sign_in(operator)

    events = json.loads(browser.get(f"{JSON}?action=sign_in.succeeded").getvalue())["events"]

    assert [event["actor_name"] for event in events] == ["operator"]


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("?tenant=contoso", ["access.denied", "restore.queued"]),
        ("?tenant=fabrikam", ["access.denied", "restore.queued"]),
        ("?actor=operator", ["restore.queued"]),
        ("?action=access.denied", ["access.denied"]),
        ("?outcome=denied", ["access.denied"]),
        ("?q=restore_run:1", ["restore.queued"]),
        ("?q=OPERATOR", ["restore.queued"]),
        ("?q=denied", ["access.denied"]),
        ("?q=nothing+like+it", []),
        ("?outcome=allowed&q=restore", ["restore.queued"]),
    ],
)
def test_trail_is_narrowed_by_its_address(sign_in, operator, query, actions):
    assert _actions(sign_in(operator), query) == actions


@pytest.mark.usefixtures("events")
def test_trail_is_narrowed_by_time_in_the_readers_zone(sign_in, operator):
    operator.time_zone = "Asia/Tokyo"
    operator.save()
    browser = sign_in(operator)
    hour_ago, ahead = (
        (timezone.now() + timedelta(hours=9 + shift)).strftime("%Y-%m-%dT%H:%M")
        for shift in (-1, 1)
    )

    assert _actions(browser, f"?since={hour_ago}&until={ahead}") == [
        "access.denied",
        "restore.queued",
    ]
    assert _actions(browser, f"?until={hour_ago}") == []
    assert _actions(browser, f"?since={ahead}") == []


@pytest.mark.usefixtures("events")
def test_line_says_it_in_words_with_the_exact_instant_and_folds_the_detail(sign_in, operator):
    page = sign_in(operator).get(LIST).text

    assert 'Detail<span class="visually-hidden"> of “Restore queued”' in page
    assert "CHG-17" in page
    assert "mode, items" in page
    event = AuditEvent.objects.get(action="restore.queued")
    assert event.at.isoformat(timespec="milliseconds") in page
    assert event.hash in page
    assert 'title="It was refused."' in page


@pytest.mark.usefixtures("events")
def test_page_shows_the_head_and_how_to_verify_it(
    sign_in, operator, outsider, tenant, other_tenant
):
    browser = sign_in(operator)
    sign_in(outsider)

    page = browser.get(LIST).text

    heads = {chain.workspace_id: chain.head for chain in AuditChain.objects.all()}
    assert (
        "manage.py verify_audit --workspace contoso-services "
        f"--expect-head {heads[tenant.workspace_id]}"
    ) in page
    assert heads[other_tenant.workspace_id] not in page
    assert heads[None] not in page


def test_newest_comes_first_and_pages_do_not_overlap(sign_in, operator, tenant):
    for n in range(60):
        trail.record(
            action="restore.queued", actor=None, tenant=tenant, subject=f"restore_run:n{n}"
        )
    browser = sign_in(operator)

    pages = [
        re.findall(r"restore_run:n(\d+)", browser.get(f"{LIST}?tenant=contoso&page={page}").text)
        for page in (1, 2)
    ]

    assert [int(n) for page in pages for n in page] == list(reversed(range(60)))
    assert len(pages[0]) == 50


def test_page_costs_the_same_for_few_and_for_many(
    sign_in, operator, tenant, django_assert_max_num_queries, django_assert_num_queries
):
    browser = sign_in(operator)
    with django_assert_max_num_queries(15) as few:
        browser.get(LIST)
    for n in range(20):
        other = TenantFactory(workspace=tenant.workspace) if n % 5 == 0 else tenant
        trail.record(action="restore.queued", actor=operator, tenant=tenant, detail={"n": n})
        trail.record(action="restore.queued", actor=None, tenant=other)

    with django_assert_num_queries(len(few)):
        browser.get(LIST)


def test_file_is_safe_to_open_and_holds_every_column(sign_in, operator, tenant):
    trail.record(
        action="backup.imported",
        actor=operator,
        tenant=tenant,
        subject="=HYPERLINK(1)",
        detail={"name": "@cmd"},
    )

    text = sign_in(operator).get(f"{CSV}?action=backup.imported").getvalue().decode()

    [row] = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["subject"], row["detail"]) == ("'=HYPERLINK(1)", '{"name": "@cmd"}')
    assert (row["actor_name"], row["tenant_name"], row["label"]) == (
        "operator",
        "Contoso",
        "Backup imported",
    )


@pytest.mark.usefixtures("events")
def test_whoever_has_the_file_can_work_out_its_hashes(sign_in, owner):
    answer = json.loads(sign_in(owner).get(JSON).getvalue())

    for event in answer["events"]:
        facts = {
            name: value
            for name, value in event.items()
            if name not in {"hash", "label", "withheld"}
        }
        assert hash_of(facts) == event["hash"]
    [head] = answer["heads"]
    assert head["workspace"] == "contoso-services"
    assert head["hash"] == answer["events"][0]["hash"]


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize("address", [CSV, JSON])
def test_export_is_audited_where_it_tells_of(sign_in, operator, workspace, address):
    sign_in(operator).get(f"{address}?outcome=denied").getvalue()
    sign_in(operator).get(f"{address}?tenant=contoso").getvalue()

    exported = AuditEvent.objects.filter(action="audit.exported").order_by("pk")
    form = address.rpartition(".")[2]
    assert [(one.actor, one.workspace, one.tenant_name, one.detail) for one in exported] == [
        (operator, workspace, "", {"form": form, "filter": {"outcome": "denied"}}),
        (operator, workspace, "Contoso", {"form": form, "filter": {"tenant": "contoso"}}),
    ]


@pytest.mark.parametrize("query", ["?since=x", "?tenant=fabrikam", "?actor=outsider", "?page=x"])
def test_page_answers_whatever_the_address_says(sign_in, operator, outsider, query):
    page = sign_in(operator).get(LIST + query)

    assert page.status_code == 200
    assert "Fabrikam" not in page.text
