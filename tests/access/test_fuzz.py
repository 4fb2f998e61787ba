"""Every form there is, read off the pages themselves, sent the oddest values.

Nothing breaks, nothing of others shows, and what was typed beside the odd value is still there.
"""

import re
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from itertools import groupby
from urllib.parse import urljoin

import pytest
from django.urls import resolve

from restore_safety.models import FollowUpNote, RestoreItem, RestoreRun
from restore_safety.truth.attention import ItemOutcome, ReasonCode, RestoreStatus
from tests.access.acts import ACTS, OWN
from tests.access.conftest import address, answered, undone

PAGES = [
    act for act in ACTS if act.method == "get" and act.answers == 200 and not act.is_of_the_api
]
UNSAID = ("Fabrikam", "fabrikam", "Traceback")
ANSWERS = {200, 302, 400, 403, 404, 405, 409, 410, 413, 422}
ODD = {
    "empty": "",
    "nul": "a\x00b",
    "markup": "\"'><script>alert(1)</script>{{ 7|add:7 }}{% now 'Y' %}",
    "long": "x" * 70_000,
    "wide": "🦊\u202e\ufeff" * 300,
    "path": "../../../etc/passwd' OR 1=1 --",
    "negative": "-1",
    "number": "9" * 400,
    "date": "99999-99-99T99:99",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "json": '{"a": ' * 200,
    "formula": "=1+1",
    "surrogate": "\ud800".encode("utf-8", "surrogatepass"),
}
# A secret is never given back, also not to be corrected.
WRITE_ONLY = {"private_key"}
# A search beside a form is no part of what the form saves.
TYPED = {"text", "textarea", "email", "url"}


@dataclass
class Form:
    """One form of a page: where it goes, how, and its fields with what they hold."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)

    @property
    def key(self):
        match = resolve(self.action.partition("?")[0])
        return (self.method, match.view_name, *sorted(_family(name) for name in self.fields))


def _family(name):
    """Fields that are there once for each row of a page are one kind."""
    return re.sub(r"[0-9a-f-]{8,}|\d+", "N", name)


class _Forms(HTMLParser):
    def __init__(self, page_address):
        super().__init__()
        self.found = []
        self._address = page_address
        self._open = None
        self._select = None

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        if tag == "form":
            action = urljoin(self._address, held.get("action") or "")
            self._open = Form((held.get("method") or "get").lower(), action)
            self.found.append(self._open)
        elif self._open is not None and tag in {"input", "textarea", "button", "select"}:
            self._take(tag, held)
        elif tag == "option" and self._select and self._select not in self._open.fields:
            self._open.fields[self._select] = held.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = None
        if tag == "select":
            if self._open is not None and self._select:
                self._open.fields.setdefault(self._select, "")
            self._select = None

    def _take(self, tag, held):
        name = held.get("name")
        if not name or name == "csrfmiddlewaretoken":
            return
        if tag == "select":
            self._select = name
            return
        kind = held.get("type", "text") if tag == "input" else tag
        if kind in TYPED and name not in WRITE_ONLY:
            self._open.typed.add(name)
        self._open.fields.setdefault(name, held.get("value") or "")


@pytest.fixture
def forms(people):
    """Each form of the product once, as the owner of the tenant finds it: with a follow-up open."""
    FollowUpNote.objects.all().delete()
    RestoreItem.objects.update(outcome=ItemOutcome.PARTIAL, reason_code=ReasonCode.GROUP_MISSING)
    RestoreRun.objects.update(status=RestoreStatus.PARTIAL)
    found = []
    for act in PAGES:
        answer, said = answered(people["owner"], act, OWN)
        if "html" in answer.headers["Content-Type"]:
            reader = _Forms(address(act, OWN))
            reader.feed(said)
            found += [form for form in reader.found if form.fields or form.method == "post"]
    return [next(same) for _, same in groupby(sorted(found, key=lambda f: f.key), lambda f: f.key)]


def _sent(browser, form, values):
    answer, said = undone(partial(getattr(browser(), form.method), form.action, values))
    return answer.status_code, said


def test_the_forms_are_found(forms):
    """Or the tests below would hold for nothing."""
    routes = {resolve(form.action.partition("?")[0]).view_name for form in forms}
    offered = {act.route for act in ACTS if act.method == "post"}

    assert len(forms) > 25
    assert {
        "restores:draft-create",
        "restores:draft-step",
        "restores:draft-queue",
        "restores:run-acknowledge",
        "backups:upload",
        "tenants:connection-change",
        "audit:event-list",
    } <= routes
    assert len(routes & offered) > 15


def test_an_odd_value_is_answered_and_shows_nothing_of_others(people, forms):
    wrong = []
    cases = [
        (form, name, odd)
        for form in forms
        for name in (form.fields or {"unheard_of": ""})
        for odd in ODD
    ]
    for form, name, odd in cases:
        status, said = _sent(people["owner"], form, form.fields | {name: ODD[odd]})
        leaked = [words for words in UNSAID if words in said]
        if status not in ANSWERS or leaked or "<script>alert" in said:
            wrong.append((form.key, name, odd, status, leaked))

    assert wrong == []
    assert len(cases) > 1000


def test_what_was_typed_beside_a_mistake_is_not_lost(people, forms):
    lost = []
    for form in (form for form in forms if form.method == "post"):
        typed = {name: f"typed in {_family(name)}" for name in form.typed}
        # How many rows a form has is counted by the page, and typed by no one.
        for wrong in (name for name in form.fields if not name.endswith("_FORMS")):
            values = form.fields | typed | {wrong: ODD["markup"]}
            status, said = _sent(people["owner"], form, values)
            if status == 302 or "csrfmiddlewaretoken" not in said:
                continue
            kept = {name: text for name, text in typed.items() if name != wrong}
            lost += [(form.key, wrong, name) for name, text in kept.items() if text not in said]

    assert lost == []
