"""What happens to the processes while restores run: kills, restarts, outages, wrong clocks."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from bench.torture.stack import RECOVERY, WEB, WORKERS, Stack

# Seconds between two blows, on average.
MEAN_PAUSE = 4.0
OUTAGE_SECONDS = (0.5, 4.0)
ABSENT_SECONDS = (0.0, 3.0)
SMALL_SKEW, LARGE_SKEW = (5.0, 40.0), (90.0, 600.0)


@dataclass(slots=True, kw_only=True)
class Chaos:
    """Deals one blow after the other; which ones is drawn from the seed."""

    stack: Stack
    rng: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    skewed: set[str] = field(default_factory=set)
    _next: float = field(init=False, default=0.0)
    _began: float = field(init=False, default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._draw_pause()

    def go_on(self) -> None:
        """Deal the next blow if its time has come."""
        if time.monotonic() < self._next:
            return
        blows: dict[Callable[[], None], int] = {
            self._kill_child: 5,
            self._kill_worker: 2,
            self._kill_recovery: 1,
            self._skew_clock: 2,
            self._cut_broker: 2,
            self._cut_database: 2,
        }
        if self.stack.servers is not None:
            blows[self._drop_connections] = 4
        self.rng.choices(list(blows), list(blows.values()))[0]()
        self._draw_pause()

    def settle(self) -> None:
        """From here on everything runs as it should, with clocks that are right."""
        for name in sorted(self.skewed):
            self._replace(name)
        self.stack.await_web()

    def _kill_child(self) -> None:
        """One of the processes that carry out tasks; the worker starts another one."""
        name = self.rng.choice(WORKERS)
        children = self.stack.running[name].children()
        if not children:
            return
        with suppress(ProcessLookupError):
            os.kill(self.rng.choice(children), signal.SIGKILL)
        self._tell("kills", f"killed a child of {name}")

    def _kill_worker(self) -> None:
        name = self.rng.choice(WORKERS)
        self._replace(name)
        self._tell("kills", f"killed {name}")

    def _kill_recovery(self) -> None:
        self._replace(RECOVERY)
        self._tell("kills", "killed the recovery")

    def _skew_clock(self) -> None:
        """Never of both workers: an installation without any right clock does nothing."""
        if self.stack.servers is None:
            self._set_the_machines_clock()
            return
        name = self.rng.choice((RECOVERY, WORKERS[-1]))
        bounds = self.rng.choice((SMALL_SKEW, LARGE_SKEW))
        ahead = self.rng.uniform(*bounds) * self.rng.choice((-1, 1))
        self._replace(name, ahead=ahead)
        self._tell("skews", f"started {name} again, {ahead:+.0f} s off")

    def _set_the_machines_clock(self) -> None:
        """Embedded, all processes are on one machine, whose clock is the database's too."""
        ahead = self.rng.uniform(*SMALL_SKEW) * self.rng.choice((-1, 1))
        for name in (WEB, RECOVERY, *WORKERS):
            self.stack.running[name].kill()
            self._start_again(name, ahead)
        self._tell("skews", f"the machine's clock is {ahead:+.0f} s off, all started again")

    def _cut_broker(self) -> None:
        seconds = self.rng.uniform(*OUTAGE_SECONDS)
        if self.stack.servers is None:
            self.stack.forget_messages()
        else:
            self.stack.servers.stop_broker()
            time.sleep(seconds)
            self.stack.servers.start_broker()
        self._tell("restarts", f"broker gone for {seconds:.1f} s")

    def _cut_database(self) -> None:
        seconds = self.rng.uniform(*OUTAGE_SECONDS)
        if self.stack.servers is None:
            with self.stack.locked_database():
                time.sleep(seconds)
        else:
            self.stack.servers.stop_database()
            time.sleep(seconds)
            self.stack.servers.start_database()
        self._tell("restarts", f"database gone for {seconds:.1f} s")

    def _drop_connections(self) -> None:
        if self.stack.servers is not None:
            number = self.stack.servers.drop_connections()
            self.counts["dropped_connections"] += number
            self.told.append(f"{self._at()}: {number} connections to the database dropped")

    def _replace(self, name: str, *, ahead: float = 0) -> None:
        self.stack.running[name].kill()
        time.sleep(self.rng.uniform(*ABSENT_SECONDS))
        self._start_again(name, ahead)

    def _start_again(self, name: str, ahead: float) -> None:
        self.stack.start_again(name, ahead=ahead)
        self.skewed.discard(name)
        if ahead:
            self.skewed.add(name)

    def _draw_pause(self) -> None:
        self._next = time.monotonic() + self.rng.expovariate(1 / MEAN_PAUSE)

    def _tell(self, count: str, sentence: str) -> None:
        self.counts[count] += 1
        self.told.append(f"{self._at()}: {sentence}")

    def _at(self) -> str:
        return f"{time.monotonic() - self._began:6.1f} s"
