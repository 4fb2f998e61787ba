"""docs/contracts/restore-safety.openapi.yaml is what the product does, shown by real requests."""

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import fields as fields_of
from datetime import datetime
from enum import Enum
from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from django import forms
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from operations.filters import RunFilter
from operations.models import COUNT_KEYS, OperationRun
from restore_safety.documentation.page_contract import CLOSED_SETS
from restore_safety.drafts.scope_changes import ChangeEntry, EvidenceLink, LedgerEntry
from restore_safety.models import RestoreRun
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.restores.filters import DraftFilter, RestoreFilter, RestoreItemFilter
from restore_safety.restores.forms import AcknowledgementForm
from restore_safety.restores.records import RecordAct
from restore_safety.truth.attention import (
    ItemFact,
    ResultAttention,
)
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.integrity import Integrity
from restore_safety.truth.safety import (
    ExecutionReadiness,
    Gate,
    Issue,
    SafetyAssessment,
)
from restore_safety.truth.scope import (
    ScopeChange,
)
from restore_safety.truth.snapshot import EvidenceMark, ExecutionSnapshot, ScopeSummary
from restore_safety.wizard.forms import BackupForm, ConfirmForm, ScopeForm
from restore_safety.wizard.mapping_editor import MappingEditor
from restore_safety.wizard.pages.frame import STEP_LABELS
from tenants.models import AuditEvent
from tests.restore_safety.factories_runs import ApprovalRequestFactory, DraftFactory, broad
from tests.sign_ins import signed_in

PATH = Path(__file__).parents[2] / "docs" / "contracts" / "restore-safety.openapi.yaml"
CONTRACT = yaml.safe_load(PATH.read_text())
SCHEMAS = CONTRACT["components"]["schemas"]
FORM = "application/x-www-form-urlencoded"
METHODS = ("get", "post")

# Words of an address, a button or a file: held by the filters, pages and files that use them.
SPOKEN = {
    "RestoreKind",
    "RestoreKindChoice",
    "FollowUpChoice",
    "ArchiveChoice",
    "ItemAttentionChoice",
    "ItemVerificationChoice",
    "WhoseChoice",
    "SuccessorForm",
    "StepAction",
    "ConfirmAction",
}
VALUES = {
    "ExecutionSafetySnapshot": ExecutionSnapshot,
    "EvidenceMark": EvidenceMark,
    "ScopeSummary": ScopeSummary,
    "ResultAttention": ResultAttention,
    "ItemFact": ItemFact,
    "Integrity": Integrity,
    "ScopeChange": ScopeChange,
    "SafetyAssessment": SafetyAssessment,
    "ExecutionReadiness": ExecutionReadiness,
    "ReadinessGate": Gate,
    "Issue": Issue,
    "ChangeEntry": ChangeEntry,
    "EvidenceLink": EvidenceLink,
    "LedgerEntry": LedgerEntry,
}


def operations():
    """Each operation of the contract: its id, path, method, and what it says."""
    for path, item in CONTRACT["paths"].items():
        for method in METHODS:
            if method in item:
                told = item[method]
                parameters = [*item.get("parameters", ()), *told.get("parameters", ())]
                yield told["operationId"], path, method, told | {"parameters": parameters}


OPERATIONS = {name: (path, method, told) for name, path, method, told in operations()}


def resolved(part):
    """The part itself, or what it refers to."""
    while "$ref" in part:
        found = CONTRACT
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found | {key: value for key, value in part.items() if key != "$ref"}
    return part


def problems(value, schema):
    """What the contract's schema has against a value."""
    whole = {"allOf": [schema], "components": CONTRACT["components"]}
    checker = Draft202012Validator(whole, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(value)]


def nodes(part):
    """Every object of the document."""
    if isinstance(part, dict):
        yield part
        for inner in part.values():
            yield from nodes(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from nodes(inner)


# The document


def test_contract_is_valid_openapi():
    assert list(OpenAPIV31SpecValidator(CONTRACT).iter_errors()) == []


def test_every_reference_is_used():
    used = {part["$ref"] for part in nodes(CONTRACT) if "$ref" in part}
    named = {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "responses", "parameters")
        for name in CONTRACT["components"][kind]
    }
    for_readers = {f"#/components/schemas/{one}" for one in ("ExecutionSafetySnapshot", "Refusal")}

    assert named - used == for_readers


