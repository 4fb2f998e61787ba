"""Four eyes on the pages: one person asks, another approves, and a change of scope voids it."""

import re

import pytest
from playwright.sync_api import expect

from restore_safety.demo.seed import PASSWORD
from tests.browser import world
from tests.browser.operator import Operator

POLICY = "Windows - Script - Time source"
OTHER = "Windows - Drivers - Pilot ring"


@pytest.fixture(scope="module")
def demo(demo_apart):
    world.need_approval(demo_apart, "contoso", needed=True)
    yield demo_apart
    world.need_approval(demo_apart, "contoso", needed=False)


@pytest.fixture
def operator(page, sign_in):
    sign_in("operator")
    operator = Operator(page)
    operator.prepare(POLICY)
    return operator


@pytest.fixture
def approver(chromium, demo):
    """A tab of the other person, signed in."""
    context = chromium.new_context(base_url=demo.url)
    page = context.new_page()
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("manager")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    yield page
    context.close()


def ask(operator):
    operator.fill_in()
    operator.press("Ask for approval")
    operator.page.wait_for_url("**/restores/approvals/**")
    return operator.page.url


def test_restore_is_queued_once_another_person_approved_it(operator, approver, screenshot):
    page, confirm = operator.page, operator.page.url
    asked = ask(operator)
    expect(page.locator(".rs-lead")).to_contain_text("Waiting for approval")
    expect(page.get_by_role("button", name="Approve")).to_be_disabled()

    approver.goto("/")
    waiting = approver.locator(f"main a[href='{re.sub('^https?://[^/]+', '', asked)}']").first
    waiting.click()
    approver.get_by_label("Reason").fill("Read the plan and the checks")
    screenshot(approver, "approval-to-decide")
    approver.get_by_role("button", name="Approve", exact=True).click()
    expect(approver.locator(".rs-lead")).to_contain_text("Approved")

    page.goto(confirm)
    operator.fill_in()
    operator.press("Queue restore")
    operator.see_the_end()
    page.goto(asked)
    expect(page.locator(".rs-lead")).to_contain_text("A restore was queued with it.")


def test_change_of_scope_makes_the_approval_void_and_is_named(operator, approver, screenshot):
    page = operator.page
    asked = ask(operator)
    approver.goto(asked)
    approver.get_by_label("Reason").fill("Read the plan and the checks")
    approver.get_by_role("button", name="Approve", exact=True).click()
    expect(approver.locator(".rs-lead")).to_contain_text("Approved")

    page.get_by_role("link", name="Open the draft").click()
    operator.step("Scope")
    operator.policy(OTHER).check()
    operator.press("Save and stay")
    page.locator("#agreement").wait_for()
    page.get_by_role("button", name="Save the change anyway").click()
    page.wait_for_load_state("load")

    approver.reload()
    expect(approver.locator(".rs-lead")).to_contain_text("Void")
    expect(approver.locator("#since")).to_contain_text(f"Came in: {OTHER}")
    screenshot(approver, "approval-void")
    operator.step("Confirm")
    expect(page.get_by_role("button", name="Queue restore")).to_be_disabled()
