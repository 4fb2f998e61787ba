"""Every flow with the keyboard alone: nothing here is clicked, and every stop has to be seen."""

import re

import pytest
from playwright.sync_api import expect

from restore_safety.demo.directory import CONTOSO, PILOT
from restore_safety.demo.drift import CHANGED
from restore_safety.demo.policies.compliance import COMPLIANCE
from restore_safety.demo.seed import PASSWORD
from tests.browser.keys import Keys
from tests.browser.world import walker

NARROW = {"width": 390, "height": 844}
PASSWORDS = "Windows - Compliance - Password"
KIOSK = "Windows - Kiosk - Sign-in"
SLOW = [{"effect": {"latency_ms": 700}}]
_LISTEN = """
window.said = [];
document.addEventListener("DOMContentLoaded", () => {
  for (const region of document.querySelectorAll("[role=status][id]")) {
    new MutationObserver(() => window.said.push(region.textContent))
      .observe(region, { childList: true, characterData: true, subtree: true });
  }
});
"""


@pytest.fixture(scope="module")
def demo(demo_apart):
    return demo_apart


@pytest.fixture(scope="module")
def operator(demo):
    return walker(demo, "operator")


@pytest.fixture(scope="module")
def record(operator):
    """A restore that left something open, for a group is missing in the tenant."""
    return operator.record_of(operator.queue(operator.prepare_draft(CONTOSO), CONTOSO))


@pytest.fixture(scope="module")
def proven(operator):
    return operator.prepare_draft(CONTOSO)


@pytest.fixture(scope="module")
def rehearsal(operator, proven):
    return operator.rehearse(proven)


@pytest.fixture
def keys(page):
    return Keys(page)


@pytest.fixture
def signed_in(keys, page):
    def signed_in(username):
        page.goto("/sign-in/")
        keys.go_to("Username")
        keys.type(username)
        keys.go_to("Password")
        keys.type(PASSWORD)
        with page.expect_navigation():
            keys.press("Enter")
        expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()

    return signed_in


def test_operator_restores_by_key(page, keys, demo, signed_in):
    with demo.control as control:
        control.change_object(
            CONTOSO.id,
            COMPLIANCE,
            CONTOSO.id_of(COMPLIANCE, PASSWORDS),
            CHANGED[COMPLIANCE, PASSWORDS],
        )
    signed_in("operator")
    _choose_backup(page, keys)
    _choose_scope(page, keys)
    _gather_evidence(page, keys)
    _confirm(page, keys)

    expect(page).to_have_url(re.compile("/operations/"))
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("2 policies restored")


def _choose_backup(page, keys):
    keys.choose("^New restore$")
    keys.choose_radio("^Contoso")
    keys.choose("^Start a draft$")
    keys.choose_radio("^Nightly backup")
    keys.choose("^Continue to scope$")


def _choose_scope(page, keys):
    keys.choose_radio("^Selected items")
    for name in (PASSWORDS, KIOSK):
        keys.go_to(f"^{name} ", tag="input")
        keys.press("Space")
    keys.choose("^Save and stay$")
    expect(page.locator("[name=item]:checked")).to_have_count(2)
    field = keys.go_to("Field kiosks|Group of unknown name", tag="input")
    keys.type("not a group")
    keys.choose("^Save and stay$")
    _confirm_complaint(keys, "Nothing was saved")
    keys.go_to("^Go to ")
    keys.press("Enter")
    assert keys.tab(back=False) is not None
    assert keys.tab(back=True)["name"] == field["name"]
    keys.press("Control+a")
    keys.type(CONTOSO.group(PILOT))
    keys.choose("^Continue to checks$")


def _gather_evidence(page, keys):
    for kind, on in (("checks", "preview"), ("preview", "confirm")):
        keys.choose(f"^Run the {kind}$")
        page.get_by_role("button", name=f"Continue to {on}").wait_for()
        if kind == "preview":
            keys.go_to(f"^{PASSWORDS} ", tag="summary")
            keys.press("Enter")
            expect(page.locator(".rs-plan-item[open] .rs-diff").first).to_be_visible()
        keys.choose(f"^Continue to {on}$")


