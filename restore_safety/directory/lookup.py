"""Look up what a tenant's directory holds, from its rows alone: nothing here asks Graph."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from unicodedata import normalize

from django.db.models import Count

from restore_safety.models import (
    DirectoryKind,
    DirectoryObject,
    DirectorySync,
    ObjectDetail,
    folded,
)
from tenants.models import ProviderConnection, Tenant

__all__ = ["DirectoryKind", "DirectorySnapshot"]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind, loaded whole: each object by its id, and ids by name, exact and folded."""

    names: Mapping[str, str]
    exact: Mapping[str, list[str]]
    folded: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class DirectorySnapshot:
    """A tenant's directory as it was last synchronised; each kind is loaded in one query, once.

    Rows that were read from a directory the tenant is no longer connected to do not count.
    """

    tenant: Tenant
    _syncs: Mapping[DirectoryKind, DirectorySync]
    _kinds: dict[DirectoryKind, _Kind] = field(default_factory=dict)
    _sizes: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        return cls(tenant, syncs_of(tenant))

    def name_of(self, kind: DirectoryKind, object_id: str) -> str:
        """The name of the object, or "" where the directory does not hold it."""
        return self._kind(kind).names.get(object_id.strip().lower(), "")

    def ids_named(self, kind: DirectoryKind, name: str) -> list[str]:
        """The ids of the objects of the name, in order.

        Objects of exactly this name come alone; only without one, case and outer blanks are
        overlooked.
        """
        loaded = self._kind(kind)
        exact = loaded.exact.get(normalize("NFC", name), [])
        return [*(exact or loaded.folded.get(folded(name), []))]

    def size_of_group(self, object_id: str) -> int | None:
        """How many members the group has, transitive ones among them; None where not known."""
        self._kind(DirectoryKind.GROUP)
        return self._sizes.get(object_id.strip().lower())

    def synchronised_at(self, kind: DirectoryKind) -> datetime | None:
        """When what is held of the kind was read; None where it never was."""
        sync = self._syncs.get(kind)
        return sync.synchronised_at if sync else None

    def is_complete(self, kind: DirectoryKind) -> bool:
        """Whether the last attempt read all of the kind, so that what is not here did not exist."""
        sync = self._syncs.get(kind)
        return sync is not None and sync.is_complete

    def _kind(self, kind: DirectoryKind) -> _Kind:
        if kind not in self._kinds:
            self._kinds[kind] = self._loaded(kind)
        return self._kinds[kind]

    def _loaded(self, kind: DirectoryKind) -> _Kind:
        names: dict[str, str] = {}
        exact, alike = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for object_id, name, compared, detail in self._rows(kind):
            names[object_id] = name
            exact[normalize("NFC", name)].append(object_id)
            alike[compared].append(object_id)
            members = ObjectDetail.from_json(detail).members
            if kind is DirectoryKind.GROUP and members is not None:
                self._sizes[object_id] = members
        return _Kind(names, dict(exact), dict(alike))

    def _rows(self, kind: DirectoryKind) -> list[tuple[str, str, str, dict[str, object]]]:
        if kind not in self._syncs:
            return []
        rows = DirectoryObject.objects.in_tenant(self.tenant).of_kind(kind).order_by("object_id")
        return list(rows.values_list("object_id", "name", "folded_name", "detail"))


def syncs_of(tenant: Tenant) -> dict[DirectoryKind, DirectorySync]:
    """The records of the kinds that were read from the directory the tenant is connected to."""
    connected = ProviderConnection.objects.in_tenant(tenant).values("directory_id")
    syncs = DirectorySync.objects.in_tenant(tenant).filter(directory_id__in=connected)
    return {DirectoryKind(sync.kind): sync for sync in syncs}


def counts_of(tenant: Tenant) -> dict[DirectoryKind, int]:
    """How many objects of each kind are held, from whichever directory they were read."""
    rows = DirectoryObject.objects.in_tenant(tenant).order_by("kind")
    counted = rows.values_list("kind").annotate(Count("pk"))
    return {DirectoryKind(kind): count for kind, count in counted}
