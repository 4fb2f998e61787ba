"""What becomes of an item when the tenant refuses, goes silent, lies or answers late."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from operations import lifecycle
from operations.lifecycle import LeaseLostError
from operations.models import RunOutcome
from restore_safety.drafts.readiness import acknowledgements_of
from restore_safety.execution import journal, not_written
from restore_safety.execution.freshness import Freshness
from restore_safety.execution.reconcile import READ_BACK_WAITS
from restore_safety.execution.writer import ItemWriter
from restore_safety.models import ItemState, RestoreWrite, WriteState
from restore_safety.restores.pages.results import result_of
from restore_safety.truth.attention import (
    Attention,
    FollowUpAction,
    ItemOutcome,
    RestoreStatus,
)
from restore_safety.truth.scope import AssignmentMode
from tenants.connections.service import writer_for
from tenants.graph.fence import WriteFence
from tenants.models import AuditEvent
from tests.restore_safety.execution.scene import (
    CATALOG,
    COMPLIANCE,
    FILTERS,
    GONE,
    SCRIPTS,
    Clock,
    catalog,
    compliance,
    device_filter,
    facts,
    id_of,
    only,
    rows,
    script,
    to_group,
)
from tests.restore_safety.execution.test_crashes import (
    LEASE,
    ChangePoint,
    Killed,
    die,
    undone,
    work_until_killed,
)

CATALOGS = "deviceManagement/configurationPolicies"
CREATED = ("created", "verified", "written")
UPDATED = ("updated", "verified", "written")
UNKNOWN = ("outcome_unknown", "unreadable", "outcome_unestablished")
ASSIGNED = {id_of("Firewall"): [to_group()]}.items()


def create(scene, *, assignments=()):
    return scene.queued((CATALOG, catalog()), assignments=assignments)


def reassign(scene, *, assignments):
    """An update that replaces the assignments alone."""
    scene.fill((CATALOG, catalog()))
    return scene.queued((CATALOG, catalog()), assignments=assignments)


def update(scene):
    """An update that replaces the content and the assignments."""
    scene.fill((CATALOG, catalog(value=2)))
    return scene.queued((CATALOG, catalog()), assignments=ASSIGNED)


@pytest.mark.parametrize(
    ("effect", "fact"),
    [
        ({"status": 403, "code": "Forbidden"}, ("failed", "permission_denied")),
        ({"status": 400}, ("failed", "payload_rejected")),
        ({"status": 404}, ("failed", "not_found")),
        ({"status": 409}, ("failed", "conflict")),
        ({"status": 401}, ("failed", "authentication_failed")),
    ],
)
def test_a_refused_write_fails_with_its_reason(scene, effect, fact):
    run = create(scene)
    scene.fault(effect, path=CATALOGS)

    run = scene.work(run)

    outcome, reason = fact
    assert only(run) == (outcome, "not_attempted", reason)
    assert (run.status, run.operation_run.outcome) == (RestoreStatus.FAILED, RunOutcome.FAILED)
    assert rows(run) == [("create", "refused")]
    assert run.items.get().request_id
    assert scene.live(CATALOG) == {}


def test_a_refused_assignment_leaves_the_item_partial(scene):
    run = create(scene, assignments=ASSIGNED)
    scene.fault({"status": 403}, path="/assign$")

    run = scene.work(run)

    assert only(run) == ("partial", "verified", "permission_denied")
    assert rows(run) == [("create", "applied"), ("assign", "refused")]


@pytest.mark.parametrize(
    ("begin", "fact"),
    [
        (create, ("partial", "verified", "group_missing")),
        (reassign, ("failed", "not_attempted", "group_missing")),
    ],
)
def test_a_group_deleted_after_the_preview_is_named_as_the_cause(scene, begin, fact):
    run = begin(scene, assignments=ASSIGNED)
    scene.document["groups"] = []
    scene.refill()

    run = scene.work(run)

    assert only(run) == fact
    assert "does not exist in the tenant" in run.items.get().sentence


def test_a_refused_assignment_to_groups_that_exist_stays_a_rejected_payload(scene):
    run = create(scene, assignments=ASSIGNED)
    scene.fault({"status": 400}, path="/assign$")

    run = scene.work(run)

    assert only(run) == ("partial", "verified", "payload_rejected")


def test_a_new_policy_without_captured_assignments_is_created_verified_and_followed_up(scene):
    run = create(scene, assignments={id_of("Firewall"): None}.items())

    run = scene.work(run)

    assert only(run) == ("created", "verified", "assignments_not_captured")
    assert "reaches no one" in run.items.get().sentence
    assert run.status == RestoreStatus.COMPLETED


def test_a_new_policy_whose_assignments_were_left_out_is_followed_up(scene):
    draft = scene.draft(
        (CATALOG, catalog()), assignments=ASSIGNED, assignment_mode=AssignmentMode.LEAVE
    )
    scene.capture(draft)

    asked = acknowledgements_of(scene.status(draft))
    run = scene.work(scene.queue(draft))

    item = run.items.get()
    assert any("1 new policy will reach no one" in one.sentence for one in asked)
    assert scene.writes() == [("POST", CATALOGS, 201)]
    assert only(run) == ("created", "verified", "assignments_left_out")
    assert f"The preview said: {item.plan_item.sentence}" in item.sentence
    assert "reach no one" in item.sentence
    assert result_of(run).attention is Attention.COMPLETED_WITH_FOLLOW_UP
    assert result_of(run).next_action is FollowUpAction.ASSIGN_POLICIES
    assert run.operation_run.outcome == RunOutcome.PARTIALLY_SUCCEEDED


@pytest.mark.parametrize(
    ("value", "outcome", "said"),
    [
        (1, "assignments_left", "assignments differ and are left as they are"),
        (2, "updated", "Its assignments differ from the backup's and are left as they are"),
    ],
)
def test_other_assignments_left_by_choice_are_not_called_as_wanted(scene, value, outcome, said):
    scene.fill((CATALOG, catalog(value=value)))
    run = scene.queued(
        (CATALOG, catalog()), assignments=ASSIGNED, assignment_mode=AssignmentMode.LEAVE
    )

    run = scene.work(run)

    assert only(run) == (outcome, "verified", "assignments_kept")
    assert said in run.items.get().sentence
    assert result_of(run).attention is Attention.COMPLETED_WITH_FOLLOW_UP
    assert "as wanted" not in result_of(run).sentence


def test_throttling_is_waited_out_and_the_lease_kept(scene):
    run = create(scene)
    scene.fault({"status": 429, "retry_after": 90}, path=CATALOGS, times=1)
    leases = []

    def sleep(seconds):
        scene.clock.sleep(seconds)
        run.operation_run.refresh_from_db()
        leases.append(run.operation_run.lease_expires_at > scene.clock())

    run = scene.work(run, sleep=sleep)

    assert only(run) == CREATED
    assert sum(scene.clock.slept) >= 85
    assert (max(scene.clock.slept), set(leases)) == (5.0, {True})
    assert [status for *_, status in scene.writes()] == [429, 201]


@pytest.mark.parametrize(
    "effect",
    [
        {"status": 500, "after_apply": True},
        {"status": 503, "after_apply": True},
        {"disconnect": "after_apply"},
    ],
    ids=["500", "503", "disconnect"],
)
@pytest.mark.parametrize("path", [f"{CATALOGS}$", "/assign$"], ids=["create", "assign"])
def test_a_write_that_was_applied_in_spite_of_its_answer_is_not_repeated(scene, effect, path):
    run = create(scene, assignments=ASSIGNED)
    scene.fault(effect, path=path)

    run = scene.work(run)

    assert only(run) == CREATED
    assert rows(run) == [("create", "applied"), ("assign", "applied")]
    assert [(method, place) for method, place, _ in scene.writes()] == [
        ("POST", CATALOGS),
        ("POST", f"{CATALOGS}/{scene.live(CATALOG)['Firewall']['id']}/assign"),
    ]


@pytest.mark.parametrize("effect", [{"status": 500}, {"disconnect": "before"}])
@pytest.mark.parametrize("path", [f"{CATALOGS}$", "/assign$"], ids=["create", "assign"])
def test_a_write_proven_not_to_be_applied_is_sent_once_more(scene, effect, path):
    run = create(scene, assignments=ASSIGNED)
    scene.fault(effect, path=path, times=1)

    run = scene.work(run)

    assert only(run) == CREATED
    assert [path for _, path, _ in scene.applied()] == [
        CATALOGS,
        f"{CATALOGS}/{run.items.get().target_object_id}/assign",
    ]
    assert len(scene.writes()) == 3


def test_a_missing_object_is_not_created_again_before_absence_is_proven(scene):
    run = create(scene)
    scene.fault({"disconnect": "before"}, path=CATALOGS, times=1)

    run = scene.work(run)

    assert only(run) == CREATED
    assert sum(scene.clock.slept) >= 120


@pytest.mark.parametrize("effect", [{"status": 500}, {"disconnect": "before"}])
def test_a_write_that_never_gets_through_fails(scene, effect):
    run = create(scene)
    scene.fault(effect, path=CATALOGS)

    run = scene.work(run)

    outcome, verification, _ = only(run)
    assert (outcome, verification) == ("failed", "not_attempted")
    assert (len(scene.writes()), scene.live(CATALOG)) == (2, {})


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", CATALOGS), ("POST", "/assign$")], ids=["content", "assign"]
)
@pytest.mark.parametrize("disconnect", ["before", "after_apply"])
def test_an_update_survives_a_lost_connection(scene, method, path, disconnect):
    run = update(scene)
    scene.fault({"disconnect": disconnect}, method=method, path=path, times=1)

    run = scene.work(run)

    assert only(run) == UPDATED
    assert [method for method, *_ in scene.applied()] == ["PUT", "POST"]
    assert len(scene.writes()) == (2 if disconnect == "after_apply" else 3)


def test_a_silence_that_reading_cannot_break_is_unknown(scene):
    run = update(scene)

    def lie():
        scene.fault(
            {"disconnect": "after_apply", "ignore_properties": ["description"]},
            method="PUT",
            path=CATALOGS,
        )

    scene.change(CATALOG, id_of("Firewall"), description="Drifted")
    run = restored_again(scene, run)
    lie()

    run = scene.work(run)

    assert only(run) == UNKNOWN
    assert (run.status, run.operation_run.outcome) == (
        RestoreStatus.PARTIAL,
        RunOutcome.PARTIALLY_SUCCEEDED,
    )
    assert [method for method, *_ in scene.writes()] == ["PUT"]
    assert rows(run)[0] == ("replace", "unknown")


def restored_again(scene, run):
    """A restore of the same draft that has seen the tenant as it is now."""
    scene.work(run, clock=Clock())
    scene.change(
        CATALOG, id_of("Firewall"), settings=catalog(value=2)["settings"], description="Drifted"
    )
    draft = scene.draft((CATALOG, catalog()))
    return scene.queue(scene.capture(draft))


def test_an_unknown_outcome_is_looked_at_again_before_the_end(scene):
    run = scene.queued((CATALOG, catalog()), (COMPLIANCE, compliance()), (SCRIPTS, script()))
    # Nothing of the type can be read for as long as the write is followed up in place.
    scene.control.set_faults(
        [
            {
                "match": {
                    "method": "POST",
                    "path": "deviceManagementScripts$",
                    "tenant": scene.guid,
                },
                "effect": {"disconnect": "after_apply"},
            },
            {
                "match": {
                    "method": "GET",
                    "path": "deviceManagementScripts$",
                    "tenant": scene.guid,
                },
                "effect": {"status": 403},
                "skip": 1,
                "times": 5,
            },
        ]
    )

    run = scene.work(run)

    assert facts(run) == {"Cleanup": CREATED, "Passwords": CREATED, "Firewall": CREATED}
    assert len(scene.writes()) == 3


def test_a_new_object_that_is_not_shown_yet_is_pending(scene):
    run = create(scene)
    scene.fault({"hide_after_create_ms": 60_000}, path=CATALOGS)

    run = scene.work(run)

    assert only(run) == ("created", "pending", "verification_unreadable")
    assert (run.status, run.operation_run.outcome) == (
        RestoreStatus.COMPLETED,
        RunOutcome.PARTIALLY_SUCCEEDED,
    )


def test_a_new_object_that_is_shown_later_is_verified(scene):
    run = create(scene)
    scene.fault({"hide_after_create_ms": 150}, path=CATALOGS)

    def sleep(seconds):
        time.sleep(0.1)
        scene.clock.sleep(seconds)

    run = scene.work(run, sleep=sleep)

    assert only(run) == CREATED


def unread(scene, *, first, then=()):
    """The new policy cannot be read for as long as is waited in place, after so many readings."""
    match = {"method": "GET", "path": f"{CATALOGS}/[^/]+$", "tenant": scene.guid}
    rule = {"match": match, "effect": {"status": 403}, "skip": first, "times": len(READ_BACK_WAITS)}
    scene.control.set_faults([rule, *then])


def test_what_was_created_without_its_group_is_read_once_more(scene):
    run = scene.queued(
        (CATALOG, catalog()), assignments={id_of("Firewall"): [to_group(GONE)]}.items()
    )
    unread(scene, first=0)

    run = scene.work(run)

    assert only(run) == ("partial", "verified", "group_missing")
    assert run.items.get().left_digest


def test_what_was_cut_short_is_read_once_more(scene):
    run = create(scene, assignments=ASSIGNED)
    match = {"method": "POST", "path": "assign$", "tenant": scene.guid}
    unread(scene, first=1, then=[{"match": match, "effect": {"status": 403}}])

    run = scene.work(run)

    item = run.items.get()
    assert only(run) == ("partial", "verified", "permission_denied")
    assert item.sentence.endswith("What was written was read back and is there.")
    assert "could not be read" not in item.sentence
    assert item.left_digest
    assert item.error_code


def test_a_property_the_tenant_ignores_is_named(scene):
    run = create(scene)
    scene.fault({"ignore_properties": ["description"]}, path=CATALOGS)

    run = scene.work(run)

    assert only(run) == ("created", "mismatch", "verification_mismatch")
    item = run.items.get()
    assert item.mismatches == ["description"]
    assert "description" in item.sentence
    assert run.status == RestoreStatus.PARTIAL


def writer_with(scene, run, fence):
    """A worker's hand on the run, but around another plan than the one that was confirmed."""
    lease = lifecycle.start(run_id=run.operation_run_id, now=scene.clock())
    return ItemWriter(
        run=run,
        lease=lease,
        client=writer_for(run.tenant, fence, sleep=scene.clock.sleep),
        fence=fence,
        kept=frozenset(),
        freshness=Freshness(),
        clock=scene.clock,
        sleep=scene.clock.sleep,
    )


