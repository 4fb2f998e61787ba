"""Each condition of a start, refused by its name; and what is kept when all of them hold."""

import json
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from operations.models import OperationRun
from restore_safety.checks import capture as checks
from restore_safety.drafts import preview
from restore_safety.drafts import service as drafts
from restore_safety.drafts.readiness import acknowledgements_of
from restore_safety.drafts.service import ScopeChoices
from restore_safety.execution.gate import Refusal, RestoreRefusedError, refusals_of
from restore_safety.models import CapturedEvidence, Finding, RestoreRun, Severity
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.safety import GateCode
from restore_safety.truth.scope import AssignmentMode, ConflictPolicy
from restore_safety.truth.snapshot import ExecutionSnapshot
from tenants.access.service import AccessDeniedError, bootstrap_role
from tenants.canonical_json import digest_of
from tenants.models import AuditEvent, ProviderConnection, Tenant, Verification
from tenants.models.capabilities import Role
from tests.restore_safety.execution.scene import (
    CATALOG,
    GONE,
    SCRIPTS,
    catalog,
    facts,
    id_of,
    script,
    to_group,
)
from tests.restore_safety.factories_runs import RestoreRunFactory

LONGEST_REASON = 300


@pytest.fixture
def draft(scene):
    return scene.capture(scene.draft((CATALOG, catalog()), (SCRIPTS, script())))


def refused(scene, draft, **changes):
    """The refusal, once it is sure that nothing else came of it."""
    runs, operations = RestoreRun.objects.count(), OperationRun.objects.count()
    with pytest.raises(RestoreRefusedError) as caught:
        scene.queue(draft, **changes)
    draft.refresh_from_db()
    assert draft.submitted_at is None
    assert (RestoreRun.objects.count(), OperationRun.objects.count()) == (runs, operations)
    event = AuditEvent.objects.filter(action="restore.refused").first()
    assert (event.outcome, event.subject, event.detail["condition"]) == (
        "denied",
        f"restore_draft:{draft.pk}",
        caught.value.refusal,
    )
    assert caught.value.sentence
    return caught.value.refusal


def test_a_confirmed_restore_is_queued_with_its_journal(scene, draft, operator):
    run = scene.queue(draft)

    draft.refresh_from_db()
    assert (run.requested_by, run.reason, run.is_dry_run, run.status) == (
        operator,
        "CHG-1",
        False,
        "queued",
    )
    assert facts(run) == dict.fromkeys(
        ("Cleanup", "Firewall"), ("not_started", "not_attempted", "")
    )
    assert draft.submitted_at is not None
    assert run.operation_run.subject == str(run.pk)
    event = AuditEvent.objects.get(action="restore.queued")
    assert (event.subject, event.detail["plan_hash"]) == (f"restore_run:{run.pk}", run.plan_hash)
    assert event.detail["snapshot"] == digest_of(RestoreRun.objects.get().metadata[SNAPSHOT_KEY])


def test_the_same_confirmation_twice_is_one_run(scene, draft):
    confirmation = scene.confirmation(draft)
    first = scene.queue(draft, confirmation=confirmation)

    assert scene.queue(draft, confirmation=confirmation) == first
    assert RestoreRun.objects.count() == 1


def test_another_confirmation_of_a_queued_draft_is_refused(scene, draft):
    first, second = scene.confirmation(draft), scene.confirmation(draft)
    scene.queue(draft, confirmation=first)

    with pytest.raises(RestoreRefusedError) as caught:
        scene.queue(draft, confirmation=second)

    assert caught.value.refusal == Refusal.ALREADY_QUEUED


def test_the_same_dry_run_twice_is_one_run(scene, draft):
    confirmation = scene.confirmation(draft, is_dry_run=True)
    first = scene.queue(draft, confirmation=confirmation)

    assert scene.queue(draft, confirmation=confirmation) == first
    assert RestoreRun.objects.count() == 1


