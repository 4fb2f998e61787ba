"""A creation without an answer: never doubled by what arrives late, and waited for once."""

from datetime import timedelta

import pytest

from operations import lifecycle
from operations.models import OperationRun
from restore_safety.models import RestoreWrite
from tests.restore_safety.execution.scene import (
    CATALOG,
    TAGS,
    catalog,
    facts,
    id_of,
    only,
    scope_tag,
)

CATALOGS = "deviceManagement/configurationPolicies"
CREATED = ("created", "verified", "written")
UNKNOWN = ("outcome_unknown", "unreadable", "outcome_unestablished")


def names(count):
    return [f"Policy {number}" for number in range(count)]


def several(scene, count):
    return scene.queued(*((CATALOG, catalog(name)) for name in names(count)))


def operation(run):
    return OperationRun.objects.get(pk=run.operation_run_id)


def test_what_is_applied_long_after_its_answer_was_lost_is_not_doubled(scene):
    run = several(scene, 1)
    scene.fault({"disconnect": "before"}, path=f"{CATALOGS}$", times=1)

    scene.work(run, turns=1)
    assert operation(run).is_paused
    # By now the service is through with the request whose connection was lost.
    scene.add(CATALOG, catalog("Policy 0") | {"id": id_of("late"), "assignments": []})
    scene.clock.sleep(600)
    run = scene.work(run)

    assert only(run) == CREATED
    assert run.items.get().target_object_id == id_of("late")
    assert scene.applied() == []


def test_a_lost_answer_is_waited_for_without_a_worker(scene):
    run = several(scene, 1)
    scene.fault({"disconnect": "before"}, path=f"{CATALOGS}$", times=1)
    began = scene.clock()

    scene.work(run, turns=1)

    paused = operation(run)
    assert paused.waits_until - began >= timedelta(seconds=600)
    assert "no answer" in paused.wait_note
    assert sum(scene.clock.slept) < 60


def test_items_in_doubt_wait_together(scene):
    run = several(scene, 5)
    scene.fault({"status": 504}, path=f"{CATALOGS}$", times=5)

    run = scene.work(run, turns=1)

    assert set(facts(run).values()) == {CREATED}
    assert sum(scene.clock.slept) < 400
    assert sorted(scene.live(CATALOG)) == names(5)


def test_what_refers_to_an_item_in_doubt_waits_for_it(scene):
    run = scene.queued((TAGS, scope_tag()), (CATALOG, catalog(roleScopeTagIds=["7"])))
    scene.fault({"status": 504}, path="roleScopeTags$", times=1)

    run = scene.work(run)

    assert facts(run) == {"Branch": CREATED, "Firewall": CREATED}
    tag = run.items.get(name="Branch").target_object_id
    assert scene.live(CATALOG)["Firewall"]["roleScopeTagIds"] == [tag]


def test_items_that_are_in_no_doubt_do_not_wait(scene):
    run = several(scene, 3)
    scene.fault({"disconnect": "before"}, path=f"{CATALOGS}$", times=1)

    run = scene.work(run, turns=1)

    assert sorted(outcome for outcome, *_ in facts(run).values()) == [
        "created",
        "created",
        "not_started",
    ]


def test_the_same_policy_of_another_person_is_not_taken_for_ones_own(scene):
    run = several(scene, 1)
    earlier = (scene.clock() - timedelta(days=2)).isoformat()
    other = catalog("Policy 0") | {"id": id_of("other"), "createdDateTime": earlier}
    scene.fault({"disconnect": "before"}, path=f"{CATALOGS}$", times=1)

    scene.work(run, turns=1)
    scene.add(CATALOG, other | {"assignments": []})
    run = scene.work(run)

    assert only(run) == UNKNOWN
    assert id_of("other") in run.items.get().sentence
    assert scene.applied() == []


def test_two_policies_that_could_be_it_are_offered_to_people(scene):
    run = several(scene, 1)
    scene.fault({"disconnect": "before"}, path=f"{CATALOGS}$", times=1)
    scene.work(run, turns=1)
    for name in ("one", "another"):
        scene.add(CATALOG, catalog("Policy 0") | {"id": id_of(name), "assignments": []})

    run = scene.work(run)

    assert only(run) == UNKNOWN
    assert id_of("one") in run.items.get().sentence
    assert scene.applied() == []


def test_a_policy_that_came_twice_after_all_is_said(scene):
    run = several(scene, 1)
    scene.fault({"status": 504}, path=f"{CATALOGS}$", times=1)

    scene.work(run, turns=1)
    assert operation(run).is_paused
    assert len(scene.applied()) == 1
    scene.add(CATALOG, catalog("Policy 0") | {"id": id_of("late"), "assignments": []})
    run = scene.work(run)

    assert only(run) == ("created", "verified", "duplicate_found")
    assert id_of("late") in run.items.get().sentence
    assert run.operation_run.outcome == "partially_succeeded"


def test_no_second_policy_is_no_follow_up(scene):
    run = several(scene, 1)
    scene.fault({"status": 504}, path=f"{CATALOGS}$", times=1)

    run = scene.work(run)

    assert only(run) == CREATED
    assert run.operation_run.outcome == "succeeded"


def test_a_cancellation_ends_the_wait_and_creates_nothing(scene, operator):
    run = several(scene, 2)
    scene.fault({"disconnect": "before"}, path=f"{CATALOGS}$", times=2)
    scene.work(run, turns=1)

    lifecycle.request_cancel(actor=operator, run=operation(run), now=scene.clock())
    run = scene.work(run)

    assert set(facts(run).values()) == {UNKNOWN}
    assert scene.applied() == []
    assert not operation(run).is_live


