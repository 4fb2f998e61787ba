"""No worker hands its own machine's time to the lifecycle."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("operations", "restore_safety")
# What decides or writes leases, and what is given a clock to do so.
LEASED = {"Heartbeat", "patient", "holding", "liveness_of"}


def own_times(source):
    """The lines where a machine's own time goes into a call that leases rest on."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and is_leased(node.func)
        for argument in [*node.args, *(one.value for one in node.keywords)]
        if "timezone.now" in ast.unparse(argument)
    ]


def is_leased(function):
    if isinstance(function, ast.Attribute):
        return isinstance(function.value, ast.Name) and function.value.id in {
            "lifecycle",
            "reconciliation",
        }
    return isinstance(function, ast.Name) and function.id in LEASED


@pytest.mark.parametrize(
    "source",
    [
        "lifecycle.start(run_id=run_id, now=timezone.now())",
        "reconciliation.reconcile(now=timezone.now())",
        "lifecycle.renew(lease=lease, now=timezone.now() + more)",
        "Heartbeat(lease, clock=timezone.now)",
        "liveness_of(run, timezone.now())",
    ],
)
def test_own_time_is_noticed(source):
    assert own_times(source) == [1]


def test_nothing_that_leases_rest_on_is_given_the_machines_time():
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        for line in own_times(path.read_text(encoding="utf-8"))
    ]

    assert found == []


@pytest.mark.parametrize(
    "name", ["lifecycle", "reconciliation", "working", "liveness", "views", "pages"]
)
def test_operations_know_the_databases_time_alone(name):
    assert "timezone.now" not in (ROOT / "operations" / f"{name}.py").read_text(encoding="utf-8")