def test_who_may_not_execute_is_denied(scene, draft, auditor):
    scene.operator = auditor

    with pytest.raises(AccessDeniedError):
        scene.queue(draft)

    assert RestoreRun.objects.count() == 0


@pytest.mark.parametrize("offer", ["", "made-up", "a:b:c"])
def test_a_confirmation_no_one_signed_is_refused(scene, draft, offer):
    assert refused(scene, draft, offer=offer) == Refusal.CONFIRMATION_INVALID


def test_what_was_offered_to_another_person_is_refused(scene, draft, manager):
    offered = scene.confirmation(draft, actor=manager)

    assert refused(scene, draft, confirmation=offered) == Refusal.CONFIRMATION_INVALID


def test_what_was_offered_for_another_draft_is_refused(scene, draft):
    other = scene.capture(scene.draft((CATALOG, catalog())))

    assert (
        refused(scene, draft, confirmation=scene.confirmation(other))
        == Refusal.CONFIRMATION_INVALID
    )


def change(scene, draft, **choices):
    drafts.change_scope(
        actor=scene.operator, draft=draft, choices=ScopeChoices(**choices), now=timezone.now()
    )


def test_a_scope_changed_after_the_offer_is_refused_until_it_is_changed_back(scene, draft):
    confirmation = scene.confirmation(draft)
    change(scene, draft, assignment_mode=AssignmentMode.LEAVE)

    assert refused(scene, draft, confirmation=confirmation) == Refusal.SCOPE_CHANGED

    change(scene, draft, assignment_mode=AssignmentMode.REPLACE)
    assert scene.queue(draft, confirmation=confirmation).status == "queued"


def test_evidence_from_one_directory_authorises_nothing_in_another(scene, draft):
    confirmation = scene.confirmation(draft)
    connected = scene.connection.directory_id
    scene.connection.directory_id = uuid.uuid4()
    scene.connection.save()

    assert refused(scene, draft, confirmation=confirmation) == Refusal.SCOPE_CHANGED
    assert {one.integrity.state for one in evidence(scene, draft)} == {"invalidated"}

    scene.connection.directory_id = connected
    scene.connection.save()
    assert {one.integrity.state for one in evidence(scene, draft)} == {"current"}


def test_a_preview_of_another_scope_is_no_plan_for_this_one(scene, draft):
    drafts.change_scope(
        actor=scene.operator,
        draft=draft,
        choices=ScopeChoices(backup_set=draft.backup_set, conflict_policy=ConflictPolicy.SKIP),
        now=timezone.now(),
    )

    gates = {gate.code: gate for gate in scene.status(draft).assessment.execution.gates}

    assert not gates[GateCode.NOTHING_TO_RESTORE].passed
    assert gates[GateCode.NOTHING_TO_RESTORE].reason == (
        "No preview speaks for this scope yet: run the preview."
    )


def evidence(scene, draft):
    status = scene.status(draft)
    return status.checks, status.preview


@pytest.mark.parametrize(
    ("kind", "refusal"),
    [
        (EvidenceKind.CHECKS, Refusal.CHECKS_NOT_CURRENT),
        (EvidenceKind.PREVIEW, Refusal.PREVIEW_NOT_CURRENT),
    ],
)
@pytest.mark.parametrize("is_dry_run", [False, True])
def test_without_current_evidence_nothing_starts(scene, draft, kind, refusal, is_dry_run):
    CapturedEvidence.objects.filter(kind=kind).delete()

    assert refused(scene, draft, is_dry_run=is_dry_run) == refusal


def test_evidence_captured_anew_after_the_offer_is_refused(scene, draft):
    confirmation = scene.confirmation(draft)
    scene.capture(draft)

    assert refused(scene, draft, confirmation=confirmation) == Refusal.EVIDENCE_REPLACED


