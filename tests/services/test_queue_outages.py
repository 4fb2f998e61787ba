"""A Redis of the test's own that is ended, started again and stopped, with a restore under way."""

import os
import shutil
import signal
import socket
import subprocess
import time

import pytest
from django.urls import reverse
from kombu.exceptions import OperationalError

from operations.models import OperationRun, RunOutcome, RunStatus
from operations.publishing import publish
from restore_safety import tasks
from restore_safety.celery import app
from restore_safety.demo.processes import free_port
from restore_safety.demo.walk import confirm, prepare
from restore_safety.directory.sync import SYNC_KIND
from restore_safety.models import ItemState, RestoreRun
from tenants.web.caches import CacheUnavailableError, RedisCache
from tests.services.conftest import Recovery, Worker
from tests.services.test_lost_worker import SLOW_WRITES, duplicates, wait_until

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(
        os.environ.get("RESTORE_SAFETY_SERVICES") != "1",
        reason="needs PostgreSQL and Redis: run make services-test",
    ),
]


class Redis:
    """A server that can be ended, started again, and made to hang."""

    def __init__(self):
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process = None

    def start(self):
        command = ["redis-server", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self.answers, seconds=30)

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def end(self):
        self.process.kill()
        self.process.wait()

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def redis():
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed here")
    server = Redis()
    server.start()
    before, app.conf.broker_url = app.conf.broker_url, server.url
    yield server
    app.conf.broker_url = before
    server.go_on()
    server.end()


@pytest.fixture
def cache_of_redis(redis):
    options = {"socket_connect_timeout": 1, "socket_timeout": 1}
    RedisCache.rest.until = 0.0
    yield RedisCache(redis.url, {"OPTIONS": options})
    RedisCache.rest.until = 0.0


def begun(drifted, browser):
    """A real restore with writes that take their time, of which one is in flight."""
    page = prepare(browser, drifted.request, lambda: None)
    drifted.control.set_faults(SLOW_WRITES)
    confirm(browser, page, drifted.request)
    run = RestoreRun.objects.get()
    wait_until(lambda: run.items.filter(state=ItemState.IN_FLIGHT).exists())
    return run


def queued_sync(drifted, browser):
    """A synchronisation of the tenant's directory, as a person asks for it on its page."""
    before = set(OperationRun.objects.values_list("pk", flat=True))
    browser.client.post(reverse("directory:sync", args=[drifted.tenant.slug]))
    return OperationRun.objects.exclude(pk__in=before).get(kind=SYNC_KIND)


def done(run):
    wait_until(lambda: not OperationRun.objects.live().filter(pk=run.pk).exists())
    run.refresh_from_db()
    return run


def has_ended():
    return RestoreRun.objects.get().ended_at is not None


@pytest.mark.parametrize("hangs", [False, True], ids=["gone", "hanging"])
def test_worker_with_a_restore_in_hand_outlives_its_queue(redis, drifted, browser, start, hangs):
    worker = start(Worker, BROKER_URL=redis.url)
    start(Recovery, BROKER_URL=redis.url)
    run = begun(drifted, browser)

    redis.hang() if hangs else redis.end()
    wait_until(has_ended)
    # The time in which it hears that the connection broke, and would end over it.
    time.sleep(3)
    assert worker.process.poll() is None, worker.said()
    redis.go_on() if hangs else redis.start()

    run.refresh_from_db()
    assert run.operation_run.attempts == 1
    assert duplicates(drifted) == {}
    # It takes work again, which the recovery sends where the queue lost it.
    drifted.control.clear_faults()
    assert done(queued_sync(drifted, browser)).outcome == RunOutcome.SUCCEEDED
    assert worker.process.poll() is None


@pytest.mark.parametrize("hangs", [False, True], ids=["gone", "hanging"])
def test_what_is_queued_while_the_queue_is_away_is_sent_when_it_is_back(
    redis, drifted, browser, start, hangs
):
    start(Worker, BROKER_URL=redis.url)
    start(Recovery, BROKER_URL=redis.url)
    redis.hang() if hangs else redis.end()

    run = queued_sync(drifted, browser)
    assert (run.status, run.dispatched_at) == (RunStatus.QUEUED, None)
    redis.go_on() if hangs else redis.start()

    assert done(run).attempts == 1


def test_queue_that_is_away_raises_one_error_and_is_not_waited_for(redis):
    publish(tasks.sync_directory, run_id="00000000-0000-4000-8000-000000000000")

    redis.hang()
    with pytest.raises(OperationalError):
        publish(tasks.sync_directory, run_id="00000000-0000-4000-8000-000000000000")
    redis.go_on()
    redis.end()
    with pytest.raises(OperationalError):
        publish(tasks.sync_directory, run_id="00000000-0000-4000-8000-000000000000")
    redis.start()

    publish(tasks.sync_directory, run_id="00000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize("hangs", [False, True], ids=["gone", "hanging"])
def test_cache_that_is_away_is_said_to_be_and_comes_back(redis, cache_of_redis, hangs):
    cache_of_redis.set("a", 1)
    redis.hang() if hangs else redis.end()
    with pytest.raises(CacheUnavailableError):
        cache_of_redis.get("a")

    redis.go_on() if hangs else redis.start()
    RedisCache.rest.until = 0.0

    assert cache_of_redis.get("a") == (1 if hangs else None)
