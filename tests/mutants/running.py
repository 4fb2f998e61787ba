"""Each mutant before the truth tests, in a process of its own forked from one that is warm."""

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from multiprocessing.connection import wait
from pathlib import Path
from types import CodeType

import hypothesis
import pytest
import rfc8785

from tests.mutants.altering import Mutant

TESTS = Path("tests/restore_safety/truth")
# It reads the source itself, in which a mutant leaves no trace.
_SOURCE_READING = "test_purity.py"
_SECONDS = 120  # of computing, so that a busy machine finds out no mutant
_SURVIVED, _KILLED = 0, 10  # 1 is what Python itself leaves with after an error
_VERDICTS = {_SURVIVED, _KILLED, -signal.SIGPROF}
_FORK = multiprocessing.get_context("fork")


class UnfitTestsError(Exception):
    """The tests fail without any mutant, so they cannot judge one."""


class UnjudgedError(Exception):
    """No test found this mutant out and none let it pass: it is no program, or judging failed."""


class _MutantLoader(SourceFileLoader):
    def __init__(self, module: str, code: CodeType, path: str) -> None:
        super().__init__(module, path)
        self._code = code

    def get_code(self, fullname):
        return self._code


class _MutantFinder:
    """Finds the mutant where the module would be found."""

    def __init__(self, module: str, code: CodeType) -> None:
        self._module = module
        self._code = code

    def find_spec(self, name, path, target=None) -> ModuleSpec | None:
        if name != self._module:
            return None
        file = f"{next(iter(path))}/{name.rpartition('.')[2]}.py"
        loader = _MutantLoader(self._module, self._code, file)
        return spec_from_file_location(name, file, loader=loader)


def survivors(mutants: Iterable[Mutant]) -> Iterator[Mutant]:
    """Those that every test let pass, as they are found."""
    _prepare()
    unaltered = _started(None)
    unaltered.join()
    if unaltered.exitcode != _SURVIVED:
        raise UnfitTestsError("The truth tests fail as they are.")
    running: dict[int, tuple[multiprocessing.Process, Mutant]] = {}
    waiting = iter(mutants)
    while True:
        while len(running) < _workers() and (mutant := next(waiting, None)):
            process = _started(mutant)
            running[process.sentinel] = process, mutant
        if not running:
            return
        for sentinel in wait(list(running)):
            process, mutant = running.pop(sentinel)
            process.join()
            if process.exitcode not in _VERDICTS:
                raise UnjudgedError(f"No verdict (status {process.exitcode}): {mutant.name}")
            if process.exitcode == _SURVIVED:
                yield mutant


def _workers() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prepare() -> None:
    """Load all but truth itself, once for all; every mutant meets the same examples."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=50,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutants")
    rfc8785.dumps({})
    _passes(["--collect-only", str(TESTS / _SOURCE_READING)])


def _started(mutant: Mutant | None) -> multiprocessing.Process:
    process = _FORK.Process(target=_judge, args=(mutant,))
    process.start()
    return process


def _judge(mutant: Mutant | None) -> None:
    """Leave with the verdict; without one where the mutant does not even compile.

    What computes for too long is found out as well.
    """
    signal.setitimer(signal.ITIMER_PROF, _SECONDS)
    if mutant:
        sys.meta_path.insert(0, _MutantFinder(mutant.module, mutant.compiled()))
    has_survived = all(map(_passes, _rounds(mutant)))
    os._exit(_SURVIVED if has_survived else _KILLED)


def _passes(arguments: list[str]) -> bool:
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        return pytest.main([*_OPTIONS, *arguments]) == pytest.ExitCode.OK


_OPTIONS = [
    "--exitfirst",
    "--quiet",
    "--noconftest",  # the people and their tenants: truth knows none
    "--import-mode=importlib",
    "--config-file=/dev/null",
    "--rootdir=.",
    "--tb=no",
    "-pno:cacheprovider",
]


def _rounds(mutant: Mutant | None) -> list[list[str]]:
    """Each module answers for itself: what only the tests of another find out has survived.

    What the states are called is held for all modules at once.
    """
    own = f"test_{mutant.module.rpartition('.')[2]}" if mutant else "test_"
    files = sorted(file for file in TESTS.glob("test_*.py") if file.name != _SOURCE_READING)
    rounds = [[str(file)] for file in files if file.stem == own]
    rounds += [[str(file)] for file in files if file.stem.startswith(f"{own}_")]
    return [*rounds, [str(TESTS / "test_words.py")]] if mutant else [[str(file)] for file in files]
