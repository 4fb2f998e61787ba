"""Every state has one look, and nothing unproven looks proven."""

import re
from enum import Enum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import django_adminlte4
import pytest
from django.conf import settings

from restore_safety.badges import GATE_MET, all_badges, execution_badge, safety_badge
from restore_safety.models import Decision
from restore_safety.truth.attention import Attention, ItemOutcome, RestoreStatus, Verification
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
from tenants.web.badges import (
    BADGES,
    Badge,
    StateTakenError,
    Tone,
    UnknownStateError,
    badge_for,
    register,
    tone_of_message,
)

ROOT = settings.BASE_DIR
APPS = ("operations", "restore_safety", "tenants")
# Entry points and what runs beside the product: they answer no page.
NOT_PAGES = ("asgi", "wsgi", "__main__", "demo", "emulator", "management", "migrations")

# What is no state, and where each is said instead.
NO_STATES = {
    "restore_safety.policies.matching": {"MatchKind": "in the sentence of a match"},
    "restore_safety.checks.access_conditions": {"Breadth": "in the sentence about a lock-out"},
    "restore_safety.checks.connection_lock_outs": {"Meant": "in the sentence about a lock-out"},
    "restore_safety.checks.lock_outs": {"Spared": "in the sentence about a lock-out"},
    "restore_safety.execution.confirmation": {"Refusal": "in the sentence of a refusal"},
    "restore_safety.execution.target_state": {"TargetState": "in the sentence of an item"},
    "restore_safety.execution.reconcile": {"Aftermath": "in the outcome of a request"},
    "restore_safety.models.directory": {"DirectoryKind": "as the name of a kind"},
    "restore_safety.policies.impact": {
        "Effect": "in the sentence about what a change does",
        "Reach": "in the line about whom a policy reaches",
    },
    "restore_safety.policies.undone": {"UndoAct": "in the sentence about a policy"},
    "operations.models": {
        "NoticeKind": "in the headline of a notice",
        "ProcessRole": "in the sentence about a silent process",
    },
    "restore_safety.policies.referenced": {"Existence": "in the sentence about a reference"},
    "restore_safety.restores.records": {"RecordAct": "on the button of the act"},
    "restore_safety.truth.causes": {"ReasonCode": "in the sentence of an item"},
    "restore_safety.truth.continuing": {
        "ContinuingAction": "on the button of the action",
        "RemainingState": "in the counts of the actions and the remarks beside them",
    },
    "restore_safety.truth.evidence": {"EvidenceKind": "as the name of the evidence"},
    "restore_safety.truth.follow_up_actions": {
        "FollowUpAction": "on the button of the next action",
    },
    "restore_safety.truth.item_status": {"ItemStatus": "in the attention of the result"},
    "restore_safety.truth.four_eyes": {"ApprovalFlaw": "in the sentence of a void request"},
    "restore_safety.models.four_eyes": {"ApprovalDecision": "as a fact of the request"},
    "restore_safety.truth.integrity": {"IntegrityReason": "in the sentence beside the integrity"},
    "restore_safety.truth.ledger": {"ChangeCause": "in the line of the ledger"},
    "restore_safety.truth.references": {"ReferenceKind": "as the name of a kind of object"},
    "restore_safety.truth.safety": {
        "GateCode": "as the name of a condition",
        "IssueCode": "in the sentence of the primary issue",
        "NextStep": "on the button of the next step",
    },
    "restore_safety.truth.scope": {
        "AssignmentMode": "as a choice",
        "ConditionalAccessState": "as a choice",
        "ConflictPolicy": "as a choice",
        "ScopeField": "as the name of a field",
        "ScopeMode": "as a choice",
    },
    "restore_safety.truth.words": {"Word": "it has no member"},
    "tenants.audit.verification": {
        "Fault": "in the sentence about a broken trail",
        "Verdict": "in the answer of the command that verifies the trail",
    },
    "tenants.models.capabilities": {
        "Capability": "as the name of a right",
        "Role": "as the name of a role",
    },
    "tenants.graph.assignment_changes": {
        "AudienceEvent": "in the sentence about an audience",
        "Extent": "in the sentence about an audience",
    },
    "tenants.graph.audience": {"AudienceKind": "in the name of an audience"},
    "tenants.graph.clouds": {"Cloud": "as the name of a cloud"},
    "tenants.graph.errors": {"ErrorKind": "in the sentence of an error"},
    "tenants.graph.fence": {"WritePurpose": "as the name of a request"},
    "tenants.models.connection": {"CredentialKind": "as the name of a kind of credential"},
    "tenants.models.token_scopes": {"TokenScope": "as the name of a use"},
    "tenants.graph.contracts.model": {
        "AssignmentWrite": "it is how requests are made",
        "PartRead": "it is how requests are made",
        "PartWrite": "it is how requests are made",
    },
    "tenants.graph.contracts.projection": {"LeftOutReason": "in the reason of what is left out"},
    "tenants.graph.references": {"ReferenceKind": "as the name of a kind of object"},
    "tenants.graph.shapes": {"FaultCode": "in the sentence of a fault"},
    "tenants.graph.schema": {"MemberKind": "it is how the schema is read"},
    "tenants.web.badges": {"Tone": "it is how a state looks"},
}
SAID_OTHERWISE = {f"{module}.{name}" for module, names in NO_STATES.items() for name in names}


