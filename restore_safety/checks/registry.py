"""The list of checks, and the run of all of them."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import structlog

from restore_safety.checks import (
    ambiguous_names,
    app_removals,
    body_shapes,
    broad_assignments,
    compliance_actions,
    connection_lock_outs,
    created_anew,
    deleted_items,
    enforcement,
    enrollment_priorities,
    filter_platforms,
    foreign_domains,
    foreign_marks,
    group_mappings,
    impossible_updates,
    incomplete_sources,
    licences,
    lock_outs,
    masked_secrets,
    missing_groups,
    missing_references,
    mixed_captures,
    multi_admin_approval,
    organization_placeholders,
    parts_not_written,
    permissions,
    plaintext_secrets,
    policy_set_assignments,
    policy_templates,
    protected_objects,
    reach_size,
    reference_mappings,
    references,
    removed_assignments,
    restorability,
    role_assignments,
    role_permissions,
    same_names,
    script_changes,
    security_defaults,
    setting_definitions,
    support_ends,
    target_changes,
    tenant_origin,
    uncaptured_links,
    undo,
    unread_targets,
    widened_audiences,
    write_duration,
)
from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed
from restore_safety.models import Severity

logger = structlog.stdlib.get_logger(__name__)

Check = Callable[[CheckContext], Iterable[FoundIssue]]

CHECKS: dict[str, Check] = {
    "the tenant of the backup": tenant_origin.check,
    "captures made during a restore": mixed_captures.check,
    "what of the tenant could be read": unread_targets.check,
    "permissions": permissions.check,
    "the completeness of the backup": incomplete_sources.check,
    "masked secrets": masked_secrets.check,
    "ambiguous names": ambiguous_names.check,
    "missing groups": missing_groups.check,
    "missing scope tags and filters": references.check,
    "other missing references": missing_references.check,
    "conditional access that locks out administrators": lock_outs.check,
    "conditional access that locks out the connection": connection_lock_outs.check,
    "conditional access that starts to enforce": enforcement.check,
    "security defaults": security_defaults.check,
    "licences of conditional access": licences.check,
    "mapped groups": group_mappings.check,
    "mappings of other objects": reference_mappings.check,
    "changes in the tenant since the backup": target_changes.check,
    "assignments to everyone": broad_assignments.check,
    "apps that would be removed": app_removals.check,
    "wider audiences": widened_audiences.check,
    "assignments that would be removed": removed_assignments.check,
    "script changes": script_changes.check,
    "placeholders": organization_placeholders.check,
    "marks of another tenant or cloud": foreign_marks.check,
    "domains of another tenant": foreign_domains.check,
    "values that Graph does not take": body_shapes.check,
    "members that are not written": parts_not_written.check,
    "links to certificates": uncaptured_links.check,
    "types that are restored in part": restorability.check,
    "changes that are impossible": impossible_updates.check,
    "names that two policies would share": same_names.check,
    "the platforms of filters": filter_platforms.check,
    "templates of the settings catalog": policy_templates.check,
    "settings of the settings catalog": setting_definitions.check,
    "actions on devices that do not comply": compliance_actions.check,
    "permissions of roles": role_permissions.check,
    "role assignments": role_assignments.check,
    "built-in and default objects": protected_objects.check,
    "the priority of enrollment configurations": enrollment_priorities.check,
    "the end of support of Windows versions": support_ends.check,
    "secrets in clear": plaintext_secrets.check,
    "approval by a second administrator": multi_admin_approval.check,
    "the size of groups": reach_size.check,
    "policy sets": policy_set_assignments.check,
    "policies that are created": created_anew.check,
    "deleted items of conditional access": deleted_items.check,
    "the time the writes take": write_duration.check,
    "what an undo cannot take back": undo.check,
}

_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}


def run_checks(
    context: CheckContext,
    checks: dict[str, Check] | None = None,
    *,
    beat: Callable[[str], None] = lambda name: None,
) -> list[FoundIssue]:
    """Everything the checks found, the heaviest first; `beat` hears of each before it is run."""
    unmatched = [policy for policy in context.policies if _is_unmatched(context, policy)]
    context = _without(context, unmatched)
    found: list[FoundIssue] = []
    malformed = {policy: ["what the tenant holds in its place"] for policy in unmatched}
    for name, check in (CHECKS if checks is None else checks).items():
        beat(name)
        issues, odd = _carried_out(name, check, context)
        found += issues
        for policy in odd:
            malformed.setdefault(policy, []).append(name)
    if malformed:
        found.append(_malformed(malformed))
    return sorted(found, key=lambda issue: _WEIGHT[issue.severity])


def _carried_out(
    name: str, check: Check, context: CheckContext
) -> tuple[list[FoundIssue], list[CheckedPolicy]]:
    """The check's issues, and the policies that made it break off and were left out of it."""
    issues = _issues(name, check, context)
    if issues is not None:
        return issues, []
    odd = [
        policy
        for policy in context.policies
        if _issues(name, check, replace(context, policies=(policy,))) is None
    ]
    issues = _issues(name, check, _without(context, odd)) if odd else None
    return ([_not_carried_out(name)], []) if issues is None else (issues, odd)


def _issues(name: str, check: Check, context: CheckContext) -> list[FoundIssue] | None:
    """None of a check that broke off: it has proven nothing."""
    try:
        return list(check(context))
    except Exception as error:  # noqa: BLE001 -- whatever it was, it must not read as passed
        logger.error(  # noqa: TRY400 -- a traceback's message could quote the policy
            "check_broke_off", check=name, error=type(error).__name__
        )
        return None


def _without(context: CheckContext, policies: list[CheckedPolicy]) -> CheckContext:
    rest = tuple(policy for policy in context.policies if policy not in policies)
    return replace(context, policies=rest)


def _is_unmatched(context: CheckContext, policy: CheckedPolicy) -> bool:
    """Its type was listed, and yet what it matches could not be established."""
    return policy.match is None and context.listings[policy.contract.key].error is None


def _malformed(malformed: dict[CheckedPolicy, list[str]]) -> FoundIssue:
    subjects = subjects_of(malformed)
    unchecked = listed(name for names in malformed.values() for name in names)
    return FoundIssue(
        severity=Severity.UNKNOWN,
        code="policy_malformed",
        title=f"{counted(len(subjects))} could not be checked in full",
        why=(
            "What the backup or the tenant holds is not shaped like a policy of its type: "
            f"{listed(subject.name for subject in subjects)}. Nothing is known about {unchecked}."
        ),
        remedy="Exclude it, or look at it in the backup and in the tenant before you go on.",
        subjects=subjects,
    )


def _not_carried_out(name: str) -> FoundIssue:
    return FoundIssue(
        severity=Severity.UNKNOWN,
        code="check_not_carried_out",
        title=f"The check of {name} could not be carried out",
        why="It broke off, so nothing is known about what it looks for.",
        remedy="Run the checks again; if it stays so, look at this yourself before you go on.",
        facts={"check": name},
    )
