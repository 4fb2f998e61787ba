"""What a run does with each kind of item, and what it says of it afterwards."""

import pytest

from operations import lifecycle
from operations.models import RunOutcome, RunStatus
from restore_safety.celery import app
from restore_safety.execution.reconcile import READ_BACK_WAITS
from restore_safety.models import BackupSet, BackupSource, PlanItem, RestoreRun
from restore_safety.restores.pages.results import result_of
from restore_safety.truth.attention import ItemOutcome, RestoreStatus
from restore_safety.truth.scope import ConflictPolicy
from tenants.models import ProviderConnection, Tenant
from tests.restore_safety.execution.scene import (
    CATALOG,
    COMPLIANCE,
    FILTERS,
    GONE,
    GROUP,
    SCRIPTS,
    TAGS,
    catalog,
    compliance,
    device_filter,
    facts,
    id_of,
    only,
    rows,
    scope_tag,
    script,
    to_group,
)

CREATED = ("created", "verified", "written")
UPDATED = ("updated", "verified", "written")
UNCHANGED = ("unchanged", "verified", "as_wanted")
MOVED = ("target_changed", "not_attempted", "target_moved")
CATALOGS = "deviceManagement/configurationPolicies"


def assigned(payload, *assignments):
    return {payload["id"]: list(assignments)}.items()


def test_a_missing_policy_is_created_assigned_and_verified(scene):
    run = scene.queued((CATALOG, catalog()), assignments=assigned(catalog(), to_group()))

    run = scene.work(run)

    assert only(run) == CREATED
    made = scene.live(CATALOG)["Firewall"]
    assert scene.writes() == [
        ("POST", CATALOGS, 201),
        ("POST", f"{CATALOGS}/{made['id']}/assign", 200),
    ]
    assert rows(run) == [("create", "applied"), ("assign", "applied")]
    assert run.items.get().target_object_id == made["id"]
    assert (run.status, run.operation_run.status, run.operation_run.outcome) == (
        RestoreStatus.COMPLETED,
        RunStatus.COMPLETED,
        RunOutcome.SUCCEEDED,
    )
    assert run.operation_run.summary_counts["writes"] == 2


def test_a_connection_pointed_elsewhere_after_queueing_writes_nothing(scene):
    run = scene.queued((SCRIPTS, script()))
    scene.connection.cloud = "global"
    scene.connection.save()

    scene.work(run)

    assert facts(run) == {"Cleanup": ("not_started", "not_attempted", "target_moved")}
    assert scene.writes() == []


def test_a_drifted_policy_is_updated_and_its_pre_image_kept(scene):
    drifted = catalog(value=2)
    scene.fill((CATALOG, drifted), (COMPLIANCE, compliance(hours=99)))
    before = scene.live(CATALOG)["Firewall"]
    run = scene.queued((CATALOG, catalog()), (COMPLIANCE, compliance()))

    run = scene.work(run)

    assert facts(run) == {"Passwords": UPDATED, "Firewall": UPDATED}
    compliances = "deviceManagement/deviceCompliancePolicies"
    assert [(method, path) for method, path, _ in scene.writes()] == [
        ("POST", f"{compliances}/{id_of('Passwords')}/scheduleActionsForRules"),
        ("PUT", f"{CATALOGS}/{id_of('Firewall')}"),
    ]
    kept = run.pre_restore_set
    assert kept.source == BackupSource.PRE_RESTORE
    held = {item.name: item.payload.content for item in kept.items.select_related("payload")}
    assert sorted(held) == ["Firewall", "Passwords"]
    assert [one["settingInstance"] for one in held["Firewall"]["settings"]] == [
        one["settingInstance"] for one in before["settings"]
    ]


def test_restoring_the_pre_image_undoes_the_run(scene):
    scene.fill((CATALOG, catalog(value=2, description="Drifted")))
    run = scene.work(scene.queued((CATALOG, catalog())))
    draft = scene.draft((CATALOG, catalog()))
    draft.backup_set = run.pre_restore_set
    draft.save(update_fields=["backup_set"])
    scene.capture(draft)

    undone = scene.work(scene.queue(draft))

    assert only(undone) == UPDATED
    held = scene.live(CATALOG)["Firewall"]
    setting = held["settings"][0]["settingInstance"]["simpleSettingValue"]["value"]
    assert (held["description"], setting) == ("Drifted", 2)