def _modules():
    for app in APPS:
        package = import_module(app)
        yield package
        for found in walk_packages(package.__path__, f"{app}."):
            if not set(found.name.split(".")) & set(NOT_PAGES):
                yield import_module(found.name)


def _name(states):
    return f"{states.__module__}.{states.__qualname__}"


def _enums():
    """Every public enum that any module of the three apps declares."""
    return sorted(
        {
            value
            for module in _modules()
            for value in vars(module).values()
            if isinstance(value, type)
            and issubclass(value, Enum)
            and value.__module__ == module.__name__
            and not value.__name__.startswith("_")
        },
        key=_name,
    )


def _assessment(*, safety=SafetyReadiness.READY, passed=True):
    current = Integrity(state=IntegrityState.CURRENT, reason=IntegrityReason.MATCHES)
    gates = tuple(Gate(code=code, passed=passed, reason="It is so.") for code in GateCode)
    return SafetyAssessment(
        checks=current,
        preview=current,
        execution=ExecutionReadiness(gates=gates),
        safety=safety,
        safety_issue=None,
        primary_issue=None,
        next_step=NextStep.CONFIRM,
    )


@pytest.mark.parametrize("states", _enums(), ids=_name)
def test_every_member_of_every_state_has_a_badge(states):
    expected = set() if _name(states) in SAID_OTHERWISE else set(states)

    assert set(BADGES.get(states, {})) == expected


def test_only_enums_that_exist_are_left_without_a_badge():
    assert SAID_OTHERWISE - {_name(states) for states in _enums()} == set()


def test_only_the_registry_and_the_tags_know_tones():
    naming = {
        path.relative_to(ROOT).as_posix()
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if re.search(r'(?<!")\bTone\b|\btone-', path.read_text())
    }

    assert naming == {
        "operations/badges.py",
        "restore_safety/badges.py",
        "tenants/badges.py",
        "tenants/templatetags/ui.py",
        "tenants/web/badges.py",
    }


@pytest.mark.parametrize("app", APPS)
def test_app_registers_the_states_it_declares(app):
    registered = {type(member) for member, *_ in import_module(f"{app}.badges").STATES}

    assert registered == {states for states in BADGES if _name(states).startswith(f"{app}.")}


def test_state_looks_one_way():
    with pytest.raises(StateTakenError, match="VERIFIED"):
        register([(Verification.VERIFIED, Tone.DANGER, "x-octagon", "Something else.")])

    assert badge_for(Verification.VERIFIED).tone is Tone.POSITIVE


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


@pytest.mark.parametrize("left", [Decision.ASSIGNMENTS_LEFT, ItemOutcome.ASSIGNMENTS_LEFT])
def test_assignments_that_are_left_are_no_calm_news(left):
    badge = badge_for(left)

    assert (badge.label, badge.tone) == ("As it is, assignments left", Tone.CAUTION)
    assert "as they" in badge.meaning


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


