"""Which assignments a restore sets: all of a policy's, or none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from restore_safety.policies.policy import FILTERS, PolicyToRestore, RestoreChoices
from restore_safety.policies.reading import GroupReading
from restore_safety.policies.references import (
    Foundations,
    Resolution,
    resolve_groups,
    substitutions,
)
from restore_safety.truth.causes import ReasonCode
from restore_safety.truth.scope import AssignmentMode
from tenants.graph.assignments import FILTER_ID, normal_assignments
from tenants.graph.audience import audience_of, labelled
from tenants.graph.payloads import Json
from tenants.graph.references import ReferenceKind, ids_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentPlan:
    """The complete set a policy is to have, or None: what it has is left untouched, and why.

    `gap` says what is missing in the tenant, and what to do about it; `unheld` why there is
    nothing to set, which a new policy has as a reason to be followed up in `reason_if_new`, and
    one that is assigned otherwise than in the backup in `reason_if_other`.
    """

    wanted: list[Json] | None = None
    reason: ReasonCode | None = None
    reason_if_new: ReasonCode | None = None
    reason_if_other: ReasonCode | None = None
    note: str = ""
    unheld: str = ""
    gap: str = ""
    unknown: str = ""
    # Groups that the mapping replaces: the one in the backup, and the one here.
    substitutions: tuple[tuple[str, str], ...] = ()


def plan_assignments(
    *,
    policy: PolicyToRestore,
    choices: RestoreChoices,
    groups: GroupReading,
    foundations: Foundations,
    live: Sequence[Json] = (),
) -> AssignmentPlan:
    """A policy is never assigned to a part of its audience: one missing group leaves all as is.

    `live` is what the tenant assigns now, which a merge keeps.
    """
    if policy.contract.unassigned:
        return AssignmentPlan()
    if not choices.include_assignments:
        had_none = policy.assignments is not None and not policy.assignments
        return AssignmentPlan(
            reason_if_new=None if had_none else ReasonCode.ASSIGNMENTS_LEFT_OUT,
            reason_if_other=ReasonCode.ASSIGNMENTS_KEPT,
            note="Assignments are not in the scope and are left as they are.",
            unheld="assignments are not in the scope",
        )
    if policy.assignments is None:
        return AssignmentPlan(
            reason_if_new=ReasonCode.ASSIGNMENTS_NOT_CAPTURED,
            note="The backup does not hold its assignments, so they are left as they are.",
            unheld="the backup does not hold its assignments",
        )
    backed_up = normal_assignments(policy.assignments)
    found_groups = resolve_groups(
        ids_of(ReferenceKind.GROUP, policy.contract, {}, backed_up),
        groups=groups,
        choices=choices,
        names=policy.group_names,
    )
    filters = ids_of(ReferenceKind.FILTER, policy.contract, {}, backed_up)
    found_filters = foundations.resolve(FILTERS, filters, choices)
    if untouched := _untouched(policy, choices, found_groups, found_filters):
        return untouched
    moved = [_moved(one, found_groups.ids, found_filters.ids) for one in backed_up]
    kept = live if choices.assignment_mode is AssignmentMode.MERGE else ()
    return AssignmentPlan(
        # Of two entries for one audience the first counts: the backup's comes before the tenant's.
        wanted=normal_assignments([*moved, *kept]),
        substitutions=substitutions(found_groups, groups, policy.group_names),
    )


def _untouched(
    policy: PolicyToRestore, choices: RestoreChoices, groups: Resolution, filters: Resolution
) -> AssignmentPlan | None:
    if groups.shared:
        return AssignmentPlan(
            reason=ReasonCode.GROUP_MISSING, gap=several_of_the_name(groups.shared, choices)
        )
    if groups.missing:
        return AssignmentPlan(
            reason=ReasonCode.GROUP_MISSING,
            gap=_do_not_exist("group", groups.missing, choices, remedy="Map {these} or"),
        )
    if filters.missing:
        return AssignmentPlan(
            reason=ReasonCode.FILTER_MISSING,
            gap=_do_not_exist(
                "assignment filter", filters.missing, choices, remedy="Include the foundations or"
            ),
        )
    if groups.unknown:
        return AssignmentPlan(unknown=f"could not look up group {', '.join(groups.unknown)}")
    if filters.unknown:
        return AssignmentPlan(unknown="could not read this tenant's assignment filters")
    return None


def audience_label(assignment: Json, names: Mapping[str, str]) -> str:
    """Who an assignment reaches, for people to read; names are of groups and of filters, by id."""
    return labelled(audience_of(assignment), names)


def _target(assignment: Json) -> Json:
    target: Json = assignment.get("target") or {}
    return target


def _moved(assignment: Json, groups: Mapping[str, str], filters: Mapping[str, str]) -> Json:
    target = dict(_target(assignment))
    if group_id := target.get("groupId"):
        target["groupId"] = groups[str(group_id)]
    if filter_id := target.get(FILTER_ID):
        target[FILTER_ID] = filters[str(filter_id)]
    return {**assignment, "target": target}


def several_of_the_name(labels: Sequence[str], choices: RestoreChoices) -> str:
    """That the tenant has several groups of a name, and what to do about it."""
    return (
        f"{choices.tenant_name} has several groups of the name of {', '.join(labels)}. "
        "Map it to the one that is meant."
    )


def _do_not_exist(noun: str, labels: Sequence[str], choices: RestoreChoices, *, remedy: str) -> str:
    if len(labels) == 1:
        missing, these = f"{noun} {labels[0]} does not exist", "it"
    else:
        missing, these = f"{noun}s {', '.join(labels)} do not exist", "them"
    cure = f"{remedy.format(these=these)} create {these}"
    return f"{missing} in {choices.tenant_name}. {cure}."