def _confirm(page, keys):
    for box in range(page.locator("#confirm-form [type=checkbox]").count()):
        while keys.tab()["type"] != "checkbox":
            pass
        keys.press("Space")
        expect(page.locator("#confirm-form [type=checkbox]").nth(box)).to_be_checked()
    keys.go_to("^Reason or change reference")
    keys.type("CHG-3001 by key alone")
    keys.go_to("^Type the tenant's name")
    keys.type("Contoso")
    keys.choose("^Queue restore$")


def _confirm_complaint(keys, said):
    """The focus is on what was complained of, so it is read at once."""
    stop = keys.stop()
    assert stop is not None
    assert said in stop["name"]


def test_refusal_is_said_where_the_focus_is_and_leads_to_the_field(
    page, context, keys, signed_in, proven
):
    signed_in("operator")
    # A refusal is a 409, which the console of the tab that got it tells.
    elsewhere = Keys(context.new_page())
    elsewhere.page.goto(f"{proven}confirm/")
    elsewhere.choose("^Queue restore$")

    _confirm_complaint(elsewhere, "It was not queued")
    elsewhere.go_to("^Go to “Reason")
    elsewhere.press("Enter")
    elsewhere.type("CHG-3002")
    expect(elsewhere.page.get_by_label("Reason or change reference")).to_have_value("CHG-3002")


def test_wrong_password_is_said_where_the_focus_is(page, keys):
    page.goto("/sign-in/")
    keys.go_to("Username")
    keys.type("operator")
    keys.go_to("Password")
    keys.type("wrong")
    with page.expect_navigation():
        keys.press("Enter")

    _confirm_complaint(keys, "correct username and password")


def test_skip_link_leads_past_the_navigation(page, keys, signed_in):
    signed_in("operator")
    page.goto("/restores/")

    first = keys.tab()
    keys.press("Enter")
    after = keys.tab()

    assert first["name"] == "Skip to content"
    assert page.evaluate("document.activeElement.closest('main') !== null"), after


@pytest.fixture(scope="module")
def addresses(proven, record):
    return {
        "home": "/",
        "record": record,
        "list": "/restores/",
        "tenant": "/tenants/contoso/",
    } | {step: f"{proven}{step}/" for step in ("scope", "checks", "preview", "confirm")}


@pytest.mark.parametrize(
    "place", ["home", "scope", "checks", "preview", "confirm", "record", "list", "tenant"]
)
def test_tab_visits_every_control_in_the_order_of_the_page(page, keys, signed_in, addresses, place):
    signed_in("operator")
    page.goto(addresses[place])
    expected = keys.tabbable()

    forth = [keys.tab()["name"] for _ in expected]
    back = [keys.tab(back=True)["name"] for _ in expected[:-1]]

    assert forth == expected
    assert back == expected[-2::-1]


def test_follow_up_is_acknowledged_by_key(page, keys, signed_in, record):
    signed_in("operator")
    page.goto(record)
    keys.choose("^Acknowledge the follow-up$")
    keys.go_to("^What is done about it")
    keys.type("The group is being made again, INC-77.")
    keys.choose("^Acknowledge the follow-up$")

    expect(page.locator("#follow-up")).to_contain_text("INC-77")


def test_record_is_archived_by_key(page, keys, signed_in, rehearsal):
    signed_in("manager")
    page.goto(rehearsal)
    keys.choose("^Archive")
    keys.choose("^Archive")

    expect(page.get_by_text("The restore is archived.")).to_be_visible()
    keys.go_to("^Dismiss this message$")
    keys.press("Enter")
    expect(page.get_by_text("The restore is archived.")).to_have_count(0)
    assert page.evaluate("document.activeElement.id") == "main"