def test_a_write_beside_the_plan_is_refused_and_an_incident(scene):
    run = create(scene)
    item = run.items.get()
    writer = writer_with(scene, run, WriteFence(()))

    with writer.client:
        settlement = writer.write(item)

    assert (settlement.outcome, settlement.reason) == (ItemOutcome.FAILED, "write_fence")
    assert scene.writes() == []
    incident = AuditEvent.objects.get(action="restore.write_refused_by_fence")
    assert (incident.subject, incident.outcome) == (f"restore_run:{run.pk}", "denied")


def test_the_intent_is_stored_before_the_request_leaves(scene):
    run = create(scene)
    stored = []

    def sleep(seconds):
        stored.append((run.items.get().state, RestoreWrite.objects.get().state))
        scene.clock.sleep(seconds)

    scene.fault({"status": 429, "retry_after": 1}, path=CATALOGS, times=1)
    scene.work(run, sleep=sleep)

    assert stored[0] == (ItemState.IN_FLIGHT, WriteState.IN_FLIGHT)
    write = RestoreWrite.objects.get()
    assert write.compared_at <= write.intent_at <= write.answered_at


def test_a_worker_that_was_replaced_cannot_write_in_the_journal(scene):
    run = create(scene)
    item = run.items.get()
    write = item.writes.get()
    lease = lifecycle.start(run_id=run.operation_run_id, now=scene.clock())
    now = scene.clock() + timedelta(minutes=5)
    lifecycle.start(run_id=run.operation_run_id, now=now)
    acts = [
        lambda: journal.intend(lease=lease, item=item, write=write, now=now),
        lambda: journal.note_compared(lease=lease, item=item, now=now),
        lambda: journal.note_applied(
            lease=lease,
            item=item,
            write=write,
            object_id="x",
            status_code=201,
            request_id="",
            now=now,
        ),
        lambda: journal.settle(lease=lease, item=item, settlement=not_written.moved(), now=now),
    ]

    for act in acts:
        with pytest.raises(LeaseLostError):
            act()

    item.refresh_from_db()
    write.refresh_from_db()
    assert (item.state, item.target_object_id, write.state) == (ItemState.PLANNED, "", "planned")


