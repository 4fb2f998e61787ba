"""One notice per ended run, in the owner's words where it has some."""

from datetime import timedelta

import pytest

from operations.models import Notification, RunOutcome
from operations.notifications import (
    mark_all_read,
    notify_initiator,
    notify_waiting,
    plain_headline,
    unread_count,
)
from operations.pages import lines_of
from operations.work_kinds import FollowUp, concealed_follow_up
from tests.operations.factories import NOW, NotificationFactory, OperationRunFactory


@pytest.fixture
def ended(tenant, operator):
    return OperationRunFactory(tenant=tenant, initiator=operator, title="Demo", completed=True)


def headlines():
    return list(Notification.objects.values_list("headline", flat=True))


def test_the_notice_has_the_headline_of_the_follow_up(ended, operator, demo):
    demo.answer = FollowUp(headline="Two policies need you", sentence="See them.")

    notify_initiator(run=ended, now=NOW)
    notify_initiator(run=ended, now=NOW)

    assert headlines() == ["Two policies need you"]
    assert demo.viewers == [operator, operator]


def test_the_notice_of_an_approval_does_not_carry_the_state_of_its_run(ended, operator):
    notices = [NotificationFactory(run=ended, user=operator, kind=k) for k in ("approval", "ended")]

    asked, told = lines_of(notices, operator)

    assert (asked.state, told.state) == (None, ended.outcome_member)


def test_a_wait_for_people_is_told_once_and_the_end_beside_it(tenant, operator, demo):
    run = OperationRunFactory(tenant=tenant, initiator=operator, title="Demo")
    for headline in ("Two requests wait", "One request waits"):
        demo.answer = FollowUp(headline=headline, sentence="Have them approved.")
        notify_waiting(run=run, now=NOW)
    demo.answer = FollowUp(headline="All is written", sentence="See it.")

    notify_initiator(run=run, now=NOW)

    assert sorted(headlines()) == ["All is written", "Two requests wait"]


def test_nobody_is_told_of_a_wait_of_a_run_without_initiator(tenant):
    notify_waiting(run=OperationRunFactory(tenant=tenant, initiator=None), now=NOW)

    assert headlines() == []


@pytest.mark.parametrize(
    "answer", [None, concealed_follow_up(), RuntimeError("the owner cannot say")]
)
def test_the_notice_is_plain_when_the_owner_says_nothing(ended, demo, answer):
    demo.answer = answer

    notify_initiator(run=ended, now=NOW)

    assert headlines() == ["Demo finished"]


@pytest.mark.usefixtures("demo")
def test_the_notice_is_plain_for_an_unknown_kind(tenant, operator):
    run = OperationRunFactory(
        tenant=tenant, initiator=operator, kind="forgotten", title="Demo", completed=True
    )

    notify_initiator(run=run, now=NOW)

    assert headlines() == ["Demo finished"]


def test_nobody_is_told_what_the_owner_finds_no_news(ended, demo):
    demo.is_news = False

    notify_initiator(run=ended, now=NOW)

    assert headlines() == []


@pytest.mark.usefixtures("demo")
def test_nobody_is_told_when_the_initiator_is_gone(tenant):
    notify_initiator(run=OperationRunFactory(tenant=tenant, initiator=None), now=NOW)

    assert headlines() == []


@pytest.mark.parametrize(
    ("state", "headline"),
    [
        ({}, "Demo is queued"),
        ({"running": True}, "Demo is running"),
        ({"completed": True}, "Demo finished"),
        (
            {"completed": True, "outcome": RunOutcome.PARTIALLY_SUCCEEDED},
            "Demo finished in part",
        ),
        ({"completed": True, "outcome": RunOutcome.FAILED}, "Demo failed"),
        ({"completed": True, "outcome": RunOutcome.BLOCKED}, "Demo was blocked"),
        ({"completed": True, "outcome": RunOutcome.CANCELLED}, "Demo was cancelled"),
    ],
)
def test_plain_headline(state, headline):
    assert plain_headline(OperationRunFactory.build(title="Demo", **state)) == headline


def test_unread_counts_what_the_person_may_still_see(
    operator, auditor, tenant, other_tenant, django_assert_num_queries
):
    NotificationFactory(run__tenant=tenant, run__initiator=operator)
    NotificationFactory(run__tenant=tenant, run__initiator=operator, read_at=NOW)
    NotificationFactory(run__tenant=other_tenant, run__initiator=operator)
    NotificationFactory(run__tenant=tenant, run__initiator=auditor)

    with django_assert_num_queries(1):
        assert unread_count(operator) == 1


def test_mark_all_read_is_for_the_actor_alone(operator, auditor, tenant):
    mine = NotificationFactory(run__tenant=tenant, run__initiator=operator)
    theirs = NotificationFactory(run__tenant=tenant, run__initiator=auditor)
    later = NOW + timedelta(hours=1)

    mark_all_read(actor=operator, now=later)
    mark_all_read(actor=operator, now=later + timedelta(hours=1))

    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.read_at, theirs.read_at) == (later, None)