def test_an_unchanged_policy_is_read_again_and_not_written(scene):
    scene.fill((CATALOG, catalog()))
    run = scene.queued((CATALOG, catalog()))

    run = scene.work(run)

    assert (only(run), scene.writes(), run.pre_restore_set) == (UNCHANGED, [], None)


def test_an_unchanged_policy_that_moved_is_no_longer_called_unchanged(scene):
    scene.fill((CATALOG, catalog()))
    run = scene.queued((CATALOG, catalog()), (SCRIPTS, script()))
    scene.change(CATALOG, id_of("Firewall"), description="Changed by another admin")

    run = scene.work(run)

    assert facts(run) == {"Cleanup": CREATED, "Firewall": MOVED}


def test_what_exists_is_skipped_when_chosen_so(scene):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued(
        (CATALOG, catalog()), (SCRIPTS, script()), conflict_policy=ConflictPolicy.SKIP
    )

    run = scene.work(run)

    assert facts(run) == {
        "Cleanup": CREATED,
        "Firewall": ("skipped", "not_attempted", "already_exists"),
    }
    assert run.operation_run.outcome == RunOutcome.PARTIALLY_SUCCEEDED


def test_a_copy_stands_beside_what_exists(scene):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued((CATALOG, catalog()), conflict_policy=ConflictPolicy.COPY)

    run = scene.work(run)

    assert only(run) == CREATED
    assert sorted(scene.live(CATALOG)) == ["Firewall", "Firewall (restored copy)"]
    assert run.items.get().sentence == (
        "A new policy was created in the tenant. It is called “Firewall (restored copy)” there. "
        "Read back, and found as this run was to leave it."
    )


def test_what_is_shared_and_never_copied_is_not_said_to_be_skipped_by_choice(scene):
    tag = (TAGS, scope_tag("Vienna"))
    scene.fill(tag)
    run = scene.queued(tag, (CATALOG, catalog()), conflict_policy=ConflictPolicy.COPY)

    run = scene.work(run)

    assert facts(run)["Vienna"] == ("skipped", "not_attempted", "already_exists")
    assert run.items.get(name="Vienna").sentence == (
        f"“Vienna” exists in {run.tenant.name}. Scope tags and filters are shared by policies, "
        "so no copy of it is made."
    )
    assert result_of(run).sentence == (
        "The tenant already has it, and this restore leaves it as it is."
    )


def test_a_blocked_item_is_left_out_with_its_reason(scene):
    held = {**catalog(), "id": id_of("one")}, {**catalog(), "id": id_of("two")}
    scene.fill(*((CATALOG, one) for one in held))
    draft = scene.capture(
        scene.draft((CATALOG, catalog()), (SCRIPTS, script())),
    )
    run = scene.queue(draft, is_dry_run=True)

    run = scene.work(run)

    assert facts(run) == {
        "Cleanup": ("not_started", "not_attempted", "dry_run"),
        "Firewall": ("skipped", "not_attempted", "ambiguous_match"),
    }


def test_a_missing_group_leaves_the_policy_without_its_assignments(scene):
    run = scene.queued((CATALOG, catalog()), assignments=assigned(catalog(), to_group(GONE)))

    run = scene.work(run)

    assert only(run) == ("partial", "verified", "group_missing")
    assert scene.writes() == [("POST", CATALOGS, 201)]
    assert GONE in run.items.get().sentence
    assert run.status == RestoreStatus.PARTIAL


def test_a_policy_that_lacks_only_its_group_is_not_called_unchanged(scene):
    scene.fill((CATALOG, catalog()))
    run = scene.queued((CATALOG, catalog()), assignments=assigned(catalog(), to_group(GONE)))

    run = scene.work(run)

    item = run.items.get()
    assert only(run) == ("assignments_left", "verified", "group_missing")
    assert (scene.writes(), item.plan_item.decision) == ([], "assignments_left")
    assert item.sentence == item.plan_item.sentence
    counts = run.operation_run.summary_counts
    assert (counts["unchanged"], counts["verified"]) == (0, 0)
    assert (counts["assignments_left"], counts["verified_in_part"]) == (1, 1)
    assert (run.status, run.operation_run.outcome) == ("completed", "partially_succeeded")


