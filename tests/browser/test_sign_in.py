"""A passkey in Chromium's own virtual authenticator, and axe in every page of signing in."""

import os
import subprocess
import sys
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.urls import resolve
from playwright.sync_api import expect

from restore_safety.demo.headless import OUTSIDE
from restore_safety.demo.seed import PASSWORD
from tests.browser.axe import violations
from tests.browser.conftest import PATIENCE_MS, ROOT, WINDOW

# One that a page of the product asks for gets its place in the walk below.
PAGES_OF_SIGNING_IN = {
    "account_change_password",
    "account_reauthenticate",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_set_password",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
}
# It answers the script of the sign-in page, and is walked by signing in with a passkey.
NO_PAGE = {"mfa_login_webauthn"}
LOOKS = (("light", 1360), ("dark", 1360), ("dark", 390))
REFLOW = 320


def _manage(demo, *arguments, **given):
    environment = {key: value for key, value in os.environ.items() if key not in OUTSIDE}
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment | demo.place.environment | given,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def ada(demo):
    """A person who is new, with nothing but a password."""
    name = f"ada-{time.time_ns()}"
    given = {"USERNAME": name, "PASSWORD": PASSWORD, "EMAIL": ""}
    asked = {f"DJANGO_SUPERUSER_{key}": value for key, value in given.items()}
    _manage(demo, "createsuperuser", "--noinput", **asked)
    return name


@pytest.fixture
def tab(chromium, demo):
    """A tab at localhost, where passkeys work without TLS, with a device that holds them."""
    origin = demo.url.replace("127.0.0.1", "localhost")
    context = chromium.new_context(base_url=origin, viewport=WINDOW, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    complaints = []
    tab = context.new_page()
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    device = context.new_cdp_session(tab)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield tab
    context.close()
    assert complaints == []


def _give_password(tab, name, at="/sign-in/"):
    tab.goto(at)
    tab.get_by_label("Username").fill(name)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()


def _sign_out(tab):
    tab.goto("/account/")
    tab.locator("details.rs-menu > summary").click()
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("heading", name="Sign in", level=1)).to_be_visible(timeout=PATIENCE_MS)


def _add_passkey(tab, name):
    tab.goto("/account/passkeys/add/")
    tab.get_by_label("Name").fill(name)
    tab.get_by_role("button", name="Add the passkey").click()
    expect(tab.get_by_role("heading", name="Recovery codes", level=1)).to_be_visible(
        timeout=PATIENCE_MS
    )


def test_person_adds_a_passkey_and_signs_in_with_it_alone(tab, ada):
    _give_password(tab, ada, at="/sign-in/?next=/account/")
    _add_passkey(tab, "Laptop")
    tab.get_by_role("link", name="They are kept").click()
    expect(tab.get_by_role("main")).to_contain_text("Laptop")
    _sign_out(tab)

    tab.goto("/sign-in/?next=/audit/")
    tab.get_by_role("button", name="Use a passkey").click()

    expect(tab.get_by_role("heading", name="Audit trail", level=1)).to_be_visible(
        timeout=PATIENCE_MS
    )
    tab.goto("/audit/?action=sign_in.succeeded")
    expect(tab.get_by_role("main")).to_contain_text("passkey")


def test_password_asks_for_the_passkey_too_and_it_proves_again(tab, ada):
    _give_password(tab, ada, at="/sign-in/?next=/account/")
    _add_passkey(tab, "Laptop")
    _sign_out(tab)

    _give_password(tab, ada)
    expect(tab.get_by_role("heading", name="Second factor", level=1)).to_be_visible(
        timeout=PATIENCE_MS
    )
    tab.get_by_role("button", name="Use a passkey").click()
    expect(tab.get_by_role("heading", name="Home", level=1)).to_be_visible(timeout=PATIENCE_MS)
    tab.goto("/prove/passkey/?next=/account/")
    tab.get_by_role("button", name="Use a passkey").click()

    expect(tab.get_by_role("heading", name="Account security", level=1)).to_be_visible(
        timeout=PATIENCE_MS
    )


def test_pages_of_signing_in_are_accessible(tab, ada, demo, screenshot):
    walked = Walk(tab)
    for path in ("password/", "password/sent/", "password/changed/", "password/1-spent/"):
        walked.see(f"/sign-in/{path}")
    _give_password(tab, ada, at="/sign-in/?next=/account/")
    walked.see("/account/")
    screenshot(tab, "account-security")
    walked.see("/account/password/")
    walked.see("/prove/")
    walked.see("/account/passkeys/add/")
    walked.see("/account/app/")
    secret = tab.locator(".rs-app-key").inner_text()
    tab.get_by_label("Code the app shows now").fill(
        format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    )
    tab.get_by_role("button", name="Set up the app").click()
    expect(tab.get_by_role("heading", name="Recovery codes", level=1)).to_be_visible(
        timeout=PATIENCE_MS
    )
    walked.look()
    walked.see("/account/recovery-codes/")
    walked.see("/account/recovery-codes/new/")
    _add_another(tab)
    walked.see("/account/")
    walked.see(tab.get_by_role("link", name="Remove Laptop").get_attribute("href"))
    for path in ("account/app/remove/", "prove/code/", "prove/passkey/"):
        walked.see(f"/{path}")
    person = f"get_user_model().objects.get(username={ada!r})"
    forget = f"person = {person}; person.set_unusable_password(); person.save()"
    _sign_out(tab)
    _give_password(tab, ada)
    expect(tab.get_by_role("heading", name="Second factor", level=1)).to_be_visible(
        timeout=PATIENCE_MS
    )
    walked.look()
    imports = "from django.contrib.auth import get_user_model"
    _manage(demo, "shell", "--no-imports", "-c", f"{imports}; {forget}")
    tab.goto("/sign-in/second-factor/")
    tab.get_by_role("button", name="Sign in as another person").click()
    tab.get_by_role("button", name="Use a passkey").click()
    expect(tab.get_by_role("heading", name="Home", level=1)).to_be_visible(timeout=PATIENCE_MS)
    walked.see("/account/password/set/")

    assert walked.found == []
    assert walked.views == PAGES_OF_SIGNING_IN - NO_PAGE


def _add_another(tab):
    tab.goto("/account/passkeys/add/")
    tab.get_by_label("Name").fill("Laptop")
    tab.get_by_role("button", name="Add the passkey").click()
    expect(tab.get_by_role("heading", name="Account security", level=1)).to_be_visible(
        timeout=PATIENCE_MS
    )


class Walk:
    """Looks at each page light and dark, wide and narrow, and notes what is wrong with it."""

    def __init__(self, tab):
        self.tab = tab
        self.views = set()
        self.found = []

    def see(self, path):
        self.tab.goto(path)
        self.look()

    def look(self):
        view = resolve(self.tab.evaluate("location.pathname")).view_name
        self.views.add(view)
        for scheme, width in LOOKS:
            self.tab.emulate_media(color_scheme=scheme)
            self.tab.set_viewport_size(WINDOW | {"width": width})
            self.found += [f"{view}, {scheme}, {width}: {one}" for one in violations(self.tab)]
        self.tab.set_viewport_size(WINDOW | {"width": REFLOW})
        if self.tab.evaluate("document.documentElement.scrollWidth") > REFLOW:
            self.found.append(f"{view} scrolls sideways at {REFLOW} px")
        self.tab.set_viewport_size(WINDOW)
