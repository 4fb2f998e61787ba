"""List, detail, operation, notification and export give one answer, whatever the attention."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import escape

from operations.notifications import notify_initiator
from restore_safety import records
from restore_safety.badges import badge_for
from restore_safety.selectors.results import result_of, told_of
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


def test_every_attention_is_compared():
    assert {attention for attention, *_ in CASES} == set(Attention)


@pytest.mark.parametrize("case", CASES)
def test_every_surface_gives_the_same_answer(sign_in, operator, tenant, case):
    attention, is_dry_run, status, facts = case
    run = RestoreRunFactory(
        tenant=tenant, requested_by=operator, is_dry_run=is_dry_run, status=status
    )
    for fact in facts:
        item_of(run, fact)
    notify_initiator(run=run.operation_run, now=NOW + timedelta(hours=1))
    result = result_of(run)
    browser = sign_in(operator)

    pages = {
        "list": reverse("restores:run-list"),
        "detail": reverse("restores:run-detail", args=[run.pk]),
        "operation": run.operation_run.get_absolute_url(),
        "notification": reverse("operations:notification-list"),
    }
    shown = {name: text_of(browser.get(address)) for name, address in pages.items()}
    rows = browser.get(reverse("restores:run-items-csv", args=[run.pk])).getvalue()
    document = browser.get(reverse("restores:run-items-json", args=[run.pk])).getvalue()

    told = [escape(result.headline), f'title="{escape(badge_for(attention).meaning)}"']
    if result.cause is not CauseFamily.NONE:
        cause = badge_for(result.cause)
        told.append(f"</i>{cause.label}</span>")
    missing = {name: [part for part in told if part not in text] for name, text in shown.items()}
    assert missing == {name: [] for name in shown}
    step = "" if result.next_action is FollowUpAction.NONE else result.next_action.sentence
    for name in ("detail", "operation", "notification"):
        assert (f"{escape(step)}" in shown[name], bool(step)) == (True, "What to do" in shown[name])
    assert (f"Next: {escape(result.next_action.label)}" in shown["list"]) is bool(step)

    answer = (
        result.attention,
        result.cause,
        result.next_action,
        result.headline,
        result.sentence,
        result.boundary,
    )
    keys = ("attention", "cause", "next_action", "headline", "sentence", "boundary")
    first, *_ = csv.DictReader(io.StringIO(rows.decode("utf-8-sig"), newline=""))
    exported = json.loads(document)["restore"]
    assert result.attention is attention
    assert tuple(first[key] for key in keys) == answer
    assert tuple(exported[key] for key in keys) == answer
    assert first["run_status"] == exported["run_status"] == status


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

    step = escape(told_of([run])[run.pk].next_sentence)
    told = {name for name, text in shown.items() if "Taken up" in text and "manager" in text}
    assert told == {"home", "list", "detail", "operation"}
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
