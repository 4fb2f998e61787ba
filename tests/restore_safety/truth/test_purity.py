import ast
import pkgutil
import sys
from pathlib import Path

import pytest

import restore_safety.truth

FOLDER = Path(restore_safety.truth.__path__[0])
MODULES = sorted(module.name for module in pkgutil.iter_modules([str(FOLDER)]))
# Pure itself, and shared with the lower apps.
SHARED = {"tenants.canonical_json"}
ALLOWED = {"restore_safety", *sys.stdlib_module_names}
IMPURE = {"time", "random", "os", "io", "logging", "socket", "pathlib", "uuid", "secrets"}


def _imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("name", MODULES)
def test_module_imports_only_what_is_pure(name):
    imported = set(_imported(ast.parse((FOLDER / f"{name}.py").read_text())))
    roots = {module.partition(".")[0] for module in imported - SHARED}
    own = {module for module in imported if module.startswith("restore_safety")}

    assert roots <= ALLOWED - IMPURE
    assert all(module.startswith("restore_safety.truth.") for module in own)


@pytest.mark.parametrize("name", MODULES)
def test_module_asks_no_clock(name):
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}

    assert called & {"now", "utcnow", "today", "timestamp"} == set()


@pytest.mark.parametrize("name", MODULES)
def test_dataclasses_are_frozen_slotted_and_by_keyword(name):
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    written = [
        ast.unparse(decorator)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
    ]

    assert set(written) <= {"dataclass(frozen=True, slots=True, kw_only=True)"}
