"""The components of restores, as tags with signatures: findings, and the readiness answers."""

from collections.abc import Iterable
from enum import Enum
from typing import Any

from django import template

from restore_safety.badges import GATE_MET, GATE_REFUSED, execution_badge, safety_badge
from restore_safety.models import Severity
from restore_safety.truth.safety import Gate, SafetyAssessment
from tenants.web.badges import Badge, as_badge, badge_for

register = template.Library()

_SUBJECTS_SHOWN = 8
_SUBJECTS_NAMED = 200


@register.inclusion_tag("restore_safety/components/finding.html")
def finding(finding: Any) -> dict[str, Any]:
    """What a check found: severity, title, why it matters, which policies, the remedy."""
    subjects = [subject["name"] for subject in finding.subjects]
    return {
        "finding": finding,
        "badge": badge_for(Severity(finding.severity)),
        "subjects": subjects[:_SUBJECTS_SHOWN],
        "more_subjects": subjects[_SUBJECTS_SHOWN:_SUBJECTS_NAMED],
        "more_count": len(subjects) - _SUBJECTS_SHOWN,
        "unnamed_count": max(0, len(subjects) - _SUBJECTS_NAMED),
    }


@register.inclusion_tag("restore_safety/components/readiness.html")
def readiness(
    *, title: str, badge: Enum | Badge, items: Iterable[Gate] = (), text: str = ""
) -> dict[str, Any]:
    """One of the two readiness answers, with the gates it rests on."""
    gates = [
        {
            "label": gate.code.label,
            "badge": GATE_MET if gate.passed else GATE_REFUSED,
            "reason": gate.reason,
            "passed": gate.passed,
        }
        for gate in items
    ]
    return {
        "title": title,
        "badge": as_badge(badge),
        "text": text,
        "refused": [gate for gate in gates if not gate["passed"]],
        "met": [gate for gate in gates if gate["passed"]],
        "total": len(gates),
    }


@register.inclusion_tag("restore_safety/components/assessment.html")
def assessment(
    assessment: SafetyAssessment, *, checks: Enum | None = None, preview: Enum | None = None
) -> dict[str, Any]:
    """The two readiness answers, always apart: proven safe to, and able to start.

    What is proven is explained by what the proof lacks or raised, never by a start condition.
    Of evidence being captured, or whose capture failed, a page may say that instead.
    """
    issue = assessment.safety_issue
    return {
        "safety": safety_badge(assessment),
        "safety_text": issue.sentence if issue else assessment.safety.sentence,
        "execution": execution_badge(assessment.execution),
        "gates": assessment.execution.gates,
        "checks": checks or assessment.checks.state,
        "preview": preview or assessment.preview.state,
    }
