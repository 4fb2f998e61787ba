"""What others do while a write or its comparison waits is seen before anything is sent."""

import time
from datetime import timedelta

import pytest

from operations import lifecycle
from operations.models import OperationRun
from restore_safety.models import RestoreWrite
from tenants.access import service as access
from tenants.models import Tenant, User
from tenants.models.capabilities import Role
from tests.restore_safety.execution.scene import (
    CATALOG,
    catalog,
    id_of,
    only,
    pass_by,
    to_group,
)

CATALOGS = "deviceManagement/configurationPolicies"
REFUSED = {"status": 429, "retry_after": 20}
ITEM = f"{CATALOGS}/[^/]+$"
ASSIGNED = {id_of("Firewall"): [to_group()]}.items()
MOVED = ("target_changed", "not_attempted", "target_moved")


def waiting(scene, run, act, *, path, method="POST"):
    """Carry the run out; its first write is throttled, and `act` happens during the wait."""
    scene.fault(REFUSED, path=path, method=method, times=1)
    acted = []

    def sleep(seconds):
        scene.clock.sleep(seconds)
        if not acted:
            acted.append(act())

    return scene.work(run, sleep=sleep)


def comparing(scene, run, act):
    """Carry the run out; a part of what is compared is answered late, and `act` happens before."""
    # The first reading is that of what is about to be replaced.
    scene.fault(REFUSED, method="GET", path="/assignments$", times=1, skip=1)
    acted = []

    def sleep(seconds):
        scene.clock.sleep(seconds)
        pass_by(seconds)
        # It sleeps in pieces; anything shorter is no wait that was asked for.
        if seconds > 4 and not acted:
            acted.append(act())

    ended = scene.work(run, sleep=sleep)
    assert acted
    return ended


def update(scene):
    scene.fill((CATALOG, catalog(value=2)))
    return scene.queued((CATALOG, catalog()))


def test_a_change_by_another_administrator_is_not_overwritten(scene):
    run = update(scene)

    run = waiting(
        scene,
        run,
        lambda: scene.change(CATALOG, id_of("Firewall"), description="Changed by another admin"),
        path=ITEM,
        method="PUT",
    )

    assert only(run) == MOVED
    assert scene.live(CATALOG)["Firewall"]["description"] == "Changed by another admin"
    assert scene.applied() == []


def test_a_policy_that_appeared_under_the_name_is_not_doubled(scene):
    run = scene.queued((CATALOG, catalog()))
    other = catalog(value=2) | {"id": id_of("another")}

    run = waiting(scene, run, lambda: scene.add(CATALOG, other), path=f"{CATALOGS}$")

    assert only(run) == MOVED
    assert scene.applied() == []


def test_a_gate_that_was_closed_keeps_the_write_back(scene):
    run = scene.queued((CATALOG, catalog()))

    run = waiting(
        scene, run, lambda: Tenant.objects.update(writes_enabled=False), path=f"{CATALOGS}$"
    )

    assert only(run)[2] == "write_gate_closed"
    assert scene.applied() == []


@pytest.mark.parametrize("withdraw", ["role", "account"])
def test_a_right_that_was_withdrawn_keeps_the_write_back(scene, operator, owner, withdraw):
    run = scene.queued((CATALOG, catalog()))

    def act():
        if withdraw == "role":
            access.revoke_role(actor=owner, user=operator, tenant=scene.tenant, role=Role.OPERATOR)
        else:
            User.objects.filter(pk=operator.pk).update(is_active=False)

    run = waiting(scene, run, act, path=f"{CATALOGS}$")

    assert only(run)[0::2] == ("not_started", "right_withdrawn")
    assert scene.applied() == []


def test_a_cancelled_run_sends_nothing_more(scene, operator):
    run = scene.queued((CATALOG, catalog()))

    def cancel():
        lifecycle.request_cancel(actor=operator, run=run.operation_run, now=scene.clock())

    ended = waiting(scene, run, cancel, path=f"{CATALOGS}$")

    assert only(ended) == ("cancelled", "not_attempted", "run_cancelled")
    assert scene.applied() == []


def test_assignments_changed_during_the_wait_are_not_replaced(scene):
    scene.fill((CATALOG, catalog()))
    run = scene.queued((CATALOG, catalog()), assignments=ASSIGNED)

    run = waiting(
        scene,
        run,
        lambda: scene.change(CATALOG, id_of("Firewall"), assignments=[to_group("Others")]),
        path="assign$",
    )

    assert only(run) == MOVED
    assert scene.applied() == []


