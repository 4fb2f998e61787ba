"""A mutant is found out or survives; what is neither ends the whole run."""

import pytest

from tests.mutants import running
from tests.mutants.altering import Mutant
from tests.mutants.running import UnfitTestsError, UnjudgedError, survivors


def _mutant(source):
    def compiled():
        return compile(source, "<mutant>", "exec")

    return Mutant(module="made_up.lights", name=source, line=1, compiled=compiled)


@pytest.fixture
def passing(monkeypatch):
    """Which rounds of tests pass is for the test to say; none of them is run."""

    def passing(rounds):
        monkeypatch.setattr(running, "_prepare", lambda: None)
        monkeypatch.setattr(running, "_rounds", lambda mutant: rounds[mutant and mutant.name])
        monkeypatch.setattr(running, "_passes", lambda passed: passed)

    return passing


def test_what_every_test_lets_pass_has_survived(passing):
    passing({None: [True], "kept = 1": [True, True], "found = 1": [True, False]})

    assert [one.name for one in survivors(map(_mutant, ["kept = 1", "found = 1"]))] == ["kept = 1"]


def test_what_does_not_compile_is_not_counted_as_found_out(passing, capfd):
    passing({None: [True], "for": [False]})

    with pytest.raises(UnjudgedError, match=r"No verdict \(status 1\): for"):
        list(survivors([_mutant("for")]))
    assert "SyntaxError" in capfd.readouterr().err


def test_tests_that_fail_by_themselves_judge_nothing(passing):
    passing({None: [True, False], "kept = 1": [True]})

    with pytest.raises(UnfitTestsError, match="fail as they are"):
        list(survivors([_mutant("kept = 1")]))
