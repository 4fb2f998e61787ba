"""The check of pinned packages: it fails for what is vulnerable, and never passes off an audit."""

import json
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

FLAW = {"id": "PYSEC-2026-1", "fix_versions": ["6.1.4"], "aliases": [], "description": ""}


@pytest.fixture
def audit(monkeypatch, tmp_path):
    """The script, with something that answers like pip-audit in its place."""
    path = Path(__file__).parents[1] / ".ci/audit-dependencies"
    loader = SourceFileLoader("audit_dependencies", str(path))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    loader.exec_module(module)

    def answering(text):
        answer = tmp_path / "answer"
        answer.write_text(text)
        monkeypatch.setattr(module, "AUDIT", ("cat", str(answer)))
        return module

    return answering


def report(*packages):
    return json.dumps({"dependencies": packages, "fixes": []})


def test_a_vulnerable_package_fails_it_and_is_named(audit, capsys):
    sound = {"name": "httpx", "version": "1", "vulns": []}
    flawed = {"name": "django", "version": "6.1.3", "vulns": [FLAW]}

    assert audit(report(sound, flawed)).main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "Dependency audit: 1 known vulnerabilities in 2 packages.",
        "django 6.1.3: PYSEC-2026-1, fixed in 6.1.4",
    ]


def test_what_could_not_be_asked_about_is_said(audit, capsys):
    sound = {"name": "httpx", "version": "1", "vulns": []}
    unknown = {"name": "vine", "skip_reason": "Dependency not found"}

    assert audit(report(sound, unknown)).main() == 0
    assert capsys.readouterr().out.strip() == (
        "Dependency audit: 0 known vulnerabilities in 1 packages; 1 could not be asked about."
    )


@pytest.mark.parametrize(
    "text", ["", "<html>", "[]", report({"name": "vine", "skip_reason": "Dependency not found"})]
)
def test_an_audit_that_was_not_made_is_not_called_one(audit, capsys, text):
    assert audit(text).main() == 0
    assert "NOT MADE" in capsys.readouterr().out