def test_assignments_another_administrator_gave_a_new_policy_are_kept(scene):
    run = scene.queued((CATALOG, catalog()), assignments=ASSIGNED)

    def assign():
        new = scene.live(CATALOG)["Firewall"]["id"]
        scene.change(CATALOG, new, assignments=[to_group("Others")])

    run = waiting(scene, run, assign, path="assign$")

    assert only(run)[0::2] == ("partial", "target_moved")
    assert scene.applied() == [("POST", CATALOGS, 201)]


@pytest.mark.parametrize("waited", [20, 100])
def test_the_intent_is_of_the_exchange_and_not_of_the_wait(scene, waited):
    run = scene.queued((CATALOG, catalog()))
    began = scene.clock()
    scene.fault({"status": 429, "retry_after": waited}, path=f"{CATALOGS}$", times=1)

    scene.work(run)

    write = RestoreWrite.objects.get()
    assert write.intent_at - began >= timedelta(seconds=waited - 1)
    assert only(run) == ("created", "verified", "written")


def test_a_change_while_the_comparison_waits_is_not_overwritten(scene):
    run = update(scene)

    run = comparing(
        scene,
        run,
        lambda: scene.change(CATALOG, id_of("Firewall"), description="Changed by another admin"),
    )

    assert only(run) == MOVED
    assert scene.live(CATALOG)["Firewall"]["description"] == "Changed by another admin"
    assert scene.applied() == []


def test_a_run_cancelled_while_the_comparison_waits_sends_nothing(scene, operator):
    run = update(scene)

    def cancel():
        lifecycle.request_cancel(actor=operator, run=run.operation_run, now=scene.clock())

    ended = comparing(scene, run, cancel)

    assert only(ended) == ("cancelled", "not_attempted", "run_cancelled")
    assert scene.applied() == []


def test_a_name_that_appears_while_a_long_list_waits_is_not_doubled(scene):
    scene.fill(*((CATALOG, catalog(f"Other {number}", value=2)) for number in range(250)))
    run = scene.queued((CATALOG, catalog()))
    scene.fault(REFUSED, method="GET", path=f"{CATALOGS}$", times=1, skip=2)
    renamed = []

    def sleep(seconds):
        scene.clock.sleep(seconds)
        pass_by(seconds)
        if seconds > 4 and not renamed:
            # One of the first page, which has been read by then.
            renamed.append(scene.change(CATALOG, id_of("Other 0"), name="Firewall"))

    run = scene.work(run, sleep=sleep)

    assert renamed
    assert only(run) == MOVED
    assert scene.applied() == []


def test_a_comparison_that_never_is_of_one_moment_is_made_later(scene):
    run = update(scene)

    def refuse_the_second():
        scene.fault(REFUSED, method="GET", path="/assignments$", times=1, skip=1)

    def sleep(seconds):
        scene.clock.sleep(seconds)
        pass_by(seconds)
        if seconds > 4:
            refuse_the_second()

    refuse_the_second()
    scene.work(run, sleep=sleep, turns=1)
    assert OperationRun.objects.get(pk=run.operation_run_id).is_paused
    assert scene.applied() == []

    scene.control.clear_faults()
    assert only(scene.work(run)) == ("updated", "verified", "written")


@pytest.mark.parametrize(
    ("refusals", "seconds", "lost"),
    [(4, 31, {"disconnect": "after_apply"}), (2, 62, {"status": 504, "after_apply": True})],
)
def test_a_throttled_create_that_loses_its_answer_is_made_once(
    scene, settings, refusals, seconds, lost
):
    # By the time it leaves, more than this has gone by since it was first tried.
    settings.CREATE_VISIBLE_WITHIN_SECONDS = settings.REQUEST_APPLIED_WITHIN_SECONDS = 100
    run = scene.queued((CATALOG, catalog()))
    match = {"method": "POST", "path": f"{CATALOGS}$", "tenant": scene.guid}
    refused = {"status": 429, "retry_after": seconds}
    shown = []
    hidden = lost | {"hide_after_create_ms": 1000}
    scene.control.set_faults(
        [
            {"match": match, "effect": refused, "times": refusals},
            {"match": match, "effect": hidden, "times": 1, "skip": refusals},
        ]
    )

    def sleep(asked):
        scene.clock.sleep(asked)
        pass_by(asked)
        # The emulator hides it by its own clock.
        if asked > 4 and not shown and RestoreWrite.objects.get().doubts:
            shown.append(time.sleep(1.1))

    run = scene.work(run, sleep=sleep)

    assert only(run) == ("created", "verified", "written")
    assert scene.applied() == [("POST", CATALOGS, 0 if "disconnect" in lost else 504)]
    assert len(scene.live(CATALOG)) == 1