def test_a_doubt_stays_on_record(scene):
    run = several(scene, 1)
    scene.fault({"status": 504}, path=f"{CATALOGS}$", times=1)

    scene.work(run)

    write = RestoreWrite.objects.get()
    assert (write.doubts, write.state) == (1, "applied")
    assert write.doubted_at < write.intent_at


@pytest.mark.parametrize("seconds", [130, 3600])
def test_a_long_throttling_puts_the_run_aside(scene, seconds):
    run = several(scene, 2)
    scene.fault({"status": 429, "retry_after": seconds}, path=f"{CATALOGS}$", times=1)
    began = scene.clock()

    scene.work(run, turns=1)
    paused = operation(run)

    assert paused.is_paused
    assert paused.waits_until - began >= timedelta(seconds=seconds - 1)
    assert scene.applied() == []
    assert set(facts(scene.work(run)).values()) == {CREATED}


def test_a_part_of_a_policy_that_may_not_be_read_yet_puts_the_run_aside(scene):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued((CATALOG, catalog()))
    scene.fault(
        {"status": 429, "retry_after": 3600}, method="GET", path="/assignments$", times=1, skip=1
    )

    scene.work(run, turns=1)

    assert operation(run).is_paused
    assert only(scene.work(run)) == ("updated", "verified", "written")


def test_a_run_is_not_kept_waiting_for_more_than_a_day(scene):
    run = several(scene, 2)
    scene.fault({"status": 429, "retry_after": 90_000}, path=f"{CATALOGS}$")

    run = scene.work(run)

    assert set(facts(run).values()) == {("not_started", "not_attempted", "throttled")}
    assert not operation(run).is_live


def test_a_run_that_comes_further_may_last_for_days(scene):
    run = several(scene, 2)
    scene.fault({"status": 429, "retry_after": 50_000}, path=f"{CATALOGS}$", times=4, skip=0)
    OperationRun.objects.update(started_at=scene.clock() - timedelta(days=3))
    run.items.filter(position=1).update(settled_at=scene.clock())

    scene.work(run, turns=1)

    assert operation(run).is_paused


def test_a_second_policy_that_could_not_be_looked_for_is_said(scene):
    run = several(scene, 1)
    scene.fault({"status": 504}, path=f"{CATALOGS}$", times=1)
    scene.work(run, turns=1)
    left = run.items.get().left_digest

    scene.fault({"status": 403}, method="GET", path=f"{CATALOGS}$")
    run = scene.work(run)

    assert only(run) == ("created", "verified", "target_unreadable")
    assert "could not be read" in run.items.get().sentence
    assert run.items.get().left_digest == left != ""
    assert run.operation_run.outcome == "partially_succeeded"


def test_a_cancelled_run_does_not_wait_to_look_for_a_second_policy(scene, operator):
    run = several(scene, 1)
    scene.fault({"status": 504}, path=f"{CATALOGS}$", times=1)
    scene.work(run, turns=1)
    scene.fault({"status": 429, "retry_after": 3600}, method="GET", path=f"{CATALOGS}$")

    lifecycle.request_cancel(actor=operator, run=operation(run), now=scene.clock())
    run = scene.work(run, turns=1)

    assert only(run) == ("created", "verified", "target_unreadable")
    assert not operation(run).is_live


def test_what_is_sent_again_after_a_doubt_and_gets_no_answer_is_waited_for(scene):
    run = several(scene, 1)
    unanswered = {
        "match": {"method": "POST", "path": f"{CATALOGS}$", "tenant": scene.guid},
        "effect": {"disconnect": "before"},
        "times": 1,
    }
    unread = {
        "match": {"method": "GET", "path": f"{CATALOGS}$", "tenant": scene.guid},
        "effect": {"status": 403},
    }
    scene.control.set_faults([unanswered])

    def sleep(seconds):
        scene.clock.sleep(seconds)
        if RestoreWrite.objects.filter(doubts=1).exists():
            scene.control.set_faults([unread])

    scene.work(run, turns=1, sleep=sleep)
    assert only(run) == UNKNOWN
    scene.control.set_faults([unanswered])
    scene.work(run, turns=1)
    assert operation(run).is_paused

    run = scene.work(run)

    assert only(run) == ("failed", "not_attempted", "provider_unreachable")
    assert scene.applied() == []


def test_an_update_in_doubt_stays_so_when_its_run_is_put_aside_and_cancelled(scene, operator):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued((CATALOG, catalog()))
    match = {"method": "PUT", "path": f"{CATALOGS}/", "tenant": scene.guid}
    scene.control.set_faults(
        [
            {"match": match, "effect": {"disconnect": "before"}, "times": 1},
            {"match": match, "effect": {"status": 429, "retry_after": 300}, "skip": 1},
        ]
    )
    scene.work(run, turns=1)
    assert operation(run).is_paused

    lifecycle.request_cancel(actor=operator, run=operation(run), now=scene.clock())
    run = scene.work(run, turns=1)

    assert only(run) == UNKNOWN
    assert not operation(run).is_live


def test_a_run_that_is_put_aside_before_its_first_write_is_cancelled_at_once(scene, operator):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued((CATALOG, catalog()))
    scene.fault({"status": 429, "retry_after": 3600}, method="GET", path=CATALOGS)
    scene.work(run, turns=1)
    assert operation(run).is_paused

    lifecycle.request_cancel(actor=operator, run=operation(run), now=scene.clock())
    run = scene.work(run, turns=1)

    assert only(run) == ("cancelled", "not_attempted", "run_cancelled")
    assert not operation(run).is_live