def killed_before_its_answer_is_stored(scene, run):
    """Kill the worker at the first change of the database after a request was applied."""
    for number in range(1, 60):
        try:
            with connection.execute_wrapper(ChangePoint(number, die)):
                scene.work(run)
        except Killed:
            if scene.applied():
                return
            scene.clock.ahead += timedelta(minutes=5)
    raise AssertionError("the run went through")


def test_an_update_in_flight_over_which_another_admin_wrote_is_unknown(scene):
    run = update(scene)
    killed_before_its_answer_is_stored(scene, run)
    scene.change(CATALOG, id_of("Firewall"), description="Changed by another admin")
    scene.clock.ahead += timedelta(minutes=5)

    run = scene.work(run)

    assert only(run) == UNKNOWN
    assert scene.live(CATALOG)["Firewall"]["description"] == "Changed by another admin"


def test_an_update_not_sent_before_the_crash_does_not_overwrite_a_later_change(scene):
    run = update(scene)
    item = run.items.get()
    lease = lifecycle.start(run_id=run.operation_run_id, now=scene.clock())
    journal.intend(
        lease=lease, item=item, write=item.writes.order_by("position")[0], now=scene.clock()
    )
    scene.change(CATALOG, id_of("Firewall"), description="Changed by another admin")
    scene.clock.ahead += timedelta(minutes=5)

    run = scene.work(run)

    assert (only(run), scene.writes()) == (UNKNOWN, [])


