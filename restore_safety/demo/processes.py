"""The demo's processes: emulator, worker, recovery and web, started together and ended together."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Never
from urllib.request import ProxyHandler, build_opener

from restore_safety.ports import emulator_port_of, others_than

_LOOPBACK = "127.0.0.1"
_READY_SECONDS = 60
_END_SECONDS = 10
_LOOK_SECONDS = 0.2
_HEALTH = "/_emulator/health"
# It is the only worker, so it has no other to gossip with.
_WORKER = (
    "celery",
    "--app=restore_safety",
    "worker",
    "--pool=prefork",
    "--concurrency=2",
    "--loglevel=INFO",
    "--without-gossip",
    "--without-mingle",
    "--without-heartbeat",
)
_RECOVERY = ("django", "recover", "--settings=restore_safety.settings")
_WEB = (
    "gunicorn",
    "restore_safety.wsgi",
    "--worker-class=gthread",
    "--workers=2",
    "--threads=8",
    "--no-control-socket",
)
# Of one process, within the time: whatever ends it that often is nothing a new start mends.
_MOST_RESTARTS = 5
_RESTARTS_WITHIN = 120.0
# Seconds before a process is started again: twice as many each time.
_FIRST_PAUSE = 0.5
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Past loopback no proxy is asked, whatever the environment says.
_OPENER = build_opener(ProxyHandler({}))


class PortTakenError(RuntimeError):
    """Something else listens where a process of the demo would."""


class HomeTakenError(RuntimeError):
    """Another demo keeps its state in the same home."""


class ProcessEndedError(RuntimeError):
    """A process ended by itself, or never came up; the message names it and its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoInstance:
    """Where the demo lives: its folder and the two ports it listens on."""

    home: Path
    port: int
    emulator_port: int

    @property
    def url(self) -> str:
        return f"http://{_LOOPBACK}:{self.port}"

    @property
    def emulator_url(self) -> str:
        return f"http://{_LOOPBACK}:{self.emulator_port}"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def lock(self) -> Path:
        return self.home / "demo.lock"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a process of this project finds this home."""
        return {
            "RESTORE_SAFETY_HOME": str(self.home),
            "PORT": str(self.port),
            "GRAPH_EMULATOR_URL": self.emulator_url,
            "PYTHONUNBUFFERED": "1",
        }

    def confirm_ports_free(self) -> None:
        taken = [port for port in (self.port, self.emulator_port) if not _is_free(port)]
        if taken:
            free = (port for port in others_than(self.port) if _is_pair_free(port))
            proposed = next((f", for example with PORT={port}" for port in free), "")
            raise PortTakenError(
                f"Port {taken[0]} is taken by another program. Choose others{proposed}."
            )


@dataclass(slots=True)
class Running:
    """One process with a group and a log of its own, and when it was started again."""

    name: str
    module: Sequence[str]
    process: subprocess.Popen[bytes]
    log: Path
    restarts: list[float] = field(default_factory=list)
    due_at: float | None = None

    def confirm_alive(self) -> None:
        code = self.process.poll()
        if code is not None:
            raise ProcessEndedError(f"The {self.name} ended with code {code}; see {self.log}")

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for the end; whatever is left of the group after the deadline is killed."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.1, deadline - time.monotonic()))
        self.kill_what_is_left()
        self.process.wait()

    def kill_what_is_left(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def plan_restart(self, now: float) -> int:
        """Decide when to start it again, the how many-th time lately; raises when that is enough.

        Its children go with it: they hold its port, and would outlive the demo.
        """
        self.restarts = [one for one in self.restarts if now - one < _RESTARTS_WITHIN]
        if len(self.restarts) >= _MOST_RESTARTS:
            self.confirm_alive()
        self.kill_what_is_left()
        self.due_at = now + _FIRST_PAUSE * 2 ** len(self.restarts)
        self.restarts.append(now)
        return len(self.restarts)


class ProcessGroup:
    """Starts processes, waits until they are ready, and ends them."""

    def __init__(self, place: DemoInstance, lock: int) -> None:
        self.place = place
        self.running: list[Running] = []
        self._lock = lock

    def start_emulator(self) -> None:
        state = self.place.home / "emulator" / "state.sqlite3"
        module = "tenants.emulator"
        port = str(self.place.emulator_port)
        emulator = self._start("emulator", [module, "--port", port, "--state", str(state)])
        self._await(emulator, lambda running: _answers(f"{self.place.emulator_url}{_HEALTH}"))

    def start_servers(self) -> None:
        """The worker, its recovery and the web server, which come up side by side."""
        worker = self._start("worker", _WORKER)
        recovery = self._start("recovery", _RECOVERY)
        web = self._start("web server", [*_WEB, f"--bind={_LOOPBACK}:{self.place.port}"])
        self._await(worker, _has_said(" ready."))
        self._await(recovery, _has_said("recovery_started"))
        self._await(web, lambda running: _answers(f"{self.place.url}/healthz"))

    def watch(self, show: Callable[[str], object]) -> Never:
        """Returns never; raises when a process ends again and again."""
        while True:
            self.look_after(show)
            time.sleep(_LOOK_SECONDS)

    def look_after(self, show: Callable[[str], object]) -> None:
        """Start again what ended by itself, once its pause is over, and show that."""
        for running in self.running:
            self._look_after(running, show)

    def _look_after(self, running: Running, show: Callable[[str], object]) -> None:
        code, now = running.process.poll(), time.monotonic()
        if code is None:
            return
        if running.due_at is None:
            count = running.plan_restart(now)
            show(
                f"The {running.name} ended with code {code} and is started again "
                f"({count} of {_MOST_RESTARTS}); see {running.log}"
            )
        elif now >= running.due_at:
            with signals_held_back():
                running.process = self._opened(running.module, running.log)
            running.due_at = None

    def confirm_alive(self) -> None:
        for running in self.running:
            running.confirm_alive()

    def end(self) -> None:
        """All of it, youngest first; a second Ctrl-C does not leave the rest behind."""
        with signals_held_back():
            for running in reversed(self.running):
                running.end()
            deadline = time.monotonic() + _END_SECONDS
            while self.running:
                self.running.pop().wait(deadline)

    def _start(self, name: str, module: Sequence[str]) -> Running:
        self.place.logs.mkdir(parents=True, exist_ok=True)
        log = self.place.logs / f"{name.replace(' ', '-')}.log"
        log.unlink(missing_ok=True)
        with signals_held_back():
            self.running.append(Running(name, module, self._opened(module, log), log))
        return self.running[-1]

    def _opened(self, module: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 -- this interpreter, with modules of ours
                [sys.executable, "-m", *module],
                cwd=Path(__file__).resolve().parents[2],
                env=os.environ | self.place.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches the demo alone, which then ends them in order.
                start_new_session=True,
                # Whatever outlives a demo that was killed still holds the home.
                pass_fds=[self._lock],
            )

    def _await(self, running: Running, is_ready: Callable[[Running], bool]) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not is_ready(running):
            self.confirm_alive()
            if time.monotonic() > deadline:
                raise ProcessEndedError(f"The {running.name} did not come up; see {running.log}")
            time.sleep(_LOOK_SECONDS)


@contextmanager
def household(place: DemoInstance) -> Iterator[ProcessGroup]:
    """Processes that end with the block, however it ends: an error, Ctrl-C or a signal."""
    with _held(place) as lock, endings_interrupt():
        everything = ProcessGroup(place, lock)
        try:
            yield everything
        finally:
            everything.end()


@contextmanager
def _held(place: DemoInstance) -> Iterator[int]:
    """The home for one demo alone; the lock says which, and is gone with its last process."""
    with place.lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise HomeTakenError(
                f"{file.read().strip()} already uses {place.home} and has locked {place.lock}. "
                "End it first, or choose another folder with RESTORE_SAFETY_HOME."
            ) from error
        file.truncate(0)
        file.write(f"A demo at {place.url} (process {os.getpid()})\n")
        file.flush()
        try:
            yield file.fileno()
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def endings_interrupt() -> Iterator[None]:
    """Whatever asks this process to end is raised as Ctrl-C is.

    Ctrl-C too: a shell that starts the demo in the background has it ignored.
    """
    before = {number: signal.signal(number, _interrupted) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def signals_held_back() -> Iterator[None]:
    """What arrives meanwhile is answered afterwards, so that no process is lost sight of."""
    arrived: list[int] = []
    before = {
        number: signal.signal(number, lambda number, frame: arrived.append(number))
        for number in _ENDING
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if arrived:
        raise KeyboardInterrupt


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((_LOOPBACK, 0))
        port: int = listener.getsockname()[1]
    return port


def _interrupted(number: int, frame: FrameType | None) -> Never:
    raise KeyboardInterrupt


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_LOOPBACK, port))
        except OSError:
            return False
    return True


def _is_pair_free(port: int) -> bool:
    return _is_free(port) and _is_free(emulator_port_of(port))


def _answers(url: str) -> bool:
    try:
        _OPENER.open(url, timeout=2).close()
    except OSError:
        return False
    return True


def _has_said(text: str) -> Callable[[Running], bool]:
    def has_said(running: Running) -> bool:
        return text in running.log.read_text(encoding="utf-8", errors="replace")

    return has_said
