"""docs/data-model.md says what is stored: what is not generated is held against the code."""

import dataclasses
import re
from datetime import datetime
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse

from operations.models import COUNT_KEYS
from restore_safety.backups.unread import Unread
from restore_safety.documentation.blocks import last_cells
from restore_safety.documentation.closed_sets import LISTED_ELSEWHERE
from restore_safety.models import DraftChange
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.policies.completeness import Completeness
from restore_safety.policies.diff.paths import DiffPath
from restore_safety.policies.impact import Impact, summary_of
from restore_safety.policies.requests import PlannedRequest
from restore_safety.truth.evidence import EVIDENCE_SCHEMA_VERSION
from restore_safety.truth.fingerprint import FINGERPRINT_VERSION
from restore_safety.truth.mapping import MappingEntry
from restore_safety.truth.scope import AssignmentMode, ConflictPolicy, Scope, ScopeMode
from restore_safety.truth.snapshot import (
    SNAPSHOT_SCHEMA_VERSION,
    ApprovalMark,
    EvidenceMark,
    FreezeOverride,
    ScopeSummary,
)
from restore_safety.truth.target import Target
from tenants.graph.fence import WritePurpose
from tenants.models import AuditEvent
from tenants.models.audit_hash import HASH_VERSION
from tenants.models.scoping import TenantOwned
from tests.restore_safety.factories_runs import (
    NOW,
    EvidenceFactory,
    FindingFactory,
    PlanItemFactory,
    RestoreItemFactory,
    RestoreRunFactory,
    snapshot_of,
)

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "data-model.md").read_text()
APPS = ("tenants", "operations", "restore_safety")


def section(title, *, level=2):
    """What stands under a heading, up to the next one of its rank or above."""
    _head, _, rest = PAGE.partition(f"\n{'#' * level} {title}\n")
    assert rest, f"no heading {title!r}"
    return re.split(rf"\n#{{1,{level}}} ", rest)[0]


def table(text):
    """The first table of a text without its head, cell by cell; code marks are taken off."""
    lines = text.splitlines()
    first = next((place for place, line in enumerate(lines) if line.startswith("|")), None)
    if first is None:
        return []
    rows = []
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(tuple(cell.strip().replace("`", "") for cell in line.strip("|").split(" | ")))
    return rows


def headings(text, *, level=3):
    """The names in code marks that the headings of this rank begin with."""
    return re.findall(rf"^#{{{level}}} `([^`]+)`", text, re.MULTILINE)


def models_of(app):
    return {model.__name__: model for model in apps.get_app_config(app).get_models()}


DOCUMENTED_MODELS = [name for app in APPS for name in headings(section(f"Rows of {app}"))]


def test_every_generated_row_says_something():
    silent = [
        (name, *row)
        for name, body in generated()
        if name != "audit actions"
        for row, said in last_cells(body).items()
        if len(said) < 10
    ]

    assert silent == []


def generated():
    """The generated tables of the page, by name."""
    return re.findall(r"<!-- generated: (.+?) -->\n(.+?)<!-- end -->", PAGE, re.DOTALL)


def test_every_model_says_who_writes_it_and_what_never_changes():
    told = {name: " ".join(section(f"`{name}`", level=3).split()) for name in DOCUMENTED_MODELS}

    silent = [
        name
        for name, text in told.items()
        if not ("*Written by*" in text and "*Never changes*" in text)
    ]

    assert silent == []


def test_rows_of_a_tenant_are_marked_and_no_others_are():
    marked = {
        name for name in DOCUMENTED_MODELS if "*Of a tenant.*" in section(f"`{name}`", level=3)
    }

    assert marked == {
        name
        for app in APPS
        for name, model in models_of(app).items()
        if issubclass(model, TenantOwned)
    }


def test_every_model_stands_in_the_diagram():
    diagram = PAGE.partition("```mermaid")[2].partition("```")[0]

    drawn = set(re.findall(r"\b[A-Z][A-Za-z]+\b", re.sub(r'"[^"]*"', "", diagram)))

    assert drawn == {name for app in APPS for name in models_of(app)}


