"""axe in every page of the product, light and dark, wide and narrow; and no page scrolls sideways.

The addresses come from the URL configuration: a new one needs a visit, or the reason it has none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.urls import URLPattern, get_resolver, resolve
from playwright.sync_api import expect

from restore_safety import outages
from restore_safety.demo.seed import PASSWORD
from tests.browser import world
from tests.browser.axe import violations
from tests.browser.test_sign_in import PAGES_OF_SIGNING_IN

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
WIDE = {"width": 1360, "height": 900}
NARROW = {"width": 390, "height": 844}
# 1280 CSS pixels at a zoom of 400 %: WCAG 1.4.10 asks for no second direction of scrolling here.
REFLOW = {"width": 320, "height": 640}
# What is folded is part of the page; of the rows of a list, the first few are like the rest.
_UNFOLD = """
() => {
  const rows = [...document.querySelectorAll("main :is(tr details, .rs-plan-item)")];
  for (const one of document.querySelectorAll("main details")) {
    one.open = rows.indexOf(one) < 8;
  }
}
"""
LOOKS = (("light", WIDE), ("dark", WIDE), ("dark", NARROW))
NOBODY = "nobody"

# What each answers instead of a page is asked of it; under what it lies, and where.
NO_REQUEST = "00000000-0000-4000-8000-000000000000"
NOT_A_PAGE = {
    "healthz": ("", "/healthz"),
    "restores:draft-resume": ("proven", ""),
    "restores:draft-capture": ("proven", "capture/checks/"),
    "restores:run-progress": ("record", "progress/"),
    "restores:run-items-csv": ("record", "items.csv"),
    "restores:run-items-json": ("record", "items.json"),
    "restores:run-receipt-file": ("record", "receipt.json"),
    "restores:receipt-verifier": ("", "/restores/verify_receipt.py"),
    "restores:run-follow-up": ("record", "follow-up/"),
    "restores:run-rerun": ("record", "rerun/"),
    "restores:run-undo": ("record", "undo/"),
    "restores:run-archive": ("record", "archive/"),
    "restores:run-unarchive": ("record", "unarchive/"),
    "restores:run-delete": ("record", "delete/"),
    "operations:notification-read-all": ("", "/operations/notifications/read/"),
    "operations:run-progress": ("operation", "progress/"),
    "restores:approval-decide": ("", f"/restores/approvals/{NO_REQUEST}/decide/"),
    "restores:approval-withdraw": ("", f"/restores/approvals/{NO_REQUEST}/withdraw/"),
    "tenants:change-window-remove": ("", "/tenants/contoso/change-windows/1/remove/"),
    "tenants:sign-out": ("", "/sign-out/"),
    "tenants:account-connect": ("", "/account/directory/connect/"),
    "account_logout": ("", "/sign-in/leave/"),
    "admin-sign-in": ("", "/admin/login/"),
    "admin-password-change": ("", "/admin/password_change/"),
    "tenants:invitation-open": ("link", ""),
    "tenants:connection-verify": ("", "/tenants/contoso/connection/verify/"),
    "tenants:write-gate-set": ("", "/tenants/contoso/write-gate/"),
    "directory:search": ("", "/tenants/contoso/directory/search/"),
    "directory:sync": ("", "/tenants/contoso/directory/sync/"),
    "audit:event-csv": ("", "/audit/events.csv"),
    "audit:event-json": ("", "/audit/events.json"),
}
# Of the admin site, which is Django's own, the page the product dresses.
ADMIN_PAGES = {"admin:index"}
# The same page under the name allauth looks for.
ALIASES = {"account_login"}
# These lead to a directory, or back from one, and answer 404 where none is set up.
OF_A_DIRECTORY = {
    "openid_connect_login",
    "openid_connect_callback",
    "tenants:account-disconnect",
    "tenants:join-with-account",
    "tenants:prove-with-account",
}


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One page in one state, and what must be seen in it for the state to be that one."""

    state: str
    view: str
    shows: str
    at: str = ""
    under: str = ""
    who: str = "operator"
    act: Callable | None = None

    def __str__(self):
        return f"{self.view}, {self.state}"


