import os
import subprocess
import sys

import pytest
from django.conf import settings

from restore_safety.ports import UnusablePortError, emulator_port_of, others_than, port_of


@pytest.mark.parametrize("text", ["1", "8000", "65535"])
def test_a_port_is_taken_as_it_was_written(text):
    assert port_of(text) == int(text)


@pytest.mark.parametrize("text", ["0", "-1", "65536", "99999", "abc", "", "8000.5", "٨٠٠٠"])
def test_what_is_no_port_is_refused_with_what_to_do(text):
    with pytest.raises(UnusablePortError) as refused:
        port_of(text)

    assert str(refused.value) == (
        f"PORT is {text!r}, and no program can listen there. "
        "Set it to a whole number from 1 to 65535, for example PORT=8000."
    )


def test_the_emulator_always_has_a_port_of_its_own():
    ports = range(1, 65_536)

    assert [emulator_port_of(port) for port in (8000, 64_770, 64_771)] == [8765, 65_535, 64_006]
    assert [port for port in ports if not 0 < emulator_port_of(port) <= ports[-1]] == []


@pytest.mark.parametrize("port", [1, 8000, 65_000, 65_535])
def test_only_ports_that_anybody_can_open_are_proposed(port):
    proposed = list(others_than(port))

    assert proposed
    assert [one for one in proposed if not 1 <= one <= 65_535] == []
    assert [one for one in proposed if one < min(port, 1024)] == []
    assert port not in proposed


@pytest.mark.parametrize("port", ["abc", "-1", "0", "99999"])
def test_a_demo_on_no_port_ends_with_one_sentence(tmp_path, port):
    inherited = {key: value for key, value in os.environ.items() if key != "GRAPH_EMULATOR_URL"}
    answer = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=settings.BASE_DIR,
        env=inherited | {"RESTORE_SAFETY_HOME": str(tmp_path), "PORT": port},
        capture_output=True,
        check=False,
        text=True,
    )

    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == (
        f"PORT is {port!r}, and no program can listen there. "
        "Set it to a whole number from 1 to 65535, for example PORT=8000.\n"
    )
