import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.truth.evidence import EVIDENCE_SCHEMA_VERSION, CaptureState, EvidenceKind
from restore_safety.truth.integrity import integrity_of
from restore_safety.truth.safety import (
    ExecutionReadiness,
    Gate,
    GateCode,
    Issue,
    IssueCode,
    NextStep,
    SafetyReadiness,
    assess,
)
from restore_safety.truth.scope import AssignmentMode
from tests.restore_safety.truth.strategies import SCOPE, checks, gates, preview

MOVED = dataclasses.replace(SCOPE, assignment_mode=AssignmentMode.LEAVE)
CALMNESS = list(SafetyReadiness)


def _assess(checks_seen, preview_seen, scope=SCOPE, refused=()):
    return assess(checks=checks_seen, preview=preview_seen, scope=scope, gates=gates(*refused))


def test_current_evidence_that_raised_nothing_and_open_gates_are_ready():
    assessment = _assess(checks(), preview())

    assert assessment.safety is SafetyReadiness.READY
    assert assessment.execution == ExecutionReadiness(gates=tuple(gates()))
    assert assessment.checks == integrity_of(checks(), SCOPE)
    assert assessment.preview == integrity_of(preview(), SCOPE)
    assert (assessment.safety_issue, assessment.primary_issue) == (None, None)
    assert assessment.next_step is NextStep.CONFIRM
    assert (assessment.may_claim_ready, assessment.positive_claim_suppressed) == (True, False)


@pytest.mark.parametrize(
    ("seen", "issue"),
    [
        ((None, None), IssueCode.CHECKS_NOT_CURRENT),
        ((checks(), None), IssueCode.PREVIEW_NOT_CURRENT),
    ],
)
def test_a_tenant_that_is_not_reached_is_reached_before_anything_looks_at_it(seen, issue):
    cut_off = _assess(*seen, refused=(GateCode.WRITE_GATE, GateCode.CONNECTION))
    closed = _assess(*seen, refused=(GateCode.WRITE_GATE,))

    assert (cut_off.primary_issue.code, cut_off.next_step) == (issue, NextStep.FIX_CONNECTION)
    assert closed.next_step in {NextStep.RUN_CHECKS, NextStep.RUN_PREVIEW}


NO_BACKUP = dataclasses.replace(SCOPE, backup_set="", backup_digest="", items=frozenset())
NO_ITEMS = dataclasses.replace(SCOPE, items=frozenset())
CAPTURING = {"state": CaptureState.CAPTURING, "completed_at": None}
GIVEN_UP = CAPTURING | {"is_given_up": True}
OLDER = CAPTURING | {"schema_version": EVIDENCE_SCHEMA_VERSION - 1}
FAILED = {"state": CaptureState.FAILED, "completed_at": None}

