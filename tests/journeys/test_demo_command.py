"""The demo as a person starts it, and as a machine does."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from restore_safety.demo.headless import OUTSIDE
from restore_safety.demo.processes import DemoInstance, free_port
from restore_safety.demo.seed import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
BASELINE = ROOT.parent / "shared/data/openintunebaseline-windows"
DEMO = [sys.executable, "manage.py", "demo"]


def processes_of(home):
    """The processes that belong to the home, by what their environment says."""
    mark = f"RESTORE_SAFETY_HOME={home}".encode()
    return [
        folder.name
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and mark in _environment(folder).split(b"\0")
    ]


def _environment(folder):
    try:
        return (folder / "environ").read_bytes()
    except OSError:
        return b""


def worker_of(home):
    """The main process of the demo's worker."""
    for pid in sorted(processes_of(home), key=int):
        command = (Path("/proc") / pid / "cmdline").read_bytes().split(b"\0")
        if b"worker" in command:
            return int(pid)
    raise AssertionError("no worker runs")


def test_killed_worker_is_started_again_and_ctrl_c_ends_every_process(tmp_path):
    place = DemoInstance(home=tmp_path, port=free_port(), emulator_port=free_port())
    # Whatever database the suite runs on, the demo brings its own.
    inherited = {key: value for key, value in os.environ.items() if key not in OUTSIDE}
    environment = inherited | place.environment
    errors = tmp_path / "errors.txt"
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            DEMO, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as demo,
    ):
        said = []
        for line in demo.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                break
        killed = worker_of(tmp_path)
        os.kill(killed, signal.SIGKILL)
        log = tmp_path / "logs" / "worker.log"
        deadline = time.monotonic() + 60
        while log.read_text().count(" ready.") < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        is_alive = demo.poll() is None
        again = worker_of(tmp_path)
        alive = processes_of(tmp_path)
        demo.send_signal(signal.SIGINT)
        code = demo.wait(timeout=30)

    greeting = "".join(said)
    assert f"Open       {place.url}/" in greeting
    assert f"Password   {PASSWORD}" in greeting
    assert is_alive
    assert again != killed
    assert f"The worker ended with code -9 and is started again (1 of 5); see {log}" in (
        errors.read_text()
    )
    assert len(alive) > 3
    assert code == 0
    time.sleep(0.2)
    assert processes_of(tmp_path) == []


def test_walk_without_a_person_writes_everything_once_and_then_nothing(tmp_path):
    walk = subprocess.run(
        [*DEMO, "--headless"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )

    assert walk.returncode == 0, walk.stderr
    first, second = map(json.loads, walk.stdout.splitlines())
    numbers = ("items", "created", "unchanged", "failed", "verified", "not_comparable")
    # What is left to people stays in the tenant; all else is taken out of it.
    assert [first[key] for key in numbers] == [66, 61, 5, 0, 64, 2]
    assert [second[key] for key in (*numbers, "writes")] == [66, 0, 66, 0, 64, 2, 0]
    for report in (first, second):
        assert report["restore_status"] == "completed"
        # Of two policies Graph never answers the documents.
        assert report["attention"] == "completed_with_follow_up"
        assert report["operation_outcome"] == "partially_succeeded"
        assert report["snapshot"]["confirmed_tenant"] == "Contoso"
        assert report["seconds"] > 0
    assert first["writes"] > first["items"]


@pytest.mark.skipif(not BASELINE.is_dir(), reason="the real export is not beside this checkout")
def test_walk_of_a_real_export_reads_back_everything_it_wrote():
    """Verified is what was written; that it asks for more, as here, is told beside it."""
    walk = subprocess.run(
        [*DEMO, "--headless", "--backup", str(BASELINE)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert walk.returncode == 0, walk.stderr
    told = [json.loads(line) for line in walk.stdout.splitlines()]
    numbers = ("items", "created", "unchanged", "failed", "verified", "writes")
    assert [[one[key] for key in numbers] for one in told] == [
        [70, 70, 0, 0, 70, 70],
        [70, 0, 70, 0, 70, 0],
    ]
