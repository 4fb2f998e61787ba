"""What is hidden and what does not exist are answered alike, wherever an id or a word can go."""

import re

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.access.acts import ACTS, FOREIGN, NOWHERE, OTHER, OWN, About, Act
from tests.access.conftest import answered

PARTIAL = {"headers": {"HX-Request": "true"}}
HIDDEN = [act for act in ACTS if act.about in {About.TENANT, About.WORKSPACE, About.PERSON}]
# Another with every request, whatever it was for: the token, masked anew each time.
_TOKEN = re.compile(r'(csrfmiddlewaretoken" value=|x-csrftoken": )"\w+"')

# An export says when it was made, and is itself the newest event of the trail.
_MADE = re.compile(r'\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)|"heads": \[.*?\]')

# Of an event: its moment, its request, and the hashes that cover both.
_EACH_TIME = re.compile(
    r'"heads": \[.*?\]|audit1:</span>\w+|audit1:\w+|\b[0-9a-f]{12,64}\b'
    r"|\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)|\d\d:\d\d(:\d\d)?"
)

LISTS = {
    "/restores/": ("q", "tenant"),
    "/restores/drafts/": ("q", "tenant"),
    "/restores/new/": ("q",),
    "/backups/": ("q",),
    "/operations/": ("text", "tenant"),
    "/tenants/": ("search",),
    "/audit/": ("q", "tenant", "actor"),
    "/audit/events.csv": ("q", "tenant", "actor"),
    "/audit/events.json": ("q", "tenant", "actor"),
}


def visible_in(answer, said, *, without):
    """Status and body, less what has to differ: the token, and what was asked for itself."""
    said = _TOKEN.sub("", said)
    for words in without:
        said = said.replace(str(words), "")
    return answer.status_code, said


@pytest.mark.parametrize("how", [{}, PARTIAL], ids=["page", "partial"])
@pytest.mark.parametrize("there", [FOREIGN, OTHER], ids=lambda place: place.slug)
def test_hidden_and_missing_are_answered_alike(people, there, how):
    """In body and in number of queries."""
    hidden, missing = (
        {act.key: _all_shown(people["manager"], act, place, how) for act in _hidden_at(there)}
        for place in (there, NOWHERE)
    )

    assert hidden == missing
    assert {status for status, _, _ in hidden.values()} == ({200, 404} if how else {404})
    assert len(hidden) > 80


def _hidden_at(there):
    """The people of a workspace are no secret to its members."""
    return [act for act in HIDDEN if there is FOREIGN or act.about is not About.WORKSPACE]


def _all_shown(browser, act, place, how):
    with CaptureQueriesContext(connection) as queries:
        answer, said = answered(browser, act, place, **how)
    asked = (place.slug, place.workspace, place.uuid, place.row)
    return (*visible_in(answer, said, without=asked), len(queries))


@pytest.mark.parametrize("address", LISTS)
def test_a_search_for_what_is_hidden_finds_what_one_for_nothing_finds(people, address):
    browser = people["manager"]
    words = ("Fabrikam", "outsider", "Contoso Labs", "stranger")

    nothing = _searched(browser, address, "q8x3nothing")
    for word in words:
        assert (word, _searched(browser, address, word)) == (word, nothing)


def _searched(browser, address, word):
    name = LISTS[address][0]
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        answer = browser().get(address, {name: word})
        said = (answer.getvalue() if answer.streaming else answer.content).decode()
        transaction.set_rollback(True)
    status, seen = visible_in(answer, said, without=(word, word.replace(" ", "+")))
    return status, _MADE.sub("", seen), len(queries)


@pytest.mark.parametrize("address", [name for name, fields in LISTS.items() if "tenant" in fields])
def test_a_filter_by_a_hidden_tenant_is_one_by_none(people, address):
    browser = people["manager"]

    answers = [_filtered(browser, address, "tenant", place.slug) for place in (FOREIGN, NOWHERE)]

    assert answers[0] == answers[1]


@pytest.mark.parametrize("address", ["/audit/", "/audit/events.csv", "/audit/events.json"])
def test_a_filter_by_a_hidden_person_is_one_by_no_one(people, address):
    browser = people["manager"]

    answers = [_filtered(browser, address, "actor", name) for name in ("outsider", "no-such")]

    assert answers[0] == answers[1]


