"""Thousands of policies: pages ask as many questions as for a few, and nothing is cut off."""

import json
from dataclasses import replace

from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from restore_safety.models import RestoreDraft
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.scope import ScopeMode
from tests.restore_safety.factories_runs import DraftFactory
from tests.restore_safety.policies.crowd import crowd_of

FEW, MANY, THOUSANDS = 60, 300, 5000
# What a page may weigh, however many policies there are.
MOST_BYTES = 600_000
STEPS = {
    "scope": "scope",
    "the second page of the scope": "scope?page=2",
    "checks": "checks",
    "preview": "preview",
    "the second page of the preview": "preview?page=2",
    "decision": "preview?decision=update&q=Policy&type=configurationPolicies",
    "effect": "preview?effect=changes_for_everybody&page=2",
    "confirm": "confirm",
}
RUNS = {
    "the list": "/restores/",
    "a restore": "/restores/{run}/",
    "its second page": "/restores/{run}/?page=2&outcome=updated",
    "its items as CSV": "/restores/{run}/items.csv",
    "its items as JSON": "/restores/{run}/items.json",
}


def addresses_of(crowd):
    """Every page of the restore by what it is, with the difference of one policy in full."""
    steps = {name: _step(crowd, step) for name, step in STEPS.items()}
    runs = {name: address.format(run=crowd.run.pk) for name, address in RUNS.items()}
    one = {"one policy": f"{crowd.address('preview')}?item={crowd.items.last().pk}"}
    return steps | one | runs


def _step(crowd, step):
    name, _, query = step.partition("?")
    return f"{crowd.address(name)}?{query}"


def read(browser, address):
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def asked_by(browser, address):
    with CaptureQueriesContext(database) as asked:
        read(browser, address)
    return len(asked)


def test_no_page_asks_more_questions_of_many_policies_than_of_a_few(sign_in, operator, tenant):
    browser = sign_in(operator)
    few, many = (
        addresses_of(crowd_of(count, tenant=tenant, operator=operator)) for count in (FEW, MANY)
    )
    read(browser, few["scope"])
    read(browser, many["scope"])  # what a set refers to is read once for the set

    counts = {name: (asked_by(browser, few[name]), asked_by(browser, many[name])) for name in few}

    assert {name: pair for name, pair in counts.items() if pair[0] != pair[1]} == {}


def test_thousands_of_policies_are_shown_chosen_and_exported(sign_in, operator, tenant):
    browser = sign_in(operator)
    crowd = crowd_of(THOUSANDS, tenant=tenant, operator=operator)

    pages = {name: read(browser, address) for name, address in addresses_of(crowd).items()}

    files = {name: pages.pop(name) for name in ("its items as CSV", "its items as JSON")}
    assert {name: len(page) for name, page in pages.items() if len(page) > MOST_BYTES} == {}
    assert files["its items as CSV"].count(b"\r\n") == THOUSANDS + 1
    assert len(json.loads(files["its items as JSON"])["items"]) == THOUSANDS
    assert b"Policy 05000" in pages["one policy"]
    for post in (_every_one_found, _every_tick_by_hand):
        fresh = replace(
            crowd,
            draft=DraftFactory(tenant=tenant, owner=operator, backup_set=crowd.run.backup_set),
        )
        answer = browser.post(fresh.address("scope"), post(fresh))
        draft = RestoreDraft.objects.get(pk=fresh.draft.pk)
        assert (answer.status_code, draft.mode) == (302, ScopeMode.SELECTED)
        assert len(draft.to_truth().items) == THOUSANDS
        assert b"5000 of 5000 selected, saved" in read(browser, fresh.address("scope"))


def _posted(crowd, **said):
    return {
        f"draft-{crowd.draft.pk}-current_step": "scope",
        "seen": fingerprint_of(crowd.draft.to_truth()),
        "scope-mode": ScopeMode.SELECTED,
        "scope-conflict_policy": "update",
        "scope-assignment_mode": "replace",
        "scope-include_foundations": "on",
    } | said


def _every_one_found(crowd):
    return _posted(crowd, action="select-matching")


def _every_tick_by_hand(crowd):
    """No page shows so many, but what is posted is up to whoever posts it."""
    ids = [str(pk) for pk in crowd.items.values_list("pk", flat=True)]
    return _posted(crowd, action="continue", shown=ids, item=ids)
