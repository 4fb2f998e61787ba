"""A request that got no answer, and is applied after a person looked: nothing is claimed of it."""

import time
from datetime import timedelta

import pytest

from tests.restore_safety.execution.scene import (
    CATALOG,
    COMPLIANCE,
    catalog,
    compliance,
    facts,
    id_of,
    only,
    to_group,
)

LATE_MS = 1_500
NOT_WRITTEN = {"failed", "not_started", "target_changed", "cancelled"}


@pytest.fixture(autouse=True)
def impatient(settings):
    """The client gives up long before the request is applied."""
    settings.GRAPH_TIMEOUT_SECONDS = 0.4


def is_applied(scene, method, ending):
    return any(asked == method and path.endswith(ending) for asked, path, _ in scene.applied())


def await_apply(scene, method, ending):
    """The late request is on its way whatever the run does, so it is applied in real time."""
    while not is_applied(scene, method, ending):
        time.sleep(0.05)


def worked(scene, run, method, ending):
    """Carry the run out; where it waits for what got no answer, that is applied meanwhile."""

    def sleep(seconds):
        if seconds > 5:
            await_apply(scene, method, ending)
        scene.clock.sleep(seconds)

    for _ in range(5):
        run = scene.work(run, sleep=sleep, turns=1)
        if run.ended_at is not None:
            break
        await_apply(scene, method, ending)
        scene.clock.ahead += timedelta(minutes=3)
    await_apply(scene, method, ending)
    return run


def late_then_refused(scene, method, path):
    """The first request is applied late; what is sent after it is refused, and never applied."""
    match = {"method": method, "path": path, "tenant": scene.guid}
    scene.control.set_faults(
        [
            {"match": match, "effect": {"latency_ms": LATE_MS}, "times": 1},
            {"match": match, "effect": {"status": 504}, "skip": 1},
        ]
    )


def test_an_update_that_is_applied_late_is_never_called_not_written(scene):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued((CATALOG, catalog()))
    late_then_refused(scene, "PUT", "configurationPolicies/")

    run = worked(scene, run, "PUT", id_of("Firewall"))

    assert only(run)[0] not in NOT_WRITTEN


def test_assignments_that_are_applied_late_are_never_called_not_written(scene):
    scene.fill((CATALOG, catalog()))
    assigned = {id_of("Firewall"): [to_group()]}.items()
    run = scene.queued((CATALOG, catalog()), assignments=assigned)
    late_then_refused(scene, "POST", "assign$")

    run = worked(scene, run, "POST", "assign")

    assert only(run)[0] not in NOT_WRITTEN


def test_a_policy_that_is_created_late_is_one_policy(scene):
    run = scene.queued((CATALOG, catalog()), (COMPLIANCE, compliance()))
    scene.fault({"latency_ms": LATE_MS}, path="configurationPolicies$", times=1)

    run = worked(scene, run, "POST", "configurationPolicies")

    held = scene.control.dump_tenant(scene.guid)["objects"][
        "deviceManagement/configurationPolicies"
    ]
    assert [one["name"] for one in held] == ["Firewall"]
    assert facts(run) == {
        "Passwords": ("created", "verified", "written"),
        "Firewall": ("created", "verified", "written"),
    }