def test_every_object_is_closed():
    objects = [part for part in nodes(SCHEMAS) if "properties" in part and "type" in part]

    assert objects
    assert [part for part in objects if part.get("additionalProperties") is not False] == []


def routes(resolver=None, prefix="/"):
    """Every route of restores and operations, as the contract writes an address, with its name.

    The steps of the wizard share one route and have an address each.
    """
    for pattern in (resolver or get_resolver()).url_patterns:
        where = f"{prefix}{pattern.pattern}"
        if not isinstance(pattern, URLPattern):
            yield from routes(pattern, where)
            continue
        if where.startswith(("/restores/", "/operations/")):
            address = re.sub(r"<\w+:(\w+)>", r"{\1}", where)
            steps = STEP_LABELS if "{step}" in address else [""]
            for step in steps:
                yield address.replace("{step}", step)


def test_addresses_are_those_of_the_product():
    assert sorted(routes()) == sorted(CONTRACT["paths"])


FILLING = {
    "draft_id": str(uuid4()),
    "run_id": str(uuid4()),
    "item_id": "1",
    "kind": "checks",
    "act": "archive",
    "evidence_id": str(uuid4()),
    "request_id": str(uuid4()),
}


def filled(path, **values):
    return path.format(**FILLING | values)


@pytest.mark.parametrize("path", CONTRACT["paths"])
def test_methods_are_those_the_address_takes(sign_in, operator, path):
    answer = sign_in(operator).patch(filled(path))

    assert answer.status_code == 405
    allowed = set(answer["Allow"].lower().split(", ")) - {"head", "options"}
    assert allowed == CONTRACT["paths"][path].keys() & set(METHODS)


@pytest.mark.django_db
@pytest.mark.parametrize("name", OPERATIONS)
def test_who_is_not_signed_in_is_sent_to_sign_in(client, name):
    path, method, _ = OPERATIONS[name]

    answer = getattr(client, method)(filled(path))

    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in/")


@pytest.mark.parametrize("name", [name for name, one in OPERATIONS.items() if one[1] == "post"])
def test_form_without_its_token_is_refused(operator, name):
    browser = Client(enforce_csrf_checks=True)
    signed_in(browser, operator)

    assert browser.post(filled(OPERATIONS[name][0])).status_code == 403


# Closed sets


def test_every_closed_set_is_held_by_something():
    sets = {name for name, schema in SCHEMAS.items() if "enum" in schema}
    inline = [part for part in nodes(CONTRACT) if "enum" in part]

    assert sets == {*CLOSED_SETS, *SPOKEN}
    assert len(inline) == len(sets)


def test_counts_have_the_keys_of_the_whitelist():
    assert tuple(SCHEMAS["SummaryCounts"]["properties"]) == COUNT_KEYS


# What a value is kept with only where there is something to keep.
SOMETIMES = {
    "ExecutionSafetySnapshot": {
        "undoes",
        "starts_at",
        "approval",
        "break_glass",
        "freeze_override",
    },
}


@pytest.mark.parametrize("name", VALUES)
def test_value_has_the_fields_of_the_code(name):
    stored = {field.name for field in fields_of(VALUES[name])}
    told = set(SCHEMAS[name]["properties"])

    assert stored <= told
    assert {extra for extra in told - stored if not hasattr(VALUES[name], extra)} == set()
    assert set(SCHEMAS[name]["required"]) == told - SOMETIMES.get(name, set())


# Forms


def django_forms(tenant):
    """The form behind each form schema, and the prefix its fields are posted under."""
    draft = DraftFactory(tenant=tenant)
    return {
        "BackupForm": (BackupForm(tenant=tenant), "backup"),
        "ScopeForm": (ScopeForm(editor=MappingEditor(draft)), "scope"),
        "ConfirmForm": (ConfirmForm(acknowledgements=(), tenant=tenant), ""),
        "AcknowledgementForm": (AcknowledgementForm(), ""),
    }


