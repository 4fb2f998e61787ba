"""Undo of a restore: the state before comes back, what was created goes, and nothing else does."""

import pytest
from django.utils import timezone

from restore_safety.drafts import service as drafts
from restore_safety.drafts.readiness import acknowledgements_of
from restore_safety.drafts.service import FixedScopeError, ScopeChoices
from restore_safety.models import Decision, RestoreRun
from restore_safety.policies.plan import plan_hash
from restore_safety.restores import records
from restore_safety.restores.follow_ups import open_follow_ups
from restore_safety.restores.pages.undo import undoing_of
from restore_safety.restores.records import RecordRefusedError
from restore_safety.restores.undo import obstacle_to_undo
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.scope import AssignmentMode, ConflictPolicy, ScopeMode
from tests.restore_safety.execution.scene import (
    CATALOG,
    COMPLIANCE,
    FILTERS,
    GONE,
    SCRIPTS,
    TAGS,
    Clock,
    catalog,
    compliance,
    device_filter,
    facts,
    id_of,
    only,
    scope_tag,
    script,
    to_group,
)
from tests.restore_safety.execution.test_crashes import LEASE, work_until_killed
from tests.restore_safety.execution.test_crashes import undone as without_trace
from tests.restore_safety.execution.undoing import (
    content_of,
    plan_of,
    prepared,
    sentences_of,
    undone,
)

pytestmark = pytest.mark.django_db

TERMS = "termsAndConditions"
DELETED = ("deleted", "verified", "written")


def made(scene, *backup, **how):
    """A restore that ended, of these."""
    run = scene.work(scene.queued(*backup, **how))
    assert run.status == "completed", facts(run)
    scene.look_from_here()
    return run


@pytest.fixture
def created(scene):
    """A restore that created one policy and assigned it."""
    scene.fill()
    return made(scene, (CATALOG, catalog()), assignments={id_of("Firewall"): [to_group()]})


@pytest.fixture
def updated(scene):
    """A restore that changed one policy."""
    scene.fill((CATALOG, catalog(value=0)))
    return made(scene, (CATALOG, catalog(value=1)))


def test_an_undo_brings_the_state_before_back(scene):
    scene.fill(
        (CATALOG, catalog("Firewall", value=0)),
        (COMPLIANCE, compliance("Passwords", hours=24)),
        assignments={id_of("Firewall"): [to_group()]},
    )
    before = content_of(scene)
    run = made(
        scene,
        (CATALOG, catalog("Firewall", value=1)),
        (COMPLIANCE, compliance("Passwords", hours=12)),
        (CATALOG, catalog("Defender")),
        (SCRIPTS, script()),
        assignments={id_of("Defender"): [to_group()], id_of("Firewall"): []},
    )
    assert content_of(scene) != before

    undo = undone(scene, run)

    assert content_of(scene) == before
    assert facts(undo) == {
        "Firewall": ("updated", "verified", "written"),
        "Passwords": ("updated", "verified", "written"),
        "Defender": DELETED,
        "Cleanup": DELETED,
    }
    assert undo.status == "completed"
    assert undo.operation_run.summary_counts["deleted"] == 2
    assert undo.draft.undoes == run


def test_what_refers_to_a_created_object_goes_before_it(scene):
    scene.fill((CATALOG, catalog("Drifted", value=2)))
    before = content_of(scene)
    run = made(
        scene,
        (TAGS, scope_tag()),
        (FILTERS, device_filter()),
        (CATALOG, catalog("Drifted")),
        (CATALOG, catalog("Firewall", roleScopeTagIds=["7"])),
        assignments={
            id_of("Drifted"): [to_group(filter_id=id_of("Corporate"))],
            id_of("Firewall"): [to_group(filter_id=id_of("Corporate"))],
        },
    )

    undo = undone(scene, run)

    assert content_of(scene) == before
    assert [item.name for item in undo.items.order_by("position")] == [
        "Drifted",
        "Firewall",
        "Corporate",
        "Branch",
    ]