def test_every_line_of_the_diagram_is_a_relation_of_the_code():
    diagram = PAGE.partition("```mermaid")[2].partition("```")[0]
    drawn = {
        (parent, child, field)
        for parent, child, field in re.findall(r'(\w+) \S+ (\w+) : "?(\w+)"?', diagram)
    }

    related = {
        (field.related_model.__name__, name, field.name)
        for app in APPS
        for name, model in models_of(app).items()
        for field in (*model._meta.fields, *model._meta.many_to_many)
        if field.related_model
    }
    assert drawn
    assert drawn - related == set()


def test_set_that_another_page_has_is_named():
    assert all(f"`{name}`" in section("Closed sets") for name in LISTED_ELSEWHERE)


def documents():
    """The headings of the JSON documents: the column each stands in, and its version."""
    return re.findall(
        r"^### `([^`]+)`, version (\S+)$", section("Documents inside rows"), re.MULTILINE
    )


def document(column):
    """The keys of a document with their types, as its table has them."""
    text = section("Documents inside rows").partition(f"\n### `{column}`")[2].partition("\n### ")[0]
    return {key: kind for key, kind, _ in table(text)}


def test_every_json_column_has_its_document_and_no_other_has():
    columns = {column.partition("[")[0] for column, _ in documents()}

    assert columns == {
        f"{name}.{field.name}"
        for app in APPS
        for name, model in models_of(app).items()
        for field in model._meta.fields
        if isinstance(field, models.JSONField)
    }


def test_versions_are_those_the_code_writes():
    told = dict(documents())

    assert told[f'RestoreRun.metadata["{SNAPSHOT_KEY}"]'] == str(SNAPSHOT_SCHEMA_VERSION)
    assert told["CapturedEvidence.scope"] == FINGERPRINT_VERSION
    assert told["AuditEvent.detail"] == HASH_VERSION
    assert f"`schema_version` {EVIDENCE_SCHEMA_VERSION}" in section("Capture markers", level=3)


TYPES = {
    "text": lambda value: isinstance(value, str),
    "number": lambda value: type(value) is int,
    "yes or no": lambda value: isinstance(value, bool),
    "moment": lambda value: datetime.fromisoformat(value).utcoffset() is not None,
    "list of text": lambda value: all(isinstance(one, str) for one in value),
    "list of number": lambda value: all(isinstance(one, int) for one in value),
    "list of triples": lambda value: all(len(one) == 3 for one in value),
    "object": lambda value: isinstance(value, dict),
}


def _is_of(kind, value):
    wanted, _, empty = kind.partition(", may be ")
    return (value is None and empty == "null") or TYPES[wanted](value)


SCOPE = Scope(
    target=Target(tenant="1", cloud="global", directory="2"),
    backup_set="a",
    backup_digest="sha256:b",
    mode=ScopeMode.SELECTED,
    items=frozenset({"1"}),
    mapping=(MappingEntry.normal("group", "2", "3"),),
    assignment_mode=AssignmentMode.REPLACE,
    conflict_policy=ConflictPolicy.UPDATE,
    include_foundations=False,
    undoes="4",
)


def _write():
    body = '{"name":"Firewall"}'
    return PlannedRequest(
        id="1:1",
        purpose=WritePurpose.CREATE,
        method="POST",
        version="beta",
        path="a/b",
        body=body,
        binds="1",
    ).to_json()


WRITTEN = {
    "CapturedEvidence.scope": SCOPE.to_json,
    "BackupItem.completeness": lambda: Completeness(settings_expected=2).to_json(),
    "BackupSet.unreadable": lambda: Unread(name="A", reason="B").to_json(),
    "PlanItem.writes": _write,
    "PlanItem.impact": Impact().to_json,
    "CapturedEvidence.impact": lambda: summary_of([]),
    "PlanItem.changes": lambda: DiffPath().element("Firewall").row("off", "on"),
}