def test_a_policy_whose_settings_came_by_themselves_still_lacks_its_group(scene):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued((CATALOG, catalog()), assignments=assigned(catalog(), to_group(GONE)))
    scene.change(CATALOG, id_of("Firewall"), settings=catalog()["settings"])

    run = scene.work(run)

    assert only(run) == ("assignments_left", "verified", "group_missing")
    assert run.items.get().sentence == ItemOutcome.ASSIGNMENTS_LEFT.sentence


def test_new_foundations_are_created_first_and_their_ids_used(scene):
    corporate = id_of("Corporate")
    policy = catalog(roleScopeTagIds=["7"])
    run = scene.queued(
        (CATALOG, policy),
        (FILTERS, device_filter()),
        (TAGS, scope_tag()),
        assignments=assigned(policy, to_group(filter_id=corporate)),
    )

    run = scene.work(run)

    assert facts(run) == {"Branch": CREATED, "Corporate": CREATED, "Firewall": CREATED}
    assert [(method, path) for method, path, _ in scene.writes()][:3] == [
        ("POST", "deviceManagement/roleScopeTags"),
        ("POST", "deviceManagement/assignmentFilters"),
        ("POST", CATALOGS),
    ]
    made, tag, device = (
        scene.live(CATALOG)["Firewall"],
        scene.live(TAGS)["Branch"],
        scene.live(FILTERS)["Corporate"],
    )
    assert made["roleScopeTagIds"] == [tag["id"]]
    assert [
        one["target"]["deviceAndAppManagementAssignmentFilterId"] for one in made["assignments"]
    ] == [device["id"]]


def test_a_foundation_another_person_created_meanwhile_is_used(scene):
    policy = catalog()
    run = scene.queued(
        (CATALOG, policy),
        (FILTERS, device_filter()),
        assignments=assigned(policy, to_group(filter_id=id_of("Corporate"))),
    )
    theirs = scene.add(FILTERS, {**device_filter(), "id": id_of("theirs")})

    run = scene.work(run)

    assert facts(run) == {"Corporate": UNCHANGED, "Firewall": CREATED}
    target = scene.live(CATALOG)["Firewall"]["assignments"][0]["target"]
    assert target["deviceAndAppManagementAssignmentFilterId"] == theirs["id"]


def test_what_refers_to_an_item_that_was_written_after_all_is_written(scene):
    """The answer is lost and nothing can be read at first; the filter is found later."""
    policy = catalog()
    run = scene.queued(
        (CATALOG, policy),
        (FILTERS, device_filter()),
        assignments=assigned(policy, to_group(filter_id=id_of("Corporate"))),
    )
    there = {"path": "assignmentFilters$", "tenant": scene.guid}
    scene.control.set_faults(
        [
            {
                "match": {**there, "method": "POST"},
                "effect": {"disconnect": "after_apply"},
                "times": 1,
            },
            {
                "match": {**there, "method": "GET"},
                "effect": {"status": 403},
                "skip": 1,
                "times": len(READ_BACK_WAITS),
            },
        ],
        seed=1,
    )

    run = scene.work(run)

    assert facts(run) == {"Corporate": CREATED, "Firewall": CREATED}
    target = scene.live(CATALOG)["Firewall"]["assignments"][0]["target"]
    made = scene.live(FILTERS)["Corporate"]["id"]
    assert target["deviceAndAppManagementAssignmentFilterId"] == made


def test_what_refers_to_a_failed_item_is_not_written(scene):
    policy = catalog()
    run = scene.queued(
        (CATALOG, policy),
        (FILTERS, device_filter()),
        assignments=assigned(policy, to_group(filter_id=id_of("Corporate"))),
    )
    scene.fault({"status": 400, "message": "No"}, path="assignmentFilters$")

    run = scene.work(run)

    assert facts(run) == {
        "Corporate": ("failed", "not_attempted", "payload_rejected"),
        "Firewall": ("not_started", "not_attempted", "dependency_failed"),
    }
    assert scene.applied() == []
    assert run.status == RestoreStatus.FAILED