def test_what_a_policy_that_stays_refers_to_is_not_deleted(scene):
    scene.fill()
    run = made(
        scene,
        (FILTERS, device_filter()),
        (CATALOG, catalog()),
        assignments={id_of("Firewall"): [to_group(filter_id=id_of("Corporate"))]},
    )
    (firewall,) = scene.live(CATALOG).values()
    scene.change(CATALOG, firewall["id"], description="Kept by an admin")

    draft = prepared(scene, run)

    assert plan_of(draft) == {
        "Corporate": ("blocked", "dependency_missing"),
        "Firewall": ("blocked", "target_moved"),
    }
    assert "“Firewall” refers to it and stays" in sentences_of(draft)["Corporate"]


def test_a_created_object_is_not_deleted_alone_while_its_policy_is_not_in_scope(scene, operator):
    scene.fill()
    run = made(
        scene,
        (FILTERS, device_filter()),
        (CATALOG, catalog()),
        assignments={id_of("Firewall"): [to_group(filter_id=id_of("Corporate"))]},
    )
    draft = records.undo(actor=operator, run=run, now=timezone.now()).draft
    corporate = draft.backup_set.items.get(name="Corporate")
    choices = ScopeChoices(mode=ScopeMode.SELECTED, selected=frozenset({str(corporate.pk)}))
    drafts.change_scope(actor=operator, draft=draft, choices=choices, now=timezone.now())

    scene.capture(draft)

    assert plan_of(draft) == {"Corporate": ("blocked", "dependency_missing")}


def test_a_deletion_waits_for_what_refers_to_it_in_the_run_too(scene):
    scene.fill()
    run = made(
        scene,
        (FILTERS, device_filter()),
        (CATALOG, catalog()),
        assignments={id_of("Firewall"): [to_group(filter_id=id_of("Corporate"))]},
    )
    queued = scene.queue(prepared(scene, run))
    scene.fault({"status": 403}, method="DELETE", path="/configurationPolicies/")

    undo = scene.work(queued)

    assert facts(undo) == {
        "Firewall": ("failed", "not_attempted", "permission_denied"),
        "Corporate": ("not_started", "not_attempted", "dependency_failed"),
    }
    assert set(scene.live(FILTERS)) == {"Corporate"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"description": "Edited"}, "“Firewall” was changed"),
        ({"name": "Renamed"}, "“Firewall” was changed"),
        ({"assignments": []}, "The assignments of “Firewall”"),
    ],
    ids=["changed", "renamed", "assigned"],
)
def test_what_was_created_is_not_deleted_once_another_admin_touched_it(
    scene, created, changes, said
):
    (live,) = scene.live(CATALOG).values()
    scene.change(CATALOG, live["id"], **changes)

    draft = prepared(scene, created)

    assert plan_of(draft) == {"Firewall": ("blocked", "target_moved")}
    assert said in sentences_of(draft)["Firewall"]
    assert draft.evidence.filter(kind="preview").first().writes == 0


def test_what_was_created_and_is_gone_has_nothing_to_delete(scene, created):
    (live,) = scene.live(CATALOG).values()
    scene.remove(CATALOG, live["id"])
    scene.add(CATALOG, catalog("Firewall", id=id_of("another of that name")))

    undo = undone(scene, created)

    assert only(undo) == ("unchanged", "verified", "as_wanted")
    assert scene.applied() == []
    assert set(scene.live(CATALOG)) == {"Firewall"}


def test_a_change_after_the_preview_stops_the_deletion(scene, created):
    queued = scene.queue(prepared(scene, created))
    (live,) = scene.live(CATALOG).values()
    scene.change(CATALOG, live["id"], description="Edited")

    undo = scene.work(queued)

    assert only(undo) == ("target_changed", "not_attempted", "target_moved")
    assert scene.writes() == []


def test_what_another_admin_deleted_after_the_preview_is_as_wanted(scene, created):
    queued = scene.queue(prepared(scene, created))
    (live,) = scene.live(CATALOG).values()
    scene.remove(CATALOG, live["id"])

    undo = scene.work(queued)

    assert only(undo) == ("unchanged", "verified", "as_wanted")
    assert scene.writes() == []