CASES = [
    (None, None, NO_BACKUP, "risky", "backup_not_chosen", "choose_backup"),
    (None, None, NO_ITEMS, "risky", "scope_empty", "choose_scope"),
    (
        checks(scope=NO_ITEMS),
        preview(scope=NO_ITEMS),
        NO_ITEMS,
        "risky",
        "scope_empty",
        "choose_scope",
    ),
    (None, None, SCOPE, "risky", "checks_not_current", "run_checks"),
    (None, preview(), SCOPE, "risky", "checks_not_current", "run_checks"),
    (checks(), None, SCOPE, "risky", "preview_not_current", "run_preview"),
    (checks(), preview(), MOVED, "risky", "checks_not_current", "run_checks"),
    (checks(scope=MOVED), preview(), MOVED, "risky", "preview_not_current", "run_preview"),
    (checks(**CAPTURING), None, SCOPE, "risky", "capture_running", "wait_for_capture"),
    (checks(**CAPTURING), None, MOVED, "risky", "checks_not_current", "run_checks"),
    (checks(), preview(**CAPTURING), SCOPE, "risky", "capture_running", "wait_for_capture"),
    (checks(**GIVEN_UP), None, SCOPE, "risky", "checks_not_current", "run_checks"),
    (checks(), preview(**GIVEN_UP), SCOPE, "risky", "preview_not_current", "run_preview"),
    (checks(**OLDER), None, SCOPE, "risky", "checks_not_current", "run_checks"),
    (checks(**FAILED), preview(), SCOPE, "risky", "checks_not_current", "run_checks"),
    (checks(), preview(**FAILED), SCOPE, "risky", "preview_not_current", "run_preview"),
    (checks(blockers=1), preview(), SCOPE, "blocked", "blockers_found", "resolve_blockers"),
    (checks(blockers=1), None, SCOPE, "blocked", "blockers_found", "resolve_blockers"),
    (checks(blockers=1), preview(), MOVED, "risky", "checks_not_current", "run_checks"),
    (checks(blockers=1, **FAILED), preview(), SCOPE, "risky", "checks_not_current", "run_checks"),
    (checks(warnings=1), preview(), SCOPE, "ready_with_caution", "warnings_found", None),
    (checks(unknowns=1), preview(), SCOPE, "ready_with_caution", "unknown_found", None),
    (checks(not_evaluable=1), preview(), SCOPE, "ready_with_caution", "unknown_found", None),
    (
        checks(unknowns=1, not_evaluable=1),
        preview(),
        SCOPE,
        "ready_with_caution",
        "unknown_found",
        None,
    ),
    (checks(suppressed_claims=1), preview(), SCOPE, "ready_with_caution", "claim_suppressed", None),
    (checks(blocked=1), preview(), SCOPE, "ready_with_caution", "items_blocked", None),
    (checks(), preview(warnings=1), SCOPE, "ready_with_caution", "warnings_found", None),
    (checks(), preview(unknowns=1), SCOPE, "ready_with_caution", "unknown_found", None),
    (checks(), preview(not_evaluable=1), SCOPE, "ready_with_caution", "unknown_found", None),
    (checks(), preview(blocked=1), SCOPE, "ready_with_caution", "items_blocked", None),
    (checks(), preview(blockers=1), SCOPE, "ready_with_caution", "items_blocked", None),
    (checks(warnings=3), preview(unknowns=1), SCOPE, "ready_with_caution", "unknown_found", None),
]


@pytest.mark.parametrize(("seen", "previewed", "scope", "safety", "issue", "step"), CASES)
def test_each_hindrance_names_its_issue_and_step(seen, previewed, scope, safety, issue, step):
    assessment = _assess(seen, previewed, scope)

    assert assessment.safety == safety
    assert assessment.primary_issue.code == issue
    assert assessment.primary_issue.sentence.endswith(".")
    assert assessment.safety_issue == assessment.primary_issue
    assert assessment.next_step == (step or "acknowledge_warnings")
    assert (assessment.may_claim_ready, assessment.positive_claim_suppressed) == (False, True)


WAYS = {
    GateCode.PERMISSION: "ask_for_permission",
    GateCode.WRITE_GATE: "open_write_gate",
    GateCode.CONNECTION: "fix_connection",
    GateCode.LOCK: "follow_live_restore",
    GateCode.BACKUP_USABLE: "choose_backup",
    GateCode.EVIDENCE_AGE: "run_checks",
    GateCode.NOTHING_TO_RESTORE: "change_scope",
    GateCode.FREEZE: "wait_for_opening",
    GateCode.FOUR_EYES: "ask_for_approval",
}


@pytest.mark.parametrize("code", GateCode)
def test_refused_gate_keeps_ready_from_being_claimed_and_has_a_way(code):
    assessment = _assess(checks(), preview(), refused=[code])

    assert assessment.safety is SafetyReadiness.READY
    assert not assessment.execution.is_startable
    assert [gate.code for gate in assessment.execution.refused] == [code]
    assert assessment.primary_issue == Issue(
        code=IssueCode.GATE_REFUSED, sentence=f"Why {code.value}."
    )
    assert assessment.safety_issue is None
    assert assessment.next_step == WAYS[code]
    assert not assessment.may_claim_ready


