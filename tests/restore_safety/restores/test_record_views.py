"""What people do with a record, over HTTP: asked first, posted then, refused by name."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from restore_safety.models import FollowUpNote, RestoreDraft, RestoreRun
from restore_safety.restores import records
from restore_safety.restores.records import RecordAct
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    WRITTEN,
    FollowUpNoteFactory,
    RestoreRunFactory,
    item_of,
)

LIST = "restores:run-list"
NOTE = {"note": "The help desk knows."}


@pytest.fixture
def make(tenant, operator):
    def make(*facts, **values):
        run = RestoreRunFactory(**{"tenant": tenant, "requested_by": operator} | values)
        for fact in facts:
            item_of(run, fact)
        return run

    return make


def address(act, run):
    return reverse(f"restores:run-{act}", args=[run.pk])


def confirmation(act, run):
    return reverse("restores:run-confirm", args=[run.pk, act])


def detail(run):
    return reverse("restores:run-detail", args=[run.pk])


def text_of(response):
    return " ".join(response.content.decode().split())


def listed(response):
    return [row.record for row in response.context["table"].page.object_list]


@pytest.mark.parametrize("act", RecordAct)
def test_acts_are_hidden_from_outsiders(sign_in, outsider, member, make, act):
    run = make(REFUSED)

    for person in (outsider, member):
        browser = sign_in(person)
        assert browser.get(confirmation(act, run)).status_code == 404
        assert browser.post(address(act, run), NOTE).status_code == 404


@pytest.mark.parametrize("act", RecordAct)
def test_acts_are_refused_without_the_right(sign_in, auditor, make, act):
    run = make(REFUSED, archived_at=NOW)
    browser = sign_in(auditor)

    assert browser.get(confirmation(act, run)).status_code == 403
    assert browser.post(address(act, run), NOTE).status_code == 403
    assert RestoreRun.objects.get() == run


@pytest.mark.parametrize("act", RecordAct)
def test_acts_are_posts(sign_in, owner, make, act):
    assert sign_in(owner).get(address(act, make(REFUSED))).status_code == 405


def test_an_unknown_act_is_not_found(sign_in, owner, make):
    assert sign_in(owner).get(confirmation("polish", make(WRITTEN))).status_code == 404


@pytest.mark.parametrize(
    ("act", "state"),
    [
        (RecordAct.ACKNOWLEDGE, (REFUSED, None)),
        (RecordAct.RERUN, (WRITTEN, None)),
        (RecordAct.ARCHIVE, (WRITTEN, None)),
        (RecordAct.UNARCHIVE, (WRITTEN, NOW)),
        (RecordAct.DELETE, (WRITTEN, NOW)),
    ],
)
def test_each_act_is_confirmed_and_leads_on(sign_in, owner, make, act, state):
    fact, archived_at = state
    run = make(fact, archived_at=archived_at)
    browser = sign_in(owner)

    asked = text_of(browser.get(confirmation(act, run)))
    answer = browser.post(address(act, run), NOTE)

    assert f'action="{address(act, run)}"' in asked
    assert asked.count("btn btn-primary") == (0 if act is RecordAct.DELETE else 1)
    drafts = RestoreDraft.objects.exclude(pk=run.draft_id)
    places = {
        RecordAct.RERUN: [reverse("restores:draft-step", args=[one.pk, "scope"]) for one in drafts],
        RecordAct.DELETE: [reverse(LIST)],
    }
    assert [answer.url] == places.get(act, [detail(run)])


def test_the_confirmation_says_what_is_in_the_way(sign_in, owner, make):
    text = text_of(sign_in(owner).get(confirmation(RecordAct.ARCHIVE, make(REFUSED))))

    assert "Its follow-up is open. Follow it up, or acknowledge it first." in text
    assert '<form method="post" action="/restores/' not in text


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (RecordAct.ARCHIVE, "Nothing was changed. Its follow-up is open."),
        (RecordAct.DELETE, "The record was not deleted. Only an archived restore"),
        (RecordAct.ACKNOWLEDGE, "Nothing was changed. It is acknowledged already."),
    ],
)
def test_a_refusal_leads_back_and_says_why(sign_in, owner, make, act, told):
    run = make(REFUSED)
    if act is RecordAct.ACKNOWLEDGE:
        FollowUpNoteFactory(run=run)

    response = sign_in(owner).post(address(act, run), NOTE, follow=True)

    assert response.redirect_chain == [(detail(run), 302)]
    assert told in text_of(response)


def test_an_acknowledgement_without_words_is_asked_for_again(sign_in, operator, make):
    run = make(REFUSED)

    response = sign_in(operator).post(address(RecordAct.ACKNOWLEDGE, run), {"note": "  "})

    assert "This field is required." in text_of(response)
    assert not FollowUpNote.objects.exists()


def test_the_deletion_says_what_is_lost_and_what_stays(sign_in, owner, make):
    run = make(WRITTEN, archived_at=NOW)
    records.rerun(actor=owner, run=run, now=NOW)

    text = text_of(sign_in(owner).get(confirmation(RecordAct.DELETE, run)))

    assert "It cannot be brought back." in text
    assert "The audit trail, with who deletes the record and what it came to." in text
    assert f"The backup set “{run.backup_set.label}”." in text
    assert "The drafts that follow it, which will no longer say what they follow." in text


def test_an_acknowledgement_shows_on_detail_list_home_and_operation(sign_in, auditor, make):
    run = make(REFUSED)
    FollowUpNoteFactory(run=run, note="Told the service desk.")
    browser = sign_in(auditor)

    pages = {
        place: text_of(browser.get(place))
        for place in (detail(run), reverse("home"), run.operation_run.get_absolute_url())
    }
    in_list = text_of(browser.get(reverse(LIST)))

    assert [place for place, text in pages.items() if "Told the service desk." not in text] == []
    assert "Acknowledged by operator" in in_list


def test_detail_offers_the_acts_with_reasons(sign_in, auditor, operator, make):
    run = make(REFUSED)

    of_operator = text_of(sign_in(operator).get(detail(run)))
    of_auditor = text_of(sign_in(auditor).get(detail(run)))

    assert confirmation(RecordAct.ACKNOWLEDGE, run) in of_operator
    assert confirmation(RecordAct.RERUN, run) in of_operator
    assert "does not include “Archive and delete restores”" in of_operator
    assert "/confirm/" not in of_auditor
    assert "does not include “Execute restores”" in of_auditor


def test_detail_of_a_restore_under_way_offers_none(sign_in, owner, make):
    text = text_of(sign_in(owner).get(detail(make(REFUSED, running=True))))

    assert "/confirm/" not in text
    assert "This record" not in text


@pytest.mark.parametrize(
    ("query", "indexes"),
    [({}, [0]), ({"archived": "yes"}, [1]), ({"archived": "all"}, [1, 0])],
)
def test_list_leaves_the_archived_out_unless_asked(sign_in, auditor, make, query, indexes):
    runs = [make(WRITTEN), make(WRITTEN, archived_at=NOW, created_at=NOW.replace(year=2027))]

    found = listed(sign_in(auditor).get(reverse(LIST), query))

    assert found == [runs[index] for index in indexes]


def test_list_is_narrowed_to_acknowledged_follow_ups(sign_in, auditor, make):
    make(REFUSED)
    known = make(REFUSED)
    FollowUpNoteFactory(run=known)

    found = listed(sign_in(auditor).get(reverse(LIST), {"attention": "acknowledged"}))

    assert found == [known]


def test_list_offers_each_person_their_acts(sign_in, auditor, manager, make):
    run = make(WRITTEN)

    of_manager = text_of(sign_in(manager).get(reverse(LIST)))
    of_auditor = text_of(sign_in(auditor).get(reverse(LIST)))

    assert confirmation(RecordAct.ARCHIVE, run) in of_manager
    assert confirmation(RecordAct.DELETE, run) not in of_manager
    assert "/confirm/" not in of_auditor


def test_list_with_acts_and_notes_costs_the_same_for_one_and_three(sign_in, manager, make):
    browser = sign_in(manager)
    FollowUpNoteFactory(run=make(REFUSED))
    with CaptureQueriesContext(database) as one:
        browser.get(reverse(LIST))
    FollowUpNoteFactory(run=make(REFUSED))
    make(WRITTEN)

    with CaptureQueriesContext(database) as three:
        browser.get(reverse(LIST))

    assert len(three) == len(one)
