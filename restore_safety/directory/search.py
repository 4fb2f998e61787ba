"""Find a few objects of a tenant's directory for a field in which one is chosen."""

from dataclasses import dataclass
from typing import Any

from restore_safety.directory.describing import described
from restore_safety.directory.lookup import syncs_of
from restore_safety.directory.pages import directory_of
from restore_safety.models import DirectoryKind
from tenants.models import Tenant
from tenants.web.searching import searchable

MOST_FOUND = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One object to choose."""

    kind: DirectoryKind
    object_id: str
    name: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best answers to a search; `has_more` where the text fits others too."""

    choices: tuple[Choice, ...]
    has_more: bool
    is_complete: bool

    def to_json(self) -> dict[str, Any]:
        objects = [
            {"kind": one.kind, "id": one.object_id, "name": one.name, "detail": one.detail}
            for one in self.choices
        ]
        return {"objects": objects, "has_more": self.has_more, "is_complete": self.is_complete}


def found_by(*, tenant: Tenant, kind: DirectoryKind | None, text: str) -> Found:
    """At most twenty objects with the text in their name, or of this id, the best first.

    `is_complete` says whether all that was searched had been read to its end.
    """
    wanted = searchable(text)
    rows = directory_of(tenant)
    kinds = [kind] if kind else [*DirectoryKind]
    rows = rows.of_kinds(kinds)
    rows = (
        rows.searched(wanted).best_first(wanted) if wanted else rows.order_by("folded_name", "pk")
    )
    some = list(rows[: MOST_FOUND + 1])
    syncs = syncs_of(tenant)
    return Found(
        choices=tuple(
            Choice(
                kind=row.kind_member,
                object_id=row.object_id,
                name=row.name,
                detail=described(row),
            )
            for row in some[:MOST_FOUND]
        ),
        has_more=len(some) > MOST_FOUND,
        is_complete=all(one in syncs and syncs[one].is_complete for one in kinds),
    )
