import json

import pytest
from django.core.management import CommandError, call_command

from restore_safety.models import BackupSet
from tests.restore_safety.backups.policies import catalog, fill, written

CATALOG = "deviceManagement/configurationPolicies"


def test_import_backup_prints_one_json_object(tmp_path, tenant, capsys):
    files = {"1.json": written(catalog()), "2.json": b"{", "README.md": b""}

    call_command("import_backup", fill(tmp_path, files), tenant=tenant.slug, json=True)

    backup_set = BackupSet.objects.get()
    assert json.loads(capsys.readouterr().out) == {
        "backup_set": str(backup_set.pk),
        "items": 1,
        "found": 2,
        "unreadable": [
            {"name": "2.json", "reason": "not valid JSON at line 1, column 2"},
            {"name": "README.md", "reason": "not a backup file: it is neither JSON nor YAML"},
        ],
        "digest": backup_set.digest,
        "by_type": {"configurationPolicies": 1},
    }


def test_import_backup_tells_people_what_it_kept_and_what_not(tmp_path, tenant, capsys):
    files = {"1.json": written(catalog()), "2.json": b"{"}

    call_command("import_backup", fill(tmp_path, files), tenant=tenant.slug, label="Nightly")

    backup_set = BackupSet.objects.get()
    assert capsys.readouterr().out.splitlines() == [
        "Kept 1 policy of 2 found as “Nightly”:",
        "         Configuration",
        "      1  Settings catalog policies",
        "Left out, by name and reason (1):",
        "         2.json: not valid JSON at line 1, column 2",
        f"Backup set {backup_set.pk}",
        f"Digest {backup_set.digest}",
    ]


def test_import_backup_refuses_in_words(tmp_path, tenant):
    with pytest.raises(CommandError, match="There is nothing to import"):
        call_command("import_backup", tmp_path / "absent", tenant=tenant.slug)
    with pytest.raises(CommandError, match="There is no tenant “nowhere”"):
        call_command("import_backup", tmp_path, tenant="nowhere")


@pytest.mark.parametrize("command", [("import_backup", "absent"), ("capture_backup",)])
def test_a_refusal_is_one_json_object_too(command, tenant, capsys):
    with pytest.raises(CommandError) as refused:
        call_command(*command, tenant=tenant.slug, json=True)
    with pytest.raises(CommandError):
        call_command(*command, tenant="nowhere", json=True)

    assert refused.value.returncode == 1
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"error": str(refused.value)},
        {"error": "There is no tenant “nowhere”."},
    ]


def test_capture_backup_captures_in_the_foreground(directory, tenant, capsys):
    policy = {name: catalog()[name] for name in ("id", "name", "platforms", "technologies")}
    directory(objects={CATALOG: [policy | {"settings": []}]})

    call_command("capture_backup", tenant=tenant.slug, json=True)

    assert json.loads(capsys.readouterr().out)["by_type"] == {"configurationPolicies": 1}


def test_capture_backup_refuses_in_words(tenant):
    with pytest.raises(CommandError, match="is not connected"):
        call_command("capture_backup", tenant=tenant.slug)
    with pytest.raises(CommandError, match="There is no tenant “nowhere”"):
        call_command("capture_backup", tenant="nowhere")
