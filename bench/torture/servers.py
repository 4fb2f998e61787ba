"""A PostgreSQL and a Redis of the run's own, which may be killed without harm to other work."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from restore_safety.demo.processes import free_port

DATABASE = "torture"
_BINARIES = "/usr/lib/postgresql"
_READY_SECONDS = 30


class NoServersError(Exception):
    """This machine has no PostgreSQL or Redis to start; the message says which."""


def _postgres_binaries() -> Path:
    versions = sorted(Path(_BINARIES).glob("*/bin/initdb"))
    if versions:
        return versions[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).parent
    raise NoServersError("no PostgreSQL server is installed")


def _redis_binary() -> str:
    found = shutil.which("redis-server")
    if not found:
        raise NoServersError("no Redis server is installed")
    return found


class Servers:
    """Both servers, each on a free port, with all they keep below one folder."""

    def __init__(self, folder: Path) -> None:
        self._postgres = _postgres_binaries()
        self._redis = _redis_binary()
        self._data = folder / "postgresql"
        self._log = folder / "postgresql.log"
        self._redis_log = folder / "redis.log"
        self._broker: subprocess.Popen[bytes] | None = None
        self.database_port = free_port()
        self.broker_port = free_port()

    @property
    def database_url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.database_port}/{DATABASE}"

    @property
    def broker_url(self) -> str:
        return f"redis://127.0.0.1:{self.broker_port}/0"

    def start(self) -> None:
        self._data.mkdir(parents=True)
        self._log.touch()
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            for path in (self._data, self._log):
                shutil.chown(path, "postgres", "postgres")
        self._run("initdb", "-U", "postgres", "-A", "trust", "-N", "-D", str(self._data))
        self.start_database()
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        self.start_broker()

    def start_database(self) -> None:
        options = f"-p {self.database_port} -k {self._data} -c listen_addresses=127.0.0.1"
        self._control("start", "-l", str(self._log), "-o", options)
        _await(self._answers, "PostgreSQL")

    def stop_database(self) -> None:
        """As if the machine lost power: connections are cut where they stand."""
        self._control("stop", "-m", "immediate")

    def drop_connections(self) -> int:
        """Cut every connection where it stands, in the middle of whatever it does; how many."""
        statement = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()"
        )
        with psycopg.connect(self._address(DATABASE), autocommit=True) as connection:
            row = connection.execute(statement, [DATABASE]).fetchone()
        return int(row[0]) if row else 0

    def start_broker(self) -> None:
        # As in production it keeps what is queued; what the last second brought may be lost.
        command = (
            *(self._redis, "--bind", "127.0.0.1", "--port", str(self.broker_port)),
            *("--dir", str(self._data.parent), "--save", "", "--appendonly", "yes"),
        )
        with self._redis_log.open("ab") as output:
            self._broker = subprocess.Popen(  # noqa: S603 -- the server that was found
                command, stdout=output, stderr=output, start_new_session=True
            )
        _await(self._broker_answers, "Redis")

    def stop_broker(self) -> None:
        if self._broker is not None:
            self._broker.kill()
            self._broker.wait()

    def stop(self) -> None:
        self.stop_broker()
        self._control("stop", "-m", "immediate", check=False)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _broker_answers(self) -> bool:
        text = self._redis_log.read_text(errors="replace")
        return text.count("Ready to accept connections") >= text.count("Redis is starting")

    def _address(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.database_port}/{database}"

    def _control(self, act: str, *options: str, check: bool = True) -> None:
        self._run("pg_ctl", act, "-w", "-D", str(self._data), *options, check=check)

    def _run(self, name: str, *arguments: str, check: bool = True) -> None:
        user = "postgres" if os.geteuid() == 0 else None
        subprocess.run(  # noqa: S603 -- the server's own tools
            [str(self._postgres / name), *arguments],
            check=check,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _await(is_ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not is_ready():
        if time.monotonic() > deadline:
            raise NoServersError(f"{what} did not start within {_READY_SECONDS} seconds")
        time.sleep(0.1)
