"""The product's processes as an installation has them, each in a group that can be killed."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from bench.torture.servers import Servers
from restore_safety.demo.processes import free_port
from tenants.emulator.control import EmulatorControl, EmulatorProcess, start_emulator

ROOT = Path(__file__).resolve().parents[2]
EMBEDDED, PRODUCTION = "embedded", "production"
PROFILES = (EMBEDDED, PRODUCTION)
WORKERS = ("worker-0", "worker-1")
RECOVERY = "recovery"
WEB = "web"
_READY_SECONDS = 180
_END_SECONDS = 5
_LOOK_SECONDS = 0.2
_OPENER = build_opener(ProxyHandler({}))
# Far from a real installation's, so that what waits for them takes seconds and not minutes.
_SHORT_WAITS = {
    "OPERATION_LEASE_SECONDS": "10",
    "OPERATION_REDISPATCH_SECONDS": "2",
    "RECONCILE_SECONDS": "1",
    "GRAPH_TIMEOUT_SECONDS": "5",
    "CREATE_VISIBLE_WITHIN_SECONDS": "12",
    "REQUEST_APPLIED_WITHIN_SECONDS": "30",
    "API_RATE": "1000000/m",
}
_WORKER = ("celery", "--app=restore_safety", "worker", "--loglevel=INFO", "--concurrency=4")
_RECOVERY = ("django", "recover", "--settings=restore_safety.settings")
# Runs the module that follows on a machine whose clock is wrong.
_WRONG_CLOCK = "tests.services.wrong_clock"
_WEB = (
    *("gunicorn", "restore_safety.wsgi", "--worker-class=gthread"),
    *("--workers=1", "--threads=8", "--no-control-socket"),
)


class StackError(RuntimeError):
    """A process did not come up; the message names its log."""


@dataclass(slots=True)
class Running:
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """As a machine that loses power: nothing is cleaned up."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def children(self) -> list[int]:
        """The processes that do the work, without the one that starts them."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with suppress(OSError):
            return [int(pid) for pid in found.read_text().split()]
        return []


@dataclass(slots=True, kw_only=True)
class Stack:
    """Emulator, web server and workers of one profile."""

    profile: str
    home: Path
    servers: Servers | None
    port: int = field(default_factory=free_port)
    running: dict[str, Running] = field(default_factory=dict)
    emulator: EmulatorProcess = field(init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def control(self) -> EmulatorControl:
        return self.emulator.control

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "RESTORE_SAFETY_PROFILE": self.profile,
            "RESTORE_SAFETY_HOME": str(self.home),
            "PORT": str(self.port),
            "GRAPH_EMULATOR_URL": self.emulator.url,
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": "",
            "BROKER_URL": "",
        }
        if self.servers is not None:
            own |= {
                "DATABASE_URL": self.servers.database_url,
                "BROKER_URL": self.servers.broker_url,
                "SECRET_KEY": "s" * 60,
                "CREDENTIAL_KEYS": "c" * 40,
                "RECEIPT_SIGNING_KEY": "A" * 43 + "=",
                "ALLOWED_HOSTS": "127.0.0.1",
                "SECURE_SSL_REDIRECT": "false",
            }
        return os.environ | _SHORT_WAITS | own

    def start(self) -> None:
        (self.home / "emulator").mkdir(parents=True)
        self.emulator = start_emulator(self.home / "emulator" / "state.sqlite3")
        if self.servers is not None:
            self.servers.start()

    def start_product(self) -> None:
        """The web server, two workers, and what takes up what they leave behind."""
        for name in (WEB, RECOVERY, *WORKERS):
            self.start_again(name)
        self.await_web()
        for name in WORKERS:
            self._await(name, self._is_ready(name))

    def await_web(self) -> None:
        self._await(WEB, self._is_served)

    def start_again(self, name: str, *, ahead: float = 0) -> None:
        """Start a process of the product, with a clock that is so many seconds ahead."""
        command: Sequence[str] = _RECOVERY
        if name == WEB:
            command = [*_WEB, f"--bind=127.0.0.1:{self.port}"]
        elif name in WORKERS:
            command = [*_WORKER, f"--hostname={name}@torture"]
            if self.servers is None:
                command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        if ahead:
            command = [_WRONG_CLOCK, *command]
        self._spawn(name, command, {"CLOCK_AHEAD_SECONDS": str(ahead)})

    def as_the_product(self, module: str, given: Any) -> Any:
        """What a module of ours answers that runs with the product's settings."""
        done = subprocess.run(  # noqa: S603 -- this interpreter, with a module of ours
            [sys.executable, "-m", module],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=self.environment,
            check=False,
        )
        if done.returncode:
            raise StackError(f"{module} failed: {done.stderr[-2000:]}")
        return json.loads(done.stdout)

    @contextmanager
    def locked_database(self) -> Iterator[None]:
        """Embedded, the database is a file: another writer that keeps its lock."""
        connection = sqlite3.connect(self.home / "restore-safety.sqlite3", timeout=30)
        try:
            connection.isolation_level = None
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
        finally:
            connection.close()

    def forget_messages(self) -> None:
        """Embedded, the queue is a folder: all that lies in it is lost."""
        for message in (self.home / "queue" / "messages").glob("*"):
            message.unlink(missing_ok=True)

    def stop(self) -> None:
        for one in self.running.values():
            with suppress(ProcessLookupError):
                os.killpg(one.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + _END_SECONDS
        for one in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                one.process.wait(max(0.1, deadline - time.monotonic()))
            one.kill()
        if hasattr(self, "emulator"):
            self.emulator.stop()
        if self.servers is not None:
            self.servers.stop()

    def _spawn(
        self, name: str, module: Sequence[str], environment: dict[str, str] | None = None
    ) -> None:
        logs = self.home / "logs"
        logs.mkdir(exist_ok=True)
        log = logs / f"{name}-{time.monotonic_ns()}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 -- this interpreter, with modules of ours
                [sys.executable, "-m", *module],
                cwd=ROOT,
                env=self.environment | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running[name] = Running(process, log)

    def _await(self, name: str, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not is_ready():
            one = self.running[name]
            if one.process.poll() is not None or time.monotonic() > deadline:
                raise StackError(f"the {name} did not come up; see {one.log}")
            time.sleep(_LOOK_SECONDS)

    def _is_ready(self, name: str) -> Callable[[], bool]:
        log = self.running[name].log
        return lambda: " ready." in log.read_text(errors="replace")

    def _is_served(self) -> bool:
        request: Any = Request(f"{self.url}/healthz", headers={"X-Forwarded-Proto": "https"})  # noqa: S310 -- loopback
        try:
            _OPENER.open(request, timeout=2).close()
        except OSError:
            return False
        return True
