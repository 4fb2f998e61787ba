"""The recovery process: what it does by itself, and that nothing ends it but being asked to."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from threading import Event

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from operations import recovery
from operations.models import ProcessRole, ServiceProcess
from operations.processes import SILENT_AFTER
from operations.reconciliation import ReconcileReport
from tests.operations.factories import OperationRunFactory


@pytest.fixture
def waiting(tenant, operator, demo):
    """A run that nobody took, for a day."""
    yesterday = timezone.now() - timedelta(days=1)
    return OperationRunFactory(
        tenant=tenant, initiator=operator, queued_at=yesterday, dispatched_at=yesterday
    )


@pytest.fixture
def failing(monkeypatch):
    """Make the reconciler raise these, one per round, and then do its work."""

    def failing(*errors):
        left = list(errors)
        reconcile = recovery.reconciliation.reconcile

        def fail_first(*, now):
            if left:
                raise left.pop(0)
            return reconcile(now=now)

        monkeypatch.setattr(recovery.reconciliation, "reconcile", fail_first)
        monkeypatch.setattr(recovery, "connection", NotClosed())

    return failing


class AfterRounds(Event):
    """Set once the recovery has rested so many times."""

    def __init__(self, rounds):
        super().__init__()
        self.left = rounds

    def wait(self, timeout=None):
        self.left -= 1
        if not self.left:
            self.set()


class NotClosed:
    """Stands for the connection, which has to outlive the test's transaction."""

    def close(self):
        return None


def test_a_round_sends_what_waits(waiting, demo):
    assert recovery.recover_once() == ReconcileReport(dispatched=(waiting.pk,))
    assert demo.dispatched == [waiting.pk]


def test_command_makes_one_round(waiting, demo):
    call_command("recover", once=True)

    assert demo.dispatched == [waiting.pk]


@pytest.mark.parametrize(
    "error",
    [OperationalError("gone"), InterfaceError("closed"), RuntimeError("nobody foresaw it")],
)
def test_rounds_go_on_after_one_that_failed(waiting, demo, failing, error):
    failing(error)
    ended = AfterRounds(2)

    recovery.recover(every=0, ended=ended)

    assert demo.dispatched == [waiting.pk]


@pytest.mark.django_db
def test_command_says_that_a_round_could_not_be_made(failing):
    failing(OperationalError("gone"))

    with pytest.raises(CommandError, match="the log says why"):
        call_command("recover", once=True)


def test_process_outlives_a_database_that_is_not_there_and_ends_when_asked(tmp_path):
    log = tmp_path / "recovery.log"
    environment = os.environ | {
        "RESTORE_SAFETY_HOME": str(tmp_path),
        # Nothing listens there.
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        "BROKER_URL": "",
        "RECONCILE_SECONDS": "0.05",
    }
    command = [sys.executable, "manage.py", "recover"]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stderr=output) as process,
    ):
        deadline = time.monotonic() + 60
        while log.read_text().count("database_unavailable") < 3:
            assert process.poll() is None
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=30)

    assert code == 0
    assert "recovery_ended" in log.read_text()


def test_process_says_that_it_is_at_work_before_and_after_an_outage(waiting, demo, monkeypatch):
    report = recovery.processes.report
    left = [OperationalError("gone")]

    def fail_first(**given):
        if left:
            raise left.pop()
        report(**given)

    monkeypatch.setattr(recovery.processes, "report", fail_first)
    monkeypatch.setattr(recovery, "connection", NotClosed())

    recovery.recover(every=0, ended=AfterRounds(3))

    process = ServiceProcess.objects.get()
    assert (process.role, process.pid) == (ProcessRole.RECOVERY, os.getpid())
    assert process.started_at <= process.seen_at
    assert demo.dispatched == [waiting.pk]


@pytest.mark.django_db
def test_check_fails_unless_a_recovery_of_this_machine_reported_lately():
    with pytest.raises(CommandError, match="No recovery process"):
        call_command("recover", check=True)

    recovery.recover(every=0, ended=AfterRounds(1))
    call_command("recover", check=True)

    ServiceProcess.objects.update(seen_at=timezone.now() - SILENT_AFTER * 2)
    with pytest.raises(CommandError, match="No recovery process"):
        call_command("recover", check=True)