def test_theme_menu_and_preferences_by_key(page, keys, signed_in):
    signed_in("operator")
    theme = page.locator("html[data-bs-theme=dark]")
    for _ in range(2):
        keys.go_to("^Theme: ")
        keys.press("Enter")
        keys.tab(back=True)
    expect(theme).to_be_attached()

    keys.go_to("operator", tag="summary")
    keys.press("Enter")
    keys.go_to("^Preferences$")
    keys.press("Escape")
    assert keys.stop()["tag"] == "summary"
    expect(page.locator("details.rs-menu[open]")).to_have_count(0)

    keys.press("Enter")
    keys.choose("^Preferences$")
    keys.go_to("^Time zone")
    keys.type("Europe/Vi")
    keys.choose("^Save preferences$")
    expect(page.get_by_text("Your preferences are saved.")).to_be_visible()
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Vienna")


def test_navigation_of_a_narrow_window_by_key(page, keys, signed_in):
    signed_in("operator")
    page.set_viewport_size(NARROW)
    keys.go_to("^Navigation$")
    keys.press("Enter")
    assert page.evaluate("document.activeElement.closest('#sidebar') !== null")

    for stop in iter(keys.tab, None):
        assert page.evaluate("document.activeElement.closest('#sidebar') !== null"), stop
    keys.press("Escape")

    assert keys.stop()["name"] == "Navigation"
    keys.press("Enter")
    keys.choose("^Restores$")
    expect(page.get_by_role("heading", name="Restores", level=1)).to_be_visible()


def test_focus_outlasts_a_run_and_its_progress_is_said_calmly(
    page, keys, demo, operator, signed_in
):
    draft = operator.prepare_draft(CONTOSO)
    page.add_init_script(_LISTEN)
    signed_in("operator")
    with demo.control as control:
        control.set_faults(SLOW)
        page.goto(operator.queue(draft, CONTOSO))
        page.get_by_role("progressbar").wait_for()
        link = keys.go_to("^Open the full record$")
        for _ in range(2):
            with page.expect_response("**/progress/"):
                pass
        page.wait_for_timeout(100)
        assert keys.stop()["name"] == link["name"]
        said = page.evaluate("window.said")
        control.clear_faults()
    expect(page.get_by_role("progressbar")).to_have_count(0)

    assert keys.stop()["name"] == link["name"]
    assert len(said) <= 5
    expect(page.locator("#announcer")).to_have_text(page.locator(".rs-answer-title").inner_text())


def test_focus_and_folds_outlast_what_a_capture_swaps(page, keys, demo, operator, signed_in):
    draft = operator.scope_draft(CONTOSO)
    page.add_init_script(_LISTEN)
    signed_in("operator")
    with demo.control as control:
        control.set_faults(SLOW)
        page.goto(f"{draft}checks/")
        keys.choose("^Run the checks$")
        keys.go_to("conditions are met$", tag="summary")
        keys.press("Enter")
        keys.go_to("^Look again$", back=True)
        with page.expect_response("**/checks/"):
            pass
        page.wait_for_timeout(100)
        assert keys.stop()["name"] == "Look again"
        expect(page.locator("#rail details[open] > summary")).to_contain_text("conditions are met")
        control.clear_faults()
    page.get_by_role("button", name="Continue to preview").wait_for()

    assert page.evaluate("document.activeElement.closest('#evidence') !== null")
    assert len(page.evaluate("window.said")) <= 6


def test_nothing_moves_for_who_asked_for_less_motion(page, demo, operator, signed_in):
    draft = operator.prepare_draft(CONTOSO)
    page.emulate_media(reduced_motion="reduce")
    signed_in("operator")
    with demo.control as control:
        control.set_faults(SLOW)
        page.goto(operator.queue(draft, CONTOSO))
        page.get_by_role("progressbar").wait_for()
        moving = page.evaluate("document.getAnimations().length")
        control.clear_faults()
    expect(page.get_by_role("progressbar")).to_have_count(0)

    assert moving == 0
