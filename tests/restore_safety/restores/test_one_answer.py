"""List, detail, operation, notification and export give one answer, whatever the attention."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import escape

from operations.notifications import notify_initiator
from restore_safety.restores import records
from restore_safety.restores.pages.results import result_of, result_summaries
from restore_safety.truth.attention import (
    Attention,
    CauseFamily,
    FollowUpAction,
    ItemFact,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    Verification,
)
from tenants.web.badges import badge_for
from tests.restore_safety.factories_runs import (
    AS_WANTED,
    NOW,
    REFUSED,
    REHEARSED,
    WITHOUT_ITS_GROUP,
    WRITTEN,
    RestoreRunFactory,
    item_of,
)
from tests.restore_safety.shown import badges_in, block_of, has_class, holding, shown_in, words_of

FILED = ItemFact(
    outcome=ItemOutcome.WAITING_FOR_APPROVAL,
    verification=Verification.NOT_ATTEMPTED,
    reason=ReasonCode.APPROVAL_PENDING,
)
NOT_REACHED = ItemFact(
    outcome=ItemOutcome.CANCELLED,
    verification=Verification.NOT_ATTEMPTED,
    reason=ReasonCode.RUN_CANCELLED,
)
CASES = [
    (Attention.NOT_EXECUTED, True, RestoreStatus.COMPLETED, [REHEARSED]),
    (Attention.NOT_EXECUTED, False, RestoreStatus.CANCELLED, [NOT_REACHED]),
    (Attention.COMPLETED, False, RestoreStatus.COMPLETED, [WRITTEN, AS_WANTED]),
    (Attention.COMPLETED_WITH_FOLLOW_UP, False, RestoreStatus.COMPLETED, [WRITTEN, FILED]),
    (Attention.PARTIAL, False, RestoreStatus.PARTIAL, [WRITTEN, WITHOUT_ITS_GROUP]),
    (Attention.FAILED, False, RestoreStatus.FAILED, [REFUSED]),
    (Attention.FAILED, False, RestoreStatus.FAILED, []),
]


def text_of(response):
    return " ".join(response.content.decode().split())


def is_answer(element):
    return has_class(element, "rs-answer")


def is_title(element):
    return element.name == "h2"


def is_link(element):
    return element.name == "a"


def is_status(element):
    """The line of the status among the facts about the run."""
    return has_class(element, "rs-kv-row") and words_of(element).startswith("Status ")


def told_as(introduction, member):
    badge = badge_for(member)
    return introduction, badge.label, badge.meaning


def test_every_attention_is_compared():
    assert {attention for attention, *_ in CASES} == set(Attention)


def run_of(requested_by, tenant, case):
    """A run that ended so, and its initiator was told."""
    _, is_dry_run, status, facts = case
    run = RestoreRunFactory(
        tenant=tenant, requested_by=requested_by, is_dry_run=is_dry_run, status=status
    )
    for fact in facts:
        item_of(run, fact)
    notify_initiator(run=run.operation_run, now=NOW + timedelta(hours=1))
    return run


def answers_of(browser, run):
    """The answer that each page gives of the run, and the line of its status among the facts."""
    operation = run.operation_run.get_absolute_url()
    detail = reverse("restores:run-detail", args=[run.pk])
    in_list = browser.get(reverse("restores:run-list"))
    in_detail = browser.get(detail)
    in_operation = browser.get(operation)
    in_notifications = browser.get(reverse("operations:notification-list"))
    shown = {
        "list": shown_in(
            block_of(in_list, holding("tr", detail)), headline=is_link, introduction="Next:"
        ),
        "detail": shown_in(
            block_of(in_detail, is_answer), headline=is_title, introduction="What to do:"
        ),
        "operation": shown_in(
            block_of(in_operation, is_answer), headline=is_title, introduction="What to do:"
        ),
        "notification": shown_in(
            block_of(in_notifications, holding("li", operation)),
            headline=is_link,
            introduction="What to do:",
        ),
    }
    return shown, block_of(in_detail, is_status)


@pytest.mark.parametrize("case", CASES)
def test_every_page_gives_the_same_answer(sign_in, operator, tenant, case):
    attention, _, status, _ = case
    run = run_of(operator, tenant, case)
    for other in CASES:  # beside it on every list, none of which may answer in its place
        run_of(operator, tenant, other)
    shown, about = answers_of(sign_in(operator), run)

    result = result_of(run)
    step = result.next_action
    has_step = step is not FollowUpAction.NONE
    state = status if status is RestoreStatus.CANCELLED else attention
    beside = [] if state is status else [told_as("Restore status:", status)]
    causes = [] if result.cause is CauseFamily.NONE else [told_as("Main cause:", result.cause)]
    assert (result.attention, result.status) == (attention, status)
    assert {name: one.headline for name, one in shown.items()} == dict.fromkeys(
        shown, result.headline
    )
    assert {name: one.badges for name, one in shown.items()} == {
        "list": [told_as("Result", state), *causes, told_as("Status", status)],
        "detail": [told_as("", state), *causes],
        "operation": [told_as("", state), *beside, *causes],
        "notification": [told_as("", state), *beside, *causes],
    }
    assert list(badges_in(about)) == [told_as("", status)]
    sentence = step.sentence if has_step else ""
    assert {name: one.next_step for name, one in shown.items()} == {
        "list": step.label if has_step else "",
        "detail": sentence,
        "operation": sentence,
        "notification": sentence,
    }


@pytest.mark.parametrize("case", CASES)
def test_every_export_gives_the_same_answer(sign_in, operator, tenant, case):
    attention, _, status, _ = case
    run = run_of(operator, tenant, case)
    browser = sign_in(operator)

    rows = browser.get(reverse("restores:run-items-csv", args=[run.pk])).getvalue()
    document = browser.get(reverse("restores:run-items-json", args=[run.pk])).getvalue()

    result = result_of(run)
    answer = (
        status,
        attention,
        result.cause,
        result.next_action,
        result.headline,
        result.sentence,
        result.boundary,
    )
    keys = (
        "run_status",
        "attention",
        "cause",
        "next_action",
        "headline",
        "sentence",
        "boundary",
    )
    lines = list(csv.DictReader(io.StringIO(rows.decode("utf-8-sig"), newline="")))
    exported = json.loads(document)["restore"]
    assert {tuple(line[key] for key in keys) for line in lines} == {answer}
    assert tuple(exported[key] for key in keys) == answer
    assert (result.attention, result.status) == (attention, status)


def test_every_surface_says_alike_that_it_was_taken_up(sign_in, operator, manager, tenant):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator, status=RestoreStatus.FAILED)
    item_of(run, REFUSED)
    notify_initiator(run=run.operation_run, now=NOW)
    draft = records.follow_up(actor=manager, run=run, now=NOW).draft
    resume = reverse("restores:draft-resume", args=[draft.pk])
    browser = sign_in(operator)

    pages = {
        "home": reverse("home"),
        "list": reverse("restores:run-list"),
        "detail": reverse("restores:run-detail", args=[run.pk]),
        "operation": run.operation_run.get_absolute_url(),
        "notification": reverse("operations:notification-list"),
    }
    shown = {name: text_of(browser.get(address)) for name, address in pages.items()}
    document = browser.get(reverse("restores:run-items-json", args=[run.pk])).getvalue()

    step = escape(result_summaries([run])[run.pk].next_sentence)
    places = {name for name, text in shown.items() if "Continued by" in text and "manager" in text}
    assert places == {"home", "list", "detail", "operation"}
    assert {name for name, text in shown.items() if step in text} == {
        "detail",
        "operation",
        "notification",
    }
    for name in ("detail", "operation"):
        assert f'href="{resume}">Continue that draft</a>' in shown[name]
        assert reverse("restores:run-follow-up", args=[run.pk]) not in shown[name]
    assert f'Next: <a href="{resume}">Continue that draft</a>' in shown["list"]
    assert "1 restore needs follow-up" in shown["home"]
    assert json.loads(document)["restore"]["taken_up_by"] == "manager"
