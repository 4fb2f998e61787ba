"""Role assignments that tools keep inside of the role: policies of their own in Graph."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from restore_safety.backups.formats.document import Candidate, Enclosed
from restore_safety.backups.formats.names import by_name
from tenants.graph.contracts import contract
from tenants.graph.payloads import TYPE

_ASSIGNMENTS = contract("roleAssignments")
_INSIDE = "roleAssignments"
_OF_ROLES = frozenset({"displayName", "rolePermissions"})
# Far more than Intune has of one role; the rest is named as not taken in.
_MOST_ASSIGNMENTS = 1_000


def with_assignments_apart(candidate: Candidate) -> Candidate:
    """A role without its assignments, which it encloses; any other candidate as it is."""
    role = candidate.value
    if not isinstance(role, Mapping) or not role.keys() >= _OF_ROLES:
        return candidate
    held = role.get(_INSIDE)
    if not isinstance(held, list):
        return candidate
    given = [one for one in held if isinstance(one, Mapping)]
    strange, beyond = len(held) - len(given), len(given) - _MOST_ASSIGNMENTS
    clauses = (
        (strange, f"{_INSIDE}: {strange:,} of its entries are no role assignments"),
        (beyond, f"{_INSIDE}: {beyond:,} beyond the first {_MOST_ASSIGNMENTS:,}"),
    )
    return replace(
        candidate,
        value={key: value for key, value in role.items() if key != _INSIDE},
        enclosed=(*candidate.enclosed, *_enclosed(candidate, given[:_MOST_ASSIGNMENTS])),
        not_imported=(
            *candidate.not_imported,
            *(clause for number, clause in clauses if number > 0),
        ),
    )


def _enclosed(candidate: Candidate, held: list[Mapping[str, Any]]) -> Iterator[Enclosed]:
    role = candidate.value
    reference = role.get("id") or by_name(str(role["displayName"]))
    for number, one in enumerate(held, 1):
        assignment = {
            **one,
            TYPE: _ASSIGNMENTS.declared_type,
            "roleDefinition": {"id": reference, "displayName": role["displayName"]},
        }
        yield Enclosed(
            place=f"role assignment {number}",
            candidate=Candidate(
                value=assignment, entity_set=_ASSIGNMENTS.path, names=candidate.names
            ),
        )