def test_a_policy_changed_since_is_not_put_back(scene, updated):
    scene.change(CATALOG, id_of("Firewall"), description="Edited by an administrator")

    draft = prepared(scene, updated)

    assert plan_of(draft) == {"Firewall": ("blocked", "target_moved")}
    assert "“Firewall” was changed" in sentences_of(draft)["Firewall"]


def test_a_later_restore_is_named(scene, updated):
    later_run = made(scene, (CATALOG, catalog(value=2)))

    draft = prepared(scene, updated)

    assert plan_of(draft) == {"Firewall": ("blocked", "target_moved")}
    assert sentences_of(draft)["Firewall"].startswith(f"{later_run} wrote “Firewall” after")


def test_a_policy_deleted_since_is_not_created_again(scene, updated):
    scene.remove(CATALOG, id_of("Firewall"))
    scene.add(CATALOG, catalog("Firewall", id=id_of("another of that name")))

    draft = prepared(scene, updated)

    assert plan_of(draft) == {"Firewall": ("blocked", "not_found")}


def test_what_was_put_back_by_hand_needs_nothing(scene, updated):
    scene.change(CATALOG, id_of("Firewall"), settings=catalog(value=0)["settings"])

    draft = prepared(scene, updated)

    assert plan_of(draft) == {"Firewall": ("unchanged", "as_wanted")}


def test_without_what_the_restore_read_back_nothing_is_deleted(scene, created):
    created.items.update(left_digest="")

    draft = prepared(scene, created)

    assert plan_of(draft) == {"Firewall": ("blocked", "target_unreadable")}


def test_what_was_read_back_otherwise_is_not_deleted(scene, created):
    created.items.update(verification="mismatch")

    draft = prepared(scene, created)

    assert plan_of(draft) == {"Firewall": ("blocked", "verification_mismatch")}


def test_a_policy_is_put_back_without_a_reading_and_a_warning_says_so(scene, updated):
    updated.items.update(left_digest="")

    draft = prepared(scene, updated)

    assert plan_of(draft) == {"Firewall": ("update", "")}
    checks = draft.evidence.get(kind="checks")
    assert "undo_changes_since_unknown" in set(checks.findings.values_list("code", flat=True))


@pytest.mark.parametrize("disconnect", ["before", "after_apply"])
def test_a_deletion_survives_a_lost_answer(scene, created, disconnect):
    queued = scene.queue(prepared(scene, created))
    scene.fault({"disconnect": disconnect}, method="DELETE", times=1)

    undo = scene.work(queued)

    assert only(undo) == DELETED
    assert len(scene.applied()) == 1
    assert scene.live(CATALOG) == {}


def test_a_worker_may_die_at_any_point_of_a_deletion(scene, created):
    queued = scene.queue(prepared(scene, created))
    scene.document["objects"] = scene.control.dump_tenant(scene.guid)["objects"]
    number, was_killed = 1, True
    while was_killed:
        scene.refill()
        with without_trace():
            clock = Clock()
            was_killed = work_until_killed(scene, queued, number, clock)
            clock.ahead += LEASE
            undo = scene.work(queued, clock=clock)
            assert only(undo) == DELETED
            assert len(scene.applied()) == 1
            assert undo.pre_restore_set.item_count == 1
            assert scene.live(CATALOG) == {}
        number += 1

    assert number > 8


def test_a_dry_run_of_an_undo_writes_nothing(scene, created):
    draft = prepared(scene, created)

    rehearsal = scene.work(scene.queue(draft, is_dry_run=True))

    assert only(rehearsal) == ("not_started", "not_attempted", "dry_run")
    assert "Would be deleted" in rehearsal.items.get().sentence
    assert scene.writes() == []


def test_assignments_added_one_by_one_go_before_the_policy(scene):
    scene.fill()
    terms = {"id": id_of("Terms"), "displayName": "Terms", "title": "T", "bodyText": "B"}
    terms |= {"acceptanceStatement": "A", "roleScopeTagIds": ["0"]}
    run = made(scene, (TERMS, terms), assignments={id_of("Terms"): [to_group()]})

    undo = undone(scene, run)

    assert only(undo) == DELETED
    assert [method for method, _, _ in scene.applied()] == ["DELETE", "DELETE"]
    assert scene.live(TERMS) == {}


