"""Writes that the tenant's approver has to agree to, from filing to their end."""

from datetime import timedelta

import pytest

from operations import lifecycle
from operations.models import Notification, OperationRun
from restore_safety.execution.ending import attention_of, facts_of
from restore_safety.models import RestoreRun, WriteApproval
from restore_safety.truth.attention import FollowUpAction, RestoreStatus
from tests.restore_safety.execution.scene import (
    CATALOG,
    COMPLIANCE,
    GROUP,
    SCRIPTS,
    TAGS,
    catalog,
    compliance,
    facts,
    id_of,
    only,
    rows,
    scope_tag,
    script,
    to_group,
)

CATALOGS = "configurationPolicies"
APPROVERS = "5a3f1f0e-0000-4000-8000-00000000aaaa"
WAITS = ("waiting_for_approval", "not_attempted", "approval_pending")
CREATED = ("created", "verified", "written")
UPDATED = ("updated", "verified", "written")


def gate(scene, *policy_types):
    """Make the tenant ask a second administrator for writes of these types."""
    for number, kind in enumerate(policy_types):
        scene.control.add_object(
            scene.guid,
            "deviceManagement/operationApprovalPolicies",
            {
                "id": id_of(f"approval {number}"),
                "displayName": f"{kind} needs two",
                "policyType": kind,
                "approverGroupIds": [GROUP],
            },
        )


@pytest.fixture
def gated(scene):
    """A tenant that holds one policy of the settings catalog, all of which are gated."""
    scene.fill((CATALOG, catalog("Held")))
    gate(scene, "configurationPolicy")
    return scene


def codes(scene):
    return [
        one["id"] for one in scene.control.approvals(scene.guid) if one["status"] == "needsApproval"
    ]


def approve_all(scene):
    for code in codes(scene):
        scene.control.approve(scene.guid, code)


def one_turn(scene, run):
    """One worker's turn at the run, to its end or until it is put aside."""
    return scene.work(run, turns=1)


def turn(scene, run):
    """The next turn of the run, as if its time had come: the tenant's clock stays where it is."""
    OperationRun.objects.filter(pk=run.operation_run_id).update(waits_until=scene.clock())
    return one_turn(scene, run)


def result_of(run):
    return attention_of(run, facts_of([run.pk])[run.pk])


def test_a_filed_write_waits_without_a_worker_and_says_who_may_approve(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))

    operation = run.operation_run
    approval = WriteApproval.objects.get()
    assert (run.status, only(run), rows(run)) == ("waiting", WAITS, [("create", "filed")])
    assert (operation.status, operation.lease_expires_at) == ("running", None)
    assert operation.wait_note == "1 request waits for the tenant's approver (Pilots)."
    assert operation.waits_until - gated.clock() <= timedelta(minutes=1)
    assert (approval.status, [approval.code]) == ("needsApproval", codes(gated))
    assert approval.approvers == ["Pilots"]
    assert approval.expires_at - approval.filed_at > timedelta(days=2, hours=23)
    assert run.items.get().settled_at is None
    assert gated.applied() == []
    assert result_of(run).next_action is FollowUpAction.WAIT_FOR_APPROVER
    assert result_of(run).headline == (
        "Paused, 1 waiting for approval: wait for the tenant's approver"
    )


