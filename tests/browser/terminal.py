"""What is typed into a terminal beside the demo."""

import os
import shlex
import subprocess
import sys

from restore_safety.demo.headless import OUTSIDE
from tests.browser.quickstart import ROOT


def type_in(demo, line):
    """Run a line of ours where the demo lives."""
    command = shlex.split(line)
    assert command[:2] == [".venv/bin/python", "manage.py"]
    subprocess.run(
        [sys.executable, *command[1:]],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if key not in OUTSIDE}
        | demo.place.environment,
        check=True,
        capture_output=True,
    )
