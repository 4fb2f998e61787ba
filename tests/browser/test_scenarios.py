"""The twelve scenarios of the quickstart, reached as a person reaches them in the demo."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from restore_safety.demo.directory import CONTOSO
from restore_safety.demo.seed import PASSWORD
from tests.browser.calm import headline, press_primary, primary_actions, unearned_calm
from tests.browser.drifting import drift_again
from tests.browser.operator import Operator
from tests.browser.quickstart import Scenario, scenarios
from tests.browser.terminal import type_in

# Absent from the drifted tenant, and nothing is raised about putting them back.
GONE = ("Windows - Script - Time source", "Windows - Drivers - Pilot ring")
# Changed by hand in the tenant; each is put back with one request.
CHANGED = ("Windows - Compliance - Password", "Windows - Updates - Broad ring")
# Assigned to a group the tenant no longer has, and one that is not.
HALF = ("Windows - BitLocker", "Windows - Kiosk - Power")
MISSING_GROUP = "Field kiosks"
NO_GROUP = "11111111-1111-4111-8111-111111111111"
NARROW = 390


@dataclass(frozen=True)
class Stage:
    """What a scenario is reached with."""

    scenario: Scenario
    operator: Operator
    run: Callable
    look: Callable
    page_of: Callable
    screenshot: Callable

    @property
    def page(self):
        return self.operator.page


def fresh_draft(stage):
    stage.operator.open_draft()
    stage.operator.choose(*GONE)
    return stage.page


def all_current(stage):
    stage.operator.prepare(*GONE)
    return stage.page


def changed_selection(stage):
    stage.operator.prepare(*GONE)
    stage.operator.step("Scope")
    stage.operator.policy(GONE[1]).uncheck()
    stage.operator.press("Save and stay")
    stage.operator.press("Save the change anyway")
    stage.operator.step("Confirm")
    return stage.page


def changed_mapping(stage):
    stage.operator.prepare(*HALF)
    stage.operator.map_group(MISSING_GROUP, CONTOSO.group("Finance department"))
    stage.operator.press("Continue to checks")
    stage.operator.press("Save the change anyway")
    return stage.page


def changed_back(stage):
    changed_selection(stage)
    stage.operator.step("Scope")
    stage.operator.policy(GONE[1]).check()
    stage.operator.press("Save and stay")
    stage.operator.step("Confirm")
    return stage.page


def legacy_evidence(stage):
    stage.operator.prepare(*GONE)
    stage.run(stage.scenario.commands[0])
    stage.page.reload()
    return stage.page


def blocker(stage):
    stage.operator.open_draft()
    stage.operator.choose(HALF[0])
    stage.operator.map_group("Pilot ring", NO_GROUP)
    stage.operator.press("Continue to checks")
    stage.operator.capture("checks", "preview")
    return stage.page


def warnings_only(stage):
    stage.operator.prepare()
    return stage.page


def partial_result(stage):
    stage.operator.prepare(*HALF)
    return _queued(stage)


def all_failed(stage):
    stage.operator.prepare(*CHANGED)
    stage.run(stage.scenario.commands[0])
    return _queued(stage)


def dry_run(stage):
    stage.operator.prepare(*GONE)
    stage.operator.press("Dry run (writes nothing)")
    return _recorded(stage)


def no_access(stage):
    stage.operator.prepare(*GONE)
    draft = stage.page.url
    stage.operator.press("Dry run (writes nothing)")
    stage.operator.see_the_end()
    operation = stage.page.url
    page = stage.page_of("outsider")
    for address in (draft, operation):
        assert page.goto(address).status == 404
        stage.look(page)
    stage.page.get_by_role("link", name="Open the full record").click()
    stage.page.wait_for_url("**/restores/**")
    page.goto(stage.page.url)
    return page


REACHED = {
    "Fresh draft": fresh_draft,
    "All current": all_current,
    "Changed selection": changed_selection,
    "Changed mapping": changed_mapping,
    "Changed back": changed_back,
    "Legacy evidence": legacy_evidence,
    "Blocker": blocker,
    "Warnings only": warnings_only,
    "Partial result": partial_result,
    "All failed": all_failed,
    "Dry run": dry_run,
    "No access": no_access,
}
# The badges that may be green.
EARNED = {
    "All current": {"Ready"},
    "Changed back": {"Ready"},
    "Partial result": {"Verified"},
}
# The badges that may say a calm word and no more: how the rehearsal went, and what was known of it.
NAMED = {"Dry run": {"Succeeded", "Ready"}}
# Pages that people look at on a phone, to decide or to learn what happened.
NARROWED = {"All current", "Changed selection", "Warnings only", "Partial result", "All failed"}


def test_document_walks_through_every_scenario():
    named = scenarios()

    assert list(named) == list(REACHED)
    assert [scenario.number for scenario in named.values()] == list(range(1, len(REACHED) + 1))
    lines = [
        (one.headline, one.answer, one.action, one.destination) for one in scenarios().values()
    ]
    assert [line for line in lines if not all(line)] == []


@pytest.mark.parametrize("name", REACHED)
def test_scenario_says_what_the_document_says(name, page, sign_in, stage, screenshot):
    sign_in("operator")
    scenario = scenarios()[name]
    on_stage = stage(scenario)

    shown = REACHED[name](on_stage)

    on_stage.look(shown)
    _confirm_grounds(shown, EARNED.get(name, ()))
    screenshot(shown, scenario.slug)
    if name in NARROWED:
        screenshot(shown, f"{scenario.slug}-narrow", width=NARROW)
    if primary_actions(shown) == ["Queue restore"]:
        on_stage.operator.fill_in()
    press_primary(shown)
    heading = shown.get_by_role("heading", name=scenario.destination, exact=True)
    expect(heading.first).to_be_visible()
    if "/operations/" in shown.url:
        on_stage.operator.see_the_end()


def test_auditor_reads_a_restore_and_prepares_none(page, sign_in, page_of):
    sign_in("operator")
    Operator(page).open_draft()

    theirs = page_of("auditor")
    answer = theirs.goto(page.url)

    assert (answer.status, headline(theirs)) == (403, "You may not do this")
    assert primary_actions(theirs) == ["Go to the start page"]
    assert unearned_calm(theirs) == []
    theirs.goto("/restores/")
    expect(theirs.get_by_role("button", name=re.compile("^New restore"))).to_be_disabled()


@pytest.fixture(autouse=True)
def _drifted_again(demo):
    """Contoso as it is after `make demo`, whatever was restored into it before."""
    with demo.control as control:
        drift_again(control)
        yield
        control.clear_faults()


@pytest.fixture
def stage(page, demo, screenshot, page_of):
    def stage(scenario):
        def look(shown):
            assert headline(shown) == scenario.headline
            assert primary_actions(shown) == [scenario.action]
            earned, named = EARNED.get(scenario.name, ()), NAMED.get(scenario.name, ())
            assert unearned_calm(shown, earned, named) == []

        return Stage(
            scenario, Operator(page), lambda line: type_in(demo, line), look, page_of, screenshot
        )

    return stage


@pytest.fixture
def page_of(chromium, demo):
    """The window of another person, in which a refusal is no complaint."""
    contexts = []

    def open_page(username):
        context = chromium.new_context(base_url=demo.url, color_scheme="light")
        contexts.append(context)
        page = context.new_page()
        page.goto("/sign-in/")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        return page

    yield open_page
    for context in contexts:
        context.close()


def _queued(stage):
    stage.operator.fill_in()
    stage.operator.press("Queue restore")
    return _recorded(stage)


def _recorded(stage):
    """The record of a run, whose operation page says the same."""
    stage.operator.see_the_end()
    stage.look(stage.page)
    stage.screenshot(stage.page, f"{stage.scenario.slug}-operation")
    stage.page.get_by_role("link", name="Open the full record").click()
    stage.page.wait_for_url("**/restores/**")
    return stage.page


def _confirm_grounds(page, earned):
    """A claim stands beside its ground: ready beside the start, verified where it was read back."""
    if "Ready" in earned:
        expect(page.get_by_role("region", name="Can it start")).to_contain_text("Can start")
        expect(page.get_by_role("region", name="Safety readiness")).to_contain_text("Ready")
    if "Verified" in earned:
        rows = page.locator("tr", has=page.locator(".rs-badge", has_text="Verified")).all()
        assert [row for row in rows if "Read back" not in row.inner_text()] == []
