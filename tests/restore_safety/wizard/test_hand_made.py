"""Requests no page would send: they can do nothing that the page would not, and break nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from restore_safety.drafts.readiness import draft_status
from restore_safety.execution.gate import Refusal, offer_of
from restore_safety.models import (
    CapturedEvidence,
    Decision,
    DraftChange,
    PlanItem,
    RestoreDraft,
    RestoreRun,
    Severity,
)
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.scope import AssignmentMode
from restore_safety.wizard import confirmation
from restore_safety.wizard.forms import ConfirmForm
from tenants.models import AuditEvent, ProviderConnection, Tenant, Verification
from tests.factories import ChangeWindowFactory
from tests.restore_safety.factories_runs import (
    NOW,
    DraftFactory,
    EvidenceFactory,
    FindingFactory,
    RestoreRunFactory,
    broad,
)

LONG = "x" * 60_000


@pytest.fixture
def good(desk, proven):
    """What the page of the confirm step would send, filled in."""
    return {
        "offer": _offer(desk.draft, desk.draft.owner),
        "action": "restore",
        "typed_name": "Contoso",
        "reason": "Change 4711",
        "acknowledged": [broad()],
    }


def _offer(draft, actor):
    fresh = RestoreDraft.objects.select_related("tenant", "backup_set").get(pk=draft.pk)
    return offer_of(status=draft_status(draft=fresh, actor=actor, now=NOW), actor=actor)


def _queue(desk, values):
    return desk.browser.post(f"/restores/drafts/{desk.draft.pk}/queue/", values)


def _scope_moved(desk):
    RestoreDraft.objects.filter(pk=desk.draft.pk).update(assignment_mode=AssignmentMode.LEAVE)


def _checks_failed(desk):
    CapturedEvidence.objects.filter(kind=EvidenceKind.CHECKS).update(state="failed")


def _preview_failed(desk):
    CapturedEvidence.objects.filter(kind=EvidenceKind.PREVIEW).update(state="failed")


def _checks_replaced(desk):
    fresh = RestoreDraft.objects.get(pk=desk.draft.pk)
    EvidenceFactory(
        draft=fresh, kind=EvidenceKind.CHECKS, plan_hash="", started_at=NOW, completed_at=NOW
    )


def _plan_altered(desk):
    PlanItem.objects.update(decision=Decision.UPDATE)


def _plan_mangled(desk):
    PlanItem.objects.update(writes=[{"id": "sneaked in"}])


def _blocked(desk):
    checks = CapturedEvidence.objects.get(kind=EvidenceKind.CHECKS)
    FindingFactory(evidence=checks, position=2, severity=Severity.BLOCKER)
    CapturedEvidence.objects.filter(pk=checks.pk).update(blockers=1)


def _gate_closed(desk):
    ProviderConnection.objects.filter(tenant=desk.draft.tenant).update(
        verification=Verification.FAILED
    )


def _tenant_busy(desk):
    RestoreRunFactory(tenant=desk.draft.tenant, running=True)


def _frozen(desk):
    ChangeWindowFactory(tenant=desk.draft.tenant, starts_at=timezone.now() - timedelta(hours=1))


def _approval_needed(desk):
    Tenant.objects.filter(pk=desk.draft.tenant_id).update(needs_approval=True)


def _nothing(desk):
    """The draft stays as the page showed it."""


REFUSALS = [
    (Refusal.CONFIRMATION_INVALID, _nothing, {"offer": ""}),
    (Refusal.SCOPE_CHANGED, _scope_moved, {}),
    (Refusal.CHECKS_NOT_CURRENT, _checks_failed, {}),
    (Refusal.PREVIEW_NOT_CURRENT, _preview_failed, {}),
    (Refusal.EVIDENCE_REPLACED, _checks_replaced, {}),
    (Refusal.PLAN_ALTERED, _plan_altered, {}),
    (Refusal.PLAN_ALTERED, _plan_mangled, {}),
    (Refusal.BLOCKED, _blocked, {}),
    (Refusal.GATE_REFUSED, _gate_closed, {}),
    (Refusal.TENANT_BUSY, _tenant_busy, {}),
    (Refusal.NAME_NOT_TYPED, _nothing, {"typed_name": "Contos"}),
    (Refusal.WARNINGS_NOT_ACKNOWLEDGED, _nothing, {"acknowledged": []}),
    (Refusal.REASON_MISSING, _nothing, {"reason": ""}),
    (Refusal.FROZEN, _frozen, {}),
    (Refusal.NOT_APPROVED, _approval_needed, {}),
    (Refusal.START_INVALID, _nothing, {"starts": "2020-01-01T00:00", "starts_zone": "UTC"}),
]
# The first leads to the run that was queued, the second needs more findings than a page shows, the
# third leads to where the operator proves who they are, and the fourth is for owners alone.
SHOWN_ELSEWHERE = {
    Refusal.ALREADY_QUEUED,
    Refusal.TOO_MUCH_RAISED,
    Refusal.SIGN_IN_TOO_OLD,
    Refusal.OVERRIDE_INCOMPLETE,
}


def _name(part):
    return getattr(part, "__name__", str(part))


def test_every_refusal_is_in_the_table():
    assert {row[0] for row in REFUSALS} | SHOWN_ELSEWHERE == set(Refusal)


@pytest.mark.parametrize(("refusal", "meanwhile", "changes"), REFUSALS, ids=_name)
def test_a_refusal_names_its_condition_queues_nothing_and_keeps_what_was_typed(
    desk, good, refusal, meanwhile, changes
):
    meanwhile(desk)
    runs = RestoreRun.objects.count()

    response = _queue(desk, good | changes)

    event = AuditEvent.objects.filter(action="restore.refused").latest("pk")
    form = response.context["confirm_form"]
    assert response.status_code == 409
    assert event.detail["condition"] == refusal
    assert response.context["refusals"]
    assert all(response.context["refusals"])
    assert "It was not queued" in response.content.decode()
    assert form["reason"].value() == (good | changes)["reason"]
    assert form["typed_name"].value() == (good | changes)["typed_name"]
    assert RestoreRun.objects.count() == runs
    assert RestoreDraft.objects.get(pk=desk.draft.pk).submitted_at is None


def test_more_acknowledgements_than_it_takes_to_record_are_refused(desk, captured):
    checks = captured(EvidenceKind.CHECKS, warnings=200)
    for position in range(1, 201):
        FindingFactory(
            evidence=checks,
            position=position,
            code="a_rather_long_code_of_a_finding",
            title=f"Finding {position}",
            facts={"number": position},
        )
    captured(EvidenceKind.PREVIEW)
    asked = [one.asked.key for one in desk.get("confirm").context["section"].raised]

    response = _queue(
        desk,
        {
            "offer": _offer(desk.draft, desk.draft.owner),
            "action": "restore",
            "typed_name": "Contoso",
            "reason": "Change 4711",
            "acknowledged": asked,
        },
    )

    assert response.status_code == 409
    assert response.context["refusals"] == [
        (
            "More was raised and acknowledged than is kept with one restore. Choose fewer "
            "items, or give shorter reasons."
        )
    ]
    assert RestoreRun.objects.count() == 0


def _of_another_draft(desk, manager):
    other = DraftFactory(
        tenant=desk.draft.tenant, owner=desk.draft.owner, backup_set=desk.draft.backup_set
    )
    return _offer(other, desk.draft.owner)


def _of_another_person(desk, manager):
    return _offer(desk.draft, manager)


@pytest.mark.parametrize("borrowed", [_of_another_draft, _of_another_person])
@pytest.mark.parametrize("action", ["restore", "dry-run"])
def test_a_confirmation_of_another_draft_or_person_queues_nothing(
    desk, good, manager, borrowed, action
):
    response = _queue(desk, good | {"offer": borrowed(desk, manager), "action": action})

    assert response.status_code == 409
    assert response.context["refusals"] == [
        "This confirmation does not belong to you and this draft. Open the confirm step again."
    ]
    assert RestoreRun.objects.count() == 0


@pytest.mark.parametrize(
    "spoilt",
    [lambda offer: offer[:-1], lambda offer: f"{offer}x", lambda offer: offer[::-1]],
    ids=["cut", "longer", "reversed"],
)
def test_a_confirmation_that_was_tampered_with_queues_nothing(desk, good, spoilt):
    assert _queue(desk, good | {"offer": spoilt(good["offer"])}).status_code == 409
    assert RestoreRun.objects.count() == 0


def test_acknowledging_more_than_was_asked_records_only_what_was(desk, good):
    _queue(desk, good | {"acknowledged": [broad(), "preview-blocked", "x\x00", LONG]})

    run = RestoreRun.objects.get()
    assert broad() in str(run.metadata)
    assert not any(one in str(run.metadata) for one in ("preview-blocked", "\x00", LONG))


def test_the_plan_that_was_shown_is_the_one_that_is_queued(desk, good):
    shown = desk.get("confirm").context["section"].plan_hash

    _queue(desk, good)

    assert RestoreRun.objects.get().plan_hash == shown != ""


ODD = ["", "\x00", "a\x00b", LONG, "🦊" * 500, "\u202e", "../../etc", "<script>", "-1", "9" * 5_000]
QUEUE_FIELDS = ("offer", "action", "typed_name", "acknowledged", "reason")
STEP_FIELDS = (
    "seen",
    "agreed",
    "action",
    "shown",
    "item",
    "listed_q",
    "listed_type",
    "listed_page",
    "q",
    "type",
    "scope-mode",
    "scope-conflict_policy",
    "backup-backup_set",
    "unheard_of",
)


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("field", QUEUE_FIELDS)
def test_an_odd_confirmation_is_answered_and_queues_no_restore(desk, good, field, value):
    response = _queue(desk, good | {field: value})

    queued = RestoreRun.objects.filter(is_dry_run=False)
    # A reason may be any text; an action that is no dry run is a restore, confirmed like any other.
    if field in {"reason", "action"} and response.status_code == 302:
        sent = good | {field: value}
        assert queued.get().execution_safety_snapshot.reason == sent["reason"].strip()
    else:
        assert response.status_code in {400, 409}
        assert not queued.exists()


@pytest.mark.parametrize("field", STEP_FIELDS)
@pytest.mark.parametrize("step", ["backup", "scope"])
def test_an_odd_step_is_answered_and_never_changes_what_costs_evidence(desk, proven, step, field):
    statuses = {
        desk.post(step, **{"action": "select-matching", field: value}).status_code for value in ODD
    }

    assert statuses <= {200, 302, 400}
    assert desk.get("checks").context["page"].assessment.checks.is_current


@pytest.mark.parametrize("field", ["q", "type", "decision", "page", "sent"])
@pytest.mark.parametrize("step", ["backup", "scope", "checks", "preview", "confirm"])
def test_an_odd_address_is_answered(desk, proven, step, field):
    statuses = {
        desk.browser.get(desk.address(step), {field: value}).status_code
        for value in ODD
        if "\x00" not in value
    }

    assert statuses <= {200, 302}


@pytest.mark.parametrize("path", ["scope/", "backup/", "queue/"])
@pytest.mark.parametrize(
    "body",
    [{f"field-{number}": "1" for number in range(20_001)}, {"item": "x" * 2_700_000}],
    ids=["fields", "bytes"],
)
def test_a_body_beyond_measure_is_refused_before_it_is_read(desk, proven, path, body):
    response = desk.browser.post(f"/restores/drafts/{desk.draft.pk}/{path}", body)

    assert response.status_code in {400, 413}
    assert (DraftChange.objects.count(), RestoreRun.objects.count()) == (0, 0)
    assert RestoreDraft.objects.filter(pk=desk.draft.pk).exists()


@pytest.mark.parametrize("step", ["done", "queue", "confirm", "nonsense", "checks%00", "scope%2F"])
def test_a_step_nobody_offers_changes_nothing(desk, proven, step):
    response = desk.browser.post(desk.address(step), desk.posted("scope"))

    assert response.status_code in {302, 400, 404, 409}
    assert (DraftChange.objects.count(), RestoreRun.objects.count()) == (0, 0)


def test_a_refusal_at_a_field_is_one_the_confirm_step_has():
    fields = set(confirmation.FIELDS.values())

    assert fields == {"typed_name", "acknowledged", "reason", "starts"}
    assert fields <= set(ConfirmForm.base_fields)
