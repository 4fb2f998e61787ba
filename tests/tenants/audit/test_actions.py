"""Every action the code records is in the one registry, in words, by the app that records it."""

import ast
import re

import pytest
from django.conf import settings

from operations.audit_actions import ACTIONS as OF_OPERATIONS
from restore_safety.audit_actions import ACTIONS as OF_RESTORE_SAFETY
from tenants.audit.actions import LABELS, ActionTakenError, label_of, register
from tenants.audit_actions import ACTIONS as OF_TENANTS

APPS = {
    "tenants": OF_TENANTS,
    "operations": OF_OPERATIONS,
    "restore_safety": OF_RESTORE_SAFETY,
}
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
# The admin makes its actions of a noun and an act.
ADMIN = {
    f"{noun}.{act}"
    for noun in ("person", "group", "workspace", "tenant")
    for act in ("added", "changed", "deleted")
} | {"second_factor.deleted", "account.deleted"}


def _literals(node):
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant)
        and isinstance(each.value, str)
        and ACTION.fullmatch(each.value)
    }


def _called(node):
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _actions_in(trees):
    """What is given to `audit.record`, or to a function that hands it on."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    recorded, handing_on = set(), set()
    for function in [node for node in nodes if isinstance(node, ast.FunctionDef)]:
        for call in [node for node in ast.walk(function) if isinstance(node, ast.Call)]:
            if _called(call) != "record":
                continue
            for keyword in call.keywords:
                if keyword.arg == "action" and not (found := _literals(keyword.value)):
                    handing_on.add(function.name)
                elif keyword.arg == "action":
                    recorded |= found
    for call in calls:
        if _called(call) in handing_on:
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            recorded |= set().union(*map(_literals, given))
    return recorded


def _recorded_in_code(apps=tuple(APPS)):
    files = [file for app in apps for file in sorted((settings.BASE_DIR / app).rglob("*.py"))]
    return _actions_in([ast.parse(file.read_text()) for file in files])


def test_every_action_in_the_code_has_a_label():
    recorded = _recorded_in_code()

    assert {"restore.queued", "write_gate.closed", "access.revoked", "operation.ended"} <= recorded
    assert recorded - set(LABELS) == set()


def test_every_label_has_an_action_in_the_code():
    assert set(LABELS) - _recorded_in_code() - ADMIN == set()


@pytest.mark.parametrize("app", APPS)
def test_app_registers_what_its_own_code_records(app):
    recorded = _recorded_in_code([app])

    assert recorded
    assert recorded - set(APPS[app]) == set()


def test_registry_is_what_the_apps_registered():
    assert sum(map(len, APPS.values())) == len(LABELS)
    assert set().union(*APPS.values()) == set(LABELS)


def test_action_has_one_meaning():
    with pytest.raises(ActionTakenError, match=r"operation\.queued"):
        register({"operation.queued": ("Other", "{who} queued something else")})

    assert label_of("operation.queued") == "Operation queued"


def test_labels_tell_actions_apart():
    assert len(set(LABELS.values())) == len(LABELS)
    assert all(ACTION.fullmatch(action) for action in LABELS)


@pytest.mark.parametrize(
    ("action", "label"),
    [("restore.queued", "Restore queued"), ("restore.long_gone", "Restore long gone")],
)
def test_action_of_another_time_is_spelt_out(action, label):
    assert label_of(action) == label
