"""The table of faults names a test for each promise; each is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/reliability.md").read_text()
ROWS = [
    line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| fault |")
]
PROOF = re.compile(r"\| `(tests/[\w/]+\.py)::(test_\w+)` \|$")


def test_every_promise_is_whole():
    """Fault, promise and what is seen are said, and a test is named."""
    assert [row for row in ROWS if not PROOF.search(row) or row.count("|") != 5] == []
    assert len(ROWS) > 30


@pytest.mark.parametrize("row", ROWS)
def test_proof_is_there(row):
    file, name = PROOF.search(row).groups()
    tree = ast.parse((ROOT / file).read_text())

    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