def _sent_empty(page):
    """Send the form as a client does that knows nothing of required fields."""
    page.locator("main form[method=post]").last.evaluate(
        """form => {
          form.noValidate = true;
          form.requestSubmit(form.querySelector("[type=submit]:not([tabindex])"));
        }"""
    )
    page.wait_for_load_state("load")


def _wrong_password(page):
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill("not it")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state("load")


def _wrong_group(page):
    page.locator("#mapping input.form-control").first.fill("not a group")
    page.get_by_role("button", name="Save and stay").click()
    page.wait_for_load_state("load")


def _fewer_selected(page):
    page.locator("[name$=-mode][value=selected]").check()
    page.locator("[name=item]").first.uncheck()
    page.get_by_role("button", name="Save and stay").click()
    page.wait_for_load_state("load")


def _backup_chosen(page):
    page.get_by_role("radio").first.check()


def _saved(page):
    page.get_by_role("button", name="Save preferences").click()
    page.wait_for_load_state("load")


def _invited(page):
    page.get_by_label("Who it is for").fill("ada@example.com")
    page.get_by_role("button", name="Make the link").click()


def _token_made(page):
    page.get_by_label("Name").fill("Nightly")
    page.get_by_role("button", name="Make token").click()
    page.wait_for_load_state("load")


def _revoke_asked(page):
    page.get_by_role("link", name="Revoke").first.click()
    page.wait_for_load_state("load")


def _switched_off(page):
    page.get_by_label("Approval", exact=True).select_option("no")
    page.locator("#four-eyes").get_by_role("button", name="Save").click()
    page.wait_for_load_state("load")


def _switched_off_unnamed(page):
    _switched_off(page)
    page.get_by_label("Type the tenant's name").fill("fabrikam")
    page.get_by_role("button", name="Switch off four eyes").click()
    page.wait_for_load_state("load")


def _menu_opened(page):
    page.locator("details.rs-menu > summary").click()


