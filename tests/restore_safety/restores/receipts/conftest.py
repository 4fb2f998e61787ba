"""A restore that ran on the emulator, and its receipt."""

import importlib.util
from functools import lru_cache

import pytest
from django.conf import settings

from restore_safety.restores.receipts.issuing import issue
from tests.restore_safety.execution import conftest as execution
from tests.restore_safety.execution.scene import (
    CATALOG,
    COMPLIANCE,
    GONE,
    GROUP,
    catalog,
    compliance,
    to_group,
)

scene = execution.scene
VERIFIER = settings.BASE_DIR / "restore_safety" / "restores" / "receipts" / "verify_receipt.py"
HOSTILE = (
    '<script>alert(1)</script> \u202egnp.exe =cmd|"/C calc" \U0001f512\ue000 \x7f\u2028 ' + "é" * 99
)


def load_verifier():
    """The verifier as a module of its own, as nothing of the product imports it."""
    spec = importlib.util.spec_from_file_location("verify_receipt", VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # Most alterations leave the signature as it is, and judging one takes milliseconds in Python.
    module.is_signed = lru_cache(maxsize=1000)(module.is_signed)
    return module


verifier = load_verifier()


def report_on(text, wanted=""):
    return verifier.verify(verifier.read(text.encode()), wanted=wanted)


@pytest.fixture
def ended(scene):
    """A restore that created one policy, updated another, and left a third in part."""
    live = compliance("Passwords", hours=24)
    backup = (
        (CATALOG, catalog(HOSTILE)),
        (COMPLIANCE, compliance("Passwords")),
        (CATALOG, catalog("Without its group")),
    )
    scene.fill((COMPLIANCE, live))
    assignments = [
        (backup[0][1]["id"], [to_group(GROUP)]),
        (backup[2][1]["id"], [to_group(GONE)]),
    ]
    return scene.work(scene.queued(*backup, assignments=assignments))


@pytest.fixture
def receipt(issued_receipt):
    """The receipt's text."""
    return issued_receipt


@pytest.fixture
def issued_receipt(ended, operator):
    return "".join(issue(actor=operator, run=ended))


_TEXTS = []


@pytest.fixture
def text_of_a_receipt(request):
    """The text of one receipt, issued once: for tests that ask nothing of the restore itself."""
    if not _TEXTS:
        _TEXTS.append(request.getfixturevalue("issued_receipt"))
    return _TEXTS[0]
