"""An owner makes a colleague auditor in the pages, and the colleague sees exactly that."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE_MS, WINDOW

COLLEAGUE = "grace"
COLLEAGUES_PASSWORD = "compile-me-first"
DENIED = "Your role on this tenant does not include"
NARROW = 390


@pytest.fixture
def colleague(chromium, demo):
    """A browser of the colleague's own."""
    context = chromium.new_context(base_url=demo.url, viewport=WINDOW)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def test_colleague_who_is_made_auditor_sees_exactly_that(page, sign_in, colleague, screenshot):
    sign_in("owner")
    _join(colleague, _invite(page, screenshot), screenshot)
    expect(colleague.get_by_text("No tenants here")).to_be_visible()
    _make_auditor(page, screenshot)
    # The colleague signs in anew and finds this tenant alone.
    colleague.locator("details.rs-menu > summary").click()
    colleague.get_by_role("button", name="Sign out").click()
    _sign_in(colleague)
    _look_as_auditor(colleague, screenshot)

    hidden = colleague.request.get("/tenants/contoso/")
    forbidden = colleague.request.get("/workspaces/contoso-group/members/")
    assert (hidden.status, forbidden.status) == (404, 403)


def _make_auditor(page, screenshot):
    """Grant the colleague the role of auditor of Fabrikam, after reading what it means."""
    page.goto("/tenants/")
    page.get_by_role("link", name="Fabrikam").click()
    page.locator(".rs-page-actions").get_by_role("link", name="Access").click()
    screenshot(page, "access")
    page.get_by_role("link", name="Grant a role").click()
    page.get_by_label("Person or group").select_option(label=f"Grace Hopper ({COLLEAGUE})")
    page.get_by_label("Auditor").check()
    screenshot(page, "access-grant")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Make Grace Hopper auditor of Fabrikam?"
    )
    expect(page.locator("main")).to_contain_text("View the tenant")
    expect(page.locator("main")).to_contain_text("No one else is affected.")
    screenshot(page, "access-confirm")
    screenshot(page, "access-confirm-narrow", width=NARROW)
    page.get_by_role("button", name="Grant the role").click()
    row = page.get_by_role("row", name=re.compile("Grace Hopper"))
    expect(row).to_contain_text("Directly, as auditor")
    screenshot(page, "access-granted")
    screenshot(page, "access-granted-narrow", width=NARROW)


def _look_as_auditor(colleague, screenshot):
    """Fabrikam is there to look at, and nothing of it can be changed."""
    colleague.goto("/tenants/")
    expect(colleague.locator("main tbody tr")).to_have_count(1)
    expect(colleague.locator("main tbody tr")).to_contain_text("Fabrikam")
    colleague.get_by_role("link", name="Fabrikam").click()
    for label in ("Verify connection", "Change connection", "Close the write gate"):
        expect(colleague.get_by_role("button", name=label)).to_be_disabled()
    expect(colleague.locator("main")).to_contain_text("You are auditor here.")
    screenshot(colleague, "access-auditor-tenant")
    screenshot(colleague, "access-auditor-tenant-narrow", width=NARROW)
    colleague.locator(".rs-page-actions").get_by_role("link", name="Access").click()
    expect(colleague.get_by_role("button", name="Grant a role")).to_be_disabled()
    expect(colleague.locator(".rs-page-actions")).to_contain_text(DENIED)
    screenshot(colleague, "access-auditor")
    colleague.get_by_role("link", name="Grace Hopper").click()
    for label in ("Change the role", "Revoke the role"):
        expect(colleague.get_by_role("button", name=label)).to_be_disabled()
    screenshot(colleague, "access-auditor-person")
    screenshot(colleague, "access-auditor-person-narrow", width=NARROW)


def _invite(page, screenshot):
    """Invite the colleague as a member, and nothing more; the link."""
    page.goto("/tenants/")
    page.get_by_role("link", name="Members of Contoso Group").click()
    screenshot(page, "members")
    page.get_by_role("link", name="Invite a person").click()
    page.get_by_label("Who it is for").fill("grace@example.com")
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("#invitation-link").inner_text()
    screenshot(page, "invitation-made")
    page.goto("/workspaces/contoso-group/invitations/")
    expect(page.get_by_role("row", name=re.compile("grace@example.com"))).to_contain_text("Open")
    assert link.rpartition("/invitation/")[2] not in page.content()
    return link


def _join(page, link, screenshot):
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are invited to Contoso Group")
    screenshot(page, "invitation")
    screenshot(page, "invitation-narrow", width=NARROW)
    page.get_by_label("Full name").fill("Grace Hopper")
    page.get_by_label("Username").fill(COLLEAGUE)
    page.get_by_label("Password", exact=False).first.fill(COLLEAGUES_PASSWORD)
    page.get_by_label("Password confirmation").fill(COLLEAGUES_PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.locator("main")).to_contain_text("You are a member of Contoso Group.")
    assert page.request.get(link).status == 404


def _sign_in(page):
    page.goto("/sign-in/")
    page.get_by_label("Username").fill(COLLEAGUE)
    page.get_by_label("Password").fill(COLLEAGUES_PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()
