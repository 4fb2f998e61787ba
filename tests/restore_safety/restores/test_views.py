"""The pages of restores: who sees what, what they say first, what follows, what they cost."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from operations.models import OperationRun
from operations.notifications import notify_initiator
from operations.work_kinds import continuation_of
from restore_safety.models import RestoreDraft
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.restores.pages.results import result_of
from restore_safety.restores.tables import RestoreItemTable, RestoreTable
from restore_safety.truth.attention import (
    CauseFamily,
    ItemFact,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    Verification,
)
from restore_safety.truth.scope import ConflictPolicy, ScopeMode
from tenants.access.service import bootstrap_role
from tenants.audit import trail
from tenants.models.capabilities import Role
from tenants.web.badges import badge_for
from tests.factories import TenantFactory, UserFactory
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import (
    AS_WANTED,
    ASSIGNMENTS_LEFT,
    NOW,
    REFUSED,
    REHEARSED,
    WITHOUT_ITS_GROUP,
    WRITTEN,
    PlanItemFactory,
    RestoreRunFactory,
    RestoreWriteFactory,
    item_of,
)
from tests.sign_ins import signed_in

LIST = "restores:run-list"
HTMX = {"HX-Request": "true"}
CONTINUING = {
    "Finish the rest (4)": "remaining",
    "Retry failed only (2)": "failed",
    "Resume (1)": "not_begun",
}
NOT_BEGUN = ItemFact(
    outcome=ItemOutcome.CANCELLED,
    verification=Verification.NOT_ATTEMPTED,
    reason=ReasonCode.RUN_CANCELLED,
)
UNKNOWN = ItemFact(
    outcome=ItemOutcome.OUTCOME_UNKNOWN,
    verification=Verification.UNREADABLE,
    reason=ReasonCode.OUTCOME_UNESTABLISHED,
)
LACKS_A_FILTER = ItemFact(
    outcome=ItemOutcome.PARTIAL,
    verification=Verification.VERIFIED,
    reason=ReasonCode.FILTER_MISSING,
)


@pytest.fixture
def make(tenant, operator):
    def make(*facts, **values):
        run = RestoreRunFactory(**{"tenant": tenant, "requested_by": operator} | values)
        for fact in facts:
            item_of(run, fact)
        return run

    return make


def address(name, run, *more):
    return reverse(f"restores:{name}", args=[run.pk, *more])


def text_of(response):
    return " ".join(response.content.decode().split())


def listed(response):
    return [row.record for row in response.context["table"].page.object_list]


def test_list_shows_the_restores_of_visible_tenants(sign_in, auditor, outsider, make, other_tenant):
    here = make(WRITTEN)
    there = make(WRITTEN, tenant=other_tenant)

    assert listed(sign_in(auditor).get(reverse(LIST))) == [here]
    assert listed(sign_in(outsider).get(reverse(LIST))) == [there]


def test_list_says_for_each_run_what_happened(sign_in, auditor, make):
    run = make(WRITTEN, WITHOUT_ITS_GROUP, status=RestoreStatus.PARTIAL)
    result = result_of(run)

    text = text_of(sign_in(auditor).get(reverse(LIST)))

    assert f'<a href="{address("run-detail", run)}">{result.headline}</a>' in text
    assert f'title="{badge_for(result.attention).meaning}"' in text


@pytest.mark.parametrize(
    "query",
    [
        {"q": "NEEDLE"},
        {"q": "inside the set"},
        {"q": "ticket"},
        {"q": "searcher"},
        {"tenant": "adventure"},
        {"status": "failed"},
        {"kind": "dry"},
        {"attention": "yes"},
    ],
)
def test_list_is_filtered_by_the_address(sign_in, auditor, make, workspace, query):
    adventure = TenantFactory(workspace=workspace, slug="adventure")
    bootstrap_role(user=auditor, tenant=adventure, role=Role.AUDITOR)
    make(WRITTEN)
    wanted = make(
        tenant=adventure,
        backup_set=BackupSetFactory(tenant=adventure, label="A needle"),
        requested_by=UserFactory(username="searcher"),
        reason="Ticket 7",
        status=RestoreStatus.FAILED,
        is_dry_run=True,
    )
    item_of(wanted, REFUSED, name="Inside the set")

    assert listed(sign_in(auditor).get(reverse(LIST), query)) == [wanted]


@pytest.mark.parametrize(("choice", "index"), [("open", 0), ("no", 1)])
def test_list_is_filtered_by_follow_up(sign_in, auditor, make, choice, index):
    runs = [make(REFUSED), make(WRITTEN)]

    assert listed(sign_in(auditor).get(reverse(LIST), {"attention": choice})) == [runs[index]]


def test_list_pages_by_25(sign_in, auditor, make):
    for _ in range(26):
        make()
    browser = sign_in(auditor)

    first = listed(browser.get(reverse(LIST)))
    second = listed(browser.get(reverse(LIST), {"page": 2}))

    assert (len(first), len(second)) == (25, 1)
    assert len({run.pk for run in first + second}) == 26


@pytest.mark.parametrize("column", ["tenant", "status", "requested_by", "created_at"])
def test_list_is_totally_ordered_by_every_column(make, column):
    table = RestoreTable(type(make()).objects.all(), order_by=column)

    assert table.data.data.totally_ordered


def test_list_costs_the_same_for_one_and_three(sign_in, auditor, make):
    browser = sign_in(auditor)
    make(REFUSED)
    with CaptureQueriesContext(database) as one:
        browser.get(reverse(LIST))
    make(WRITTEN)
    make(WRITTEN, WITHOUT_ITS_GROUP)

    with CaptureQueriesContext(database) as three:
        browser.get(reverse(LIST))

    assert len(three) == len(one)


def test_list_offers_a_restore_to_who_may_prepare_one(sign_in, operator, auditor):
    start = f'href="{reverse("restores:draft-create")}"'

    assert start in text_of(sign_in(operator).get(reverse(LIST)))
    assert start not in text_of(sign_in(auditor).get(reverse(LIST)))


def test_detail_answers_before_it_lists(sign_in, operator, make):
    run = make(WRITTEN, WITHOUT_ITS_GROUP, status=RestoreStatus.PARTIAL)

    text = text_of(sign_in(operator).get(address("run-detail", run)))

    result = result_of(run)
    first_item = text.index(run.items.first().name)
    answer = [
        result.headline,
        result.sentence,
        badge_for(result.cause).label,
        result.boundary.replace("'", "&#x27;"),
        address("run-follow-up", run),
    ]
    assert all(text.index(part) < first_item for part in answer)
    assert text.count("btn btn-primary") == 1


def test_detail_of_a_calm_restore_asks_for_nothing(sign_in, operator, make):
    text = text_of(sign_in(operator).get(address("run-detail", make(WRITTEN, AS_WANTED))))

    assert "btn-primary" not in text
    assert "does not prove the tenant&#x27;s recovery" in text


def test_detail_gives_an_auditor_the_items_and_the_reason(sign_in, auditor, make):
    run = make(WITHOUT_ITS_GROUP, status=RestoreStatus.PARTIAL)

    text = text_of(sign_in(auditor).get(address("run-detail", run)))

    assert address("run-follow-up", run) not in text
    assert f'href="{address("run-detail", run)}?attention=yes#items">Review the items</a>' in text
    assert "does not include “Prepare restores”" in text


def test_detail_is_hidden_from_outsiders(sign_in, outsider, member, make):
    run = make(WRITTEN)
    item = run.items.get()

    for person in (outsider, member):
        browser = sign_in(person)
        assert browser.get(address("run-detail", run)).status_code == 404
        assert browser.get(address("run-progress", run)).status_code == 404
        assert browser.get(address("run-item", run, item.pk)).status_code == 404
        assert browser.post(address("run-follow-up", run)).status_code == 404


def test_detail_without_a_readable_record_says_so(sign_in, auditor, make):
    run = make(WRITTEN, metadata={SNAPSHOT_KEY: {"schema_version": 0}})

    text = text_of(sign_in(auditor).get(address("run-detail", run)))

    assert "What was known cannot be shown" in text
    assert "What was confirmed" not in text


@pytest.mark.parametrize(
    "query",
    [
        {"attention": "yes"},
        {"outcome": "failed"},
        {"verification": "not_attempted"},
        {"type": "roleScopeTags"},
        {"q": "NEEDLE"},
        {"q": "request-7"},
        {"q": "BadRequest"},
    ],
)
def test_detail_filters_its_items(sign_in, auditor, make, query):
    run = make(WRITTEN, AS_WANTED)
    wanted = item_of(
        run,
        REFUSED,
        name="A needle",
        contract_key="roleScopeTags",
        request_id="request-7",
        error_code="BadRequest",
    )

    assert listed(sign_in(auditor).get(address("run-detail", run), query)) == [wanted]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"verification": "verified"}, ["Wanted", "Written"]),
        ({"verification": "verified_in_part"}, ["Grouped", "Left"]),
        ({"verification": "not_attempted"}, ["Refused"]),
        ({"outcome": "unchanged"}, ["Wanted"]),
        ({"outcome": "assignments_left"}, ["Left"]),
    ],
)
def test_detail_lists_its_items_by_what_their_badges_say(sign_in, auditor, make, query, names):
    run = make()
    item_of(run, WRITTEN, name="Written")
    item_of(run, AS_WANTED, name="Wanted")
    item_of(run, WITHOUT_ITS_GROUP, name="Grouped")
    item_of(run, ASSIGNMENTS_LEFT, name="Left")
    item_of(run, REFUSED, name="Refused")

    found = listed(sign_in(auditor).get(address("run-detail", run), query))

    assert sorted(item.name for item in found) == names


def test_detail_shows_the_provider_s_error(sign_in, auditor, make):
    run = make()
    item_of(run, REFUSED, request_id="request-7", error_code="Forbidden", sentence="Refused.")

    text = text_of(sign_in(auditor).get(address("run-detail", run)))

    assert "<code>Forbidden</code> Request <code>request-7</code>" in text


@pytest.mark.parametrize("column", ["name", "outcome", "verification"])
def test_detail_items_are_totally_ordered_by_every_column(make, column):
    table = RestoreItemTable(make().items.all(), order_by=column)

    assert table.data.data.totally_ordered


def test_detail_costs_the_same_for_one_and_three_items(sign_in, auditor, make):
    browser = sign_in(auditor)
    run = make(WITHOUT_ITS_GROUP)
    RestoreWriteFactory(item=run.items.get())
    with CaptureQueriesContext(database) as one:
        browser.get(address("run-detail", run))
    for fact in (WRITTEN, WITHOUT_ITS_GROUP):
        RestoreWriteFactory(item=item_of(run, fact))

    with CaptureQueriesContext(database) as three:
        browser.get(address("run-detail", run))

    assert len(three) == len(one)


def test_detail_of_a_live_restore_asks_for_its_progress(sign_in, auditor, make):
    run = make(WRITTEN, running=True)

    text = text_of(sign_in(auditor).get(address("run-detail", run)))

    assert f'hx-get="{address("run-progress", run)}" hx-trigger="every 2s"' in text
    assert "1 of 1 policy begun" in text


def test_progress_answers_the_part_that_moves(sign_in, auditor, make):
    run = make(WRITTEN, running=True)

    text = text_of(sign_in(auditor).get(address("run-progress", run), headers=HTMX))

    assert text.startswith('<div class="rs-stack" id="restore-progress" hx-get=')
    assert "policy begun" in text
    assert "<html" not in text


def test_progress_loads_the_page_anew_when_the_run_has_ended(sign_in, auditor, make):
    response = sign_in(auditor).get(address("run-progress", make(WRITTEN)), headers=HTMX)

    assert response.headers["HX-Refresh"] == "true"


def test_progress_without_htmx_leads_to_the_page(sign_in, auditor, make):
    run = make(WRITTEN, running=True)

    response = sign_in(auditor).get(address("run-progress", run))

    assert (response.status_code, response.url) == (302, address("run-detail", run))


def test_item_page_holds_its_plan_and_its_journal(sign_in, auditor, make):
    run = make()
    item = item_of(run, WRITTEN, mismatches=["settings / one"])
    item.plan_item.changes = [
        {"path": f"path-{number}", "before": "", "after": "set"} for number in range(12)
    ]
    item.plan_item.save()
    write = RestoreWriteFactory(item=item)

    text = text_of(sign_in(auditor).get(address("run-item", run, item.pk)))

    assert all(f"path-{number}" in text for number in range(12))
    assert "settings / one" in text
    assert write.request_id in text


def test_item_page_is_of_its_own_run_only(sign_in, auditor, make):
    run, other = make(WRITTEN), make(WRITTEN)

    response = sign_in(auditor).get(address("run-item", run, other.items.get().pk))

    assert response.status_code == 404


def test_follow_up_opens_a_draft_with_what_is_in_need(sign_in, operator, make):
    run = make(
        WRITTEN,
        WITHOUT_ITS_GROUP,
        status=RestoreStatus.PARTIAL,
        draft__mapping={"group": {"group-1": "group-9"}},
        draft__conflict_policy=ConflictPolicy.SKIP,
        draft__include_foundations=False,
    )

    response = sign_in(operator).post(address("run-follow-up", run))

    draft = RestoreDraft.objects.exclude(pk=run.draft_id).get()
    step = reverse("restores:draft-step", args=[draft.pk, "scope"])
    assert response.url == f"{step}#mapping"
    assert (draft.owner, draft.tenant, draft.backup_set) == (operator, run.tenant, run.backup_set)
    assert (draft.mode, draft.conflict_policy) == (ScopeMode.SELECTED, ConflictPolicy.SKIP)
    assert (draft.mapping, draft.include_foundations) == ({"group": {"group-1": "group-9"}}, False)
    in_need = run.items.get(outcome=ItemOutcome.PARTIAL)
    assert list(draft.selected_items.all()) == [in_need.backup_item]


def test_follow_up_is_taken_from_the_page_itself(operator, make):
    run = make(WITHOUT_ITS_GROUP, status=RestoreStatus.PARTIAL)
    browser = Client(enforce_csrf_checks=True)
    signed_in(browser, operator)
    form = text_of(browser.get(address("run-detail", run))).split(address("run-follow-up", run))[1]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form).group(1)

    response = browser.post(address("run-follow-up", run), {"csrfmiddlewaretoken": token})

    draft = RestoreDraft.objects.exclude(pk=run.draft_id).get()
    step = reverse("restores:draft-step", args=[draft.pk, "scope"])
    assert response.url == f"{step}#mapping"


def test_follow_up_brings_the_foundations_that_were_missing(sign_in, operator, make):
    run = make(
        LACKS_A_FILTER,
        WRITTEN,
        status=RestoreStatus.PARTIAL,
        draft__include_foundations=False,
    )
    assignment_filter = BackupItemFactory(
        backup_set=run.backup_set, contract_key="assignmentFilters"
    )

    sign_in(operator).post(address("run-follow-up", run))

    draft = RestoreDraft.objects.exclude(pk=run.draft_id).get()
    in_need = run.items.get(outcome=ItemOutcome.PARTIAL).backup_item
    assert draft.include_foundations is True
    assert set(draft.selected_items.all()) == {in_need, assignment_filter}


def test_follow_up_needs_the_right_to_prepare(sign_in, auditor, make):
    run = make(REFUSED)

    assert sign_in(auditor).post(address("run-follow-up", run)).status_code == 403
    assert list(RestoreDraft.objects.all()) == [run.draft]


def test_follow_up_waits_for_the_end_of_the_run(sign_in, operator, make):
    run = make(REFUSED, running=True)

    response = sign_in(operator).post(address("run-follow-up", run), follow=True)

    assert response.redirect_chain == [(address("run-detail", run), 302)]
    assert "The restore has not ended." in text_of(response)
    assert list(RestoreDraft.objects.all()) == [run.draft]


def test_follow_up_is_a_post(sign_in, operator, make):
    assert sign_in(operator).get(address("run-follow-up", make(REFUSED))).status_code == 405


@pytest.mark.parametrize(
    "facts",
    [(WRITTEN,), (WRITTEN, WITHOUT_ITS_GROUP), (REFUSED,), (WRITTEN, AS_WANTED, REFUSED), ()],
)
def test_list_detail_operation_and_notice_say_the_same(sign_in, operator, make, facts):
    run = make(*facts)
    browser = sign_in(operator)

    in_list = browser.get(reverse(LIST)).context["table"].summaries[run.pk].result
    detail = browser.get(address("run-detail", run)).context["page"]
    follow_up = continuation_of(run.operation_run).follow_up(run.operation_run, operator)
    notify_initiator(run=run.operation_run, now=NOW + timedelta(hours=1))

    assert in_list == detail.result
    assert run.operation_run.notifications.get().headline == in_list.headline[:200]
    assert (follow_up.headline, follow_up.state, follow_up.boundary) == (
        in_list.headline,
        in_list.attention,
        in_list.boundary,
    )
    assert (follow_up.status, follow_up.cause or CauseFamily.NONE) == (run.status, in_list.cause)
    assert follow_up.action == detail.action


def test_unknown_restore_is_not_found(sign_in, operator):
    assert sign_in(operator).get(reverse("restores:run-detail", args=[uuid4()])).status_code == 404


def test_detail_of_a_dry_run_goes_on_with_its_draft(sign_in, operator, make):
    run = make(REHEARSED, is_dry_run=True)

    text = text_of(sign_in(operator).get(address("run-detail", run)))

    assert "Dry run, nothing was written" in text
    assert f'href="{reverse("restores:draft-resume", args=[run.draft_id])}"' in text
    assert "Not asked: a dry run writes nothing" in text


def test_detail_links_what_was_kept_before(sign_in, auditor, make, tenant):
    kept = BackupSetFactory(tenant=tenant, label="Before it")
    run = make(WRITTEN, pre_restore_set=kept)
    PlanItemFactory(evidence=run.preview)

    text = text_of(sign_in(auditor).get(address("run-detail", run)))

    assert f'<a href="{reverse("backups:set-detail", args=[kept.pk])}">Before it</a>' in text


def test_two_clicks_on_a_follow_up_open_one_draft(sign_in, operator, make):
    run = make(WITHOUT_ITS_GROUP, status=RestoreStatus.PARTIAL)
    browser = sign_in(operator)

    browser.post(address("run-follow-up", run))
    second = browser.post(address("run-follow-up", run), follow=True)

    draft = RestoreDraft.objects.get(follows=run)
    assert second.redirect_chain[0] == (reverse("restores:draft-resume", args=[draft.pk]), 302)
    assert "No other draft was made." in text_of(second)


def test_detail_of_a_follow_up_taken_up_leads_to_its_draft(sign_in, operator, auditor, make):
    run = make(WITHOUT_ITS_GROUP, status=RestoreStatus.PARTIAL)
    sign_in(operator).post(address("run-follow-up", run))
    resume = reverse("restores:draft-resume", args=[RestoreDraft.objects.get(follows=run).pk])

    of_operator = text_of(sign_in(operator).get(address("run-detail", run)))
    of_auditor = text_of(sign_in(auditor).get(address("run-detail", run)))

    assert "Continued by operator in a draft that is not queued yet" in of_operator
    assert f'href="{resume}">Continue that draft</a>' in of_operator
    assert address("run-follow-up", run) not in of_operator
    assert of_operator.count("btn btn-primary") == 1
    assert "Continued by operator in a draft that is not queued yet" in of_auditor
    assert resume not in of_auditor
    assert "(not available: Your role on this tenant does not include" in of_auditor


def test_detail_offers_each_way_to_continue_with_its_count(sign_in, operator, auditor, make):
    run = make(WRITTEN, REFUSED, REFUSED, NOT_BEGUN, UNKNOWN, status=RestoreStatus.CANCELLED)

    of_operator = text_of(sign_in(operator).get(address("run-detail", run)))
    of_auditor = text_of(sign_in(auditor).get(address("run-detail", run)))

    follow_up = address("run-follow-up", run)
    for label, items in CONTINUING.items():
        assert f'action="{follow_up}?items={items}"' in of_operator
        assert f"{label}</button>" in of_operator
        assert f"{label} <span" in of_auditor.replace("</i>", "")
    assert of_operator.count("btn btn-primary") == 1
    assert "Of 1 item it is not known whether the write was applied." in of_operator
    assert follow_up not in of_auditor


def test_finishing_is_the_primary_action_where_it_is_the_next_step(sign_in, operator, make):
    run = make(WRITTEN, NOT_BEGUN, status=RestoreStatus.CANCELLED)

    text = text_of(sign_in(operator).get(address("run-detail", run)))

    assert '<button type="submit" class="btn btn-primary">Resume (1)</button>' in text
    assert text.count(address("run-follow-up", run)) == 1
    assert "Cancelled, 1 policy restored, 1 not begun: finish the rest" in text


@pytest.mark.parametrize(("items", "taken"), [("remaining", 4), ("failed", 2), ("not_begun", 1)])
def test_draft_takes_just_the_items_asked_for_and_no_evidence(
    sign_in, operator, make, items, taken
):
    run = make(WRITTEN, REFUSED, REFUSED, NOT_BEGUN, UNKNOWN, status=RestoreStatus.CANCELLED)
    browser = sign_in(operator)

    page = text_of(browser.post(f"{address('run-follow-up', run)}?items={items}", follow=True))
    browser.post(f"{address('run-follow-up', run)}?items={items}")

    draft = RestoreDraft.objects.get(follows=run)
    assert (draft.continues_with, draft.selected_items.count()) == (items, taken)
    assert (draft.backup_set, draft.evidence.count()) == (run.backup_set, 0)
    assert f"A new draft holds {taken} item" in page


def test_items_in_an_open_draft_are_not_offered_again(sign_in, operator, make):
    run = make(REFUSED, NOT_BEGUN, WRITTEN, status=RestoreStatus.CANCELLED)
    browser = sign_in(operator)
    follow_up = address("run-follow-up", run)
    browser.post(f"{follow_up}?items=failed")

    text = text_of(browser.get(address("run-detail", run)))

    assert f"{follow_up}?items=not_begun" in text
    assert f"{follow_up}?items=failed" not in text
    assert f"{follow_up}?items=remaining" not in text


def test_what_is_asked_for_in_vain_is_a_sentence(sign_in, operator, make):
    run = make(WRITTEN, REFUSED, status=RestoreStatus.PARTIAL)
    browser = sign_in(operator)

    response = browser.post(f"{address('run-follow-up', run)}?items=not_begun", follow=True)

    assert "It left nothing that was not begun." in text_of(response)
    assert browser.post(f"{address('run-follow-up', run)}?items=all").status_code == 404
    assert not RestoreDraft.objects.filter(follows=run).exists()


def test_restores_that_continue_each_other_say_so(sign_in, auditor, make, operator):
    run = make(REFUSED, status=RestoreStatus.FAILED)
    sign_in(operator).post(address("run-follow-up", run))
    draft = RestoreDraft.objects.get(follows=run)
    later = make(WRITTEN, draft=draft, created_at=NOW + timedelta(hours=1))
    browser = sign_in(auditor)

    before, after = (text_of(browser.get(address("run-detail", one))) for one in (run, later))

    assert f'Continued by <a href="{address("run-detail", later)}">{later}</a>' in before
    assert f'Continues <a href="{address("run-detail", run)}">{run}</a>' in after


def test_cancel_that_came_too_late_is_said(sign_in, auditor, make):
    run = make(WRITTEN)
    OperationRun.objects.update(cancel_requested_at=NOW)

    text = text_of(sign_in(auditor).get(address("run-detail", run)))

    assert "It was cancelled after every item had been begun" in text


def test_detail_pages_through_its_trail(sign_in, auditor, make):
    run = make(WRITTEN)
    for number in range(51):
        trail.record(
            action="restore.queued",
            actor=None,
            tenant=run.tenant,
            subject=f"restore_run:{run.pk}",
            detail={"reason": f"Change {number}"},
        )

    text = text_of(sign_in(auditor).get(address("run-detail", run), {"trail": "2"}))

    assert "· Change 0<" in text
    assert "· Change 50<" not in text
    assert 'href="?trail=1#trail"' in text


def test_detail_links_the_evidence_it_was_queued_on(sign_in, auditor, make):
    run = make(WRITTEN)
    browser = sign_in(auditor)
    evidence = reverse("restores:draft-evidence", args=[run.draft_id, run.preview_id])

    text = text_of(browser.get(address("run-detail", run)))

    assert f'<a href="{evidence}">Read the preview</a>' in text
    assert browser.get(evidence).status_code == 200
