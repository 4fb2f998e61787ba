"""Walks the wizard over HTTP as the operator would, from signing in to the end of the run."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from restore_safety.demo.browser import Browser, Page

_PATIENCE_SECONDS = 600
_LOOK_SECONDS = 0.5
_CONTINUE = ("action", "continue")


class WalkError(RuntimeError):
    """The walk could not go on; the message says where it stood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRequest:
    """What the operator wants restored, and what they type to confirm it and prove themselves."""

    tenant_slug: str
    tenant_name: str
    backup_set: UUID
    reason: str
    password: str


def sign_in(browser: Browser, *, username: str, password: str) -> None:
    page = browser.open("/sign-in/")
    page = browser.submit(page.form(having="password"), username=username, password=password)
    if page.find_form(having="password"):
        raise WalkError(f"{username} could not sign in")


def restore_everything(
    browser: Browser, request: RestoreRequest, confirm_alive: Callable[[], None]
) -> UUID:
    """Walk all five steps and wait for the end; the id of the operation run."""
    page = confirm(browser, prepare(browser, request, confirm_alive), request)
    return _ended(browser, page, confirm_alive)


def prepare(browser: Browser, request: RestoreRequest, confirm_alive: Callable[[], None]) -> Page:
    """Walk to the confirm step, with every item in scope and current evidence."""
    page = browser.open("/restores/new/")
    page = browser.submit(page.form(having="tenant"), tenant=request.tenant_slug)
    page = browser.submit(
        page.form(having="backup_set"), press=_CONTINUE, backup_set=str(request.backup_set)
    )
    page = browser.submit(page.form(having="mode"), press=_CONTINUE, mode="all")
    for step in ("checks", "preview"):
        page = _captured(browser, page, step, confirm_alive)
        page = browser.submit(page.form(button="continue"), press=_CONTINUE)
    return page


def confirm(browser: Browser, page: Page, request: RestoreRequest) -> Page:
    """Acknowledge everything, type the tenant's name, and queue; the page of the operation.

    After a long walk the product asks first for a proof of who it is, and leads back here.
    """
    page = _confirmed(browser, page, request)
    if "/prove/" in page.url:
        page = browser.submit(page.form(having="password"), password=request.password)
        page = _confirmed(browser, page, request)
    if "/operations/" not in page.url:
        raise WalkError(f"the restore was not queued ({page.status}): {page.url}")
    return page


def _confirmed(browser: Browser, page: Page, request: RestoreRequest) -> Page:
    form = page.form(to="/queue/")
    if ("action", "restore") not in form.buttons:
        raise WalkError(f"the confirm step does not offer to queue the restore: {page.url}")
    if "acknowledged" in form.options:
        form.values["acknowledged"] = form.options["acknowledged"]
    return browser.submit(
        form,
        press=("action", "restore"),
        typed_name=request.tenant_name,
        reason=request.reason,
    )


def _captured(browser: Browser, page: Page, step: str, confirm_alive: Callable[[], None]) -> Page:
    """Start the capture, and look again until it speaks for the scope."""
    page = browser.submit(page.form(to=f"/capture/{step}/"))

    def look() -> Page | None:
        again = browser.open(page.url)
        if again.find_form(button="continue"):
            return again
        if again.find_form(to=f"/capture/{step}/"):
            raise WalkError(f"the {step} ended without speaking for the scope: {page.url}")
        return None

    return _awaited(look, f"the {step}", confirm_alive)


def _ended(browser: Browser, page: Page, confirm_alive: Callable[[], None]) -> UUID:
    """Ask for progress as the page itself does, until it has to load anew."""
    address = f"{page.url.rstrip('/')}/progress/"

    def look() -> Page | None:
        progress = browser.open(address, headers={"HX-Request": "true"})
        return progress if "HX-Refresh" in progress.headers else None

    _awaited(look, "the restore", confirm_alive)
    return UUID(page.url.rstrip("/").rpartition("/")[2])


def _awaited(look: Callable[[], Page | None], what: str, confirm_alive: Callable[[], None]) -> Page:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if page := look():
            return page
        confirm_alive()
        time.sleep(_LOOK_SECONDS)
    raise WalkError(f"{what} did not end within {_PATIENCE_SECONDS} seconds")
