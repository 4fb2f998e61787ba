"""Nothing but the lifecycle and the reconciliation writes the state of an operation run."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("operations", "restore_safety", "tenants")
WRITERS = [ROOT / "operations" / name for name in ("lifecycle.py", "reconciliation.py")]
STATE = {
    "status",
    "outcome",
    "lease_token",
    "lease_expires_at",
    "heartbeat_at",
    "attempts",
    "started_at",
    "ended_at",
    "cancel_requested_at",
}
WRITES = {
    "save",
    "asave",
    "create",
    "acreate",
    "bulk_create",
    "update",
    "aupdate",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}


class Writers(ast.NodeVisitor):
    """Collects the lines that write state to what is, or is named like, an operation run."""

    def __init__(self, *, every_name):
        self.every_name = every_name  # inside operations/ any name may be a run
        self.runs = set()
        self.lines = []

    def is_run(self, node):
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        parts = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
        return (
            "OperationRun" in names
            or (bool(names & self.runs) and "restore_run" not in parts)
            or any("operation" in name for name in names | parts)
        )

    def visit_arg(self, node):
        if node.annotation is not None and "OperationRun" in ast.unparse(node.annotation):
            self.runs.add(node.arg)

    def visit_Assign(self, node):
        for target in node.targets:
            self._targeted(target)
            if isinstance(target, ast.Name) and "OperationRun" in ast.unparse(node.value):
                self.runs.add(target.id)
        self.generic_visit(node)

    def visit_AugAssign(self, node):
        self._targeted(node.target)
        self.generic_visit(node)

    def visit_Call(self, node):
        function = node.func
        if isinstance(function, ast.Name) and function.id == "OperationRun":
            self.lines.append(node.lineno)
        if (
            isinstance(function, ast.Attribute)
            and function.attr in WRITES
            and self.is_run(function.value)
        ):
            self.lines.append(node.lineno)
        self.generic_visit(node)

    def _targeted(self, target):
        for part in ast.walk(target):
            if not isinstance(part, ast.Attribute) or part.attr not in STATE:
                continue
            if self.every_name or self.is_run(part.value):
                self.lines.append(part.lineno)


def writing_lines(source, *, every_name=False):
    found = Writers(every_name=every_name)
    found.visit(ast.parse(source))
    return found.lines


@pytest.mark.parametrize(
    "source",
    [
        "operation_run.status = 'completed'",
        "restore.operation_run.outcome = 'failed'",
        "def end(run: OperationRun):\n    run.status = 'completed'",
        "def end(run: OperationRun | None):\n    run.save(update_fields=['status'])",
        "run = OperationRun.objects.get(pk=1)\nrun.attempts += 1",
        "OperationRun.objects.filter(pk=1).update(status='completed')",
        "tenant.operation_runs.live().update(outcome='failed')",
        "OperationRun.objects.create(status='running')",
        "OperationRun(status='running')",
        "a, operation.status = 1, 'running'",
    ],
)
def test_a_second_writer_is_noticed(source):
    assert writing_lines(source) != []


@pytest.mark.parametrize(
    "source",
    [
        "run.status = 'completed'",
        "RestoreRun.objects.update(status='completed')",
        "status = operation_run.status",
        "run.operation_run = queue()\nrun.save(update_fields=['operation_run'])",
        "def follow_up(run: OperationRun):\n    run.restore_run.status = 'completed'",
    ],
)
def test_what_is_no_operation_run_is_left_alone(source):
    assert writing_lines(source) == []


def test_lifecycle_and_reconciliation_are_the_only_writers():
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if path not in WRITERS and "migrations" not in path.parts
        for line in writing_lines(path.read_text(encoding="utf-8"), every_name=app == "operations")
    ]

    assert found == []
    assert all(writing_lines(writer.read_text(encoding="utf-8")) for writer in WRITERS)