LIVE = [
    Visit(view="operations:run-detail", state="running", under="live-operation", shows="progress"),
    Visit(view="restores:run-detail", state="running", under="live-record", shows="progress"),
    Visit(
        view="operations:run-cancel",
        state="asked",
        under="live-operation",
        at="cancel/",
        shows="main form",
    ),
    Visit(
        view="restores:draft-step",
        state="checks under way",
        under="capturing",
        at="checks/",
        shows="#evidence [hx-get]",
    ),
    Visit(view="home", state="with a run in progress", at="/", shows="text=In progress"),
]
WIZARD = [
    Visit(view="restores:draft-create", state="new", at="/restores/new/", shows="[type=radio]"),
    Visit(
        view="restores:draft-create",
        state="no tenant found",
        at="/restores/new/?q=nowhere",
        shows=".rs-empty",
    ),
    *(
        Visit(view="restores:draft-step", state=state, under=draft, at=at, shows=shows, act=act)
        for state, draft, at, shows, act in [
            ("backup to choose", "fresh", "backup/", "[type=radio]", _backup_chosen),
            ("no backup found", "fresh", "backup/?q=nothing", "text=No backup is labelled", None),
            ("backup missing", "fresh", "backup/", "text=Choose the backup set", _sent_empty),
            ("scope of few", "unproven", "scope/", "[name=item]:checked", None),
            ("scope of all", "proven", "scope/", "[name$=-mode][value=all]:checked", None),
            ("scope with groups", "proven", "scope/", "#mapping input.form-control", None),
            ("scope change asked about", "proven", "scope/", "#agreement", _fewer_selected),
            ("scope refused", "proven", "scope/", "text=Nothing was saved", _wrong_group),
            ("checks not run", "unproven", "checks/", "text=Not run", None),
            ("checks current", "proven", "checks/", ".rs-finding", None),
            ("checks invalidated", "moved", "checks/", "#evidence >> text=Invalidated", None),
            ("preview not run", "unproven", "preview/", "text=Not run", None),
            ("preview current", "proven", "preview/", ".rs-plan-item", None),
            ("preview invalidated", "moved", "preview/", "#evidence >> text=Invalidated", None),
            ("confirm not possible", "unproven", "confirm/", "button:disabled", None),
            ("confirm enabled", "proven", "confirm/", "[name=typed_name]", None),
            ("confirm invalidated", "moved", "confirm/", "button:disabled", None),
        ]
    ),
    Visit(
        view="restores:draft-queue",
        state="refused",
        under="proven",
        at="confirm/",
        act=_sent_empty,
        shows="text=It was not queued",
    ),
    Visit(
        view="restores:draft-discard",
        state="asked",
        under="fresh",
        at="discard/",
        shows="text=Keep the draft",
    ),
]
RESTORES = [
    Visit(view="restores:draft-list", state="filled", at="/restores/drafts/", shows="main a"),
    Visit(view="restores:draft-evidence", state="of before", under="evidence", shows="main h2"),
    Visit(view="restores:run-print", state="filled", under="record", at="print/", shows="h1"),
    Visit(view="restores:run-receipt", state="ended", under="record", at="receipt/", shows="pre"),
    Visit(view="restores:run-list", state="filled", at="/restores/", shows=".rs-table tbody tr"),
    Visit(view="restores:run-list", state="none", at="/restores/?q=nothing", shows=".rs-empty"),
    Visit(view="restores:run-detail", state="with follow-up", under="record", shows="#follow-up"),
    Visit(view="restores:run-detail", state="dry run", under="rehearsal", shows=".rs-answer"),
    Visit(
        view="restores:run-detail",
        state="to who may only read",
        under="record",
        who="auditor",
        shows=".rs-disabled-action",
    ),
    Visit(
        view="restores:approval",
        state="waiting for the reader",
        under="request",
        who="manager",
        shows="#decision-reason",
    ),
    Visit(
        view="restores:approval",
        state="to who asked",
        under="request",
        shows="text=Withdraw the request",
    ),
    Visit(
        view="home",
        state="with a request for approval",
        at="/",
        who="manager",
        shows="text=Approve or reject the restore into",
    ),
    Visit(view="restores:run-item", state="ended", under="item", shows="#item-headline"),
    *(
        Visit(
            view="restores:run-confirm",
            state=act,
            under=record,
            at=f"confirm/{act}/",
            who="manager",
            shows=f"main form[action$='/{act}/']",
        )
        for act, record in [
            ("acknowledge", "record"),
            ("rerun", "record"),
            ("archive", "rehearsal"),
            ("unarchive", "archived"),
            ("delete", "archived"),
        ]
    ),
    Visit(
        view="restores:run-confirm",
        state="with an obstacle",
        under="record",
        at="confirm/archive/",
        who="manager",
        shows=".rs-alert",
    ),
    Visit(
        view="restores:run-acknowledge",
        state="without a note",
        under="record",
        at="confirm/acknowledge/",
        act=_sent_empty,
        shows=".is-invalid",
    ),
]
OPERATIONS = [
    Visit(view="operations:run-list", state="filled", at="/operations/", shows="tbody tr"),
    Visit(
        view="operations:run-cancel",
        state="too late",
        under="operation",
        at="cancel/",
        shows=".rs-alert",
    ),
    Visit(view="operations:run-detail", state="ended", under="operation", shows="#run-headline"),
    Visit(
        view="operations:notification-list",
        state="unread",
        at="/operations/notifications/",
        shows="text=Mark all as read",
    ),
    Visit(
        view="operations:notification-list",
        state="none",
        at="/operations/notifications/",
        who="outsider",
        shows=".rs-empty",
    ),
]
BACKUPS = [
    Visit(view="backups:set-list", state="filled", at="/backups/", shows="tbody tr"),
    Visit(view="backups:set-list", state="none", at="/backups/", who="outsider", shows=".rs-empty"),
    Visit(view="backups:set-detail", state="filled", under="set", shows="#policies tbody tr"),
    Visit(view="backups:item-detail", state="read", under="policy", shows="main pre"),
    Visit(view="backups:capture", state="asked", at="/backups/capture/", shows="main form"),
    Visit(
        view="backups:capture",
        state="denied",
        at="/backups/capture/",
        who="auditor",
        shows="text=You may not do this",
    ),
    Visit(view="backups:upload", state="asked", at="/backups/upload/", shows="[type=file]"),
    Visit(
        view="backups:upload",
        state="without a file",
        at="/backups/upload/",
        act=_sent_empty,
        shows=".is-invalid",
    ),
    Visit(
        view="backups:set-delete",
        state="asked",
        under="spare-set",
        at="delete/",
        who="manager",
        shows="main form",
    ),
    Visit(
        view="backups:set-delete",
        state="in use",
        under="used-set",
        at="delete/",
        who="manager",
        shows="main .rs-alert",
    ),
]
TENANTS = [
    Visit(
        view="tenants:sign-in",
        state="asked",
        at="/sign-in/",
        who=NOBODY,
        shows="[name=password]",
    ),
    Visit(
        view="tenants:sign-in",
        state="refused",
        at="/sign-in/",
        who=NOBODY,
        act=_wrong_password,
        shows=".rs-alert, .alert",
    ),
    Visit(view="tenants:tenant-list", state="filled", at="/tenants/", shows="tbody tr"),
    Visit(
        view="tenants:tenant-detail",
        state="to who may manage it",
        at="/tenants/contoso/",
        who="manager",
        shows="text=Change connection",
    ),
    *(
        Visit(
            view="tenants:four-eyes-set",
            state=state,
            at="/tenants/fabrikam/",
            who="manager",
            act=act,
            shows=shows,
        )
        for state, act, shows in [
            ("switching off asked about", _switched_off, "text=can then be queued without"),
            ("another name typed", _switched_off_unnamed, ".is-invalid"),
        ]
    ),
    Visit(
        view="tenants:change-window-list",
        state="empty",
        at="/tenants/contoso/change-windows/",
        who="manager",
        shows="text=No change windows",
    ),
    Visit(
        view="tenants:change-window-add",
        state="new",
        at="/tenants/contoso/change-windows/add/",
        who="manager",
        shows="main form[method=post]",
    ),
    Visit(
        view="tenants:tenant-detail",
        state="to who may not",
        at="/tenants/contoso/",
        who="auditor",
        shows=".rs-disabled-action",
    ),
    Visit(
        view="tenants:tenant-detail",
        state="not connected",
        at="/tenants/northwind/",
        who="outsider",
        shows="text=Not connected",
    ),
    Visit(
        view="directory:object-list",
        state="filled",
        at="/tenants/contoso/directory/",
        shows="#objects tbody tr",
    ),
    Visit(
        view="directory:object-list",
        state="nothing found, to who may not have it read",
        at="/tenants/contoso/directory/?q=nothing",
        who="auditor",
        shows=".rs-empty",
    ),
    Visit(
        view="directory:object-list",
        state="not read",
        at="/tenants/northwind/directory/",
        who="outsider",
        shows=".rs-empty",
    ),
    Visit(
        view="tenants:connection-change",
        state="asked",
        at="/tenants/contoso/connection/",
        who="manager",
        shows="[name=thumbprint]",
    ),
    Visit(
        view="tenants:connection-change",
        state="refused",
        at="/tenants/northwind/connection/",
        who="outsider",
        act=_sent_empty,
        shows=".is-invalid",
    ),
    Visit(view="tenants:roles", state="filled", at="/roles/", shows="tbody tr"),
    Visit(
        view="tenants:access",
        state="to who decides on it",
        at="/tenants/contoso/access/",
        who="owner",
        shows="text=Grant a role",
    ),
    Visit(
        view="tenants:access",
        state="to who only reads it",
        at="/tenants/contoso/access/",
        who="auditor",
        shows=".rs-disabled-action",
    ),
    Visit(
        view="tenants:access-grant",
        state="asked",
        at="/tenants/contoso/access/grant/",
        who="owner",
        shows="[name=holder]",
    ),
    Visit(
        view="tenants:access-grant",
        state="nobody chosen",
        at="/tenants/contoso/access/grant/?holder=&role=auditor",
        who="owner",
        shows=".is-invalid",
    ),
    *(
        Visit(view=f"tenants:{view}", state=state, under=under, at=at, who=who, shows=shows)
        for view, state, under, at, who, shows in [
            ("access-person", "to change", "access-of-auditor", "", "owner", "[name=role]"),
            ("access-person", "to read", "access-of-auditor", "", "auditor", "button:disabled"),
            (
                "access-person-role",
                "change",
                "access-of-auditor",
                "role/?role=owner",
                "owner",
                "del",
            ),
            (
                "access-person-role",
                "revoke",
                "access-of-auditor",
                "role/?role=none",
                "owner",
                "del",
            ),
            ("access-group", "to change", "access-of-team", "", "owner", "[name=role]"),
            ("access-group-role", "change", "access-of-team", "role/?role=owner", "owner", "del"),
            ("member-list", "filled", "people", "members/", "owner", "tbody tr"),
            ("member-list", "none", "people", "members/?q=nobody", "owner", ".rs-empty"),
            ("member-detail", "filled", "member", "", "owner", "main dl"),
            ("member-remove", "asked", "member", "remove/", "owner", "main form"),
            ("group-list", "filled", "people", "groups/", "owner", "tbody tr"),
            ("group-create", "asked", "people", "groups/new/", "owner", "[name=name]"),
            ("group-detail", "filled", "team", "", "owner", "tbody tr"),
            ("group-rename", "asked", "team", "rename/", "owner", "[name=name]"),
            ("group-delete", "asked", "team", "delete/", "owner", ".btn-outline-danger"),
            ("group-member-add", "asked", "team", "members/add/", "owner", "[name=person]"),
            ("group-member-remove", "asked", "team-member", "remove/", "owner", "main form"),
            ("invitation-list", "filled", "people", "invitations/", "owner", "tbody tr"),
            ("invitation-create", "asked", "people", "invitations/new/", "owner", "[name=invitee]"),
            ("invitation-revoke", "asked", "invitation", "", "owner", ".btn-outline-danger"),
        ]
    ),
    Visit(
        view="tenants:member-remove",
        state="the last owner",
        under="last-owner",
        at="remove/",
        who="owner",
        shows=".rs-disabled-action",
    ),
    Visit(
        view="tenants:invitation-create",
        state="the link",
        under="people",
        at="invitations/new/",
        who="owner",
        act=_invited,
        shows="#invitation-link",
    ),
    Visit(
        view="tenants:invitation-accept",
        state="to a person who is new",
        under="link",
        who=NOBODY,
        shows="[name=full_name]",
    ),
    Visit(
        view="tenants:invitation-accept",
        state="to a person signed in",
        under="link",
        who="outsider",
        shows="text=Accept the invitation",
    ),
    Visit(view="tenants:preferences", state="asked", at="/preferences/", shows="select"),
    Visit(
        view="tenants:preferences",
        state="saved, with a toast",
        at="/preferences/",
        act=_saved,
        shows=".rs-toast",
    ),
    Visit(
        view="tenants:token-create",
        state="asked",
        at="/preferences/tokens/new/",
        shows="[name=scopes]",
    ),
    Visit(
        view="tenants:token-create",
        state="refused",
        at="/preferences/tokens/new/",
        act=_sent_empty,
        shows=".is-invalid",
    ),
    Visit(
        view="tenants:token-create",
        state="made, shown this once",
        at="/preferences/tokens/new/",
        act=_token_made,
        shows=".rs-token",
    ),
    Visit(
        view="tenants:token-list",
        state="with tokens",
        at="/preferences/tokens/",
        shows="td code",
    ),
    Visit(
        view="tenants:token-revoke",
        state="asked",
        at="/preferences/tokens/",
        act=_revoke_asked,
        shows=".btn-outline-danger",
    ),
    Visit(
        view="tenants:access-tokens",
        state="with tokens",
        at="/tenants/contoso/access/tokens/",
        who="owner",
        shows="td code",
    ),
    Visit(
        view="tenants:access-token-revoke",
        state="asked",
        at="/tenants/contoso/access/tokens/",
        who="owner",
        act=_revoke_asked,
        shows=".btn-outline-danger",
    ),
]
ELSEWHERE = [
    Visit(view="home", state="after a restore", at="/", shows=".rs-answer"),
    Visit(view="home", state="with nothing", at="/", who="outsider", shows=".rs-answer"),
    Visit(view="home", state="with the menu", at="/", act=_menu_opened, shows=".rs-menu-list"),
    Visit(view="audit:event-list", state="filled", at="/audit/", who="auditor", shows="tbody tr"),
    Visit(view="badges", state="filled", at="/badges/", shows=".rs-state"),
    Visit(view="policy-types", state="filled", at="/policy-types/", shows="tbody tr"),
    Visit(
        view="admin:index",
        state="filled",
        at="/admin/",
        who=world.ADMINISTRATOR,
        shows="#content-main",
    ),
]
# What is under way ends, so it is looked at first.
VISITS = [*LIVE, *WIZARD, *RESTORES, *OPERATIONS, *BACKUPS, *TENANTS, *ELSEWHERE]