def test_what_is_deleted_is_kept_first_and_comes_back_by_undoing_the_undo(scene, created):
    undo = undone(scene, created)
    (kept,) = undo.pre_restore_set.items.all()
    assert (kept.name, kept.assignments != []) == ("Firewall", True)

    again = undone(scene, undo)

    assert only(again) == ("created", "verified", "written")
    (live,) = scene.live(CATALOG).values()
    assert live["id"] != kept.object_id
    assert [one["target"]["groupId"] for one in live["assignments"]] == [
        to_group()["target"]["groupId"]
    ]


def test_an_undo_of_an_undo_does_not_touch_another_policy_of_the_name(scene, created):
    undo = undone(scene, created)
    scene.add(CATALOG, catalog("Firewall", id=id_of("another of that name")))

    draft = prepared(scene, undo)

    assert plan_of(draft) == {"Firewall": ("blocked", "ambiguous_match")}


def test_only_a_plan_of_an_undo_deletes_a_policy(scene, created):
    """Even with a plan that was altered together with its hash, and stored as confirmed."""
    (live,) = scene.live(CATALOG).values()
    queued = scene.queued((COMPLIANCE, compliance()))
    planned = queued.preview.plan.get()
    planned.decision, planned.target_object_id = Decision.DELETE, live["id"]
    path = f"deviceManagement/configurationPolicies/{live['id']}"
    planned.writes = [planned.writes[0] | {"method": "DELETE", "path": path, "body": None}]
    planned.save()
    queued.plan_hash = plan_hash(queued.preview.plan.order_by("position"))
    queued.save()

    run = scene.work(queued)

    assert only(run) == ("not_started", "not_attempted", "write_fence")
    assert scene.writes() == []


def test_an_undo_deletes_nothing_that_the_restore_did_not_create(scene, updated):
    queued = scene.queue(prepared(scene, updated))
    planned = queued.preview.plan.get()
    planned.decision = Decision.DELETE
    path = f"deviceManagement/configurationPolicies/{planned.target_object_id}"
    planned.writes = [planned.writes[0] | {"method": "DELETE", "path": path, "body": None}]
    planned.save()
    queued.plan_hash = plan_hash(queued.preview.plan.order_by("position"))
    queued.save()

    run = scene.work(queued)

    assert only(run) == ("not_started", "not_attempted", "write_fence")
    assert scene.writes() == []


def test_the_set_of_an_undo_is_of_use_to_no_other_draft(scene, created, operator):
    undo = records.undo(actor=operator, run=created, now=timezone.now()).draft
    ordinary = drafts.open_draft(actor=operator, tenant=scene.tenant, now=timezone.now())

    with pytest.raises(FixedScopeError):
        drafts.change_scope(
            actor=operator,
            draft=ordinary,
            choices=ScopeChoices(backup_set=undo.backup_set),
            now=timezone.now(),
        )

    # Had it come to be chosen all the same, nothing would be deleted.
    ordinary.backup_set = undo.backup_set
    ordinary.save()
    assert plan_of(scene.capture(ordinary)) == {"Firewall": ("blocked", "unsupported_type")}


@pytest.mark.parametrize(
    "choices",
    [
        {"conflict_policy": ConflictPolicy.COPY},
        {"assignment_mode": AssignmentMode.LEAVE},
        {"include_foundations": False},
        {"mapping": {ReferenceKind.GROUP: {"a": "b"}}},
    ],
    ids=lambda choices: next(iter(choices)),
)
def test_only_the_policies_of_an_undo_may_be_chosen(scene, created, operator, choices):
    draft = records.undo(actor=operator, run=created, now=timezone.now()).draft

    with pytest.raises(FixedScopeError):
        drafts.change_scope(
            actor=operator, draft=draft, choices=ScopeChoices(**choices), now=timezone.now()
        )

    assert draft.changes.filter(field__in=choices).count() == 0


