"""Every address and act, as everybody, in one's own tenant, in another, in another workspace."""

import os
from collections import Counter
from pathlib import Path

from django.urls import get_resolver

from tenants.capabilities import ROLE_CAPABILITIES, Capability, Role
from tests.access.acts import ACTS, FOREIGN, OTHER, OWN, PEOPLE
from tests.access.conftest import answered
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
    if person == "anonymous":
        return 302
    if act.needs is None:
        return act.answers
    held = ROLES.get(_role_on(person, None if act.is_of_any else place), frozenset())
    if act.is_of_a_tenant and Capability.VIEW not in held:
        return 404
    return act.answers if act.needs in held else 403


def test_every_address_has_a_row():
    named = {name for name, _ in patterns(get_resolver()) if not name.startswith("admin:")}

    assert {act.route for act in ACTS} == named - PUBLIC


def test_every_row_is_said_once():
    assert [key for key, count in Counter(act.key for act in ACTS).items() if count > 1] == []


def test_what_has_no_row_is_not_offered(people):
    """A method nobody decided on is answered 405, to the one who may do everything."""
    rows = {(act.route, act.method) for act in ACTS}
    routes = {act.route: act for act in ACTS}

    answers = {
        (route, method): answered(people["owner"], _with(act, method), OWN)[0].status_code
        for route, act in routes.items()
        for method in METHODS
        if (route, method) not in rows
    }

    assert answers == dict.fromkeys(answers, 405)
    assert len(answers) > 30


def _with(act, method):
    return type(act)(route=act.route, method=method, where=act.where, needs=act.needs)


def test_everybody_is_answered_as_the_rules_say(people):
    measured = {
        (act.key, person, where): answered(people[person], act, place)[0].status_code
        for act in ACTS
        for person in PEOPLE
        for where, place in PLACES.items()
    }

    ought = {
        (act.key, person, where): expected(act, person, place)
        for act in ACTS
        for person in PEOPLE
        for where, place in PLACES.items()
    }
    wrong = [
        f"{' / '.join(cell)}: {measured[cell]}, ought to be {ought[cell]}"
        for cell in ought
        if measured[cell] != ought[cell]
    ]
    assert "\n".join(wrong) == ""
    document = document_of(ACTS, PEOPLE, measured)
    if os.environ.get("WRITE_ACCESS_MATRIX"):
        DOCUMENT.write_text(document)
    assert DOCUMENT.read_text() == document
