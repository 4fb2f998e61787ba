"""Each state of the evidence says what it is, on the rail, in the stepper and on its step."""

from datetime import timedelta

import pytest
from django.utils import timezone

from operations.liveness import lease_length
from operations.models import OperationRun, RunOutcome, RunStatus
from restore_safety.models import CapturedEvidence, RestoreDraft
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.integrity import IntegrityState
from restore_safety.truth.scope import AssignmentMode
from tests.operations.factories import OperationRunFactory
from tests.restore_safety.factories_runs import NOW, FindingFactory

STEPS = ("backup", "scope", "checks", "preview", "confirm")
KINDS = pytest.mark.parametrize("kind", list(EvidenceKind))
CAPTURING = {"state": CaptureState.CAPTURING, "completed_at": None}


@pytest.fixture
def working(tenant):
    """`working(**facts)`: the operation behind a capture, with a worker that just reported."""

    def run(**facts):
        now = timezone.now()
        alive = {
            "running": True,
            "heartbeat_at": now,
            "lease_expires_at": now + lease_length(),
            "progress_note": "Reading policies",
        }
        made = OperationRunFactory(tenant=tenant, kind="checks", **(alive | facts))
        return OperationRun.objects.get(pk=made.pk)

    return run


def _shown(desk, kind):
    """The step, its account, and what the whole page says."""
    response = desk.get(kind.value)
    return response.context["page"].account(kind), response.content.decode()


def _parts(page):
    stepper, rest = page[page.index('id="steps"') :].split('id="evidence"', 1)
    evidence, rail = rest.split('id="rail"', 1)
    return stepper, evidence, rail


def _primary_label(kind):
    return f"Run the {kind.label.lower()}"


@KINDS
def test_never_captured(desk, kind):
    account, page = _shown(desk, kind)

    assert (account.state, account.captured) == (IntegrityState.NOT_RUN, None)
    assert all("Not run" in part for part in _parts(page)[:2])
    assert "Nothing was captured for this draft yet." in _parts(page)[2]
    assert f"{_primary_label(kind)}.</p>" in page


@KINDS
def test_being_captured(desk, captured, working, kind):
    captured(kind, operation_run=working(), **CAPTURING)

    account, page = _shown(desk, kind)

    stepper, evidence, rail = _parts(page)
    assert account.is_under_way
    assert account.state == CaptureState.CAPTURING
    assert "Capturing" in stepper
    assert "Reading policies" in evidence
    assert "Started <time" in evidence
    assert "by operator" in evidence
    assert "A worker is on it and reports regularly." in rail
    assert f"/capture/{kind.value}/" not in evidence


@pytest.mark.parametrize(
    ("facts", "label"),
    [
        ({"running": False, "status": RunStatus.QUEUED, "dispatched_at": NOW}, "Waiting for a"),
        ({}, "Working"),
        ({"silent": 0.5}, "Slow"),
        ({"silent": 2, "lost": True}, "Worker silent"),
        ({"silent": 20, "lost": True}, "Abandoned"),
    ],
    ids=["waiting", "live", "slow", "stale", "abandoned"],
)
def test_a_worker_that_is_slow_or_gone_is_told_apart(desk, captured, working, facts, label):
    kind, facts = EvidenceKind.CHECKS, dict(facts)
    if silent := facts.pop("silent", 0):
        facts["heartbeat_at"] = timezone.now() - lease_length() * silent
    if facts.pop("lost", False):
        facts["lease_expires_at"] = timezone.now() - timedelta(seconds=1)
    captured(kind, operation_run=working(**facts), **CAPTURING)

    account, page = _shown(desk, kind)

    assert account.worker.label.startswith(label)
    assert all(account.sentence in part for part in _parts(page)[1:])
    assert "The capture is under way and proves nothing yet." in _parts(page)[1]
    assert account.what_to_do in _parts(page)[1]
    assert label in _parts(page)[1]


@KINDS
def test_a_capture_nobody_works_on_is_not_waited_for(desk, captured, kind):
    if kind is EvidenceKind.PREVIEW:
        captured(EvidenceKind.CHECKS)
    captured(kind, **CAPTURING)

    account, page = _shown(desk, kind)
    response = desk.browser.post(f"/restores/drafts/{desk.draft.pk}/capture/{kind}/")

    assert not account.is_under_way
    assert "so it will never end" in page
    assert response["Location"] == desk.address(kind)
    assert sorted(CapturedEvidence.objects.filter(kind=kind).values_list("state", flat=True)) == [
        CaptureState.CAPTURING,
        CaptureState.FAILED,
    ]


@KINDS
def test_before_it_is_captured_again_the_next_action_is_to_do_that(desk, captured, working, kind):
    if kind is EvidenceKind.PREVIEW:
        captured(EvidenceKind.CHECKS)
    ended = working(
        status=RunStatus.COMPLETED, outcome=RunOutcome.FAILED, ended_at=NOW, lease_expires_at=None
    )
    captured(kind, operation_run=ended, **CAPTURING)

    following = desk.get(kind.value).context["page"].next

    assert (following.label, following.is_waiting) == (_primary_label(kind), False)