@pytest.mark.parametrize(
    ("kind", "capture", "queue"),
    [
        (EvidenceKind.CHECKS, checks, checks.queue_checks),
        (EvidenceKind.PREVIEW, preview, preview.queue_preview),
    ],
)
def test_evidence_still_being_captured_when_the_page_was_drawn_is_refused(
    scene, draft, kind, capture, queue
):
    """No one has read what was not there yet, even if it is current by the time they confirm."""
    CapturedEvidence.objects.filter(kind=kind).delete()
    under_way = queue(actor=scene.operator, draft=draft, now=timezone.now())
    confirmation = scene.confirmation(draft)
    capture.work(run_id=str(under_way.operation_run_id))
    scene.look_from_here()

    assert refused(scene, draft, confirmation=confirmation) == Refusal.EVIDENCE_REPLACED


def altered_body(planned):
    planned.writes[0]["body"] = planned.writes[0]["body"].replace("cleanup", "backdoor")


def altered_path(planned):
    planned.writes[0]["path"] += "/x"


def altered_target(planned):
    planned.target_digest = "sha256:0"


@pytest.mark.parametrize("alter", [altered_body, altered_path, altered_target])
def test_a_plan_altered_in_the_database_is_refused(scene, draft, alter):
    confirmation = scene.confirmation(draft)
    planned = CapturedEvidence.objects.get(kind="preview").plan.order_by("position").first()
    alter(planned)
    planned.save()

    assert refused(scene, draft, confirmation=confirmation) == Refusal.PLAN_ALTERED


def test_a_plan_row_taken_away_is_refused(scene, draft):
    confirmation = scene.confirmation(draft)
    CapturedEvidence.objects.get(kind="preview").plan.order_by("position").first().delete()

    assert refused(scene, draft, confirmation=confirmation) == Refusal.PLAN_ALTERED


def raise_finding(severity, number=1):
    evidence = CapturedEvidence.objects.get(kind="checks")
    Finding.objects.create(
        tenant=evidence.tenant,
        evidence=evidence,
        position=100 + number,
        severity=severity,
        code="made_up",
        title=f"Something was found: {number}",
        why="Because",
        remedy="Look",
    )
    setattr(evidence, f"{severity}s", getattr(evidence, f"{severity}s") + 1)
    evidence.save()


def test_a_blocker_stops_a_restore_but_not_its_rehearsal(scene, draft):
    raise_finding(Severity.BLOCKER)

    assert refused(scene, draft) == Refusal.BLOCKED
    assert scene.queue(draft, is_dry_run=True).is_dry_run


def test_a_closed_write_gate_stops_a_restore_but_not_its_rehearsal(scene, draft):
    Tenant.objects.update(writes_enabled=False)

    assert refused(scene, draft) == Refusal.GATE_REFUSED
    assert scene.queue(draft, is_dry_run=True).is_dry_run


@pytest.mark.parametrize("is_dry_run", [False, True])
def test_an_unverified_connection_stops_both(scene, draft, is_dry_run):
    ProviderConnection.objects.update(verification=Verification.FAILED)

    assert refused(scene, draft, is_dry_run=is_dry_run) == Refusal.GATE_REFUSED


def test_evidence_older_than_the_tenant_allows_stops_a_restore(scene, draft):
    Tenant.objects.update(max_evidence_age=timedelta(seconds=1))
    long_ago = timezone.now() - timedelta(hours=1)
    CapturedEvidence.objects.update(started_at=long_ago, completed_at=long_ago)

    assert refused(scene, draft) == Refusal.GATE_REFUSED


def test_a_plan_that_leaves_everything_out_is_nothing_to_restore(scene):
    scene.fill((CATALOG, catalog(value=2)))
    skipping = {"conflict_policy": ConflictPolicy.SKIP}
    draft = scene.capture(scene.draft((CATALOG, catalog()), **skipping))

    assert refused(scene, draft) == Refusal.GATE_REFUSED
    assert scene.queue(draft, is_dry_run=True).is_dry_run


