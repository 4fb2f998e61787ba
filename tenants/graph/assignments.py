"""Assignments as a comparable, writable set of audiences."""

from collections.abc import Iterable
from typing import Any

from tenants.canonical_json import canonical
from tenants.graph.payloads import (
    TYPE,
    ZERO_GUID,
    Json,
    Payload,
    type_of,
    without_annotations,
    without_nulls,
)
from tenants.guids import is_guid

GROUP_TARGET = "#microsoft.graph.groupAssignmentTarget"
EXCLUSION_TARGET = "#microsoft.graph.exclusionGroupAssignmentTarget"
# What an assignment says of itself beside what it does.
_OF_THE_TENANT = frozenset({TYPE, "id", "source", "sourceId"})
FILTER_ID = "deviceAndAppManagementAssignmentFilterId"
FILTER_TYPE = "deviceAndAppManagementAssignmentFilterType"
_IDS = frozenset({"groupId", FILTER_ID})


def normal_assignments(assignments: Iterable[Payload]) -> list[Json]:
    """The direct assignments, one per audience, without what a tenant adds of its own.

    The first entry of an audience stands: Graph ignores the later ones. Assignments that come from
    a policy set are left out, as they come and go with that set.
    """
    by_audience: dict[bytes, Json] = {}
    for assignment in assignments:
        if assignment.get("source", "direct") in (None, "direct"):
            normal = _normal_assignment(assignment)
            by_audience.setdefault(audience_of(normal), normal)
    return [by_audience[audience] for audience in sorted(by_audience)]


def audience_of(assignment: Payload) -> bytes:
    """Who an assignment reaches, its filter left aside."""
    target = assignment.get("target") or {}
    fields = {key: part for key, part in target.items() if key not in (FILTER_ID, FILTER_TYPE)}
    return canonical(fields)


def filter_of(target: Payload) -> str | None:
    """The assignment filter a target uses; the zero guid and `none` both mean that it has none."""
    filter_id = target.get(FILTER_ID)
    if not filter_id or filter_id == ZERO_GUID or target.get(FILTER_TYPE) in (None, "none"):
        return None
    return str(filter_id)


def _normal_assignment(assignment: Payload) -> Json:
    bare = without_nulls(without_annotations(assignment))
    target: dict[str, Any] = bare.get("target") or {}
    if TYPE in target:
        target = {**target, TYPE: type_of(target)}
    if filter_of(target) is None:
        target = {key: part for key, part in target.items() if key not in (FILTER_ID, FILTER_TYPE)}
    target = {key: _id(part) if key in _IDS else part for key, part in target.items()}
    # Schedules, intents and settings are part of it; who made it and where it came from are not.
    normal: Json = {key: part for key, part in bare.items() if key not in _OF_THE_TENANT}
    normal["target"] = target
    # `apply` is what an assignment without an intent means.
    if normal.get("intent") == "apply":
        del normal["intent"]
    return normal


def _id(value: Any) -> Any:
    """Ids compare without case, so one form stands for all; a name in an id's place is kept."""
    return value.lower() if is_guid(value) else value
