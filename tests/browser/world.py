"""A demo with a draft, a run and a record in every state that looks different in its page."""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from restore_safety.demo.browser import Browser
from restore_safety.demo.directory import CONTOSO, FABRIKAM
from restore_safety.demo.headless import OUTSIDE
from restore_safety.demo.seed import PASSWORD
from restore_safety.demo.walk import RestoreRequest, confirm, prepare, sign_in
from tests.browser.terminal import type_in

ROOT = Path(__file__).resolve().parents[2]
ADMINISTRATOR = "administrator"
FEW = 3
_ID = "[0-9a-f-]{36}"
_CONTINUE = ("action", "continue")
_SAVE = ("action", "save")
_REHEARSE = ("action", "dry-run")
_PATIENCE_SECONDS = 120
_LOOK_SECONDS = 0.2
_NEEDS_APPROVAL = (
    ".venv/bin/python manage.py shell -c "
    "'from tenants.models import Tenant; "
    'Tenant.objects.filter(slug="{}").update(needs_approval={})\''
)
# Each read of a tenant takes so long that what reads it is under way while its pages are shown.
_SLOW = {"match": {"method": "GET"}, "effect": {"latency_ms": 8000}}


@dataclass(frozen=True)
class Walker:
    """A person who walks over HTTP and comes by the addresses of what they made."""

    browser: Browser

    def backup_set(self, tenant):
        """The one the demo came with: before each restore the tenant gets another."""
        (newest_first,) = self._opened(tenant).form(having="backup_set").options.values()
        return newest_first[-1]

    def open_draft(self, tenant):
        """A draft without a choice."""
        return _draft_of(self._opened(tenant))

    def scope_draft(self, tenant):
        """A draft with a few policies in scope and no evidence."""
        page = self._opened(tenant)
        page = self.browser.submit(
            page.form(having="backup_set"), press=_CONTINUE, backup_set=self.backup_set(tenant)
        )
        draft = _draft_of(page)
        self.select_few(draft)
        return draft

    def prepare_draft(self, tenant):
        """A draft of everything, with checks and a preview that speak for it."""
        return _draft_of(self._prepared(tenant))

    def capture_backup(self, tenant):
        """A backup nothing was restored from; the address of the set."""
        form = self.browser.open("/backups/capture/").form(having="label")
        page = self.browser.submit(form, tenant=tenant.name.lower(), label="Before the audit")
        operation = _path_of(page)
        _awaited(lambda: self._has_ended(operation))
        return self.first_link(operation, f"/backups/{_ID}/")

    def select_few(self, draft):
        form = self.browser.open(f"{draft}scope/").form(having="mode")
        form.values["item"] = form.options["item"][:FEW]
        page = self.browser.submit(form, press=_SAVE, mode="selected")
        # What sets evidence aside is asked about first.
        if asked := page.find_form(having="agreed"):
            self.browser.submit(asked, press=_SAVE)

    def begin_capture(self, draft):
        form = self.browser.open(f"{draft}checks/").form(to="/capture/checks/")
        self.browser.submit(form)

    def queue(self, draft, tenant):
        """Confirm the restore; the address of its operation."""
        page = self.browser.open(f"{draft}confirm/")
        return _path_of(confirm(self.browser, page, self._request(tenant)))

    def ask(self, draft, tenant):
        """Ask for approval of the restore; the address of the request."""
        request, form = (
            self._request(tenant),
            self.browser.open(f"{draft}confirm/").form(to="/queue/"),
        )
        if "acknowledged" in form.options:
            form.values["acknowledged"] = form.options["acknowledged"]
        asked = self.browser.submit(
            form, press=("action", "ask"), typed_name=request.tenant_name, reason=request.reason
        )
        assert "/approvals/" in asked.url, f"nothing was asked for ({asked.status}): {asked.url}"
        return _path_of(asked)

    def rehearse(self, draft):
        """Queue a dry run and see it end; the address of its record."""
        page = self.browser.open(f"{draft}confirm/")
        form = next(one for one in page.forms if _REHEARSE in one.buttons)
        return self.record_of(_path_of(self.browser.submit(form, press=_REHEARSE)))

    def record_of(self, operation):
        """The restore an operation did, once it has ended."""
        _awaited(lambda: self._has_ended(operation))
        return self.first_link(operation, f"/restores/{_ID}/")

    def see_it_begin(self, operation):
        _awaited(lambda: "<progress" in self._progress(operation).text)

    def archive(self, record):
        page = self.browser.open(f"{record}confirm/archive/")
        self.browser.submit(page.form(to="/archive/"))

    def invite(self, people):
        """The link of an invitation that stays open."""
        form = self.browser.open(f"{people}invitations/new/").form(having="invitee")
        page = self.browser.submit(form, invitee="ada@example.com")
        return re.search("/invitation/[^/<]+/", page.text)[0]

    def first_link(self, address, pattern):
        return self.named_link(address, f'href="({pattern})')

    def named_link(self, address, pattern):
        """The first group of the pattern, where the page has it."""
        page = self.browser.open(address)
        found = re.search(pattern, page.text)
        assert found, f"{address} ({page.status}) has no link to {pattern}"
        return found[1]

    def _opened(self, tenant):
        page = self.browser.open("/restores/new/")
        return self.browser.submit(page.form(having="tenant"), tenant=tenant.name.lower())

    def _prepared(self, tenant):
        return prepare(self.browser, self._request(tenant), lambda: None)

    def _has_ended(self, operation):
        return "HX-Refresh" in self._progress(operation).headers

    def _progress(self, operation):
        return self.browser.open(f"{operation}progress/", headers={"HX-Request": "true"})

    def _request(self, tenant):
        return RestoreRequest(
            tenant_slug=tenant.name.lower(),
            tenant_name=tenant.name,
            backup_set=UUID(self.backup_set(tenant)),
            reason="CHG-2207 undo manual changes",
            password=PASSWORD,
        )


