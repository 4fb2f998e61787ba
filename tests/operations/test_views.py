"""The pages: who sees what, what they say first, and what they cost."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, strip_tags

from operations import pages as selectors
from operations.liveness import Liveness
from operations.models import MAX_ATTEMPTS, ProcessRole, RunOutcome, RunStatus, ServiceProcess
from operations.tables import RunTable
from operations.work_kinds import CONCEALED_SENTENCE, Action, FollowUp, concealed_follow_up
from tenants.access.service import bootstrap_role
from tenants.models.capabilities import Role
from tests.factories import TenantFactory, UserFactory
from tests.operations.factories import (
    NOW,
    NotificationFactory,
    OperationRunFactory,
    ServiceProcessFactory,
)

HTMX = {"HX-Request": "true"}
FOLLOW_UP = FollowUp(
    headline="Two policies need you",
    sentence="Their group is missing in the tenant.",
    state=RunOutcome.PARTIALLY_SUCCEEDED,
    status=RunOutcome.CANCELLED,
    cause=RunOutcome.BLOCKED,
    boundary="That the run completed does not prove the recovery of the tenant.",
    action=Action(label="Map the missing group", url="/map/"),
    details=(("Items", 10),),
    url="/full-record/",
)


@pytest.fixture
def make(tenant, operator, demo):
    def make(**values):
        return OperationRunFactory(**{"tenant": tenant, "initiator": operator} | values)

    return make


def text_of(response):
    return " ".join(response.content.decode().split())


def listed(response):
    return [row.record for row in response.context["table"].page.object_list]


def address(name, run):
    return reverse(f"operations:{name}", args=[run.pk])


def test_list_shows_the_runs_of_visible_tenants(sign_in, auditor, outsider, make, other_tenant):
    here = make()
    there = make(tenant=other_tenant)
    page = reverse("operations:run-list")

    assert listed(sign_in(auditor).get(page)) == [here]
    assert listed(sign_in(outsider).get(page)) == [there]


def test_list_is_newest_first(sign_in, auditor, make):
    older = make()
    newer = make(queued_at=NOW + timedelta(seconds=1))

    assert listed(sign_in(auditor).get(reverse("operations:run-list"))) == [newer, older]


@pytest.mark.parametrize(
    "query",
    [
        {"status": "completed"},
        {"outcome": "succeeded"},
        {"kind": "wanted"},
        {"text": "NEEDLE"},
        {"text": "searcher"},
        {"tenant": "adventure"},
    ],
)
def test_list_is_filtered_by_the_address(sign_in, auditor, make, workspace, query):
    adventure = TenantFactory(workspace=workspace, slug="adventure")
    bootstrap_role(user=auditor, tenant=adventure, role=Role.AUDITOR)
    make()
    wanted = make(
        tenant=adventure,
        kind="wanted",
        title="A needle in the hay",
        initiator=UserFactory(username="searcher"),
        completed=True,
    )

    assert listed(sign_in(auditor).get(reverse("operations:run-list"), query)) == [wanted]


def test_list_offers_only_choices_the_viewer_can_see(sign_in, auditor, make, other_tenant):
    make()
    make(tenant=other_tenant, kind="elsewhere")

    form = sign_in(auditor).get(reverse("operations:run-list")).context["filter"].form

    assert list(form.fields["kind"].choices) == [("", "All kinds"), ("demo", "Demo")]
    assert [tenant.slug for tenant in form.fields["tenant"].queryset] == ["contoso"]


def test_list_pages_by_25(sign_in, auditor, make):
    for _ in range(26):
        make()
    browser = sign_in(auditor)

    first = listed(browser.get(reverse("operations:run-list")))
    second = listed(browser.get(reverse("operations:run-list"), {"page": 2}))

    assert (len(first), len(second)) == (25, 1)
    assert len({run.pk for run in first + second}) == 26


@pytest.mark.parametrize("column", RunTable.base_columns)
def test_list_is_totally_ordered_by_every_column(auditor, make, column):
    make()

    for order in (column, f"-{column}"):
        table = RunTable(selectors.runs_for(auditor), order_by=order)
        assert table.data.data.totally_ordered, order


def test_list_costs_the_same_for_one_and_three_runs(sign_in, auditor, make):
    browser = sign_in(auditor)
    make()
    with CaptureQueriesContext(
        connection,
    ) as one:
        browser.get(reverse("operations:run-list"))
    make(running=True, initiator=UserFactory())
    make(completed=True, initiator=None)

    with CaptureQueriesContext(connection) as three:
        browser.get(reverse("operations:run-list"))

    assert len(three) == len(one)


def test_list_without_runs_says_so(sign_in, auditor):
    assert "No operations" in text_of(sign_in(auditor).get(reverse("operations:run-list")))


@pytest.mark.parametrize("name", ["run-detail", "run-progress"])
def test_a_run_is_unknown_to_who_does_not_see_its_tenant(sign_in, outsider, member, make, name):
    run = make()

    assert sign_in(outsider).get(address(name, run)).status_code == 404
    assert sign_in(member).get(address(name, run)).status_code == 404
    missing = reverse(f"operations:{name}", args=[uuid4()])
    assert sign_in(outsider).get(missing).status_code == 404


def test_detail_says_first_what_the_run_means(sign_in, auditor, make, demo):
    run = make(completed=True, summary_counts={"items": 10, "created": 8, "failed": 0})
    demo.answer = FOLLOW_UP

    response = sign_in(auditor).get(address("run-detail", run))

    text = text_of(response)
    order = [
        "Partially succeeded",
        "Two policies need you",
        "Their group is missing in the tenant.",
        "Demo status:",
        "Main cause",
        'href="/map/">Map the missing group</a>',
        'href="/full-record/"',
        "does not prove the recovery",
        "Succeeded",
        "About this run",
        "1 min 15 s",
    ]
    positions = [text.find(part) for part in order]
    assert -1 not in positions
    assert positions[1:8] == sorted(positions[1:8])
    assert response.context["page"].counts == (("Items", 10), ("Created", 8))
    assert demo.viewers == [auditor]


def test_detail_conceals_what_the_viewer_may_not_see(sign_in, auditor, make, demo):
    run = make(completed=True, title="Demo work")
    demo.answer = concealed_follow_up()

    text = text_of(sign_in(auditor).get(address("run-detail", run)))

    assert CONCEALED_SENTENCE in text
    assert "Demo work finished" in text
    assert "rs-next-action" not in text
    assert "Open the full record" not in text


def test_detail_of_an_unknown_kind_still_tells_what_happened(sign_in, auditor, make):
    run = make(
        kind="forgotten",
        title="Old work",
        completed=True,
        outcome=RunOutcome.FAILED,
        failure_code="unknown_kind",
        failure_message="No installed part of the product can do this work.",
    )

    text = text_of(sign_in(auditor).get(address("run-detail", run)))

    assert "Old work failed" in text
    assert "No installed part of the product can do this work." in text
    assert "<code>unknown_kind</code>" in text


def test_detail_of_a_run_whose_initiator_is_gone(sign_in, auditor, make):
    run = make(completed=True, initiator=None)

    page = sign_in(auditor).get(address("run-detail", run)).context["page"]

    assert ("Started by", "A former member") in page.facts


def test_detail_costs_a_fixed_number_of_queries(sign_in, auditor, make, demo):
    browser = sign_in(auditor)
    plain = make()
    with CaptureQueriesContext(connection) as queued:
        browser.get(address("run-detail", plain))
    demo.answer = FOLLOW_UP
    rich = make(completed=True, summary_counts={"items": 3, "created": 3})

    with CaptureQueriesContext(connection) as completed:
        browser.get(address("run-detail", rich))

    assert len(completed) == len(queued)


def test_detail_of_a_live_run_asks_for_its_progress(sign_in, auditor, make):
    now = timezone.now()
    run = make(
        running=True,
        heartbeat_at=now,
        lease_expires_at=now + timedelta(seconds=60),
        progress_done=3,
        progress_total=10,
        progress_note="Writing policies",
    )

    text = text_of(sign_in(auditor).get(address("run-detail", run)))

    assert f'hx-get="{address("run-progress", run)}" hx-trigger="every 2s"' in text
    assert "3 of 10" in text
    assert "Writing policies" in text


def test_queued_run_moves_no_bar_while_nobody_works_on_it(sign_in, auditor, make):
    run = make(queued_at=timezone.now(), dispatched_at=timezone.now())

    text = text_of(sign_in(auditor).get(address("run-detail", run)))

    assert "Waiting for a worker" in text
    assert "<progress" not in text
    assert "working…" not in text


def test_running_run_moves_a_bar(sign_in, auditor, make):
    text = text_of(sign_in(auditor).get(address("run-detail", make(running=True))))

    assert "<progress" in text


@pytest.fixture
def at_work():
    """A worker and a recovery that report, for as long as a test may take."""
    for role in ProcessRole:
        ServiceProcessFactory(role=role, seen_at=timezone.now() + timedelta(hours=1))


def with_liveness(liveness):
    """The columns of a run that stands like this, now and for as long as a test may take."""
    now = timezone.now()
    later = now + timedelta(hours=1)

    def running(*, heard, until, **values):
        lease = {"heartbeat_at": heard, "lease_expires_at": until}
        return {"running": True, "started_at": now - timedelta(minutes=3), **lease, **values}

    silent = {"heard": now - timedelta(seconds=120), "until": now - timedelta(seconds=60)}
    return {
        Liveness.UNSENT: {"queued_at": now},
        Liveness.WAITING: {"queued_at": now, "dispatched_at": now},
        Liveness.SCHEDULED: {"queued_at": now, "waits_until": later},
        Liveness.PAUSED: running(heard=now, until=None, waits_until=later),
        Liveness.RESUMING: running(heard=now, until=None, waits_until=now),
        Liveness.LIVE: running(heard=later, until=later),
        Liveness.SLOW: running(heard=now - timedelta(seconds=40), until=later),
        Liveness.STALE: running(**silent),
        Liveness.ABANDONED: running(**silent, attempts=MAX_ATTEMPTS),
    }[liveness]


UNDER_WAY = [one for one in Liveness if one is not Liveness.ENDED]


@pytest.mark.parametrize("liveness", UNDER_WAY)
def test_each_standing_is_told_apart_with_what_happens_next(
    sign_in, auditor, make, at_work, liveness
):
    run = make(**with_liveness(liveness))
    browser = sign_in(auditor)

    shown = {
        "detail": text_of(browser.get(address("run-detail", run))),
        "progress": text_of(browser.get(address("run-progress", run), headers=HTMX)),
        "list": text_of(browser.get(reverse("operations:run-list"))),
        "home": text_of(browser.get(reverse("home"))),
    }

    for where, text in shown.items():
        assert [one for one in UNDER_WAY if f"</i>{one.label}</span>" in text] == [liveness], where
        assert escape(liveness.sentence) in text, where
    for where in ("detail", "progress", "list"):
        assert escape(liveness.next_step) in shown[where], where


@pytest.mark.parametrize("role", ProcessRole)
def test_what_is_not_at_work_is_said_where_a_run_waits_for_it(
    sign_in, auditor, make, at_work, role
):
    last = timezone.now() - timedelta(hours=2)
    ServiceProcess.objects.filter(role=role).update(seen_at=last)
    kind = Liveness.STALE if role is ProcessRole.RECOVERY else Liveness.WAITING
    run = make(**with_liveness(kind))
    browser = sign_in(auditor)

    for url in (address("run-detail", run), reverse("operations:run-list"), reverse("home")):
        text = text_of(browser.get(url))
        assert f"No {role.label.lower()}" in text, url
        assert "Last report: <time" in text, url
        assert escape(kind.next_step) not in text, url


def test_nothing_is_said_of_processes_where_no_run_waits(sign_in, auditor, make):
    run = make(completed=True)
    browser = sign_in(auditor)

    for url in (address("run-detail", run), reverse("operations:run-list"), reverse("home")):
        assert "has reported" not in text_of(browser.get(url)), url


@pytest.mark.parametrize("liveness", UNDER_WAY)
def test_no_headline_says_that_somebody_is_on_it_when_nobody_is(
    sign_in, auditor, make, demo, liveness
):
    run = make(title="Demo work", **with_liveness(liveness))
    browser = sign_in(auditor)
    plain = browser.get(address("run-detail", run)).context["page"].headline
    demo.answer = FollowUp(headline="Still running, 1 of 2 begun", sentence="Under way.")
    told = browser.get(address("run-detail", run)).context["page"].headline

    assert plain == f"Demo work {liveness.predicate}"
    assert told == (plain if liveness.is_unattended else "Still running, 1 of 2 begun")


@pytest.mark.parametrize("liveness", UNDER_WAY)
def test_the_part_that_moves_says_what_the_page_says(sign_in, auditor, make, demo, liveness):
    run = make(
        **with_liveness(liveness), summary_counts={"items": 2, "created": 1}, progress_total=2
    )
    demo.answer = FOLLOW_UP
    browser = sign_in(auditor)

    page = words_of(browser.get(address("run-detail", run)))
    part = words_of(browser.get(address("run-progress", run), headers=HTMX))

    # How long it has been going is all that may differ between the two.
    assert without_times(part) in without_times(page)


def words_of(response):
    return " ".join(strip_tags(response.content.decode()).split())


def without_times(text):
    return re.sub(r"(?:\d+ (?:h|min|s) )+|under a second ", "", text)


def test_detail_tells_all_times_of_a_run(sign_in, auditor, make):
    run = make(running=True, attempts=2, started_at=timezone.now() - timedelta(minutes=3))

    facts = dict(sign_in(auditor).get(address("run-detail", run)).context["page"].facts)

    assert list(facts) == [
        "Kind",
        "Tenant",
        "Started by",
        "Queued",
        "Started",
        "Last heartbeat",
        "Ended",
        "Duration",
        "Attempts",
    ]
    assert (facts["Queued"], facts["Started"]) == (run.queued_at, run.started_at)
    assert (facts["Last heartbeat"], facts["Ended"]) == (run.heartbeat_at, None)
    assert (facts["Duration"].endswith(" so far"), facts["Attempts"]) == (True, "2 of at most 5")


@pytest.mark.parametrize(
    ("outcome", "title"),
    [
        (RunOutcome.FAILED, "Why it failed"),
        (RunOutcome.PARTIALLY_SUCCEEDED, "Why it ended early"),
        (RunOutcome.SUCCEEDED, "Why it ended early"),
    ],
)
def test_a_reason_is_not_called_a_failure_where_work_was_done(
    sign_in, auditor, make, outcome, title
):
    run = make(completed=True, outcome=outcome, failure_code="abandoned", failure_message="Alas.")

    text = text_of(sign_in(auditor).get(address("run-detail", run)))

    assert [one for one in ("Why it failed", "Why it ended early") if one in text] == [title]
    assert "Alas." in text


def test_list_says_what_ended_runs_mean(sign_in, auditor, make, demo):
    ended, live = make(completed=True), make(running=True)
    demo.answers = {
        ended.pk: FollowUp(headline="Two need you", sentence="Told.", state=RunOutcome.BLOCKED),
        live.pk: FollowUp(headline="Going on", sentence="Told.", state=RunOutcome.PENDING),
    }

    text = text_of(sign_in(auditor).get(reverse("operations:run-list")))

    assert "</i>Blocked</span> Two need you" in text
    assert "Going on" not in text


def test_progress_answers_the_part_that_moves(sign_in, auditor, make):
    run = make(running=True, progress_done=3, progress_total=10)

    response = sign_in(auditor).get(address("run-progress", run), headers=HTMX)

    text = text_of(response)
    assert text.startswith('<div class="rs-stack" id="run-progress" hx-get=')
    assert "3 of 10" in text
    assert "<html" not in text


def test_progress_loads_the_page_anew_when_the_run_has_ended(sign_in, auditor, make):
    run = make(completed=True)

    response = sign_in(auditor).get(address("run-progress", run), headers=HTMX)

    assert response.headers["HX-Refresh"] == "true"


def test_detail_of_an_ended_run_asks_no_more(sign_in, auditor, make):
    text = text_of(sign_in(auditor).get(address("run-detail", make(completed=True))))

    assert "hx-get" not in text


def test_progress_without_htmx_leads_to_the_page(sign_in, auditor, make):
    run = make(running=True)

    response = sign_in(auditor).get(address("run-progress", run))

    assert (response.status_code, response.url) == (302, address("run-detail", run))


def test_cancel_ends_a_queued_run(sign_in, operator, make):
    run = make()

    response = sign_in(operator).post(address("run-cancel", run), follow=True)

    run.refresh_from_db()
    assert (run.status, run.outcome) == (RunStatus.COMPLETED, RunOutcome.CANCELLED)
    assert response.redirect_chain == [(address("run-detail", run), 302)]
    text = text_of(response)
    assert "The run is cancelled. No worker had started it, so nothing was done." in text
    assert "Cancellation requested" not in text


def test_cancel_of_a_running_run_is_shown_until_the_worker_stops(sign_in, operator, make):
    run = make(running=True)

    text = text_of(sign_in(operator).post(address("run-cancel", run), follow=True))

    assert "Cancellation requested. The worker stops at the next point" in text
    assert "Cancellation was requested" in text
    assert "Cancel this run" not in text
    run.refresh_from_db()
    assert run.status == RunStatus.RUNNING


def test_cancel_of_an_ended_run_says_so(sign_in, operator, make):
    run = make(completed=True)

    text = text_of(sign_in(operator).post(address("run-cancel", run), follow=True))

    assert "The run has already ended" in text


@pytest.mark.parametrize(
    ("liveness", "sentence"),
    [
        (Liveness.WAITING, "No worker has started it, so it ends at once and nothing is done."),
        (Liveness.LIVE, "What is done by then stays as it is: nothing is undone."),
    ],
)
def test_cancel_asks_first_and_says_what_it_comes_to(sign_in, operator, make, liveness, sentence):
    run = make(**with_liveness(liveness))
    browser = sign_in(operator)
    assert f'href="{address("run-cancel", run)}"' in text_of(
        browser.get(address("run-detail", run))
    )

    text = text_of(browser.get(address("run-cancel", run)))

    assert sentence in text
    assert f'href="{run.get_absolute_url()}">Let it go on</a>' in text
    assert text.count(">Cancel this run</button>") == 1
    run.refresh_from_db()
    assert (run.is_live, run.cancel_requested_at) == (True, None)


@pytest.mark.parametrize(
    ("state", "obstacle"),
    [
        ({"completed": True}, "The run has already ended."),
        (
            {"running": True, "cancel_requested_at": NOW},
            "Cancellation was requested already. The worker stops where that is safe.",
        ),
    ],
)
def test_cancel_offers_nothing_when_there_is_nothing_to_cancel(
    sign_in, operator, make, state, obstacle
):
    text = text_of(sign_in(operator).get(address("run-cancel", make(**state))))

    assert obstacle in text
    assert "Cancel this run</button>" not in text


def test_cancel_is_not_offered_to_who_may_not(sign_in, auditor, outsider, make):
    run = make()

    assert sign_in(outsider).get(address("run-cancel", run)).status_code == 404
    assert sign_in(auditor).get(address("run-cancel", run)).status_code == 403


def test_cancel_is_refused_without_the_right_and_shown_disabled(sign_in, auditor, outsider, make):
    run = make()

    assert sign_in(outsider).post(address("run-cancel", run)).status_code == 404
    assert sign_in(auditor).post(address("run-cancel", run)).status_code == 403
    run.refresh_from_db()
    assert run.status == RunStatus.QUEUED
    text = text_of(sign_in(auditor).get(address("run-detail", run)))
    assert "Only who started it may cancel it." in text
    assert address("run-cancel", run) not in text


def test_acts_are_posts(sign_in, operator, make):
    browser = sign_in(operator)

    assert browser.get(reverse("operations:notification-read-all")).status_code == 405


def test_notifications_are_the_readers_own(sign_in, operator, auditor, make):
    mine = NotificationFactory(run=make(completed=True))
    NotificationFactory(run=make(completed=True, initiator=auditor))

    response = sign_in(operator).get(reverse("operations:notification-list"))

    assert list(response.context["page"]) == [mine]
    assert f'href="{address("run-detail", mine.run)}">{mine.headline}</a>' in text_of(response)


def test_notifications_say_what_their_runs_mean(sign_in, operator, make, demo):
    told = NotificationFactory(run=make(completed=True))
    quiet = NotificationFactory(run=make(completed=True))
    demo.answers = {
        told.run_id: FollowUp(
            headline="Told",
            sentence="Told.",
            state=RunOutcome.BLOCKED,
            status=RunOutcome.CANCELLED,
            cause=RunOutcome.FAILED,
            next_step="Look again.",
        )
    }

    response = sign_in(operator).get(reverse("operations:notification-list"))

    lines = {line.notification: line.state for line in response.context["lines"]}
    assert lines == {told: RunOutcome.BLOCKED, quiet: RunOutcome.SUCCEEDED}
    text = text_of(response)
    assert "What to do: Look again." in text
    assert (text.count("Demo status:"), text.count("Main cause:")) == (1, 1)


def test_notifications_are_marked_read_together(sign_in, operator, make):
    browser = sign_in(operator)
    NotificationFactory(run=make(completed=True))
    NotificationFactory(run=make(completed=True))

    before = browser.get(reverse("operations:notification-list"))
    after = browser.post(reverse("operations:notification-read-all"), follow=True)

    assert (before.context["unread"], after.context["unread"]) == (2, 0)
    assert "New:" in text_of(before)
    assert "New:" not in text_of(after)


def test_notifications_cost_the_same_for_one_and_three(sign_in, operator, make):
    browser = sign_in(operator)
    NotificationFactory(run=make(completed=True))
    with CaptureQueriesContext(connection) as one:
        browser.get(reverse("operations:notification-list"))
    NotificationFactory(run=make(completed=True))
    NotificationFactory(run=make(completed=True))

    with CaptureQueriesContext(connection) as three:
        browser.get(reverse("operations:notification-list"))

    assert len(three) == len(one)


def test_notifications_are_totally_ordered(operator):
    assert selectors.notifications_for(operator).totally_ordered


def test_without_notifications_the_page_says_so(sign_in, operator):
    text = text_of(sign_in(operator).get(reverse("operations:notification-list")))

    assert "No notifications" in text
