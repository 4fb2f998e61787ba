"""What is answered while the database or the counting of attempts is away: a sentence, no 500."""

import errno
import sqlite3
from contextlib import closing

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.urls import reverse
from psycopg.errors import DiskFull

from tenants.models import AuditEvent
from tests.outages import cache_away, database_away
from tests.sign_ins import signed_in

DATABASE = "The database does not answer"
LIMITS = "Attempts cannot be counted right now"


def browser_of(user=None):
    browser = Client(raise_request_exception=False)
    return signed_in(browser, user) if user else browser


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
@pytest.mark.parametrize("address", ["/", "/operations/", "/restores/", "/backups/", "/nowhere/"])
def test_page_says_that_the_database_does_not_answer(operator, address, error):
    browser = browser_of(operator)
    with database_away(error):
        answer = browser.get(address)

        assert (answer.status_code, answer["Retry-After"]) == (503, "30")
        assert DATABASE in answer.text
        assert "is not lost" in answer.text


def test_posting_says_it_too(operator):
    browser = browser_of(operator)
    with database_away(OperationalError("gone")):
        answer = browser.post("/preferences/", {"time_zone": "Europe/Berlin"})

        assert (answer.status_code, DATABASE in answer.text) == (503, True)


def test_signing_in_says_it_too(operator):
    with database_away(OperationalError("gone")):
        answer = browser_of().post("/sign-in/", {"username": "operator", "password": "a guess"})

        assert (answer.status_code, DATABASE in answer.text) == (503, True)


def test_health_says_that_the_database_does_not_answer(db):
    with database_away(OperationalError("gone")):
        answer = browser_of().get("/healthz")

        assert answer.status_code == 503
        assert answer.json() == {"status": "the database does not answer"}


def test_disk_that_is_full_is_said_to_be(operator, monkeypatch):
    def fail(**kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("restore_safety.home.views.home_page", fail)

    answer = browser_of(operator).get("/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "There is no room left on the disk" in answer.text


def full_sqlite():
    with closing(sqlite3.connect(":memory:")) as full:
        full.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as refused:
            full.execute("CREATE TABLE t (x)")
    return refused.value


@pytest.mark.parametrize("cause", [full_sqlite(), DiskFull()])
def test_database_whose_disk_is_full_says_so(operator, cause):
    error = OperationalError("as Django raises what the driver said")
    error.__cause__ = cause
    browser = browser_of(operator)
    with database_away(error):
        answer = browser.post("/preferences/", {"time_zone": "Europe/Berlin"})

        assert (answer.status_code, answer["Retry-After"]) == (503, "30")
        assert "There is no room left on the disk" in answer.text


def test_error_of_another_kind_stays_an_error(operator, monkeypatch):
    def fail(**kwargs):
        raise RuntimeError("a bug")

    monkeypatch.setattr("restore_safety.home.views.home_page", fail)

    answer = browser_of(operator).get("/")

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text


def test_nobody_signs_in_while_attempts_cannot_be_counted(operator):
    with cache_away():
        answer = browser_of().post(
            reverse("tenants:sign-in"),
            {"username": operator.username, "password": "drift-and-restore"},
        )

        assert (answer.status_code, answer["Retry-After"]) == (503, "30")
        assert LIMITS in answer.text
        assert "no one can sign in" in answer.text


@pytest.mark.parametrize("address", ["/", "/operations/", "/restores/", "/backups/"])
def test_who_is_signed_in_goes_on(operator, address):
    browser = browser_of(operator)
    with cache_away():
        assert browser.get(address).status_code == 200


def test_refused_write_is_recorded_though_it_cannot_be_counted(auditor, tenant):
    browser = browser_of(auditor)
    with cache_away():
        for _ in range(2):
            assert browser.post("/tenants/nowhere/verify/").status_code == 404

        assert AuditEvent.objects.filter(action="request.refused").count() == 2
