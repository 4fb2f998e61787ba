"""The judge of `make torture` sees what is wrong, and nothing where all is true."""

import copy
import random
from contextlib import closing

import pytest

from bench.torture.faults import KINDS, rules_for
from bench.torture.oracle import Evidence, Wrong, judge
from bench.torture.policies import CATALOG, PATHS, MadeUpTenant
from tenants.emulator.faults import set_rules
from tenants.emulator.state import State

TENANT = MadeUpTenant(slug="t0", size=50)
NAME = "Catalog 0"


def dump(objects):
    return {"objects": copy.deepcopy(objects)}


def item(name, outcome, verification="not_attempted", **changes):
    return {
        "name": name,
        "state": "settled",
        "outcome": outcome,
        "verification": verification,
        "reason": "written",
        "sentence": "As it was said.",
        "target_object_id": "",
        "requests": [],
    } | changes


@pytest.fixture
def evidence():
    """One policy of the tenant was missing and was created; the others were left as they are."""
    wanted = dump(TENANT.as_backed_up())
    before = copy.deepcopy(wanted)
    del before["objects"][CATALOG][0]
    items = [
        item(body.get("name") or body["displayName"], "unchanged", "verified")
        for bodies in wanted["objects"].values()
        for body in bodies
        if body.get("name") != NAME
    ]
    return Evidence(
        run="1",
        items=[item(NAME, "created", "verified"), *items],
        wanted=wanted,
        before=before,
        after=copy.deepcopy(wanted),
        log=[],
    )


def wrong_with(evidence):
    return [(finding.wrong, finding.item) for finding in judge(evidence)]


def say(evidence, **changes):
    evidence.items[0].update(changes)


def test_a_true_run_has_no_findings(evidence):
    assert wrong_with(evidence) == []


def test_a_second_object_of_the_name_is_a_duplicate(evidence):
    first = evidence.after["objects"][CATALOG][0]
    evidence.after["objects"][CATALOG].append(first | {"id": "another"})

    assert wrong_with(evidence) == [(Wrong.DUPLICATE_CREATE, NAME)]


def test_an_object_no_backup_item_has_is_noticed(evidence):
    evidence.after["objects"][CATALOG].append({"id": "another", "name": "Nobody's"})

    assert wrong_with(evidence) == [(Wrong.MISMATCH, "Nobody's")]


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "failed", "verification": "not_attempted"},
        {"outcome": "not_started", "verification": "not_attempted"},
        {"outcome": ""},
        {"state": "in_flight"},
        {"requests": [{"state": "in_flight", "method": "POST", "path": CATALOG}]},
    ],
)
def test_what_was_done_and_is_not_said_is_lost(evidence, changes):
    say(evidence, **changes)

    assert wrong_with(evidence) == [(Wrong.LOST_OUTCOME, NAME)]


def test_an_item_the_run_does_not_list_is_lost(evidence):
    del evidence.items[0]

    assert wrong_with(evidence) == [(Wrong.LOST_OUTCOME, NAME)]


def test_what_is_said_to_be_written_and_is_not_there_is_a_mismatch(evidence):
    del evidence.after["objects"][CATALOG][0]

    assert wrong_with(evidence) == [(Wrong.MISMATCH, NAME)]


@pytest.mark.parametrize("change", [{"description": "Other"}, {"assignments": []}])
def test_what_is_said_to_be_verified_and_differs_is_a_mismatch(evidence, change):
    evidence.after["objects"][CATALOG][0].update(change)

    assert wrong_with(evidence) == [(Wrong.MISMATCH, NAME)]


def test_a_difference_that_is_not_there_is_a_mismatch(evidence):
    say(evidence, verification="mismatch")

    assert wrong_with(evidence) == [(Wrong.MISMATCH, NAME)]


def test_a_request_said_to_be_applied_that_the_log_does_not_know_is_a_mismatch(evidence):
    say(evidence, requests=[{"state": "applied", "method": "POST", "path": CATALOG}])

    assert wrong_with(evidence) == [(Wrong.MISMATCH, NAME)]


def test_an_unknown_outcome_is_true_however_it_stands(evidence):
    say(evidence, outcome="outcome_unknown", verification="unreadable")

    assert wrong_with(evidence) == []


def test_the_same_seed_is_the_same_trouble_and_the_emulator_takes_it(tmp_path):
    tenant, seed = TENANT.directory, 5
    rules = rules_for(tenant, random.Random(seed))
    every = [make(random.Random(seed)) for make in KINDS]

    assert rules_for(tenant, random.Random(seed)) == rules
    assert {rule["match"]["tenant"] for rule in rules} == {tenant}
    state = State(tmp_path / "state.sqlite3")
    with closing(state.db):
        assert set_rules(state, {"rules": every, "seed": seed}) == len(KINDS)


@pytest.mark.parametrize("size", [20, 50])
def test_the_backup_has_as_many_items_as_asked_for(size):
    objects = MadeUpTenant(slug="t1", size=size).as_backed_up()

    assert sum(len(bodies) for bodies in objects.values()) == size
    assert objects.keys() <= PATHS


def test_a_drifted_tenant_lacks_some_and_has_others_changed():
    drifted = TENANT.as_drifted(random.Random(1))
    wanted = {body["id"]: body for bodies in TENANT.as_backed_up().values() for body in bodies}
    held = {body["id"]: body for bodies in drifted.values() for body in bodies}

    assert held.keys() < wanted.keys()
    assert {held[one] == wanted[one] for one in held} == {True, False}
