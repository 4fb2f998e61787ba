"""Workers as processes of their own, on the database and the queue of the test."""

import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path

import pytest
from django.conf import settings as loaded
from django.core.servers.basehttp import WSGIServer
from django.db import connection

from restore_safety.demo import seed
from tests.drifted import ClientBrowser, drifted_tenant

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60


def database_url():
    """The address of the database this test runs on, for another process."""
    given = connection.settings_dict
    person = given["USER"] + (f":{given['PASSWORD']}" if given["PASSWORD"] else "")
    return f"postgres://{person}@{given['HOST']}:{given['PORT'] or 5432}/{given['NAME']}"


class Process:
    """A part of the product in a group of its own, on a machine whose clock may be set wrong."""

    module: tuple[str, ...]
    ready: str

    def __init__(self, home, emulator_url, *, clock_ahead=0, **environment):
        self.log = home / f"{type(self).__name__.lower()}-{time.monotonic_ns()}.log"
        given = {
            "DATABASE_URL": database_url(),
            "BROKER_URL": loaded.CELERY_BROKER_URL,
            "SECRET_KEY": loaded.SECRET_KEY,
            "CREDENTIAL_KEYS": ",".join(loaded.CREDENTIAL_KEYS),
            "RECEIPT_SIGNING_KEY": b64encode(loaded.RECEIPT_SIGNING_KEY).decode(),
            "RESTORE_SAFETY_HOME": str(home),
            "GRAPH_EMULATOR_URL": emulator_url,
            "OPERATION_LEASE_SECONDS": "6",
            "OPERATION_REDISPATCH_SECONDS": "1",
            "RECONCILE_SECONDS": "1",
            "CLOCK_AHEAD_SECONDS": str(clock_ahead),
        }
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.services.wrong_clock", *self.module],
                cwd=ROOT,
                env=os.environ | given | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._await_ready()

    def kill(self):
        """As a machine that loses power: no one gets to clean up."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def said(self):
        return self.log.read_text()

    def _await_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while self.ready not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.2)


class Worker(Process):
    """A Celery worker with its children."""

    module = ("celery", "--app=restore_safety", "worker", "--concurrency=2", "--loglevel=INFO")
    ready = " ready."


class Recovery(Process):
    """The process that finds what workers left behind."""

    module = ("django", "recover", "--settings=restore_safety.settings")
    ready = "recovery_started"


@pytest.fixture(autouse=True, scope="session")
def _many_may_connect_at_once():
    """The server of the tests lets ten wait; of the fifty that come together some were reset."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIServer, "request_queue_size", 128)
        yield


@pytest.fixture
def drifted(transactional_db, settings, emulator):
    settings.GRAPH_EMULATOR_URL = emulator.url
    with drifted_tenant(emulator) as drifted:
        yield drifted


@pytest.fixture
def browser(drifted):
    return ClientBrowser(seed.person(seed.OPERATOR))


@pytest.fixture
def start(tmp_path, emulator):
    """Start a kind of process: `start(Worker, clock_ahead=180)`."""
    processes = []

    def start(kind, **given):
        processes.append(kind(tmp_path, emulator.url, **given))
        return processes[-1]

    yield start
    for one in processes:
        if one.process.poll() is None:
            one.kill()


@pytest.fixture
def start_worker(start):
    """Start a worker; with the first one comes the recovery, which outlives them all."""
    started = []

    def start_worker(**given):
        if not started:
            start(Recovery)
        started.append(start(Worker, **given))
        return started[-1]

    return start_worker
