import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from restore_safety.demo import processes
from restore_safety.demo.processes import (
    DemoInstance,
    HomeTakenError,
    PortTakenError,
    ProcessEndedError,
    free_port,
    household,
)
from restore_safety.ports import emulator_port_of


@pytest.fixture
def place(tmp_path):
    return DemoInstance(home=tmp_path, port=free_port(), emulator_port=free_port())


def _is_taken(place):
    try:
        with household(place):
            return False
    except HomeTakenError:
        return True


def test_processes_end_with_the_block(place):
    with household(place) as everything:
        everything.start_emulator()
        (emulator,) = everything.running
        everything.confirm_alive()

    assert emulator.process.returncode == 0
    assert everything.running == []


def test_processes_end_when_a_signal_asks_the_demo_to(place):
    def serve_until_asked_to_end():
        with household(place) as everything:
            everything.start_emulator()
            started.extend(everything.running)
            os.kill(os.getpid(), signal.SIGTERM)
            everything.watch(print)

    started = []
    with pytest.raises(KeyboardInterrupt):
        serve_until_asked_to_end()

    (emulator,) = started
    assert emulator.process.returncode == 0


def test_process_that_is_killed_is_started_again(place):
    said = []
    with household(place) as everything:
        everything.start_emulator()
        (emulator,) = everything.running
        killed = emulator.process.pid
        os.kill(killed, signal.SIGKILL)

        deadline = time.monotonic() + 60
        while emulator.log.read_text().count("listening on http://127.0.0.1:") < 2:
            everything.look_after(said.append)
            assert time.monotonic() < deadline
            time.sleep(0.05)
        everything.confirm_alive()

    assert said == [
        f"The emulator ended with code -9 and is started again (1 of 5); see {emulator.log}"
    ]
    assert emulator.process.pid != killed
    assert emulator.process.returncode == 0


def test_process_that_ends_again_and_again_ends_the_demo(place, monkeypatch):
    monkeypatch.setattr(processes, "_FIRST_PAUSE", 0.0)
    said = []
    with household(place) as everything:
        everything.start_emulator()
        (emulator,) = everything.running
        emulator.module = ("restore_safety.no_such_module",)
        emulator.process.kill()

        with pytest.raises(ProcessEndedError) as ended:
            everything.watch(said.append)

    assert len(said) == 5
    assert str(ended.value) == f"The emulator ended with code 1; see {emulator.log}"


def test_home_is_kept_by_one_demo_at_a_time(place):
    other = replace(place, port=place.port + 1)

    with household(place):
        with pytest.raises(HomeTakenError) as taken, household(other):
            pass
        assert str(taken.value) == (
            f"A demo at {place.url} (process {os.getpid()}) already uses {place.home} and has "
            f"locked {place.home / 'demo.lock'}. End it first, or choose another folder with "
            "RESTORE_SAFETY_HOME."
        )
    with household(other):
        assert other.lock.read_text() == f"A demo at {other.url} (process {os.getpid()})\n"


def test_home_stays_taken_by_what_outlives_a_killed_demo(place):
    demo = (
        "from pathlib import Path; "
        "from restore_safety.demo.processes import DemoInstance, household\n"
        f"place = DemoInstance(home=Path({str(place.home)!r}), port=1, "
        f"emulator_port={place.emulator_port})\n"
        "with household(place) as everything:\n"
        "    everything.start_emulator()\n"
        "    print(everything.running[0].process.pid, flush=True)\n"
        "    everything.watch(print)\n"
    )
    with subprocess.Popen([sys.executable, "-c", demo], stdout=subprocess.PIPE) as killed:
        emulator = int(killed.stdout.readline())
        killed.kill()

    with pytest.raises(HomeTakenError), household(place):
        pass
    os.kill(emulator, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while _is_taken(place) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_taken(place)


def test_taken_port_is_said_before_anything_starts(place):
    with socket.create_server(("127.0.0.1", place.port)), pytest.raises(PortTakenError) as taken:
        place.confirm_ports_free()

    assert str(taken.value).startswith(f"Port {place.port} is taken by another program.")


@pytest.mark.parametrize("of_emulator", [False, True])
def test_another_port_is_proposed_only_where_both_are_free(of_emulator):
    place = DemoInstance(home=Path(), port=64_900, emulator_port=emulator_port_of(64_900))
    next_one = emulator_port_of(65_000) if of_emulator else 65_000

    with (
        socket.create_server(("127.0.0.1", place.port)),
        socket.create_server(("127.0.0.1", next_one)),
        pytest.raises(PortTakenError) as taken,
    ):
        place.confirm_ports_free()

    assert str(taken.value) == (
        "Port 64900 is taken by another program. Choose others, for example with PORT=65100."
    )
