"""The generated tables of docs/data-model.md: fields of rows, constraints, and audit actions."""

from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from functools import partial
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AbstractUser
from django.db import models

from restore_safety.documentation import closed_sets
from restore_safety.documentation.blocks import Block, last_cells, table
from tenants.audit.actions import LABELS
from tenants.models.scoping import TenantOwned

APPS = ("tenants", "operations", "restore_safety")
_KINDS: dict[type, str] = {
    models.BooleanField: "yes or no",
    models.CharField: "text",
    models.DateTimeField: "moment",
    models.DurationField: "duration",
    models.FileField: "file",
    models.ForeignKey: "→",
    models.JSONField: "JSON",
    models.ManyToManyField: "→ many",
    models.OneToOneField: "→ one",
    models.PositiveBigIntegerField: "number",
    models.PositiveIntegerField: "number",
    models.PositiveSmallIntegerField: "number",
    models.SlugField: "slug",
    models.TextField: "text",
    models.TimeField: "time",
    models.UUIDField: "UUID",
}


def blocks() -> dict[str, Block]:
    """Return every generated table of the page by the name in its markers."""
    sets = closed_sets.found(APPS)
    named: dict[str, Block] = {
        f"fields of {model._meta.label}": partial(_fields, model, sets) for model in documented()
    }
    named |= {
        f"members of {app}.{name}": partial(closed_sets.members, members)
        for (app, name), members in sets.items()
        if name not in closed_sets.WITHOUT_A_TABLE
    }
    return named | {"constraints": _constraints, "audit actions": _audit_actions}


def documented() -> Iterator[type[models.Model]]:
    """Return the models of the three apps."""
    for app in APPS:
        yield from apps.get_app_config(app).get_models()


def fields_of(model: type[models.Model]) -> list[closed_sets.AnyField]:
    """Return the fields that have a row, in the order of the model.

    The page says once, for all models, what a surrogate key is, what the tenant of an owned row is,
    and what Django keeps of a person.
    """
    of_django = {field.name for field in AbstractUser._meta.get_fields()}
    return [
        field
        for field in (*model._meta.fields, *model._meta.many_to_many)
        if not isinstance(field, models.BigAutoField)
        and not (issubclass(model, TenantOwned) and field.name == "tenant")
        and not (issubclass(model, AbstractUser) and field.name in of_django)
    ]


def _fields(model: type[models.Model], sets: closed_sets.Sets, current: str) -> str:
    kept = last_cells(current)
    rows = [
        (name := f"`{field.name}`", _kind(field, sets), kept.get((name,)) or str(field.help_text))
        for field in fields_of(model)
    ]
    return table(("field", "what it is", "meaning"), rows)


def _kind(field: closed_sets.AnyField, sets: closed_sets.Sets) -> str:
    words = _KINDS[type(field)]
    if isinstance(field.related_model, type):
        words += f" {field.related_model.__name__}"
    elif field.choices:
        words = f"one of {closed_sets.name_of(field, sets)}"
    elif field.max_length and not isinstance(field, models.FileField):
        words += f" ≤ {field.max_length}"
    rule = getattr(field.remote_field, "on_delete", None)
    notes = (
        rule.__name__ if rule else "",
        "key" if field.primary_key else "",
        "unique" if field.unique and not (field.primary_key or field.one_to_one) else "",
        "may be empty" if field.null else "",
        f"default {_default(field.default)}" if field.default not in _SAYS_NOTHING else "",
    )
    return ", ".join([words, *filter(None, notes)])


_SAYS_NOTHING = (models.NOT_PROVIDED, None, "")


def _default(value: Any) -> str:
    if callable(value):
        return f"`{value.__name__}()`"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return f"{value // timedelta(hours=1)} hours"
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _constraints(current: str) -> str:
    kept = last_cells(current, keys=2)
    rows = [
        (
            constraint.name,
            model.__name__,
            "unique" if isinstance(constraint, models.UniqueConstraint) else "check",
            ", ".join(getattr(constraint, "fields", ())) or "-",
            kept.get((constraint.name, model.__name__), ""),
        )
        for model in documented()
        for constraint in model._meta.constraints
    ]
    return table(("constraint", "model", "kind", "over", "what holds"), rows)


def _audit_actions(current: str) -> str:
    kept = last_cells(current)
    rows = [(action, label, kept.get((action,), "")) for action, label in sorted(LABELS.items())]
    return table(("action", "shown as", "keys"), rows)
