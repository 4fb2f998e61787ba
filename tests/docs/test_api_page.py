"""docs/api.md says how scripts use the product: its scopes, addresses and exit codes are true."""

import json
import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, execute_from_command_line

from tenants.models.token_scopes import TokenScope
from tests.restore_safety.restores.receipts.conftest import verifier

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text()
DOCUMENT = json.loads((ROOT / "docs" / "contracts" / "api.openapi.json").read_text())


def rows(head):
    """The cells of the table under this head, code marks taken off."""
    table = PAGE.partition(head)[2].partition("\n\n")[0]
    return [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in table.splitlines()[2:]
    ]


def test_every_scope_is_documented():
    assert [row[0] for row in rows("| scope | what it is for |")] == [*TokenScope]


def test_every_address_of_the_walk_is_one():
    walked = {
        re.sub(r"\$\(.*", "{id}", re.sub(r"\$\w+", "{id}", path))
        for path in re.findall(r'\$api(/[^"?\s]*)', PAGE)
    }

    known = {re.sub(r"\{\w+\}", "{id}", path.removeprefix("/api/v1")) for path in DOCUMENT["paths"]}
    assert walked - known == set()
    assert len(walked) == 10


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("import_backup", ["nowhere.zip", "--tenant", "contoso"]),
        ("import_backup", ["nowhere.zip", "--tenant", "nowhere"]),
        ("capture_backup", ["--tenant", "contoso"]),
        ("sync_directory", ["contoso"]),
        ("create_tenant", ["--workspace", "W", "--name", "Contoso", "--slug", "contoso"]),
        ("grant_role", ["nobody", "owner", "--tenant", "contoso"]),
        ("grant_role", ["operator", "king", "--tenant", "contoso"]),
    ],
)
def test_refusal_ends_with_one(tenant, operator, command, arguments):
    with pytest.raises(CommandError) as refused:
        call_command(command, *arguments)

    assert refused.value.returncode == 1


def test_trail_that_cannot_be_checked_ends_with_two(tenant):
    with pytest.raises(CommandError) as refused:
        call_command("verify_audit", workspace="nowhere")

    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    "command",
    [
        command
        for command in (row[0].split()[0] for row in rows("| command | exit 0"))
        if command != "verify_receipt.py"
    ],
)
def test_wrong_arguments_end_with_two(command):
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", command, "--no-such-option"])

    assert ended.value.code == 2


def test_wrong_arguments_of_the_verifier_end_with_two():
    answer = subprocess.run(
        [sys.executable, ROOT / verifier.__file__, "--no-such-option"],
        capture_output=True,
        check=False,
    )

    assert answer.returncode == 2


def test_every_command_is_documented():
    folders = ("tenants", "operations", "restore_safety")
    files = {
        file.stem
        for app in folders
        for file in (ROOT / app / "management" / "commands").glob("[a-z]*.py")
    }

    told = {row[0].split()[0] for row in rows("| command | exit 0")}

    assert files - told == set()
    assert told - files == {"verify_receipt.py"}


# One interpreter for all of them: each asks a database that has no tables.
WITHOUT_TABLES = {
    "import_backup docs --tenant contoso": 1,
    "capture_backup --tenant contoso": 1,
    "sync_directory contoso": 1,
    "create_tenant --workspace W --name Contoso --slug contoso": 1,
    "grant_role ada owner --tenant contoso": 1,
    "issue_receipt 6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c": 1,
    "rotate_credentials": 1,
    "verify_audit": 2,
    "verify_audit --json": 2,
}
EACH_IN_TURN = """
import contextlib, io, json, os, sys
from django.core.management import execute_from_command_line

os.environ["DJANGO_SETTINGS_MODULE"] = "restore_safety.settings"
for command in json.load(sys.stdin):
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            code = execute_from_command_line(["manage.py", *command.split()]) or 0
        except SystemExit as ended:
            code = ended.code
    print(json.dumps([code, out.getvalue(), errors.getvalue().splitlines()]))
"""


def test_database_without_tables_is_one_line_each(tmp_path):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith(("_URL", "_SERVICES"))
    }
    answer = subprocess.run(
        [sys.executable, "-c", EACH_IN_TURN],
        cwd=ROOT,
        env=kept | {"RESTORE_SAFETY_HOME": str(tmp_path)},
        input=json.dumps([*WITHOUT_TABLES]),
        capture_output=True,
        check=True,
        text=True,
    )
    answers = dict(zip(WITHOUT_TABLES, map(json.loads, answer.stdout.splitlines()), strict=True))

    assert {command: code for command, (code, _, _) in answers.items()} == WITHOUT_TABLES
    assert {len(lines) for _, _, lines in answers.values()} == {1}
    assert all(
        "The database could not be used: no such table: " in line
        for _, _, (line,) in answers.values()
    )
    assert json.loads(answers["verify_audit --json"][1])["verdict"] == "unchecked"


def keys_told(command):
    """The words in code marks of the paragraph on this command's JSON."""
    paragraph = PAGE.partition(f"`{command}")[2].partition("\n\n")[0]
    return set(re.findall(r"`(\w+)`", paragraph))


def test_keys_of_the_reports_are_told(tenant):
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", json=True, stdout=out)
    of_trail = json.loads(out.getvalue())
    rotated = StringIO()
    call_command("rotate_credentials", json=True, stdout=rotated)

    assert of_trail["chains"] != []
    assert of_trail.keys() | of_trail["chains"][0].keys() <= keys_told("verify_audit --json")
    assert json.loads(rotated.getvalue()).keys() <= keys_told("rotate_credentials --json")


def test_keys_of_a_receipt_s_report_are_told():
    unreadable = verifier.verify({"records": []})
    findings = unreadable["findings"]

    told = keys_told("verify_receipt.py RECEIPT")
    assert unreadable.keys() | findings[0].keys() <= told
    assert {finding["fault"] for finding in findings} <= told
