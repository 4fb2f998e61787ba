"""A restore cancelled while it writes, and resumed with just what was not begun."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.drifting import drift_again
from tests.browser.operator import Operator

# Absent from the drifted tenant, so each takes a write.
GONE = ("Windows - Drivers - Pilot ring", "Windows - Script - Time source")
CHANGED = ("Windows - Compliance - Password", "Windows - Updates - Broad ring")
WIDE = 1400
# Slow enough that a person can ask for the end while one of them is written.
SLOW_WRITES = [
    {
        "match": {"method": method, "path": "deviceManagement"},
        "effect": {"latency_ms": 6000},
    }
    for method in ("POST", "PATCH")
]


@pytest.fixture(autouse=True)
def _drifted(demo):
    """The tenant as the demo drifts it, before and after: others restore the same policies."""
    with demo.control as control:
        drift_again(control)
        yield
        drift_again(control)


def test_cancelled_restore_is_resumed_with_what_was_not_begun(page, demo, sign_in, screenshot):
    sign_in("operator")
    operator = Operator(page)
    operator.prepare(*GONE, *CHANGED)
    operator.fill_in()
    with demo.control as control:
        control.set_faults(SLOW_WRITES)
        operator.press("Queue restore")
        page.wait_for_url("**/operations/**")
        page.get_by_role("progressbar").wait_for()
        page.get_by_role("link", name="Cancel this run").click()
        screenshot(page, "cancel-asked", WIDE)
        operator.press("Cancel this run")
        expect(page.get_by_role("main")).to_contain_text("It is to be cancelled.")
        screenshot(page, "cancel-requested", WIDE)
        control.clear_faults()
    operator.see_the_end()
    page.get_by_role("link", name="Open the full record").click()
    headline = page.locator("#restore-headline")
    expect(headline).to_have_text(re.compile(r"^Cancelled, .*not begun"))
    screenshot(page, "restore-cancelled", WIDE)
    screenshot(page, "restore-cancelled-narrow", 390)
    resume = page.get_by_role("button", name=re.compile(r"^Resume \(\d\)$"))
    count = re.search(r"\d", resume.inner_text())[0]

    resume.click()

    expect(page.get_by_role("main")).to_contain_text(f"A new draft holds {count} item")
    expect(page.get_by_role("radio", name=re.compile("^Selected items"))).to_be_checked()
    screenshot(page, "resume-draft", WIDE)
    page.go_back()
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Continued by operator in a draft")
    expect(resume).to_have_count(0)
    page.get_by_role("link", name="Continue that draft").click()
    expect(page).to_have_url(re.compile("/restores/drafts/"))
