"""What every answer carries, and what no page does, whatever people and tenants call things."""

import csv
import io
import json
import re

import pytest
from django.urls import reverse

from operations.models import OperationRun
from restore_safety.models import BackupItem, BackupSet, RestoreItem, RestoreRun
from tenants.models import Tenant, User
from tests.access.acts import ACTS, OWN
from tests.access.conftest import answered

HOSTILE = (
    "=cmd|'/c calc'!A1 <script>alert(1)</script> \"><img src=x onerror=alert(2)> \u202egnp.exe"
)
PAGES = [
    act for act in ACTS if act.method == "get" and act.answers == 200 and not act.is_of_the_api
]
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
INLINE = re.compile(
    r"<script(?![^>]*(?:\ssrc=|type=\"application/json\"))"
    r"|<style|\sstyle=|<[^>]*\son[a-z]+=|javascript:",
    re.IGNORECASE,
)


@pytest.fixture
def hostile(people):
    """Everything in the three tenants that people or tenants name has the worst of names."""
    Tenant.objects.update(name=HOSTILE)
    BackupSet.objects.update(label=HOSTILE)
    BackupItem.objects.update(name=HOSTILE)
    OperationRun.objects.update(title=HOSTILE, progress_note=HOSTILE)
    RestoreRun.objects.update(reason=HOSTILE)
    RestoreItem.objects.update(name=HOSTILE)
    User.objects.update(first_name=HOSTILE[:60], last_name=HOSTILE[-60:])
    return people


def test_every_answer_carries_the_headers(people):
    answers = {
        act.key: answered(people[person], act, OWN)[0].headers
        for act in ACTS
        for person in ("anonymous", "outsider", "owner")
    }

    seen = {key: {name: held.get(name) for name in HEADERS} for key, held in answers.items()}
    assert seen == dict.fromkeys(seen, HEADERS)
    assert {"no-store" in held["Cache-Control"] for held in answers.values()} == {True}
    devices = {held["Permissions-Policy"] for held in answers.values()}
    assert len(devices) == 1
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(devices.pop().split(", "))


def test_no_page_has_anything_inline(hostile):
    pages = {act.key: answered(hostile["owner"], act, OWN)[1] for act in PAGES}

    found = {key: INLINE.findall(page) for key, page in pages.items() if page.startswith("\n<!doc")}
    assert {key: seen for key, seen in found.items() if seen} == {}
    assert len(found) > 25


def test_no_page_is_written_by_a_name(hostile):
    """A name is text: no tag of it is a tag, and nothing of it turns the line around."""
    pages = {act.key: answered(hostile["owner"], act, OWN) for act in PAGES}
    pages = {key: said for key, (answer, said) in pages.items() if "html" in answer["Content-Type"]}

    assert [key for key, page in pages.items() if "<script>alert" in page] == []
    assert [key for key, page in pages.items() if "<img src=x" in page] == []
    assert [key for key, page in pages.items() if "\u202e" in page] == []
    assert sum("&lt;script&gt;alert" in page for page in pages.values()) > 15


def test_no_cell_of_an_export_is_a_formula(hostile):
    exports = [act for act in PAGES if act.route.endswith("csv")]
    cells = [
        cell
        for act in exports
        for row in csv.reader(io.StringIO(answered(hostile["owner"], act, OWN)[1]))
        for cell in row
    ]

    assert [cell for cell in cells if cell.lstrip(" \ufeff").startswith(tuple("=+-@\t\r"))] == []
    assert [cell for cell in cells if "\u202e" in cell] == []
    assert len([cell for cell in cells if cell.startswith("'=cmd")]) > 1


def test_an_export_as_json_keeps_every_name_as_it_is(hostile):
    act = next(act for act in ACTS if act.route == "restores:run-items-json")

    answer, said = answered(hostile["owner"], act, OWN)

    assert HOSTILE in {item["policy"] for item in json.loads(said)["items"]}
    assert answer["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"],
)
def test_signing_in_leads_nowhere_else(client, owner, elsewhere):
    owner.set_password("correct horse battery")
    owner.save()

    answer = client.post(
        f"{reverse('tenants:sign-in')}?next={elsewhere}",
        {"username": "owner", "password": "correct horse battery", "next": elsewhere},
    )

    assert (answer.status_code, answer.url) == (302, "/")