@pytest.mark.parametrize(
    "meddle",
    [
        lambda scene: scene.change(CATALOG, id_of("Firewall"), description="Other"),
        lambda scene: scene.change(CATALOG, id_of("Firewall"), assignments=[to_group()]),
        lambda scene: scene.remove(CATALOG, id_of("Firewall")),
        lambda scene: (
            scene.remove(CATALOG, id_of("Firewall")),
            scene.add(CATALOG, {**catalog(value=2), "id": id_of("again")}),
        ),
    ],
    ids=["changed", "assigned", "deleted", "re-created"],
)
def test_a_target_that_moved_is_not_written(scene, meddle):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued((CATALOG, catalog()), (SCRIPTS, script()))
    meddle(scene)
    held = scene.live(CATALOG)

    run = scene.work(run)

    assert facts(run) == {"Cleanup": CREATED, "Firewall": MOVED}
    assert scene.live(CATALOG) == held
    assert run.pre_restore_set is None


def test_a_target_that_was_absent_and_is_there_now_is_not_written(scene):
    run = scene.queued((CATALOG, catalog()))
    scene.add(CATALOG, {**catalog(value=3), "id": id_of("theirs")})

    run = scene.work(run)

    assert (only(run), scene.writes()) == (MOVED, [])


def test_policies_of_two_platforms_that_share_a_name_are_both_created(scene):
    ios = {
        "@odata.type": "#microsoft.graph.iosCompliancePolicy",
        "id": id_of("Passwords on phones"),
        "displayName": "Passwords",
        "passcodeRequired": True,
        "roleScopeTagIds": ["0"],
        "scheduledActionsForRule": compliance()["scheduledActionsForRule"],
    }
    run = scene.queued((COMPLIANCE, compliance()), (COMPLIANCE, ios))

    run = scene.work(run)

    assert list(run.items.values_list("name", "outcome", "verification")) == [
        ("Passwords", "created", "verified"),
        ("Passwords", "created", "verified"),
    ]


def test_a_target_that_already_is_as_wanted_is_not_written(scene):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued((CATALOG, catalog()), (COMPLIANCE, compliance()))
    fixed = {"settings": catalog()["settings"]}
    scene.change(CATALOG, id_of("Firewall"), **fixed)
    scene.add(COMPLIANCE, {**compliance(), "id": id_of("theirs")})

    run = scene.work(run)

    assert (facts(run), scene.writes()) == (
        {"Passwords": UNCHANGED, "Firewall": UNCHANGED},
        [],
    )


def test_as_wanted_in_what_would_be_written_but_moved_elsewhere_has_moved(scene):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued((CATALOG, catalog()))
    scene.change(
        CATALOG,
        id_of("Firewall"),
        settings=catalog()["settings"],
        assignments=[to_group(GROUP)],
    )

    run = scene.work(run)

    assert (only(run), scene.writes()) == (MOVED, [])


def test_a_target_that_cannot_be_read_is_not_written(scene):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued((CATALOG, catalog()))
    scene.fault({"status": 403}, method="GET", path=CATALOGS)

    run = scene.work(run)

    assert (only(run), scene.writes()) == (
        ("not_started", "not_attempted", "permission_denied"),
        [],
    )


@pytest.mark.parametrize("part", ["settings", "assignments"])
def test_a_target_of_which_a_part_cannot_be_read_is_not_written(scene, part):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued((CATALOG, catalog()))
    scene.fault({"status": 403}, method="GET", path=f"/{part}")

    run = scene.work(run)

    assert (only(run), scene.writes()) == (
        ("not_started", "not_attempted", "target_unreadable"),
        [],
    )


def test_without_its_pre_image_a_policy_is_not_updated(scene):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued((CATALOG, catalog()))
    scene.fault({"status": 403}, method="GET", path=f"{id_of('Firewall')}/settings", times=1)

    run = scene.work(run)

    assert (only(run), scene.writes()) == (
        ("not_started", "not_attempted", "target_unreadable"),
        [],
    )
    assert run.pre_restore_set is None


def test_the_second_restore_of_the_same_backup_writes_nothing(scene):
    policy = catalog()
    backup = ((CATALOG, policy), (COMPLIANCE, compliance()), (FILTERS, device_filter()))
    assignments = assigned(policy, to_group(filter_id=id_of("Corporate")))
    draft = scene.draft(*backup, assignments=assignments)
    scene.work(scene.queue(scene.capture(draft)))
    scene.look_from_here()
    again = scene.draft(*backup, assignments=assignments)

    run = scene.work(scene.queue(scene.capture(again)))

    assert set(facts(run).values()) == {UNCHANGED}
    assert scene.writes() == []


