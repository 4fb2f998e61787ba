"""Every address and act, as everyone, in one's own tenant, in another, in another workspace."""

import os
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from django.urls import get_resolver

from tenants.models.capabilities import ROLE_CAPABILITIES, Capability, Role
from tests.access.acts import ACTS, FOREIGN, OTHER, OWN, PEOPLE, About
from tests.access.conftest import address, answered
from tests.access.document import document_of
from tests.test_isolation import PUBLIC, patterns

DOCUMENT = Path(__file__).parents[2] / "docs/access-matrix.md"
PLACES = {"own tenant": OWN, "other tenant": OTHER, "other workspace": FOREIGN}
METHODS = ("get", "post")
ROLES = {role.value: ROLE_CAPABILITIES[role] for role in Role}


def _role_on(person, place):
    """The role a person has on the tenant of the place; on any tenant, when it is None."""
    if person == "outsider":
        return "owner" if place in {FOREIGN, None} else ""
    return person if place in {OWN, None} and person in ROLES else ""


def expected(act, person, place):
    """What the rules of the design, section 11, say."""
    if act.about is About.LINK:
        return act.answers
    if person == "anonymous":
        return 401 if act.is_of_the_api else 302
    if act.about is About.NOTHING:
        return act.answers
    if act.about is About.PERSON:
        owns = {OWN: "owner", FOREIGN: "outsider"}.get(place)
        return act.answers if person == owns else 404
    decisive = None if act.about is About.ANY_TENANT else place
    held = ROLES.get(_role_on(person, decisive), frozenset())
    is_known = {
        About.ANY_TENANT: True,
        About.TENANT: Capability.VIEW in held,
        About.WORKSPACE: (person == "outsider") is (place is FOREIGN),
    }
    if not is_known[act.about]:
        return 404
    return act.answers if act.needs in held else 403


def test_every_address_has_a_row():
    named = {name for name, _ in patterns(get_resolver()) if not name.startswith("admin:")}

    assert {act.route for act in ACTS} == named - set(PUBLIC)


def test_every_row_is_said_once():
    assert [key for key, count in Counter(act.key for act in ACTS).items() if count > 1] == []


def test_what_has_no_row_is_not_offered(people):
    """A method no one decided on is answered 405, to the one who may do everything."""
    rows = {(_path(act), act.method) for act in ACTS}
    addresses = {_path(act): act for act in ACTS}

    answers = {
        (act.route, method): answered(people["owner"], _with(act, method), OWN)[0].status_code
        for place, act in addresses.items()
        for method in METHODS
        if (place, method) not in rows
    }

    assert answers == dict.fromkeys(answers, 405)
    assert len(answers) > 30


def _path(act):
    """Without the query: two names may lead to one address, as in the API."""
    return address(act, OWN).partition("?")[0]


def _with(act, method):
    return replace(act, method=method, label="")


def _cells():
    """Each act, and each tenant on which it is measured."""
    for act, (where, place) in product(ACTS, PLACES.items()):
        # The people of a workspace are those of all its tenants.
        if act.about is not About.WORKSPACE or place is not OTHER:
            yield act, where, place


@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_is_answered_as_the_rules_say(people, person):
    ought = {f"{act.key} / {where}": expected(act, person, place) for act, where, place in _cells()}

    measured = {
        f"{act.key} / {where}": answered(people[person], act, place)[0].status_code
        for act, where, place in _cells()
    }

    assert measured == ought


def test_document_is_that_of_the_rules():
    statuses = {
        (act.key, person, where): expected(act, person, place)
        for person in PEOPLE
        for act, where, place in _cells()
    }

    document = document_of(ACTS, PEOPLE, statuses)

    if os.environ.get("WRITE_ACCESS_MATRIX"):
        DOCUMENT.write_text(document)
    assert DOCUMENT.read_text() == document
