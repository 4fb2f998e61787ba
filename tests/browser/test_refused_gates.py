"""Proven and not startable: each page says what is proven, what is refused, and the one way on."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.calm import headline, press_primary, primary_actions, unearned_calm
from tests.browser.operator import Operator
from tests.browser.terminal import type_in

# Only in the backup by the time this is drawn, or put back already: nothing is raised either way.
RAISE_NOTHING = ("Windows - Script - Time source", "Windows - Drivers - Pilot ring")
PROVEN = "Nothing raised. Checks and preview are current and raised nothing to weigh."
LAPTOP = {"width": 1360, "height": 768}
NARROW = 390
_SETTING = (
    ".venv/bin/python manage.py shell -c "
    "'from tenants.models import Tenant; from datetime import timedelta; "
    'Tenant.objects.filter(slug="contoso").update({})\''
)


@pytest.fixture
def tenant_is(demo):
    """Contoso with such settings, and afterwards as it was."""
    yield lambda setting: type_in(demo, _SETTING.format(setting))
    type_in(demo, _SETTING.format("writes_enabled=True, max_evidence_age=None"))


@pytest.fixture
def operator(page, sign_in):
    sign_in("operator")
    operator = Operator(page)
    operator.prepare(*RAISE_NOTHING)
    return operator


def _look(page, action):
    assert headline(page) == PROVEN
    assert primary_actions(page) == [action]
    assert unearned_calm(page) == []


def _keep(page, screenshot, name):
    screenshot(page, name)
    screenshot(page, f"{name}-narrow", width=NARROW)


def test_closed_write_gate_leads_to_who_can_open_it(operator, tenant_is, screenshot):
    page = operator.page
    tenant_is("writes_enabled=False")

    page.reload()

    _look(page, "Go to the write gate")
    expect(page.get_by_role("region", name="Can it start")).to_contain_text("switched off")
    expect(page.get_by_role("button", name="Dry run (writes nothing)")).to_be_enabled()
    _keep(page, screenshot, "refused-write-gate")
    press_primary(page)
    expect(page.get_by_role("heading", name="Write gate", exact=True)).to_be_in_viewport()


def test_evidence_too_old_is_run_again_until_it_can_start(operator, tenant_is, screenshot):
    page = operator.page
    confirm = page.url
    tenant_is("max_evidence_age=timedelta(seconds=1)")

    page.reload()

    _look(page, "Run the checks")
    expect(page.get_by_role("main")).to_contain_text("no evidence older than 1 second")
    _keep(page, screenshot, "refused-evidence-age")
    press_primary(page)
    page.wait_for_url("**/checks/")
    assert headline(page) == PROVEN
    assert primary_actions(page) == ["Run the checks again"]
    screenshot(page, "refused-evidence-age-checks")
    # Long enough to run both again, and for what is run now to be young for the rest of it.
    tenant_is("max_evidence_age=timedelta(hours=1)")
    page.goto(confirm)
    expect(page.get_by_role("button", name="Queue restore")).to_be_enabled()


def test_rail_shows_all_of_itself_on_a_laptop(operator):
    page = operator.page
    page.set_viewport_size(LAPTOP)
    operator.step("Scope")
    rail = page.get_by_role("complementary", name="Where this restore stands")

    hidden = rail.evaluate("rail => rail.scrollHeight - rail.clientHeight")
    rail.get_by_role("heading").last.scroll_into_view_if_needed()

    assert hidden == 0
    expect(rail.get_by_role("heading").last).to_be_in_viewport()
    assert (
        re.search("auto|scroll", rail.evaluate("rail => getComputedStyle(rail).overflowY")) is None
    )