def test_refused_gate_comes_before_caution_and_after_blockers():
    cautious = _assess(checks(warnings=1), preview(), refused=[GateCode.LOCK])
    blocked = _assess(checks(blockers=1), preview(), refused=[GateCode.LOCK])

    assert (cautious.safety, cautious.next_step) == ("ready_with_caution", "follow_live_restore")
    assert (blocked.safety, blocked.next_step) == ("blocked", "resolve_blockers")


@pytest.mark.parametrize(
    ("seen", "previewed", "issue"),
    [
        (checks(warnings=1), preview(), "warnings_found"),
        (checks(warnings=1), preview(not_evaluable=2), "unknown_found"),
        (checks(blockers=1), preview(), "blockers_found"),
        (checks(), None, "preview_not_current"),
    ],
)
@pytest.mark.parametrize("code", GateCode)
def test_refused_gate_never_hides_what_the_proof_raised(code, seen, previewed, issue):
    refused, startable = (_assess(seen, previewed, refused=codes) for codes in ([code], []))

    assert refused.safety_issue.code == issue
    assert refused.safety_issue == startable.safety_issue == startable.primary_issue


@pytest.mark.parametrize(
    ("too_old", "step"),
    [
        ((EvidenceKind.CHECKS,), "run_checks"),
        ((EvidenceKind.PREVIEW,), "run_preview"),
        ((EvidenceKind.CHECKS, EvidenceKind.PREVIEW), "run_checks"),
    ],
)
def test_evidence_that_is_too_old_is_captured_again(too_old, step):
    age = Gate(code=GateCode.EVIDENCE_AGE, passed=False, reason="Too old.", too_old=too_old)
    others = [gate for gate in gates() if gate.code is not age.code]

    assessment = assess(checks=checks(), preview=preview(), scope=SCOPE, gates=[*others, age])

    assert assessment.next_step == step


def test_what_could_not_be_compared_is_previewed_again():
    assessment = _assess(checks(), preview(not_evaluable=1), refused=[GateCode.NOTHING_TO_RESTORE])

    assert assessment.next_step is NextStep.RUN_PREVIEW


@pytest.mark.parametrize(
    "gate",
    [
        {"code": GateCode.EVIDENCE_AGE, "passed": True},
        {"code": GateCode.LOCK, "passed": False},
    ],
)
def test_only_a_refused_age_names_what_is_too_old(gate):
    with pytest.raises(ValueError, match=r"^Only a refused age of evidence has some that is too"):
        Gate(reason="Too old.", too_old=(EvidenceKind.CHECKS,), **gate)


def test_issue_says_why_the_evidence_does_not_count():
    stale, given_up = checks(completed_at=None), checks(**GIVEN_UP)

    sentences = [
        _assess(seen, preview(), scope).safety_issue.sentence
        for seen, scope in [(None, SCOPE), (stale, SCOPE), (checks(), MOVED), (given_up, SCOPE)]
    ]

    assert sentences == [
        "So far the checks never ran for this draft.",
        "It is not proven that the checks ran for this scope.",
        "The scope changed after the checks ran.",
        "No worker is on this capture any more, so it will never end.",
    ]


@pytest.mark.parametrize(
    ("blockers", "sentence"),
    [(1, "The checks found 1 blocker."), (3, "The checks found 3 blockers.")],
)
def test_issue_counts_the_blockers(blockers, sentence):
    issue = _assess(checks(blockers=blockers), preview()).primary_issue

    assert issue == Issue(code=IssueCode.BLOCKERS_FOUND, sentence=sentence)