@KINDS
def test_a_failed_capture_says_why_what_to_do_and_what_was_before(desk, captured, kind):
    earlier = captured(kind, started_at=NOW - timedelta(hours=2))
    captured(kind, state=CaptureState.FAILED, failure="Contoso did not answer.")

    account, page = _shown(desk, kind)

    stepper, evidence, rail = _parts(page)
    assert account.state == CaptureState.FAILED
    assert "Failed" in stepper
    assert "The capture failed" in evidence
    assert f"Contoso did not answer. Run the {kind.label.lower()} again." in evidence
    assert f"/evidence/{earlier.pk}/" in evidence
    assert "Contoso did not answer." in rail


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"schema_version": 0}, "Its form is 0; this version reads 1."),
        ({"schema_version": 99}, "Its form is 99; this version reads 1."),
        ({"completed_at": None}, "Missing: when the capture ended."),
        ({"completed_at": NOW - timedelta(days=1)}, "It ended before it began."),
        ({"scope": {"written": "long ago"}}, "Missing: the scope it was captured for"),
        ({"fingerprint": "old-style"}, "Its fingerprint begins with “old-styl”"),
    ],
    ids=["older", "newer", "no-end", "end-first", "no-scope", "fingerprint"],
)
@KINDS
def test_a_record_that_proves_nothing_says_what_it_lacks(desk, captured, kind, facts, said):
    captured(kind, **facts)

    account, page = _shown(desk, kind)

    stepper, evidence, rail = _parts(page)
    assert account.state == IntegrityState.STALE
    assert "Stale" in stepper
    assert said in evidence
    assert said in rail
    assert f"Run the {kind.label.lower()} again." in evidence


def test_a_preview_without_the_digest_of_its_plan_says_so(desk, captured):
    preview = captured(EvidenceKind.PREVIEW)
    CapturedEvidence.objects.filter(pk=preview.pk).update(plan_hash="")

    account, page = _shown(desk, EvidenceKind.PREVIEW)

    assert account.state == IntegrityState.STALE
    assert "Missing: the digest of its plan." in _parts(page)[1]


@KINDS
def test_evidence_of_another_scope_says_what_moved_and_both_ways_on(desk, captured, kind):
    captured(kind)
    RestoreDraft.objects.filter(pk=desk.draft.pk).update(assignment_mode=AssignmentMode.LEAVE)

    account, page = _shown(desk, kind)

    stepper, evidence, _ = _parts(page)
    assert account.state == IntegrityState.INVALIDATED
    assert "Invalidated" in stepper
    assert "What changed since" in evidence
    assert f"Run the {kind.label.lower()} again, or change the scope back." in evidence


@KINDS
def test_current_evidence_claims_no_more_than_that(desk, captured, kind):
    captured(kind)

    account, page = _shown(desk, kind)

    assert (account.state, account.what_to_do) == (IntegrityState.CURRENT, "")
    assert "The capture is complete and its fingerprint matches." in _parts(page)[1]
    assert "tone-positive" not in page


@pytest.mark.parametrize("step", STEPS)
def test_the_rail_answers_the_same_questions_on_every_step(desk, proven, step):
    page = desk.page(step)

    rail = page[page.index('id="rail"') :]
    shown = desk.get(step).context["page"]
    for said in (
        shown.scope_summary,
        shown.status.fingerprint.rpartition(":")[2][:12],
        "What is proven",
        "Can it start",
        "Checks: current",
        "Preview: current",
        shown.next.label,
    ):
        assert said in rail


@KINDS
def test_one_capture_can_be_read_whatever_became_of_the_scope(
    desk, captured, auditor, sign_in, kind
):
    made = captured(kind)
    if kind is EvidenceKind.CHECKS:
        FindingFactory(evidence=made, title="Found back then")
    said = "Found back then" if kind is EvidenceKind.CHECKS else "Policy 1"
    RestoreDraft.objects.filter(pk=desk.draft.pk).update(assignment_mode=AssignmentMode.LEAVE)
    address = f"/restores/drafts/{desk.draft.pk}/evidence/{made.pk}/"

    response = desk.browser.get(address)
    audited = sign_in(auditor).get(address)

    page = response.content.decode()
    assert said in page
    assert "3 policies, all of “Nightly backup”, with assignments." in page
    assert "it says nothing about the scope as it is now" in page
    assert [one.field.label for one in response.context["page"].changes] == ["Assignments"]
    assert "Back to the draft" in page
    assert said in audited.content.decode()
    assert "Back to the draft" not in audited.content.decode()


def test_a_capture_of_another_draft_is_not_found_here(desk, captured, tenant):
    made = captured(EvidenceKind.CHECKS)
    other = RestoreDraft.objects.create(
        tenant=tenant, owner=desk.draft.owner, created_at=NOW, updated_at=NOW
    )

    response = desk.browser.get(f"/restores/drafts/{other.pk}/evidence/{made.pk}/")

    assert response.status_code == 404


def test_a_record_that_cannot_be_read_is_shown_and_concludes_nothing(desk, captured):
    made = captured(EvidenceKind.PREVIEW, scope={"written": "long ago"})

    page = desk.browser.get(f"/restores/drafts/{desk.draft.pk}/evidence/{made.pk}/")

    assert "cannot be read, so nothing is concluded from it" in page.content.decode()