def test_a_new_policy_another_admin_assigned_before_the_takeover_keeps_its_assignments(scene):
    run = create(scene, assignments=ASSIGNED)
    killed_before_its_answer_is_stored(scene, run)
    made = scene.live(CATALOG)["Firewall"]
    theirs = {"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}
    scene.change(CATALOG, made["id"], assignments=[theirs])
    scene.clock.ahead += timedelta(minutes=5)

    run = scene.work(run)

    assert only(run) == ("partial", "verified", "target_moved")
    assert [path for _, path, _ in scene.applied()] == [CATALOGS]


TROUBLE = st.sampled_from(
    [
        {"status": 500},
        {"status": 500, "after_apply": True},
        {"status": 429, "retry_after": 2},
        {"status": 403},
        {"status": 400},
        {"disconnect": "before"},
        {"disconnect": "after_apply"},
        {"ignore_properties": ["description"]},
    ]
)
METHODS = st.sampled_from(["POST", "PUT", "PATCH", "GET"])


@given(
    faults=st.lists(st.tuples(METHODS, TROUBLE, st.integers(0, 6), st.integers(1, 3)), max_size=4),
    deaths=st.lists(st.integers(1, 40), max_size=2),
)
@hypothesis_settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_happens_nothing_but_the_plan_is_written_and_nothing_twice(
    scene, troubled, faults, deaths
):
    scene.refill()
    rules = [
        {
            "match": {"method": method, "tenant": scene.guid, "path": "deviceManagement/"},
            "effect": effect,
            "skip": skip,
            "times": times,
        }
        for method, effect, skip, times in faults
    ]
    scene.control.set_faults(rules)
    with undone():
        clock = Clock()
        for number in deaths:
            work_until_killed(scene, troubled, number, clock)
            clock.ahead += LEASE
        run = scene.work(troubled, clock=clock)
        planned = [
            (write.method, write.path)
            for item in troubled.items.order_by("position")
            for write in item.writes.order_by("position")
        ]
        placeholders = {
            f"urn:restore-safety:created:{item.backup_item_id}": item.target_object_id
            for item in run.items.all()
        }
        reported = facts(run)
    scene.control.clear_faults()

    applied = [(method, path) for method, path, _ in scene.applied()]
    assert len(applied) == len(set(applied))
    assert set(applied) <= {(method, _filled(path, placeholders)) for method, path in planned}
    assert run.status in RestoreStatus.ENDED
    held = {**scene.live(CATALOG), **scene.live(FILTERS)}
    for name, (outcome, _, _) in reported.items():
        if outcome == "created":
            assert name in held
        if outcome in {"failed", "not_started", "target_changed"} and name in {"New", "Corporate"}:
            assert name not in held


def _filled(path, placeholders):
    for token, object_id in placeholders.items():
        path = path.replace(token, object_id)
    return path


@pytest.fixture
def troubled(scene):
    scene.fill((CATALOG, catalog("Drifted", value=2)))
    return scene.queued(
        (CATALOG, catalog("Drifted")),
        (CATALOG, catalog("New")),
        (FILTERS, device_filter()),
        assignments={
            id_of("New"): [to_group(filter_id=id_of("Corporate"))],
            id_of("Drifted"): [to_group()],
        }.items(),
    )
