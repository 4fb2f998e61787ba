"""What a file of an export says: a policy, several, or something about the export itself."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from restore_safety.policies.cut_off import leads_on
from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json, is_annotation
from tenants.graph.references import ReferenceKind, references_of

_MIGRATION_TABLE = "migrationtable.json"
_GROUP_FOLDER = "groups"
_GROUP_TYPE = "#microsoft.graph.group"
# What Graph returns of every group, and of nothing that could be restored.
_OF_GROUPS = frozenset(
    {"groupTypes", "mailEnabled", "mailNickname", "securityEnabled", "securityIdentifier"}
)
_ONLY_NAMED = frozenset({"id", "displayName", "description"})


@dataclass(slots=True)
class ExportMarkers:
    """What an export says of itself: the tenants it came from, and the names of groups."""

    origins: set[UUID] = field(default_factory=set)
    _group_names: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> UUID | None:
        """The tenant all of it came from; None when it does not say, or names several."""
        return next(iter(self.origins)) if len(self.origins) == 1 else None

    def take(self, *, name: str, folder: str, value: Any) -> str:
        """Learn from what no policy type fits; what it was, as a reason, or "" when no marker."""
        if not isinstance(value, Mapping):
            return ""
        in_table = PurePosixPath(name).name.lower() == _MIGRATION_TABLE
        if in_table and not value.keys().isdisjoint({"TenantId", "Objects"}):
            self._take_migration_table(value)
            return "not a policy: it says which tenant the export came from, and names groups"
        if _is_group(value, folder):
            self._name_group(value.get("id"), value.get("displayName"))
            return "not a policy: it is a group, and only its name is used"
        return ""

    def names_of(self, groups: Iterable[str]) -> dict[str, str]:
        """The names known for these groups, by id as it was asked for."""
        return {
            group: self._group_names[group.lower()]
            for group in sorted(groups)
            if group.lower() in self._group_names
        }

    def _take_migration_table(self, table: Mapping[str, Any]) -> None:
        if origin := _as_uuid(table.get("TenantId")):
            self.origins.add(origin)
        entries = table.get("Objects")
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, Mapping) and "group" in str(entry.get("Type", "group")).lower():
                self._name_group(entry.get("Id"), entry.get("DisplayName"))

    def _name_group(self, group_id: Any, name: Any) -> None:
        if isinstance(group_id, str) and isinstance(name, str) and group_id and name:
            self._group_names[group_id.lower()] = name


def is_about_the_export(name: str) -> bool:
    """Whether the place of the file says that it describes the export, not a policy."""
    folders, _, file = name.lower().rpartition("/")
    return file == _MIGRATION_TABLE or folders.rpartition("/")[2] == _GROUP_FOLDER


def is_page_of_more(value: Any) -> bool:
    """Whether the file is one page of an answer of Graph whose next was not saved with it."""
    return isinstance(value, Mapping) and isinstance(value.get("value"), list) and leads_on(value)


def group_ids_of(
    contract: Contract, payload: Json, assignments: Iterable[Json] | None
) -> frozenset[str]:
    """The groups a policy names: those it is assigned to, and for conditional access its users."""
    named = references_of(contract, payload, assignments or ())
    return frozenset(one.id for one in named if one.kind is ReferenceKind.GROUP)


def _is_group(value: Mapping[str, Any], folder: str) -> bool:
    if value.get("@odata.type") == _GROUP_TYPE:
        return True
    context = value.get("@odata.context")
    if isinstance(context, str) and "#" in context:
        return re.split(r"[/(]", context.partition("#")[2])[0] == "groups"
    in_folder = PurePosixPath(folder).name.lower() == _GROUP_FOLDER
    if not in_folder or "displayName" not in value or "@odata.type" in value:
        return False
    # The folder alone proves nothing: a policy that was put there must not pass for a group.
    stated = {key for key in value if not is_annotation(key)}
    return bool(stated & _OF_GROUPS) or stated <= _ONLY_NAMED


def _as_uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