def test_a_plan_without_writes_may_be_carried_out_to_confirm_it(scene):
    scene.fill((CATALOG, catalog()))
    draft = scene.capture(scene.draft((CATALOG, catalog())))

    run = scene.work(scene.queue(draft))

    assert facts(run) == {"Firewall": ("unchanged", "verified", "as_wanted")}


def test_one_restore_of_a_tenant_at_a_time(scene, draft):
    other = scene.capture(scene.draft((SCRIPTS, script("Other"))))
    scene.queue(draft)

    assert refused(scene, other) == Refusal.TENANT_BUSY


def test_a_dry_run_neither_takes_the_lock_nor_waits_for_it(scene, draft):
    other = scene.capture(scene.draft((SCRIPTS, script("Other"))))
    scene.queue(draft, is_dry_run=True)

    scene.queue(draft)
    scene.queue(other, is_dry_run=True)

    assert RestoreRun.objects.filter(is_dry_run=False).count() == 1


def test_the_database_holds_the_lock_by_itself(scene, draft):
    run = scene.queue(draft)
    operation = OperationRun.objects.create(tenant=run.tenant, kind="restore", title="Second")
    run.pk, run.operation_run, run.confirmation_key = None, operation, "another"

    with pytest.raises(IntegrityError), transaction.atomic():
        run.save(force_insert=True)


def test_the_database_holds_the_directory_by_itself(scene, draft, other_tenant):
    run = scene.queue(draft)
    there = {"cloud": run.cloud, "directory_id": run.directory_id}

    with pytest.raises(IntegrityError), transaction.atomic():
        RestoreRunFactory(tenant=other_tenant, running=True, **there)

    assert there == {"cloud": "emulator", "directory_id": scene.connection.directory_id}
    RestoreRunFactory(tenant=other_tenant, running=True, is_dry_run=True, **there)
    RestoreRunFactory(tenant=other_tenant, **there)


def test_when_a_run_has_ended_the_next_may_start(scene, draft):
    other = scene.capture(scene.draft((SCRIPTS, script("Other"))))
    scene.work(scene.queue(draft))

    assert scene.queue(other).status == "queued"


@pytest.mark.parametrize("name", ["", "contoso", "Contoso Ltd"])
def test_the_name_has_to_be_typed_as_it_is(scene, draft, name):
    assert refused(scene, draft, typed_name=name) == Refusal.NAME_NOT_TYPED


def test_every_warning_is_acknowledged_by_itself(scene, draft):
    raise_finding(Severity.WARNING, 1)
    raise_finding(Severity.UNKNOWN, 2)
    asked = {one.key for one in acknowledgements_of(scene.status(draft))}
    assert {one.key for one in Finding.objects.filter(code="made_up")} <= asked
    assert len(asked) == 2

    for key in asked:
        assert (
            refused(scene, draft, acknowledged=frozenset(asked - {key}))
            == Refusal.WARNINGS_NOT_ACKNOWLEDGED
        )
    run = scene.queue(draft, acknowledged=frozenset(asked) | {"nobody-asked"})

    kept = ExecutionSnapshot.from_json(run.metadata[SNAPSHOT_KEY])
    assert set(kept.acknowledged_warnings) == asked


def test_what_the_preview_leaves_out_is_acknowledged_too(scene):
    scene.fill(
        (CATALOG, {**catalog(), "id": id_of("1")}), (CATALOG, {**catalog(), "id": id_of("2")})
    )
    draft = scene.capture(scene.draft((CATALOG, catalog()), (SCRIPTS, script())))
    Finding.objects.all().delete()
    CapturedEvidence.objects.filter(kind="checks").update(blockers=0, warnings=0, unknowns=0)

    assert refused(scene, draft, acknowledged=frozenset()) == Refusal.WARNINGS_NOT_ACKNOWLEDGED