def test_gate_that_nobody_looked_at_is_refused():
    answered = gates()[1:]

    readiness = ExecutionReadiness(gates=tuple(answered))

    assert readiness.refused == (
        Gate(
            code=GateCode.PERMISSION,
            passed=False,
            reason="Permission: this condition was not looked at.",
        ),
    )
    assert [gate.code for gate in readiness.gates] == list(GateCode)
    assert not ExecutionReadiness(gates=()).is_startable


def test_contradicting_or_silent_gates_are_refused():
    with pytest.raises(ValueError, match="one answer"):
        ExecutionReadiness(gates=(*gates(), *gates(GateCode.LOCK)))
    with pytest.raises(ValueError, match="needs its reason"):
        Gate(code=GateCode.LOCK, passed=False, reason="")


def test_a_gate_that_is_passed_needs_no_reason():
    gate = Gate(code=GateCode.LOCK, passed=True, reason="")

    assert GateCode.LOCK not in [one.code for one in ExecutionReadiness(gates=(gate,)).refused]


def test_evidence_of_the_other_kind_is_refused():
    with pytest.raises(ValueError, match="Only checks"):
        _assess(preview(), preview())
    with pytest.raises(ValueError, match="Only a preview"):
        _assess(checks(), checks())


COUNTS = ("blockers", "warnings", "unknowns", "suppressed_claims", "not_evaluable", "blocked")
counts = st.fixed_dictionaries({name: st.integers(0, 2) for name in COUNTS})
states = st.sampled_from(CaptureState)
assessed = {
    "seen": st.none()
    | st.builds(lambda found, state: checks(state=state, **found), counts, states),
    "previewed": st.none()
    | st.builds(lambda found, state: preview(state=state, **found), counts, states),
    "scope": st.sampled_from([SCOPE, MOVED, NO_ITEMS, NO_BACKUP]),
    "refused": st.frozensets(st.sampled_from(GateCode), max_size=2),
}


@given(**assessed)
def test_positive_claim_only_for_ready_and_startable(seen, previewed, scope, refused):
    assessment = _assess(seen, previewed, scope, refused)
    raised = [
        count
        for found in (seen, previewed)
        if found
        for name, count in found.counts.items()
        if name != "writes"
    ]
    is_spotless = (
        not refused
        and scope == SCOPE
        and all(found and found.state is CaptureState.COMPLETE for found in (seen, previewed))
        and not any(raised)
    )

    assert assessment.may_claim_ready is is_spotless
    assert assessment.positive_claim_suppressed is not is_spotless
    assert (assessment.primary_issue is None) is is_spotless
    assert (assessment.safety_issue is None) is (assessment.safety is SafetyReadiness.READY)
    assert (assessment.next_step is NextStep.CONFIRM) is is_spotless


@given(**assessed, finding=st.tuples(st.sampled_from(COUNTS), st.booleans()))
def test_one_more_finding_never_makes_it_calmer(seen, previewed, scope, refused, finding):
    name, is_of_checks = finding
    before = _assess(seen, previewed, scope, refused)
    touched = seen if is_of_checks else previewed
    if touched is None:
        return
    worse = dataclasses.replace(touched, **{name: getattr(touched, name) + 1})

    after = _assess(
        worse if is_of_checks else seen, previewed if is_of_checks else worse, scope, refused
    )

    assert CALMNESS.index(after.safety) <= CALMNESS.index(before.safety)
    assert after.may_claim_ready <= before.may_claim_ready


@pytest.mark.parametrize(
    ("seen", "previewed"),
    list(
        itertools.product([None, checks(blockers=1), checks(**FAILED)], [None, preview(**FAILED)])
    ),
)
def test_the_answers_are_independent(seen, previewed):
    for refused in ([], [GateCode.LOCK]):
        assessment = _assess(seen, previewed, refused=refused)

        assert assessment.execution.is_startable is (not refused)
        assert assessment.safety in {SafetyReadiness.BLOCKED, SafetyReadiness.RISKY}