@pytest.mark.parametrize("column", WRITTEN)
def test_document_has_the_keys_and_types_its_table_says(column):
    written, told = WRITTEN[column](), document(column)

    assert list(told) == list(written)
    assert [key for key, value in written.items() if not _is_of(told[key], value)] == []


@pytest.mark.django_db
def test_snapshot_has_the_keys_and_types_its_tables_say():
    run = RestoreRunFactory()
    checks = EvidenceFactory(draft=run.draft, kind="checks", plan_hash="")
    approval = ApprovalMark(request_id="1", approver_id="2", approver_name="Mia", approved_at=NOW)
    override = FreezeOverride(windows=(1,), reason="The plant stands still")
    written = dataclasses.replace(
        snapshot_of(run, checks=checks),
        undoes=str(run.pk),
        starts_at=NOW,
        approval=approval,
        break_glass="Nobody else is here",
        freeze_override=override,
    ).to_json()
    told = document(f'RestoreRun.metadata["{SNAPSHOT_KEY}"]')

    assert list(told) == list(written)
    assert [key for key, value in written.items() if not _is_of(told[key], value)] == []
    inside = section("Documents inside rows")
    mark = EvidenceMark.of("1", checks.to_truth()).to_json()
    for title, parts in (
        ("Evidence mark", mark),
        ("Counts of an evidence mark", mark["counts"]),
        ("Scope summary", ScopeSummary.of(SCOPE).to_json()),
        ("Approval mark", approval.to_json()),
        ("Freeze override", override.to_json()),
    ):
        rows = table(inside.partition(f"\n#### {title}\n")[2].partition("\n#")[0])
        assert {key for key, _, _ in rows} == set(parts)
        assert [key for key, kind, _ in rows if not _is_of(kind, parts[key])] == []


def test_counts_of_an_operation_are_the_whitelist():
    told = document("OperationRun.summary_counts")

    assert list(told) == list(COUNT_KEYS)
    assert set(told.values()) == {"number"}


def test_markers_and_ledger_lines_are_columns_of_their_rows():
    fields = {field.name for field in models_of("restore_safety")["CapturedEvidence"]._meta.fields}
    markers = [name for name, _, _ in table(section("Capture markers", level=3))]
    ledger = [name for name, _ in table(section("Ledger entries", level=3))]

    assert set(markers) <= fields
    assert ledger == [
        field.name
        for field in DraftChange._meta.fields
        if field.name not in {"id", "tenant", "draft"}
    ]


@pytest.mark.django_db
def test_rows_written_by_factories_keep_to_the_small_documents():
    found = FindingFactory(subjects=[{"id": "1", "name": "A"}]).subjects[0]
    item = RestoreItemFactory(plan_item=PlanItemFactory(absence={"listed": 1, "same_name_ids": []}))

    assert set(document("Finding.subjects")) == set(found)
    missing = FindingFactory(missing=[{"kind": "group", "id": "1"}]).missing[0]
    assert set(document("Finding.missing")) == set(missing)
    assert set(document("PlanItem.absence")) == set(item.plan_item.absence)


def test_what_a_restore_leaves_in_the_trail_has_the_keys_told(world):
    rows = table(section("Documents inside rows").partition("\n### `AuditEvent.detail`")[2])
    told = {action: set(re.findall(r"[a-z_]+", keys)) for action, _, keys in rows}
    draft = world.draft()
    world.queue(draft, typed_name="")
    world.queued(draft)
    run, browser = world.run(), world.by("operator")
    for act, values in (("acknowledge", {"note": "Known."}), ("rerun", {}), ("follow-up", {})):
        browser.post(reverse(f"restores:run-{act}", args=[run.pk]), values)
    browser.get(reverse("restores:run-items-csv", args=[run.pk])).getvalue()

    # Every refusal in a workspace names its page, whatever the action.
    recorded = {event.action: set(event.detail) - {"page"} for event in AuditEvent.objects.all()}

    assert len(recorded) > 6
    assert {
        action: keys - told[action] for action, keys in recorded.items() if keys - told[action]
    } == {}