@pytest.fixture(scope="module")
def made(demo_apart):
    yield world.build(demo_apart)
    world.calm(demo_apart)


@pytest.fixture(scope="module")
def browsing(demo_apart, chromium):
    """A tab for each person, signed in once."""
    tabs = {}

    def tab(who):
        if who not in tabs:
            context = chromium.new_context(base_url=demo_apart.url, reduced_motion="reduce")
            tabs[who] = context.new_page()
            if who != NOBODY:
                _sign_in(tabs[who], who)
        return tabs[who]

    yield tab
    for page in tabs.values():
        page.context.close()


def _sign_in(page, who):
    page.goto("/sign-in/")
    page.get_by_label("Username").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("visit", VISITS, ids=str)
def test_page_is_accessible(made, browsing, visit):
    page = browsing(visit.who)
    page.set_viewport_size(WIDE)
    page.goto(made.get(visit.under, "") + visit.at)
    if visit.act:
        visit.act(page)
    expect(page.locator(visit.shows).first).to_be_visible()

    assert resolve(page.evaluate("location.pathname")).view_name == visit.view
    _confirm_clean(page, visit)


@pytest.mark.parametrize("name", sorted(path.name for path in TEMPLATES.glob("[0-9]*.html")))
def test_error_page_is_accessible(demo_apart, browsing, name):
    page = browsing(NOBODY)
    page.route(
        "**/error",
        lambda route: route.fulfill(
            content_type="text/html", body=render_to_string(name, {"outage": outages.DATABASE})
        ),
    )
    page.goto("/error")
    page.unroute("**/error")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    _confirm_clean(page, name)