def test_an_approved_write_is_carried_out_once_and_verified(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    still = turn(gated, run)
    approve_all(gated)

    done = turn(gated, run)

    assert (still.status, done.status) == ("waiting", "completed")
    assert (only(done), rows(done)) == (CREATED, [("create", "applied")])
    assert [path for _, path, _ in gated.applied()] == [f"deviceManagement/{CATALOGS}"]
    assert WriteApproval.objects.get().status == "completed"
    assert set(gated.live(CATALOG)) == {"Held", "Firewall"}


def test_the_initiator_is_notified_once_of_the_wait_and_once_of_the_end(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    turn(gated, run)
    approve_all(gated)
    turn(gated, run)

    notified = Notification.objects.filter(run=run.operation_run_id).order_by("created_at")
    assert list(notified.values_list("kind", "headline")) == [
        ("waiting", "Paused, 1 waiting for approval: wait for the tenant's approver"),
        ("ended", "1 policy restored"),
    ]


def test_two_gated_writes_of_one_item_are_filed_one_after_the_other(gated):
    wanted = catalog()
    run = gated.queued((CATALOG, wanted), assignments=[(wanted["id"], [to_group()])])
    one_turn(gated, run)
    approve_all(gated)

    between = turn(gated, run)

    assert rows(between) == [("create", "applied"), ("assign", "filed")]
    assert (between.status, only(between)) == ("waiting", WAITS)
    first, second = WriteApproval.objects.order_by("write__position")
    assert (first.status, second.status) == ("completed", "needsApproval")
    assert first.code != second.code

    approve_all(gated)
    done = turn(gated, run)

    assert (only(done), rows(done)) == (CREATED, [("create", "applied"), ("assign", "applied")])


def test_what_is_not_gated_is_done_first_and_what_depends_waits(scene):
    scene.fill((COMPLIANCE, compliance(hours=1)))
    gate(scene, "script")
    run = one_turn(
        scene, scene.queued((SCRIPTS, script()), (COMPLIANCE, compliance()), (CATALOG, catalog()))
    )

    assert facts(run) == {
        "Cleanup": WAITS,
        "Passwords": UPDATED,
        "Firewall": CREATED,
    }
    assert run.status == RestoreStatus.WAITING


def test_five_policies_that_are_all_filed_are_all_applied_once_approved(scene):
    scene.fill()
    scene.fault({"approval": True}, path=CATALOGS)
    run = one_turn(scene, scene.queued(*[(CATALOG, catalog(f"Policy {n}")) for n in range(5)]))
    approve_all(scene)

    done = turn(scene, run)

    assert run.operation_run.wait_note == "5 requests wait for the tenant's approver."
    assert list(facts(done).values()) == [CREATED] * 5
    assert (len(scene.applied()), done.status) == (5, RestoreStatus.COMPLETED)


@pytest.mark.parametrize(
    ("status", "reason", "said"),
    [
        ("rejected", "approval_rejected", "rejected by Second administrator: “Not today”."),
        ("expired", "approval_expired", "expired."),
        ("cancelled", "approval_cancelled", "cancelled."),
    ],
)
def test_what_was_not_approved_says_so_and_writes_nothing(gated, status, reason, said):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    (code,) = codes(gated)
    gated.control.decide(gated.guid, code, status, answer="Not today")

    done = turn(gated, run)

    assert only(done) == ("failed", "not_attempted", reason)
    assert done.items.get().sentence.endswith(f"Request {code}: {said}")
    assert (gated.applied(), done.status) == ([], RestoreStatus.FAILED)
    assert result_of(done).follow_up_required


def test_a_rejected_assignment_leaves_the_created_policy_and_says_so(gated):
    wanted = catalog()
    run = gated.queued((CATALOG, wanted), assignments=[(wanted["id"], [to_group()])])
    one_turn(gated, run)
    approve_all(gated)
    turn(gated, run)
    (code,) = codes(gated)
    gated.control.reject(gated.guid, code)

    done = turn(gated, run)

    assert only(done) == ("partial", "verified", "approval_rejected")
    assert code in done.items.get().sentence


def test_a_policy_that_changed_before_the_approval_is_not_written(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog("Held", value=2))))
    approve_all(gated)
    gated.change(CATALOG, id_of("Held"), description="By another admin")

    done = turn(gated, run)

    assert only(done) == ("target_changed", "not_attempted", "approval_outdated")
    assert "cancel it in Intune" in done.items.get().sentence
    assert gated.applied() == []
    assert gated.live(CATALOG)["Held"]["description"] == "By another admin"