TEMPLATES = ROOT / "templates"
PAGES = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for path in TEMPLATES.rglob("*.html")
    if path.parent.name != "components"
)
# A button that destroys is red whatever the state.
TONED = (
    r"\b(?:text|bg|border|alert|btn|badge|table|link|list-group-item)-(?:bg-)?(?:outline-)?"
    r"(?:success|warning|danger|info)\b|\btone-"
)
DESTROYS = r"\bbtn-outline-danger\b"
STATE_VALUES = {str(member.value) for family in BADGES.values() for member in family}
STATE_NAMES = {member.name for family in BADGES.values() for member in family}


def mappings_in(source):
    """Where a template decides by itself how a state looks."""
    found = re.findall(TONED, re.sub(DESTROYS, "", source))
    # A class put together from a value; the icon of an act or of an entry is no state's.
    for classes in re.findall(r'\bclass="([^"]*)"', re.sub(r"\{%.*?%\}", "", source)):
        found += re.findall(r"\{\{.*?\}\}", re.sub(r"\bbi-\{\{ \w+\.icon \}\}", "", classes))
    # A comparison with what a state is stored or named as.
    for condition in re.findall(r"\{% (?:if|elif) (.*?) %\}", source):
        found += [
            text for text in re.findall(r"[\"'](\w+)[\"']", condition) if text in STATE_VALUES
        ]
        found += [name for name in re.findall(r"\.([A-Z_]+)\b", condition) if name in STATE_NAMES]
    # A tone that is not written out, or that a page claims for itself.
    found += re.findall(r"\btone=(?!\"(?:neutral|info|progress|caution|danger)\")\S+", source)
    return found + _toned_branches(source)


def _toned_branches(source):
    """Conditions of which two branches draw the same thing in another tone."""
    branches = re.findall(
        r"\{% if [^%]*%\}((?:(?!\{% (?:if|endif)).)*?)\{% endif %\}", source, re.DOTALL
    )
    toned = [set(re.findall(r"\btone=(\"\w+\")", branch)) for branch in branches]
    return [sorted(tones) for tones in toned if len(tones) > 1]


@pytest.mark.parametrize(
    "source",
    [
        '<p class="text-success">Done</p>',
        '{% if run.status == "partial" %}<p class="rs-loud">Partial</p>{% endif %}',
        '{% if run.status == "completed" %}<p class="text-success">Done</p>{% endif %}',
        "{% if page.attention == Attention.FAILED %}<p>Failed</p>{% endif %}",
        '{% if outcome in "created updated" or outcome == "failed" %}x{% endif %}',
        '<span class="rs-badge tone-{{ state.tone }}">x</span>',
        '<span class="rs-{{ run.status }}">x</span>',
        '<i class="bi bi-{{ run.status }}"></i>',
        """<b class="{{ run.ok|yesno:'text-success,text-danger' }}">x</b>""",
        "{% alert tone=page.tone %}x{% endalert %}",
        '{% alert tone="positive" %}All well{% endalert %}',
        '{% if x %}{% alert tone="info" %}a{% else %}{% alert tone="danger" %}b{% endif %}',
    ],
)
def test_a_template_that_maps_a_state_to_a_look_is_found(source):
    assert mappings_in(source) != []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_maps_a_state_to_a_look(name):
    assert mappings_in((TEMPLATES / name).read_text()) == []


def test_components_take_their_tone_from_the_registry():
    drawn = {
        path.name: set(re.findall(r"tone-\{\{ (\S+) \}\}", path.read_text()))
        for path in TEMPLATES.rglob("components/*.html")
    }

    assert {name: tones for name, tones in drawn.items() if tones} == {
        "alert.html": {"tone"},
        "assessment.html": {"safety.tone"},
        "badge.html": {"badge.tone"},
        "finding.html": {"badge.tone"},
        "readiness.html": {"badge.tone"},
        "stat.html": {"tone"},
        "toast.html": {"tone"},
    }
