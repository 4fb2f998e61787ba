"""Undo of a restore: the state before comes back, what was created goes, and nothing else does."""

import pytest

from tests.restore_safety.execution.scene import (
    CATALOG,
    COMPLIANCE,
    SCRIPTS,
    catalog,
    compliance,
    facts,
    id_of,
    script,
    to_group,
)
from tests.restore_safety.execution.undoing import content_of, undone

pytestmark = pytest.mark.django_db


def test_an_undo_brings_the_state_before_back(scene):
    live = [
        (CATALOG, catalog("Firewall", value=0)),
        (COMPLIANCE, compliance("Passwords", hours=24)),
    ]
    scene.fill(*live, assignments={id_of("Firewall"): [to_group()]})
    before = content_of(scene)
    run = scene.work(
        scene.queued(
            (CATALOG, catalog("Firewall", value=1)),
            (COMPLIANCE, compliance("Passwords", hours=12)),
            (CATALOG, catalog("Defender")),
            (SCRIPTS, script()),
            assignments={id_of("Defender"): [to_group()], id_of("Firewall"): []},
        )
    )
    assert run.status == "completed"
    assert content_of(scene) != before

    undo = undone(scene, run)

    assert content_of(scene) == before
    assert facts(undo) == {
        "Firewall": ("updated", "verified", "written"),
        "Passwords": ("updated", "verified", "written"),
        "Defender": ("deleted", "verified", "written"),
        "Cleanup": ("deleted", "verified", "written"),
    }
    assert undo.status == "completed"
