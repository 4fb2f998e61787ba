"""The forms and filters of the contract are those of the code and of the pages."""

import re

import pytest
from django import forms
from django.urls import reverse

from operations.filters import RunFilter
from restore_safety.restores.filters import DraftFilter, RestoreFilter, RestoreItemFilter
from restore_safety.restores.forms import AcknowledgementForm
from restore_safety.wizard.forms import BackupForm, ConfirmForm, ScopeForm
from restore_safety.wizard.mapping_editor import MappingEditor
from tests.docs.contract import OPERATIONS, SCHEMAS, Controls, controls_of, problems, resolved, step
from tests.restore_safety.factories_runs import DraftFactory


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
    names, controls = controls_of(page, form)
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
