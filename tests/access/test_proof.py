"""What gives or takes rights, or opens the way to a tenant, is for who just proved who they are."""

import pytest
from django.test import Client

from tenants.models.capabilities import Capability
from tests.access.acts import ACTS, OWN, PEOPLE, About
from tests.access.conftest import address
from tests.access.test_matrix import expected
from tests.sign_ins import signed_in

GIVING = {Capability.MANAGE_ACCESS, Capability.MANAGE_CONNECTION}
# What needs such a capability and asks for no proof, and why.
WITHOUT = {
    "POST tenants:connection-verify": "asks the tenant who it is, with what is stored",
    "POST tenants:write-gate-set": "closing it is the emergency stop",
    "POST tenants:four-eyes-set": "raising it only stops more; lowering asks",
    "POST tenants:change-window-add": "a freeze only stops more; a maintenance window asks",
    "POST tenants:access-token-revoke": "stops a script: an emergency stop too",
    "POST tenants:invitation-revoke": "takes no right, only a link",
    "POST tenants:group-rename": "no one holds more or less afterwards",
}
# Pages that ask before anything is entered; the others only show.
ENTERED_AT = {"tenants:access-grant"}


def of_rights(act):
    by_capability = {About.TENANT, About.WORKSPACE, About.ANY_TENANT}
    return act.about in by_capability and act.needs in GIVING


POSTS = [act for act in ACTS if of_rights(act) and act.method != "get"]
ASKING = [act for act in POSTS if act.key not in WITHOUT]
ASKING_PAGES = [
    act
    for act in ACTS
    if act.method == "get" and act.route in {one.route for one in ASKING} | ENTERED_AT
]


@pytest.fixture
def late(request, people):
    """`late("owner")`: a browser of theirs, half an hour after the last proof."""

    def browser_of(name):
        if name == "anonymous":
            return Client()
        return signed_in(Client(), request.getfixturevalue(name), minutes_ago=30)

    return browser_of


def sent(browser, act):
    return getattr(browser, act.method)(address(act, OWN), act.sends(OWN))


def test_every_such_act_asks_for_a_fresh_proof(late):
    answers = {act.key: sent(late("owner"), act) for act in POSTS}

    asking = {
        key for key, answer in answers.items() if answer.get("Location", "").startswith("/prove/")
    }
    assert asking == {act.key for act in ASKING}
    assert set(WITHOUT) == {act.key for act in POSTS} - asking
    assert len(asking) >= 10


def test_page_asks_before_anything_is_entered(late):
    browser = late("owner")

    led_to = {act.key: sent(browser, act).get("Location", "") for act in ASKING_PAGES}

    assert {key: where.startswith("/prove/?next=") for key, where in led_to.items()} == (
        dict.fromkeys(led_to, True)
    )
    assert {act.route for act in ASKING} - {act.route for act in ASKING_PAGES} == (
        {"tenants:write-gate-set", "tenants:change-window-remove"}
    )


def test_who_may_not_do_it_reads_so_and_proves_nothing(late):
    acts = [*ASKING, *ASKING_PAGES]
    barred = [
        (act, person)
        for act in acts
        for person in PEOPLE
        if expected(act, person, OWN) in {403, 404}
    ]

    answers = {(act.key, person): sent(late(person), act).status_code for act, person in barred}

    assert answers == {(act.key, person): expected(act, person, OWN) for act, person in barred}
    assert {person for _, person in answers} == set(PEOPLE) - {"anonymous", "owner"}
