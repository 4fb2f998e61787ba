"""The threat model names a test for each answer; each is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)` \|$", re.MULTILINE)
TEXT = (ROOT / "docs/threat-model.md").read_text()
PROOFS = PROOF.findall(TEXT)


def test_every_threat_has_a_proof():
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and "threat |" not in line]

    assert len(PROOFS) == len(rows)
    assert len(rows) > 30


@pytest.mark.parametrize(("file", "name"), PROOFS, ids=[f"{file}::{name}" for file, name in PROOFS])
def test_proof_is_there(file, name):
    tree = ast.parse((ROOT / file).read_text())

    tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert name in tests
