"""Every state has one look, and nothing unproven looks proven."""

import re
from enum import Enum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import django_adminlte4
import pytest

import operations.liveness
import operations.models
import restore_safety.backups.completeness
import restore_safety.models
import restore_safety.truth
import tenants.models
from restore_safety.badges import (
    BADGES,
    GATE_MET,
    Badge,
    Tone,
    UnknownStateError,
    all_badges,
    badge_for,
    execution_badge,
    safety_badge,
    tone_of_message,
)
from restore_safety.truth.attention import Attention, RestoreStatus, Verification
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.integrity import Integrity, IntegrityReason, IntegrityState
from restore_safety.truth.safety import (
    ExecutionReadiness,
    Gate,
    GateCode,
    NextStep,
    SafetyAssessment,
    SafetyReadiness,
)
from tenants.models.connection import Verification as ConnectionVerification

# Names, reasons, choices and causes: they are said in sentences, not shown as states.
NO_STATES = {
    "ChangeCause",
    "ConflictPolicy",
    "CredentialKind",
    "EvidenceKind",
    "FollowUpAction",
    "GateCode",
    "IntegrityReason",
    "IssueCode",
    "NextStep",
    "ReasonCode",
    "ScopeField",
    "ScopeMode",
    "Word",
}
PACKAGES = (restore_safety.truth, restore_safety.models, tenants.models)
MODULES = (operations.models, operations.liveness, restore_safety.backups.completeness)


def _enums():
    modules = list(MODULES)
    for package in PACKAGES:
        modules += [
            import_module(found.name)
            for found in walk_packages(package.__path__, f"{package.__name__}.")
        ]
    return sorted(
        {
            value
            for module in modules
            for value in vars(module).values()
            if isinstance(value, type)
            and issubclass(value, Enum)
            and value.__module__ == module.__name__
            and not value.__name__.startswith("_")
        },
        key=lambda found: (found.__module__, found.__name__),
    )


def _assessment(*, safety=SafetyReadiness.READY, passed=True):
    current = Integrity(state=IntegrityState.CURRENT, reason=IntegrityReason.MATCHES)
    gates = tuple(Gate(code=code, passed=passed, reason="It is so.") for code in GateCode)
    return SafetyAssessment(
        checks=current,
        preview=current,
        execution=ExecutionReadiness(gates=gates),
        safety=safety,
        primary_issue=None,
        next_step=NextStep.CONFIRM,
    )


@pytest.mark.parametrize("states", _enums(), ids=lambda found: found.__qualname__)
def test_every_member_of_every_state_has_a_badge(states):
    if states.__name__ in NO_STATES:
        return

    assert set(BADGES.get(states, {})) == set(states)


def test_every_badge_says_its_state_in_words():
    speechless = [badge for badge in all_badges() if not (badge.label and badge.meaning)]

    assert speechless == []


def test_every_icon_is_drawn_by_the_icon_font():
    root = Path(django_adminlte4.__file__).parent
    sheet = root / "static/adminlte/dist/css/bootstrap-icons.min.css"
    known = set(re.findall(r"\.bi-([a-z0-9-]+)::?before", sheet.read_text()))

    assert {badge.icon for badge in all_badges()} - known == set()


def test_only_what_was_proven_is_positive():
    positive = {
        (states, member)
        for states, family in BADGES.items()
        for member, badge in family.items()
        if badge.tone is Tone.POSITIVE
    }
    checked = {badge.tone for badge in all_badges() if "check" in badge.icon}

    assert positive == {
        (Attention, Attention.COMPLETED),
        (Verification, Verification.VERIFIED),
        (ConnectionVerification, ConnectionVerification.VERIFIED),
    }
    assert checked == {Tone.POSITIVE}


def test_members_with_the_same_value_keep_their_own_badges():
    assert RestoreStatus.COMPLETED == Attention.COMPLETED
    assert badge_for(RestoreStatus.COMPLETED).tone is Tone.INFO
    assert badge_for(Attention.COMPLETED).tone is Tone.POSITIVE


@pytest.mark.parametrize("stranger", ["completed", EvidenceKind.CHECKS, None])
def test_a_stranger_is_refused(stranger):
    with pytest.raises(UnknownStateError):
        badge_for(stranger)


def test_ready_is_green_only_when_the_restore_could_start():
    claimed = safety_badge(_assessment())
    withheld = safety_badge(_assessment(passed=False))

    assert (claimed.label, claimed.tone) == ("Ready", Tone.POSITIVE)
    assert (withheld.label, withheld.tone) == ("Nothing raised", Tone.INFO)


@pytest.mark.parametrize(
    "safety", [one for one in SafetyReadiness if one is not SafetyReadiness.READY]
)
def test_anything_short_of_ready_keeps_its_own_badge(safety):
    assert safety_badge(_assessment(safety=safety)) == badge_for(safety)


def test_startable_makes_no_claim_of_safety():
    assert execution_badge(_assessment().execution).tone is Tone.INFO
    assert execution_badge(_assessment(passed=False).execution).tone is Tone.DANGER
    assert GATE_MET.tone is Tone.NEUTRAL


@pytest.mark.parametrize(
    ("level", "tone"),
    [
        ("debug", Tone.NEUTRAL),
        ("info", Tone.INFO),
        ("success", Tone.INFO),
        ("warning", Tone.CAUTION),
        ("error", Tone.DANGER),
    ],
)
def test_no_message_is_positive(level, tone):
    assert tone_of_message(level) is tone


def test_a_badge_is_a_value():
    assert badge_for(Verification.VERIFIED) == Badge(
        label="Verified",
        tone=Tone.POSITIVE,
        icon="check-circle",
        meaning=Verification.VERIFIED.sentence,
    )