@pytest.mark.parametrize("reason", ["", "  ", "x" * (LONGEST_REASON + 1)])
def test_a_usable_reason_is_required(scene, draft, reason):
    assert refused(scene, draft, reason=reason) == Refusal.REASON_MISSING


def test_a_dry_run_needs_no_hard_confirmation(scene, draft):
    raise_finding(Severity.WARNING)

    run = scene.queue(draft, is_dry_run=True, typed_name="", acknowledged=frozenset(), reason="")

    draft.refresh_from_db()
    assert (run.is_dry_run, draft.submitted_at) == (True, None)


def test_the_snapshot_is_small_and_holds_no_payload(scene):
    content = "a-value-of-the-policy"
    policy = catalog(description=content)
    draft = scene.capture(
        scene.draft((CATALOG, policy), assignments={policy["id"]: [to_group(GONE)]}.items())
    )
    for number in range(60):
        raise_finding(Severity.WARNING, number)

    run = scene.queue(draft, reason="r" * LONGEST_REASON)

    stored = json.dumps(run.metadata)
    assert len(stored) <= 4096 + len(SNAPSHOT_KEY) + 10
    assert content not in stored
    assert policy["name"] not in stored
    kept = ExecutionSnapshot.from_json(run.metadata[SNAPSHOT_KEY])
    assert (kept.plan_hash, kept.fingerprint, kept.confirmed_tenant, kept.actor_name) == (
        run.plan_hash,
        run.fingerprint,
        "Contoso",
        "operator",
    )
    assert dict(kept.gates) == dict.fromkeys(GateCode, True)


def test_more_than_a_snapshot_can_keep_is_refused_by_name(scene, draft):
    for number in range(300):
        raise_finding(Severity.WARNING, number)

    assert refused(scene, draft) == Refusal.TOO_MUCH_RAISED


def test_the_page_says_beforehand_what_the_gate_would_refuse(scene, draft):
    assert refusals_of(scene.status(draft), is_dry_run=False) == ()

    Tenant.objects.update(writes_enabled=False)
    raise_finding(Severity.BLOCKER)
    scene.tenant.refresh_from_db()

    assert len(refusals_of(scene.status(draft), is_dry_run=False)) == 2
    assert refusals_of(scene.status(draft), is_dry_run=True) == ()


def test_a_right_lost_after_the_offer_is_a_right_lost(scene, draft, tenant, django_user_model):
    visitor = django_user_model.objects.create(username="visitor")
    bootstrap_role(user=visitor, tenant=tenant, role=Role.AUDITOR)
    confirmation = scene.confirmation(draft, actor=visitor)
    scene.operator = visitor

    with pytest.raises(AccessDeniedError):
        scene.queue(draft, confirmation=confirmation)


# Who it is


@pytest.mark.parametrize("age", [None, timedelta(minutes=15, seconds=1), timedelta(days=1)])
def test_real_restore_needs_a_recent_proof_of_who_it_is(scene, draft, age):
    assert refused(scene, draft, proof_age=age) is Refusal.SIGN_IN_TOO_OLD


def test_proof_is_recent_for_as_long_as_the_setting_says(scene, draft, settings):
    settings.REAUTHENTICATION_MINUTES = 60

    assert scene.queue(draft, proof_age=timedelta(minutes=60)).requested_by == scene.operator


def test_dry_run_needs_no_proof(scene, draft):
    assert scene.queue(draft, proof_age=None, is_dry_run=True).is_dry_run


def test_same_confirmation_again_is_answered_whatever_the_proof(scene, draft):
    confirmation = scene.confirmation(draft)
    first = scene.queue(draft, confirmation=confirmation)

    again = scene.queue(draft, confirmation=confirmation, proof_age=None)

    assert again == first


def test_proof_is_asked_for_last(scene, draft):
    assert refused(scene, draft, proof_age=None, reason="") is Refusal.REASON_MISSING