@pytest.mark.parametrize("view", NOT_A_PAGE)
def test_what_is_not_visited_is_no_page(made, browsing, view):
    under, at = NOT_A_PAGE[view]
    path = made.get(under, "") + at

    answer = browsing("operator").context.request.get(path, max_redirects=0)

    assert resolve(path.partition("?")[0]).view_name == view
    # The page of a refusal is looked at by itself, as every page of an error.
    assert answer.status in {302, 403, 405} or "text/html" not in answer.headers["content-type"]


def test_every_address_is_visited_or_is_no_page():
    visited = {visit.view for visit in VISITS} | PAGES_OF_SIGNING_IN
    others = NOT_A_PAGE.keys() | ALIASES | OF_A_DIRECTORY

    assert visited & others == set()
    assert visited | others == set(_addresses()) | ADMIN_PAGES


def test_axe_sees_what_is_wrong(browsing):
    page = browsing(NOBODY)
    page.goto("/sign-in/")
    page.evaluate("document.querySelector('label[for=id_username]').remove()")

    assert any(line.startswith("label at #id_username:") for line in violations(page))


def _confirm_clean(page, what):
    """Say everything that is wrong with the page, each with its theme, width, rule and place."""
    page.evaluate(_UNFOLD)
    found = []
    for scheme, window in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(window)
        seen = f"{what}, {scheme}, {window['width']} px"
        found += [f"{seen}: {line}" for line in violations(page)]
    page.set_viewport_size(REFLOW)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > REFLOW["width"]:
        found.append(f"{what}: {width} px wide in a window of {REFLOW['width']} px")
    assert not found, "\n".join(found)


def _addresses(patterns=None, namespace=""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            yield namespace + pattern.name
        elif pattern.namespace not in {"admin", "api"}:
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from _addresses(pattern.url_patterns, namespace + inner)