def walker(demo, username):
    browser = Browser(demo.url)
    sign_in(browser, username=username, password=PASSWORD)
    return Walker(browser)


def build(demo):
    """The addresses of everything made, by name; a restore and a capture are left under way."""
    _appoint_administrator(demo)
    operator, manager = walker(demo, "operator"), walker(demo, "manager")
    operation = operator.queue(operator.prepare_draft(CONTOSO), CONTOSO)
    record = operator.record_of(operation)
    proven = operator.prepare_draft(CONTOSO)
    archived = operator.rehearse(proven)
    manager.archive(archived)
    moved = operator.prepare_draft(CONTOSO)
    operator.select_few(moved)
    capturing = operator.scope_draft(CONTOSO)
    soon, awaiting = (operator.prepare_draft(FABRIKAM) for _ in range(2))
    backup_set = f"/backups/{operator.backup_set(FABRIKAM)}/"
    made = {
        "fresh": operator.open_draft(CONTOSO),
        "unproven": operator.scope_draft(CONTOSO),
        "proven": proven,
        "moved": moved,
        "capturing": capturing,
        "operation": operation,
        "record": record,
        "item": operator.first_link(record, rf"/restores/{_ID}/items/\d+/"),
        "rehearsal": operator.rehearse(proven),
        "archived": archived,
        "evidence": operator.first_link(f"{moved}checks/", f"{moved}evidence/{_ID}/"),
        "set": backup_set,
        "used-set": f"/backups/{operator.backup_set(CONTOSO)}/",
        "spare-set": operator.capture_backup(CONTOSO),
        "policy": operator.first_link(backup_set, f"/backups/items/{_ID}/"),
    } | _people(walker(demo, "owner"))
    # Nothing can be asked for on the page while another restore of the tenant is live.
    need_approval(demo, FABRIKAM.name.lower(), needed=True)
    request = operator.ask(awaiting, FABRIKAM)
    need_approval(demo, FABRIKAM.name.lower(), needed=False)
    with demo.control as control:
        control.set_faults([_SLOW])
    operator.begin_capture(capturing)
    live = operator.queue(soon, FABRIKAM)
    operator.see_it_begin(live)
    live_record = operator.first_link(live, f"/restores/{_ID}/")
    need_approval(demo, FABRIKAM.name.lower(), needed=True)
    return made | {"live-operation": live, "live-record": live_record, "request": request}


def need_approval(demo, slug, *, needed):
    """Whether restores into this tenant of the demo need approval, from now on."""
    type_in(demo, _NEEDS_APPROVAL.format(slug, needed))


def _people(owner):
    """Where the people of the demo's workspace are, and an invitation that is open."""
    access, people = "/tenants/contoso/access/", "/workspaces/contoso-group/"
    team = owner.first_link(f"{people}groups/", rf"{people}groups/\d+/")
    person = rf'href="({access}people/\d+/)"[^>]*><bdi>{{}}<'
    return {
        "people": people,
        "team": team,
        "team-member": owner.first_link(team, rf"{team}members/\d+/"),
        "access-of-team": owner.first_link(access, rf"{access}groups/\d+/"),
        "access-of-auditor": owner.named_link(access, person.format("auditor")),
        "member": owner.first_link(f"{people}members/", rf"{people}members/\d+/"),
        "last-owner": people
        + "members/"
        + owner.named_link(access, person.format("owner")).rpartition("/people/")[2],
        "link": owner.invite(people),
        "invitation": owner.first_link(
            f"{people}invitations/", rf"{people}invitations/\d+/revoke/"
        ),
    }


def calm(demo):
    """What was slow is as fast as ever."""
    with demo.control as control:
        control.clear_faults()


def _appoint_administrator(demo):
    environment = {key: value for key, value in os.environ.items() if key not in OUTSIDE}
    subprocess.run(
        [sys.executable, "manage.py", "createsuperuser", "--noinput"],
        cwd=ROOT,
        env=environment
        | demo.place.environment
        | {"DJANGO_SUPERUSER_USERNAME": ADMINISTRATOR, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        | {"DJANGO_SUPERUSER_EMAIL": ""},
        check=True,
        capture_output=True,
    )


def _path_of(page):
    return re.sub("^https?://[^/]+", "", page.url)


def _draft_of(page):
    return re.search(f"/restores/drafts/{_ID}/", page.url)[0]


def _awaited(is_so):
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(_LOOK_SECONDS)