@pytest.mark.parametrize("name", ["BackupForm", "ScopeForm", "ConfirmForm", "AcknowledgementForm"])
def test_form_has_the_fields_limits_and_choices_of_the_code(tenant, name):
    form, prefix = django_forms(tenant)[name]
    schema = SCHEMAS[name]

    told = {}
    for field_name, field in form.fields.items():
        posted = f"{prefix}-{field_name}" if prefix else field_name
        told[posted] = field
        said = resolved(schema["properties"][posted])
        assert said.get("maxLength") == getattr(field, "max_length", None)
        assert (said["type"] == "array") == isinstance(field, forms.MultipleChoiceField)
        if type(field) is forms.ChoiceField:
            assert said["enum"] == [value for value, _ in field.choices]

    required = {posted for posted, field in told.items() if field.required}
    assert required == set(schema.get("required", ()))


class Controls(HTMLParser):
    """The controls of a page's forms that post somewhere: names, and the values of buttons."""

    def __init__(self, page):
        super().__init__()
        self.forms = {}
        self._form = None
        self._outside = []
        self.feed(page)
        self.close()
        for form_id, name in self._outside:
            self.forms.setdefault(form_id, []).append(name)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self._form = said.get("id", said.get("action", ""))
            self._posts = said.get("method") == "post"
        elif tag in {"input", "select", "textarea", "button"} and said.get("name"):
            control = (said["name"], said.get("value", "") if tag == "button" else None)
            if "form" in said:
                self._outside.append((said["form"], control))
            elif self._form is not None and self._posts:
                self.forms.setdefault(self._form, []).append(control)

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None


def _controls(answer, form):
    shown = Controls(answer.text).forms[form]
    return {name: value for name, value in shown if name != "csrfmiddlewaretoken"}, shown


# By the page of a backup set, which knows its tenant; by the page that asks before it saves.
POSTED_ELSEWHERE = {
    "NewDraftForm": {"backup_set"},
    "BackupForm": {"agreed"},
    # An override is offered where a safeguard is in the way.
    "ConfirmForm": {"freeze_override", "break_glass", "break_glass_name"},
    # The state of conditional access policies is asked for where the backup holds some.
    "ScopeForm": {"agreed", "scope-conditional_access_state"},
}


def _form_page(world, name):
    draft = world.draft()
    browser = world.by("operator")
    match name:
        case "NewDraftForm":
            return browser.get("/restores/new/"), ""
        case "AcknowledgementForm":
            run = world.run()
            page = browser.get(reverse("restores:run-confirm", args=[run.pk, "acknowledge"]))
            return page, reverse("restores:run-acknowledge", args=[run.pk])
        case "ConfirmForm":
            return browser.get(step(draft, "confirm")), "confirm-form"
        case "EvidenceForm":
            return browser.get(step(draft, "checks")), step(draft, "checks")
        case _:
            where = name.removesuffix("Form").lower()
            return browser.get(step(draft, where)), "step-form"


@pytest.mark.parametrize(
    "name",
    [
        "NewDraftForm",
        "BackupForm",
        "ScopeForm",
        "EvidenceForm",
        "ConfirmForm",
        "AcknowledgementForm",
    ],
)
def test_page_posts_what_the_form_schema_says(world, name):
    page, form = _form_page(world, name)
    names, controls = _controls(page, form)
    schema = SCHEMAS[name]
    patterns = schema.get("patternProperties", {})

    fixed = {one for one in names if not any(re.search(key, one) for key in patterns)}
    assert fixed == set(schema["properties"]) - POSTED_ELSEWHERE.get(name, set())
    assert all(any(re.search(key, one) for one in names) for key in patterns)
    buttons = [value for one, value in controls if one == "action"]
    if "action" in schema["properties"]:
        assert buttons
        assert [value for value in buttons if problems(value, schema["properties"]["action"])] == []


def test_confirming_and_rehearsing_are_the_two_buttons(world):
    page = world.by("operator").get(step(world.draft(), "confirm"))

    posted = Controls(page.text).forms
    pressed = {value for form in posted.values() for one, value in form if one == "action"}

    asking = {"ask", "break-glass"}
    assert pressed == set(SCHEMAS["ConfirmAction"]["enum"]) - asking

    world.tenant.needs_approval = True
    world.tenant.save()
    page = world.by("owner").get(step(world.draft(), "confirm"))

    posted = Controls(page.text).forms
    pressed = {value for form in posted.values() for one, value in form if one == "action"}
    assert pressed == asking | {"dry-run"}