def test_the_deletions_are_acknowledged_by_themselves(scene, created):
    asked = acknowledgements_of(scene.status(prepared(scene, created)))

    (deletions,) = [one for one in asked if one.decision is Decision.DELETE]
    assert deletions.sentence == f"1 policy will be deleted from {scene.tenant.name}."


def test_an_undo_is_prepared_once(scene, created, operator):
    first = records.undo(actor=operator, run=created, now=timezone.now())
    second = records.undo(actor=operator, run=created, now=timezone.now())

    assert (first.is_new, second.is_new) == (True, False)
    assert first.draft == second.draft


def test_the_record_stays_while_its_undo_is_on_record(scene, created, owner):
    records.undo(actor=owner, run=created, now=timezone.now())
    records.archive(actor=owner, run=created, now=timezone.now())

    with pytest.raises(RecordRefusedError, match="Its undo is on record"):
        records.delete_for_good(actor=owner, run=created)


def test_a_dry_run_and_a_restore_that_wrote_nothing_have_no_undo(scene, operator):
    scene.fill((CATALOG, catalog()))
    rehearsal = scene.work(scene.queued((COMPLIANCE, compliance()), is_dry_run=True))
    idle = scene.work(scene.queued((CATALOG, catalog())))

    for run, why in ((rehearsal, "A dry run wrote nothing"), (idle, "nothing to undo")):
        with pytest.raises(RecordRefusedError, match=why):
            records.undo(actor=operator, run=run, now=timezone.now())


def test_what_may_have_been_written_is_named_beforehand(scene):
    scene.fill()
    queued = scene.queued((CATALOG, catalog()), (COMPLIANCE, compliance()))
    run = scene.work(queued)
    run.items.filter(name="Passwords").update(outcome="outcome_unknown")

    draft = prepared(scene, run)

    assert plan_of(draft) == {"Firewall": ("delete", "")}
    left = draft.evidence.get(kind="checks").findings.get(code="undo_leaves_behind")
    assert "Passwords" in left.why


def test_what_stays_on_devices_is_said_beforehand(scene):
    scene.fill()
    run = made(
        scene,
        (SCRIPTS, script()),
        (COMPLIANCE, compliance()),
        assignments={id_of("Cleanup"): [to_group()]},
    )

    draft = prepared(scene, run)

    codes = set(draft.evidence.get(kind="checks").findings.values_list("code", flat=True))
    assert {"undo_scripts_ran", "undo_compliance_actions_ran"} <= codes
    assert "target_changed_since_backup" not in codes


def test_what_a_restore_left_open_of_a_policy_is_settled_by_deleting_it(scene):
    scene.fill()
    backup = (CATALOG, catalog())
    run = scene.work(scene.queued(backup, assignments={id_of("Firewall"): [to_group(GONE)]}))
    assert only(run)[0] == "partial"
    open_runs = RestoreRun.objects.filter(open_follow_ups())
    assert list(open_runs) == [run]

    undone(scene, run)

    assert list(open_runs.all()) == []


def test_a_restore_that_was_undone_is_not_undone_again(scene, created, operator):
    undone(scene, created)

    with pytest.raises(RecordRefusedError, match="undone already"):
        records.undo(actor=operator, run=created, now=timezone.now())


def test_a_second_undo_takes_only_what_is_still_there(scene):
    scene.fill((CATALOG, catalog(value=0)))
    run = made(scene, (CATALOG, catalog(value=1)), (COMPLIANCE, compliance()))
    scene.change(CATALOG, id_of("Firewall"), description="Changed by hand")
    undone(scene, run)
    assert undoing_of(run).sentence == "Taken back: 1 of 2 policies that this restore wrote."

    again = prepared(scene, run)

    assert list(again.backup_set.items.values_list("name", flat=True)) == ["Firewall"]
    codes = set(again.evidence.get(kind="checks").findings.values_list("code", flat=True))
    assert "undo_leaves_behind" not in codes


def test_a_restore_can_be_undone_again_once_its_undo_was_undone(scene, updated):
    undo = undone(scene, updated)
    assert obstacle_to_undo(updated)

    undone(scene, undo)

    assert obstacle_to_undo(updated) == ""
    undone(scene, updated)
    assert obstacle_to_undo(updated)