def test_a_policy_that_another_admin_made_as_wanted_meanwhile_is_left(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    approve_all(gated)
    gated.add(CATALOG, catalog())

    done = turn(gated, run)

    assert only(done) == ("unchanged", "verified", "as_wanted")
    assert "cancel it in Intune" in done.items.get().sentence
    assert gated.applied() == []


def test_a_closed_gate_holds_back_what_was_approved(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    approve_all(gated)
    gated.tenant.writes_enabled = False
    gated.tenant.save()

    done = turn(gated, run)

    assert only(done) == ("not_started", "not_attempted", "write_gate_closed")
    assert "cancel it in Intune" in done.items.get().sentence
    assert gated.applied() == []


def test_a_cancelled_run_says_what_stays_filed(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    (code,) = codes(gated)
    lifecycle.request_cancel(actor=gated.operator, run=run.operation_run, now=gated.clock())

    done = turn(gated, run)

    assert only(done) == ("cancelled", "not_attempted", "approval_left_filed")
    assert done.items.get().sentence.endswith(
        f"Request {code} is still filed in the tenant and writes nothing any more: "
        "cancel it in Intune, or let it expire."
    )
    assert done.status == RestoreStatus.CANCELLED
    assert result_of(done).next_action is FollowUpAction.WITHDRAW_REQUESTS
    approve_all(gated)
    assert gated.applied() == []


def test_a_waiting_run_holds_up_no_other_restore(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))

    other = one_turn(gated, gated.queued((COMPLIANCE, compliance())))

    assert (only(other), other.status) == (CREATED, RestoreStatus.COMPLETED)
    approve_all(gated)
    assert only(turn(gated, run)) == CREATED


def test_an_approved_write_waits_while_another_restore_holds_the_lock(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    other = gated.queued((COMPLIANCE, compliance()))
    approve_all(gated)

    blocked = turn(gated, run)

    assert (blocked.status, gated.applied()) == (RestoreStatus.WAITING, [])
    assert "another restore has to end first" in blocked.operation_run.wait_note
    one_turn(gated, other)
    assert only(turn(gated, run)) == CREATED


def test_a_request_the_run_cannot_read_is_tried_with_its_code(gated):
    gated.fault({"status": 403}, method="GET", path="operationApprovalRequests")
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    early = only(turn(gated, run))
    for one in gated.control.approvals(gated.guid):
        gated.control.approve(gated.guid, one["id"])

    done = turn(gated, run)

    assert early == WAITS
    assert (only(done), len(gated.applied())) == (CREATED, 1)


def test_a_request_that_cannot_be_read_for_a_while_is_asked_for_again(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    approve_all(gated)
    gated.fault({"status": 404}, method="GET", path="operationApprovalRequests", times=1)

    still = turn(gated, run)

    assert (still.status, gated.applied()) == (RestoreStatus.WAITING, [])
    assert only(turn(gated, run)) == CREATED


def test_a_target_that_cannot_be_read_leaves_the_approval_for_later(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog("Held", value=2))))
    approve_all(gated)
    gated.fault({"status": 403}, method="GET", path=id_of("Held"))

    still = turn(gated, run)

    assert (still.status, only(still)) == (RestoreStatus.WAITING, WAITS)
    gated.control.clear_faults()
    assert only(turn(gated, run)) == UPDATED


def test_an_approved_write_that_loses_its_answer_is_not_made_twice(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    approve_all(gated)
    gated.fault({"disconnect": "after_apply"}, path=CATALOGS, times=1)

    done = turn(gated, run)

    assert (only(done), len(gated.applied())) == (CREATED, 1)


def test_an_approved_write_the_tenant_does_not_take_says_why(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    approve_all(gated)
    gated.fault({"status": 400, "message": "Too old."}, path=CATALOGS)

    done = turn(gated, run)

    assert only(done) == ("failed", "not_attempted", "payload_rejected")
    assert "Too old." in done.items.get().sentence
    assert "is still filed in the tenant" in done.items.get().sentence


def test_a_later_run_goes_on_with_the_request_that_an_earlier_one_left(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    lifecycle.request_cancel(actor=gated.operator, run=run.operation_run, now=gated.clock())
    draft = gated.draft((CATALOG, catalog()))
    draft_of_first = run.backup_set
    turn(gated, run)

    again = one_turn(gated, gated.queue(gated.capture(draft)))

    assert draft_of_first is not None
    assert (only(again), again.status) == (WAITS, RestoreStatus.WAITING)
    assert len(gated.control.approvals(gated.guid)) == 1
    approve_all(gated)
    assert only(turn(gated, again)) == CREATED


def test_a_request_of_another_person_is_not_taken_for_the_runs_own(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    lifecycle.request_cancel(actor=gated.operator, run=run.operation_run, now=gated.clock())
    turn(gated, run)
    WriteApproval.objects.all().delete()

    again = one_turn(gated, gated.queued((CATALOG, catalog())))

    assert only(again) == WAITS
    assert again.status == RestoreStatus.COMPLETED
    assert "could not be identified" in again.items.get().sentence


class Killed(BaseException):
    """The worker is gone, in the middle of whatever it did."""


@pytest.mark.parametrize("step", range(1, 24))
def test_a_worker_killed_at_any_step_loses_and_doubles_nothing(gated, monkeypatch, step):
    wanted = catalog()
    run = gated.queued((CATALOG, wanted), assignments=[(wanted["id"], [to_group()])])
    left = step

    def renewing(**said):
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed
        return renew(**said)

    renew = lifecycle.renew
    monkeypatch.setattr(lifecycle, "renew", renewing)
    for _ in range(12):
        waits = RestoreRun.objects.get(pk=run.pk).status == RestoreStatus.WAITING
        try:
            # What else it waits for takes its time; for the approver it may be asked at once.
            (turn if waits else one_turn)(gated, run)
        except Killed:
            gated.clock.ahead += lifecycle.lease_length() * 2
        approve_all(gated)
        if RestoreRun.objects.get(pk=run.pk).ended_at:
            break

    done = RestoreRun.objects.get(pk=run.pk)
    assert (only(done), done.status) == (CREATED, RestoreStatus.COMPLETED)
    assert len(gated.applied()) == 2
    assert len(gated.control.approvals(gated.guid)) == 2


def test_an_approved_write_that_is_throttled_when_its_run_is_cancelled_says_it_stays(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    approve_all(gated)
    gated.fault({"status": 429, "retry_after": 3600}, path=f"{CATALOGS}$", times=1)
    turn(gated, run)
    lifecycle.request_cancel(actor=gated.operator, run=run.operation_run, now=gated.clock())

    done = turn(gated, run)

    assert only(done) == ("cancelled", "not_attempted", "approval_left_filed")
    assert gated.applied() == []


def test_the_days_an_approver_takes_are_none_that_the_provider_keeps_waiting(gated):
    run = one_turn(gated, gated.queued((CATALOG, catalog())))
    gated.clock.ahead += timedelta(hours=30)
    approve_all(gated)
    gated.fault({"status": 429, "retry_after": 300}, path=f"{CATALOGS}$", times=1)
    paused = turn(gated, run)

    assert (paused.operation_run.is_paused, only(paused)) == (True, WAITS)
    assert only(gated.work(paused)) == CREATED


def test_what_refers_to_an_item_in_doubt_does_not_wait_for_an_approver_of_another(scene):
    gate(scene, "compliancePolicy")
    tagged = catalog(roleScopeTagIds=["7"])
    run = scene.queued((TAGS, scope_tag()), (CATALOG, tagged), (COMPLIANCE, compliance()))
    scene.fault({"status": 504}, path="roleScopeTags$", times=1)

    run = one_turn(scene, run)

    assert facts(run) == {"Branch": CREATED, "Firewall": CREATED, "Passwords": WAITS}
