"""`manage.py document` writes what documents take from the code, and finds what differs."""

import shutil

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from restore_safety.documentation.documents import DOCUMENTS

DOCS = settings.BASE_DIR / "docs"
FIELD = "| `joined_at` | moment, may be empty, default `now()` |"


@pytest.fixture
def folder(tmp_path):
    """A copy of the documents that have generated parts."""
    for name in DOCUMENTS:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(DOCS / name, tmp_path / name)
    return tmp_path


def change(file, old, new):
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


def test_documents_are_those_of_the_code(capsys):
    call_command("document", check=True)

    assert capsys.readouterr().out == "No difference.\n"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("data-model.md", FIELD, FIELD.replace("moment", "text")),
        ("data-model.md", "| `denied` | Denied |", "| `denied` | Refused |"),
        ("contracts/restore-safety.openapi.yaml", "enum: [checks, preview]", "enum: [checks]"),
        ("contracts/api.openapi.json", '"openapi": "3.1.0"', '"openapi": "3.0.0"'),
    ],
)
def test_changed_document_is_found_and_written_anew(folder, capsys, name, old, new):
    change(folder / name, old, new)

    with pytest.raises(CommandError, match=rf"Differs from the code: {name}\. Run make docs\."):
        call_command("document", check=True, folder=folder)
    assert new in (folder / name).read_text()
    call_command("document", folder=folder)

    assert capsys.readouterr().out == f"Written: {name}\n"
    assert old in (folder / name).read_text()


def test_meanings_that_people_wrote_are_kept(folder, capsys):
    meaning = "when it was made; empty for memberships older than this column"
    change(folder / "data-model.md", meaning, "since when")

    call_command("document", folder=folder)

    assert capsys.readouterr().out == "No difference.\n"
    assert f"{FIELD} since when |" in (folder / "data-model.md").read_text()


def test_table_that_was_taken_out_is_named(folder):
    change(folder / "data-model.md", "<!-- generated: fields of tenants.Tenant -->\n", "")

    with pytest.raises(CommandError, match=r"of data-model.md: missing: fields of tenants.Tenant"):
        call_command("document", check=True, folder=folder)
