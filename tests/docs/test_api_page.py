"""docs/api.md says how scripts use the product: its scopes, addresses and exit codes are true."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tenants.token_scopes import TokenScope

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


def test_every_scope_is_told():
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


@pytest.mark.parametrize("command", [row[0].split()[0] for row in rows("| command | exit 0")])
def test_wrong_arguments_end_with_two(command):
    answer = subprocess.run(  # noqa: S603 -- this interpreter, with a command of our own
        [sys.executable, "manage.py", command, "--no-such-option"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )

    assert answer.returncode == 2
