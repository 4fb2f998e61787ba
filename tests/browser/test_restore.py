"""The main job in Chromium: ten policies back into a tenant that drifted, and a change of mind."""

import re

from playwright.sync_api import expect

TEN = [
    "Block legacy authentication",
    "Windows - BitLocker",
    "Windows - Compliance - Password",
    "Windows - Defender Antivirus",
    "Windows - Drivers - Pilot ring",
    "Windows - Edge",
    "Windows - Firewall",
    "Windows - Kiosk - Power",
    "Windows - Kiosk - Sign-in",
    "Windows - Script - Time source",
]
CHANGE_OF_MIND = "Windows - Edge"
LAPTOP = {"width": 1360, "height": 768}

# Slow enough to be watched.
SLOW_WRITES = [
    {"match": {"method": method}, "effect": {"latency_ms": 600}}
    for method in ("POST", "PUT", "PATCH")
]
FOLLOW_UP = re.compile("map the missing group", re.IGNORECASE)


def test_operator_restores_ten_policies_after_a_change_of_mind(page, demo, sign_in, screenshot):
    sign_in("operator")
    screenshot(page, "home")
    _prepare(page, screenshot)

    _change_selection(page, screenshot)
    _return_to_selection(page, screenshot)

    _queue_and_watch(page, demo, screenshot)
    page.go_back()
    expect(page.get_by_text("was queued as a restore and no longer changes")).to_be_visible()
    expect(page.get_by_role("button", name="Queue restore")).to_have_count(0)
    page.goto("/restores/")
    screenshot(page, "restores")
    page.get_by_role("main").get_by_role("link", name=FOLLOW_UP).first.click()
    expect(page.get_by_role("main")).to_contain_text(FOLLOW_UP)
    screenshot(page, "result")


def _prepare(page, screenshot):
    """From an empty draft to the confirm step, with checks and preview captured."""
    page.goto("/restores/new/")
    page.get_by_role("radio", name=re.compile("^Contoso")).check()
    page.get_by_role("button", name="Start a draft").click()
    page.get_by_role("radio", name=re.compile("^Nightly backup")).check()
    page.get_by_role("button", name="Continue to scope").click()
    page.get_by_role("radio", name=re.compile("^Selected items")).check()
    for name in TEN:
        _search(page, name)
        _policy(page, name).check()
    _search(page, "Windows - ")
    page.get_by_role("button", name="Save and stay").click()
    screenshot(page, "scope")
    page.get_by_role("button", name="Continue to checks").click()
    page.get_by_role("button", name="Run the checks").click()
    page.get_by_role("button", name="Continue to preview").wait_for()
    screenshot(page, "checks")
    page.get_by_role("button", name="Continue to preview").click()
    page.get_by_role("button", name="Run the preview").click()
    page.get_by_role("button", name="Continue to confirm").wait_for()
    screenshot(page, "preview")
    page.get_by_role("button", name="Continue to confirm").click()
    page.get_by_role("button", name="Queue restore").wait_for()


def _change_selection(page, screenshot):
    """The evidence is invalidated and says why, and what was confirmed before is refused."""
    other_tab = page.context.new_page()
    other_tab.goto(page.url)
    left = page.context.new_page()
    left.goto(page.url)
    left.goto("/restores/")
    _step(page, "Scope").click()
    _policy(page, CHANGE_OF_MIND).uncheck()
    page.get_by_role("button", name="Save and stay").click()
    expect(page.get_by_text("Saving this sets the checks and the preview aside")).to_be_visible()
    screenshot(page, "scope-asked")
    page.get_by_role("button", name="Save the change anyway").click()
    expect(page.get_by_text("no longer speak for this scope.")).to_be_visible()
    for step in ("Checks", "Preview"):
        _step(page, step).click()
        expect(page.locator("#evidence")).to_contain_text("Invalidated")
        expect(page.locator("#evidence")).to_contain_text("What changed since")
        screenshot(page, f"{step.lower()}-invalidated")
    _step(page, "Confirm").click()
    expect(page.get_by_role("button", name="Queue restore")).to_be_disabled()
    page.set_viewport_size(LAPTOP)
    expect(page.get_by_text(f"Went out: {CHANGE_OF_MIND}.")).to_be_in_viewport()
    screenshot(page, "confirm-invalidated")
    _confirm(other_tab)
    expect(other_tab.get_by_text("It was not queued")).to_be_visible()
    expect(other_tab.get_by_text("The scope changed after you confirmed it.")).to_be_visible()
    screenshot(other_tab, "confirm-refused")
    other_tab.close()
    left.go_back()
    expect(left.get_by_role("button", name="Queue restore")).to_be_disabled()
    left.close()


def _return_to_selection(page, screenshot):
    _step(page, "Scope").click()
    _policy(page, CHANGE_OF_MIND).check()
    page.get_by_role("button", name="Save and stay").click()
    expect(page.get_by_text("for this scope again")).to_be_visible()
    for step in ("Checks", "Preview"):
        _step(page, step).click()
        expect(page.locator("#evidence")).to_contain_text("Current")
    _step(page, "Confirm").click()
    expect(page.get_by_role("button", name="Queue restore")).to_be_enabled()
    screenshot(page, "confirm")


def _queue_and_watch(page, demo, screenshot):
    with demo.control as control:
        control.set_faults(SLOW_WRITES)
        _confirm(page)
        page.wait_for_url("**/operations/**")
        expect(page.get_by_role("main").get_by_text("Working", exact=True).first).to_be_visible()
        expect(page.get_by_role("progressbar")).to_be_visible()
        screenshot(page, "operation-progress")
        control.clear_faults()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text(FOLLOW_UP)
    screenshot(page, "operation")


def _search(page, text):
    """The backup holds more policies than one page of the list."""
    page.get_by_label("Name or id", exact=True).fill(text)
    page.get_by_role("button", name="Search", exact=True).click()


def _policy(page, name):
    return page.get_by_role("checkbox", name=re.compile(f"^{name} "))


def _step(page, label):
    return page.get_by_role("navigation", name=re.compile("step", re.IGNORECASE)).get_by_text(
        label, exact=True
    )


def _confirm(page):
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_label("Reason or change reference").fill("CHG-1042 undo manual changes")
    page.get_by_label("Type the tenant's name").fill("Contoso")
    page.get_by_role("button", name="Queue restore").click()