# Filters

FILTERS = {
    "listRestores": (RestoreFilter, {"sort", "page"}),
    "listDrafts": (DraftFilter, {"sort", "page"}),
    "showRestore": (RestoreItemFilter, {"sort", "page", "trail"}),
    "exportItemsAsCsv": (RestoreItemFilter, set()),
    "exportItemsAsJson": (RestoreItemFilter, set()),
    "listOperations": (RunFilter, {"sort", "page"}),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters_are_those_of_the_address(name):
    filters, beside = FILTERS[name]
    parameters = [resolved(one) for one in OPERATIONS[name][2]["parameters"]]
    told = {one["name"]: resolved(one["schema"]) for one in parameters if one["in"] == "query"}

    assert set(told) == {*filters.base_filters, *beside}
    for parameter, schema in told.items():
        choices = getattr(filters.base_filters.get(parameter), "extra", {}).get("choices")
        assert schema.get("enum") == (choices and [value for value, _ in choices])


# Answers


def step(draft, name):
    return reverse("restores:draft-step", args=[draft.pk, name])


def run_at(run, name, *args):
    return reverse(f"restores:run-{name}", args=[run.pk, *args])


def operation_at(run, name):
    return reverse(f"operations:run-{name}", args=[run.pk])


def posted(draft, name, **changes):
    values = {f"draft-{draft.pk}-current_step": name, "action": "continue"}
    if name in {"backup", "scope"}:
        values["seen"] = fingerprint_of(draft.to_truth())
    if name == "backup":
        values["backup-backup_set"] = str(draft.backup_set_id or "")
    if name == "scope":
        values |= {
            "scope-mode": "all",
            "scope-conflict_policy": "update",
            "scope-assignment_mode": "replace",
            "scope-include_foundations": "on",
        }
    return values | changes


def draft_address(draft, path):
    captured = draft.evidence.first()
    return path.format(draft_id=draft.pk, kind="checks", evidence_id=captured and captured.pk)


def run_address(run, path):
    path = path.replace("{run_id}", str(run.pk)).replace("{act}", "archive")
    item = getattr(run, "items", None)
    return path.replace("{item_id}", str(item.first().pk if item else 1))


def _request(world):
    return ApprovalRequestFactory(draft=world.draft())


def kept_from(world, path):
    """An address of something that exists, whichever kind it is of."""
    if "{draft_id}" in path:
        return draft_address(world.draft(), path)
    if "{request_id}" in path:
        return path.replace("{request_id}", str(_request(world).pk))
    if path.startswith("/operations/"):
        return run_address(world.operation(), path)
    return run_address(world.run(), path)


SCENARIOS = {
    ("listRestores", "200"): lambda w: (w.run(), w.by("operator").get("/restores/"))[1],
    ("listDrafts", "200"): lambda w: (w.draft(), w.by("operator").get("/restores/drafts/"))[1],
    ("chooseTenant", "200"): lambda w: w.by("operator").get("/restores/new/"),
    ("openDraft", "302"): lambda w: w.by("operator").post(
        "/restores/new/", {"tenant": "contoso", "backup_set": str(w.backup_set.pk)}
    ),
    ("openDraft", "403"): lambda w: w.by("auditor").post("/restores/new/", {"tenant": "contoso"}),
    ("openDraft", "404"): lambda w: w.by("outsider").post("/restores/new/", {"tenant": "contoso"}),
    ("resumeDraft", "302"): lambda w: w.by("operator").get(f"/restores/drafts/{w.draft().pk}/"),
    ("showBackupStep", "200"): lambda w: w.by("operator").get(step(w.draft(), "backup")),
    ("showBackupStep", "302"): lambda w: w.by("operator").get(step(w.submitted(), "backup")),
    ("showScopeStep", "302"): lambda w: w.by("operator").get(
        step(w.draft(), "scope"), {"sent": "scope"}
    ),
    ("showChecksStep", "302"): lambda w: w.by("operator").get(
        step(w.draft(backup=False), "checks")
    ),
    ("showPreviewStep", "302"): lambda w: w.by("operator").get(
        step(w.draft(backup=False), "preview")
    ),
    ("showConfirmStep", "302"): lambda w: w.by("operator").get(step(w.submitted(), "confirm")),
    ("chooseBackup", "200"): lambda w: _post_step(w, "backup", **{"backup-backup_set": "x"}),
    ("changeScope", "200"): lambda w: _post_step(w, "scope", **{"scope-mode": "some"}),
    ("confirmHere", "302"): lambda w: _post_step(w, "confirm"),
    ("leaveChecks", "302"): lambda w: _post_step(w, "checks"),
    ("leavePreview", "302"): lambda w: _post_step(w, "preview"),
    ("captureNotArrived", "302"): lambda w: w.by("operator").get(_capture(w.draft())),
    ("startCapture", "302"): lambda w: w.by("operator").post(_capture(w.draft())),
    ("queueNotArrived", "302"): lambda w: w.by("operator").get(
        reverse("restores:draft-queue", args=[w.draft().pk])
    ),
    ("queueRestore", "302"): lambda w: w.queue(w.draft()),
    ("queueRestore", "409"): lambda w: w.queue(w.draft(), typed_name="Contoso?"),
    ("askToDiscard", "200"): lambda w: w.by("operator").get(_discard(w.draft())),
    ("askToDiscard", "302"): lambda w: w.by("operator").get(_discard(w.submitted())),
    ("discardDraft", "302"): lambda w: w.by("operator").post(_discard(w.draft())),
    ("showRestoreProgress", "200"): lambda w: w.by("operator").get(
        run_at(w.running(), "progress"), headers={"HX-Request": "true"}
    ),
    ("acknowledgeFollowUp", "200"): lambda w: w.by("operator").post(
        run_at(w.run(), "acknowledge"), {"note": ""}
    ),
    ("acknowledgeFollowUp", "302"): lambda w: w.by("operator").post(
        run_at(w.run(), "acknowledge"), {"note": "Known."}
    ),
    ("issueReceipt", "200"): lambda w: w.by("auditor").get(
        reverse("restores:run-receipt-file", args=[w.provable().pk])
    ),
    ("issueReceipt", "302"): lambda w: w.by("auditor").get(
        reverse("restores:run-receipt-file", args=[w.running().pk])
    ),
    ("unarchive", "302"): lambda w: w.by("manager").post(run_at(w.archived(), "unarchive")),
    ("decideOnApproval", "302"): lambda w: w.by("manager").post(
        f"/restores/approvals/{_request(w).pk}/decide/", {"decision": "approve", "reason": "Seen"}
    ),
    ("withdrawApproval", "302"): lambda w: w.by("manager").post(
        f"/restores/approvals/{_request(w).pk}/withdraw/"
    ),
    ("deleteForGood", "302"): lambda w: w.by("manager").post(run_at(w.archived(), "delete")),
    ("listOperations", "200"): lambda w: (w.operation(), w.by("operator").get("/operations/"))[1],
    ("listNotifications", "200"): lambda w: (
        w.notice(w.run()),
        w.by("operator").get("/operations/notifications/"),
    )[1],
    ("markNotificationsRead", "302"): lambda w: w.by("operator").post(
        "/operations/notifications/read/"
    ),
    ("showOperation", "200"): lambda w: w.by("operator").get(
        operation_at(w.run().operation_run, "detail")
    ),
    ("showOperationProgress", "200"): lambda w: w.by("operator").get(
        operation_at(w.operation(running=True), "progress"), headers={"HX-Request": "true"}
    ),
}


def _post_step(world, name, **changes):
    draft = world.draft()
    return world.by("operator").post(step(draft, name), posted(draft, name, **changes))


def _capture(draft):
    return reverse("restores:draft-capture", args=[draft.pk, "checks"])


def _discard(draft):
    return reverse("restores:draft-discard", args=[draft.pk])


def answered(world, name, status):
    """The answer to a request of which the contract says that it has this status."""
    path, method, _ = OPERATIONS[name]
    if scenario := SCENARIOS.get((name, status)):
        return scenario(world)
    if status in {"403", "404"}:
        person = "outsider" if status == "404" else "auditor"
        return getattr(world.by(person), method)(kept_from(world, path))
    if status == "410":
        return getattr(world.by("operator"), method)(draft_address(world.discarded(), path))
    draft_steps = [one for one in STEP_LABELS if path.endswith(f"/{one}/")]
    if draft_steps and method == "post":
        return _post_step(world, draft_steps[0])
    person = "manager" if "{act}" in path or name == "archive" else "operator"
    return getattr(world.by(person), method)(kept_from(world, path))


ANSWERS = [(name, status) for name, one in OPERATIONS.items() for status in one[2]["responses"]]


@pytest.mark.parametrize(("name", "status"), ANSWERS, ids=str)
def test_address_answers_as_the_contract_says(world, name, status):
    told = resolved(OPERATIONS[name][2]["responses"][status])

    answer = answered(world, name, status)

    assert str(answer.status_code) == status
    for header, said in told.get("headers", {}).items():
        if said["required"]:
            assert problems(answer[header], said["schema"]) == []
    content = told.get("content", {})
    if content:
        assert answer["Content-Type"].partition(";")[0] in content
    for kind, body in content.items():
        _hold(answer, kind, body.get("schema"))


def test_every_scenario_is_of_an_answer_in_the_contract():
    assert set(SCENARIOS) - set(ANSWERS) == set()


def _hold(answer, kind, schema):
    if schema is None:
        return
    if kind == "text/html":
        assert problems(shown(answer.context, schema), schema) == []
    elif kind == "application/json":
        assert problems(json.loads(answer.getvalue()), schema) == []
    else:
        rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
        assert rows[0] == resolved(schema)["x-columns"]


def shown(value, schema):
    """What a page is given, cut to the names the schema has, as plain values."""
    schema = resolved(schema)
    if value is not None and "anyOf" in schema:
        return _as_one_of(value, schema["anyOf"])
    if value is not None and "properties" in schema:
        return dict(_parts(value, schema))
    if isinstance(schema.get("additionalProperties"), dict):
        inner = schema["additionalProperties"]
        return {str(key): shown(one, inner) for key, one in value.items()}
    if "prefixItems" in schema:
        parts = zip(value, schema["prefixItems"], strict=True)
        return [shown(one, part) for one, part in parts]
    if "items" in schema:
        return [shown(one, schema["items"]) for one in value]
    return _plain(value)


def _plain(value):
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def _as_one_of(value, choices):
    """As the first of the choices that it is; failing that, as the last that could be tried."""
    tried = None
    for choice in choices:
        try:
            tried = shown(value, choice)
        except AttributeError:
            continue
        if not problems(tried, choice):
            return tried
    return tried


def _parts(value, schema):
    """The named parts; what a mapping need not hold may be missing from it."""
    for name, part in schema["properties"].items():
        if not isinstance(value, Mapping) or name in value or name in schema.get("required", ()):
            yield name, shown(_part(value, name), part)


def _part(value, name):
    try:
        return value[name]
    except (KeyError, TypeError):
        return getattr(value, name)


# What no status tells


def test_same_confirmation_twice_is_one_restore(world):
    draft = world.draft()
    values = world.confirmation(draft)
    address = reverse("restores:draft-queue", args=[draft.pk])

    first, second = (world.by("operator").post(address, values) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert RestoreRun.objects.count() == 1


def test_snapshot_of_a_queued_restore_keeps_to_its_schema(world):
    run = world.queued(world.draft())

    stored = run.metadata[SNAPSHOT_KEY]

    assert problems(stored, {"$ref": "#/components/schemas/ExecutionSafetySnapshot"}) == []
    assert stored["acknowledged_warnings"] == [broad("1")]
    assert problems(stored | {"payload": {}}, SCHEMAS["ExecutionSafetySnapshot"])


def test_refusal_is_named_on_the_page_and_in_the_trail(world):
    answer = world.queue(world.draft(), typed_name="", reason="", acknowledged=[])

    event = AuditEvent.objects.get(action="restore.refused")
    assert answer.status_code == 409
    assert len(answer.context["refusals"]) == 3
    assert problems(event.detail["condition"], SCHEMAS["Refusal"]) == []
    assert not RestoreRun.objects.exists()


def test_draft_queued_with_another_confirmation_leads_to_its_restore(world):
    draft = world.draft()
    late = world.confirmation(draft)
    run = world.queued(draft)

    answer = world.by("operator").post(reverse("restores:draft-queue", args=[draft.pk]), late)

    assert answer["Location"] == run_at(run, "detail")


@pytest.mark.parametrize("query", ["", "?attention=yes", "?outcome=failed&q=Pass", "?q=nothing"])
def test_json_export_keeps_to_its_schema_however_it_is_narrowed(world, query):
    run = world.run()
    world.by("operator").post(run_at(run, "acknowledge"), {"note": "Known."})

    document = json.loads(world.by("auditor").get(f"{run_at(run, 'items-json')}{query}").getvalue())

    assert problems(document, {"$ref": "#/components/schemas/ItemExport"}) == []
    assert problems(document | {"more": 1}, {"$ref": "#/components/schemas/ItemExport"})


def test_export_of_a_dry_run_says_so(world):
    run = world.run(facts=(), is_dry_run=True)
    kinds = set()
    for one in (run, world.run()):
        document = json.loads(world.by("auditor").get(run_at(one, "items-json")).getvalue())
        kinds.add(document["restore"]["kind"])

    assert kinds == set(SCHEMAS["RestoreKind"]["enum"])


def test_ended_restore_has_its_page_loaded_anew(world):
    address = run_at(world.run(), "progress")

    answer = world.by("operator").get(address, headers={"HX-Request": "true"})

    said = resolved(OPERATIONS["showRestoreProgress"][2]["responses"]["200"])["headers"]
    assert problems(answer["HX-Refresh"], said["HX-Refresh"]["schema"]) == []


@pytest.mark.parametrize("act", RecordAct)
def test_every_act_can_be_asked_for(world, act):
    page = world.by("manager").get(run_at(world.archived(), "confirm", act))

    assert problems(shown(page.context, {"$ref": "#/components/schemas/ActPage"}), ACT_PAGE) == []


ACT_PAGE = {"$ref": "#/components/schemas/ActPage"}


def _changed(world, draft, **consent):
    values = posted(draft, "scope", **{"scope-conflict_policy": "copy"}) | consent
    return world.by("operator").post(step(draft, "scope"), values)


def test_change_that_costs_evidence_asks_with_a_form_of_the_same_schema(world):
    draft = world.draft()

    asked = _changed(world, draft)

    names, controls = _controls(asked, "agreement")
    ask_page = {"$ref": "#/components/schemas/AskedPage"}
    assert problems(shown(asked.context, ask_page), ask_page) == []
    assert {"seen", "agreed"} <= set(names)
    schema = SCHEMAS["ScopeForm"]
    known = [*schema["properties"], *names]
    assert {one for one in names if one not in schema["properties"]} <= {
        one for one in known if any(re.search(key, one) for key in schema["patternProperties"])
    }
    assert [value for one, value in controls if one == "action"] == ["continue"]


def test_rail_tells_a_changed_scope(world):
    draft = world.draft()
    asked = _changed(world, draft).context["asked"]
    _changed(world, draft, agreed=asked.effect.agreement)

    page = world.by("operator").get(step(draft, "confirm"))

    rail = shown(page.context["page"], {"$ref": "#/components/schemas/Rail"})
    assert problems(rail, {"$ref": "#/components/schemas/Rail"}) == []
    assert rail["assessment"]["checks"]["state"] == "invalidated"
    assert [entry["cause"] for entry in rail["ledger"]] == ["conflict_policy_changed"]
    assert [one["label"] for one in rail["ledger"][0]["set_aside"]] == ["Checks", "Preview"]


def test_counts_the_lifecycle_takes_keep_to_their_schema(world):
    run = world.operation(completed=True, summary_counts=dict.fromkeys(COUNT_KEYS, 1))

    stored = OperationRun.objects.get(pk=run.pk).summary_counts

    assert problems(stored, SCHEMAS["SummaryCounts"]) == []
    assert problems(stored | {"payload": 1}, SCHEMAS["SummaryCounts"])