def test_a_dry_run_rehearses_everything_and_writes_nothing(scene):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued(
        (CATALOG, catalog()),
        (COMPLIANCE, compliance()),
        (FILTERS, device_filter()),
        is_dry_run=True,
    )

    run = scene.work(run)

    rehearsed = ("not_started", "not_attempted", "dry_run")
    assert facts(run) == {"Corporate": rehearsed, "Passwords": rehearsed, "Firewall": rehearsed}
    assert (scene.writes(), run.pre_restore_set, run.status) == ([], None, RestoreStatus.COMPLETED)
    assert {state for _, state in rows(run)} == {"planned"}


def test_a_plan_altered_after_queueing_is_not_carried_out(scene):
    run = scene.queued((CATALOG, catalog()))
    planned = PlanItem.objects.get(evidence=run.preview)
    planned.writes[0]["body"] = planned.writes[0]["body"].replace("Firewall", "Backdoor")
    planned.save()

    run = scene.work(run)

    assert (only(run), scene.writes()) == (("not_started", "not_attempted", "write_fence"), [])
    assert run.status == RestoreStatus.FAILED


def test_a_write_gate_closed_before_the_worker_came_holds(scene):
    run = scene.queued((CATALOG, catalog()))
    Tenant.objects.update(writes_enabled=False)

    run = scene.work(run)

    assert (only(run), scene.writes()) == (
        ("not_started", "not_attempted", "write_gate_closed"),
        [],
    )


def test_a_write_gate_closed_in_between_stops_the_next_request(scene):
    run = scene.queued((CATALOG, catalog()), assignments=assigned(catalog(), to_group()))
    scene.fault({"status": 429, "retry_after": 20}, path="assign$", times=1)

    def close(seconds):
        Tenant.objects.update(writes_enabled=False)
        scene.clock.sleep(seconds)

    run = scene.work(run, sleep=close)

    assert only(run) == ("partial", "verified", "write_gate_closed")
    assert scene.applied() == [("POST", CATALOGS, 201)]


def test_a_lost_connection_is_said_and_ends_the_run(scene):
    run = scene.queued((CATALOG, catalog()))
    ProviderConnection.objects.all().delete()

    run = scene.work(run)

    assert only(run) == ("not_started", "not_attempted", "authentication_failed")
    assert run.status == RestoreStatus.FAILED


def test_a_cancelled_run_tells_what_it_did_not_do(scene, operator):
    run = scene.queued((COMPLIANCE, compliance()), (CATALOG, catalog()), (FILTERS, device_filter()))
    scene.fault({"status": 429, "retry_after": 1}, path="deviceCompliancePolicies$", times=1)

    def cancel(seconds):
        operation = run.operation_run
        operation.refresh_from_db()
        if operation.cancel_requested_at is None:
            lifecycle.request_cancel(actor=operator, run=operation, now=scene.clock())
        scene.clock.sleep(seconds)

    run = scene.work(run, sleep=cancel)

    cancelled = ("cancelled", "not_attempted", "run_cancelled")
    assert facts(run) == {"Corporate": CREATED, "Passwords": cancelled, "Firewall": cancelled}
    assert (run.status, run.operation_run.outcome) == (
        RestoreStatus.CANCELLED,
        RunOutcome.CANCELLED,
    )
    assert scene.applied() == [("POST", "deviceManagement/assignmentFilters", 201)]


def test_a_run_that_ended_is_not_carried_out_again(scene):
    run = scene.work(scene.queued((CATALOG, catalog())))
    scene.look_from_here()

    again = scene.work(run)

    assert (facts(again), scene.writes()) == ({"Firewall": CREATED}, [])
    assert again.ended_at == run.ended_at


@pytest.fixture
def eager():
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def test_a_queued_restore_is_carried_out_by_its_task(
    scene, django_capture_on_commit_callbacks, eager
):
    draft = scene.capture(scene.draft((CATALOG, catalog())))

    with django_capture_on_commit_callbacks(execute=True):
        run = scene.queue(draft)

    run = RestoreRun.objects.get(pk=run.pk)
    assert (run.status, facts(run)) == (RestoreStatus.COMPLETED, {"Firewall": CREATED})
    assert BackupSet.objects.filter(source=BackupSource.PRE_RESTORE).count() == 0
