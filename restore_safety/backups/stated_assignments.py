"""The assignments a file states for its policy, believed only when they are whole and well made."""

from dataclasses import dataclass
from typing import Any

from restore_safety.backups.shape import WrongShapeError, holds_cut_off, shaped_assignments
from restore_safety.policies.cut_off import leads_on
from tenants.graph.assignments import EXCLUSION_TARGET, FILTER_ID, FILTER_TYPE, GROUP_TARGET
from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json, type_of

_ASSIGNMENTS = "assignments"
_TO_GROUPS = frozenset({GROUP_TARGET, EXCLUSION_TARGET})


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedAssignments:
    """None when they are not known; `problem` says what is wrong with those that were stated."""

    assignments: list[Json] | None = None
    problem: str = ""


def assignments_in(contract: Contract, policy: Json) -> StatedAssignments:
    """The assignments a file states; a file without them says nothing about the tenant's."""
    if contract.unassigned:
        return StatedAssignments(assignments=[])
    if leads_on(policy, _ASSIGNMENTS):
        return StatedAssignments(problem="not all of their pages were saved")
    stated = policy.get(_ASSIGNMENTS)
    if stated is None:
        return StatedAssignments()
    if isinstance(stated, dict):
        # PowerShell writes an array of one as the one.
        stated = [stated]
    if not isinstance(stated, list):
        return StatedAssignments(problem="they are not a list")
    return _checked(contract, stated)


def _checked(contract: Contract, stated: list[Any]) -> StatedAssignments:
    for number, entry in enumerate(stated, 1):
        if fault := _fault_of(entry):
            return StatedAssignments(problem=f"number {number} {fault}")
    try:
        return StatedAssignments(assignments=shaped_assignments(contract, stated))
    except WrongShapeError as error:
        return StatedAssignments(problem=str(error))


def _fault_of(entry: Any) -> str:
    """What keeps an assignment from being used, as the end of a clause; "" when nothing does."""
    if not isinstance(entry, dict):
        return "is not an object"
    if holds_cut_off(entry):
        return "was cut off when it was exported"
    return _fault_of_target(entry.get("target")) or _fault_of_texts(entry)


def _fault_of_target(target: Any) -> str:
    if not isinstance(target, dict):
        return "has no target"
    kind = type_of(target)
    if not kind:
        return "does not say what kind of target it has"
    if kind in _TO_GROUPS and not target.get("groupId"):
        return "names no group by id"
    return ""


def _fault_of_texts(entry: Json) -> str:
    target = entry["target"]
    texts = [entry.get("intent"), entry.get("source")]
    texts += [target.get(name) for name in ("groupId", FILTER_ID, FILTER_TYPE)]
    if not all(text is None or isinstance(text, str) for text in texts):
        return "holds something else where text belongs"
    return ""
