"""The contract of the pages, as its tests read it: operations, schemas, and what a page shows."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4

import yaml
from django.urls import reverse
from jsonschema import Draft202012Validator, FormatChecker

from restore_safety.truth.fingerprint import fingerprint_of

PATH = Path(__file__).parents[2] / "docs" / "contracts" / "restore-safety.openapi.yaml"
CONTRACT = yaml.safe_load(PATH.read_text())
SCHEMAS = CONTRACT["components"]["schemas"]
METHODS = ("get", "post")


def operations():
    """Each operation of the contract: its id, path, method, and what it says."""
    for path, item in CONTRACT["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
                yield operation["operationId"], path, method, operation | {"parameters": parameters}


OPERATIONS = {name: (path, method, operation) for name, path, method, operation in operations()}


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


def controls_of(answer, form):
    shown = Controls(answer.text).forms[form]
    return {name: value for name, value in shown if name != "csrfmiddlewaretoken"}, shown


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