def _filtered(browser, address, name, value):
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        answer = browser().get(address, {name: value})
        said = (answer.getvalue() if answer.streaming else answer.content).decode()
        transaction.set_rollback(True)
    status, seen = visible_in(answer, said, without=(value,))
    return status, _MADE.sub("", seen), len(queries)


@pytest.mark.parametrize(
    ("address", "base"),
    [("/backups/", "tenant"), ("/backups/capture/", "tenant"), ("/backups/upload/", "tenant")],
)
def test_an_address_that_names_a_hidden_tenant_is_not_found(people, address, base):
    answers = {
        place.slug: people["manager"]().get(address, {base: place.slug}).status_code
        for place in (OTHER, FOREIGN, NOWHERE)
    }

    assert answers == dict.fromkeys(answers, 404)


def _step_sends(step, **values):
    return lambda at: (
        {f"draft-{OWN.uuid}-current_step": step, "action": "continue"}
        | {name: value(at) for name, value in values.items()}
    )


# Acts on one's own, with an id of another person's in what is posted.
WITH_FOREIGN_IDS = [
    Act(
        route="restores:draft-create",
        method="post",
        sends=lambda at: {"tenant": OWN.slug, "backup_set": str(at.uuid)},
        label="backup set",
    ),
    Act(
        route="restores:draft-step",
        method="post",
        where=lambda at: {"draft_id": OWN.uuid, "step": "backup"},
        sends=_step_sends("backup", **{"backup-backup_set": lambda at: str(at.uuid)}),
        label="backup set",
    ),
    Act(
        route="restores:draft-step",
        method="post",
        where=lambda at: {"draft_id": OWN.uuid, "step": "scope"},
        sends=_step_sends(
            "scope",
            **{
                "scope-mode": lambda at: "selected",
                "scope-conflict_policy": lambda at: "update",
                "shown": lambda at: str(at.uuid),
                "selected": lambda at: str(at.uuid),
            },
        ),
        label="policies",
    ),
    Act(
        route="restores:draft-evidence",
        where=lambda at: {"draft_id": OWN.uuid, "evidence_id": at.uuid},
        label="evidence",
    ),
    Act(
        route="restores:run-item",
        where=lambda at: {"run_id": OWN.uuid, "item_id": at.row},
        label="item",
    ),
    Act(
        route="backups:capture",
        method="post",
        sends=lambda at: {"tenant": at.slug, "label": "Mine"},
        label="tenant",
    ),
]


@pytest.mark.parametrize("there", [FOREIGN, OTHER], ids=lambda place: place.slug)
@pytest.mark.parametrize("act", WITH_FOREIGN_IDS, ids=lambda act: act.key)
def test_an_id_of_another_person_is_as_good_as_a_wrong_one(people, act, there):
    hidden, missing = (_all_shown(people["manager"], act, place, {}) for place in (there, NOWHERE))

    assert hidden == missing


@pytest.mark.parametrize("address", ["/audit/", "/audit/events.csv", "/audit/events.json"])
def test_a_refused_write_is_reported_alike_whether_it_was_hidden_or_missing(people, address):
    """By one's own owner, who knows of neither workspace."""
    hidden, missing = (_refusals_shown(people, address, place) for place in (FOREIGN, NOWHERE))

    assert hidden == missing
    assert "request.refused" in hidden or "was refused a write" in hidden


def _refusals_shown(people, address, place):
    cache.clear()
    with transaction.atomic():
        for path in (
            f"/tenants/{place.slug}/write-gate/",
            f"/workspaces/{place.workspace}/invitations/new/",
            f"/{place.slug}/nothing/",
        ):
            assert people["manager"]().post(path).status_code == 404
        answer = people["owner"]().get(address)
        said = (answer.getvalue() if answer.streaming else answer.content).decode()
        transaction.set_rollback(True)
    assert (place.slug in said, place.workspace in said) == (False, False)
    return _EACH_TIME.sub("", _TOKEN.sub("", said))


def test_what_is_counted_for_a_person_is_theirs_alone(people, outsider, manager):
    """The outsider has something to read; no one else reads of it."""
    pages = {name: people[name]().get("/operations/notifications/").text for name in people}

    assert "Work on Fabrikam finished" in pages["outsider"]
    assert [name for name, page in pages.items() if "Fabrikam" in page] == ["outsider"]
