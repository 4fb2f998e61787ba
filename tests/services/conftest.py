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
from django.db import connection

from restore_safety.demo import seed
from tenants.graph.emulator.control import start_emulator
from tests.drifted import ClientBrowser, drifted_tenant

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60


def database_url():
    """The address of the database this test runs on, for another process."""
    given = connection.settings_dict
    person = given["USER"] + (f":{given['PASSWORD']}" if given["PASSWORD"] else "")
    return f"postgres://{person}@{given['HOST']}:{given['PORT'] or 5432}/{given['NAME']}"


class Worker:
    """A Celery worker with its children and its scheduler, in a group of its own."""

    def __init__(self, home, emulator_url):
        self.log = home / f"worker-{time.monotonic_ns()}.log"
        environment = os.environ | {
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
        }
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "celery",
                    "--app=restore_safety",
                    "worker",
                    "--beat",
                    "--concurrency=2",
                    "--loglevel=INFO",
                ],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._await_ready()

    def kill(self):
        """As a machine that loses power: nobody gets to clean up."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _await_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while " ready." not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.2)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    process = start_emulator(tmp_path_factory.mktemp("emulator") / "state.sqlite3")
    yield process
    process.stop()


@pytest.fixture
def drifted(transactional_db, settings, emulator):
    settings.GRAPH_EMULATOR_URL = emulator.url
    with drifted_tenant(emulator) as drifted:
        yield drifted


@pytest.fixture
def browser(drifted):
    return ClientBrowser(seed.person(seed.OPERATOR))


@pytest.fixture
def start_worker(tmp_path, emulator):
    workers = []

    def start():
        workers.append(Worker(tmp_path, emulator.url))
        return workers[-1]

    yield start
    for worker in workers:
        if worker.process.poll() is None:
            worker.kill()
