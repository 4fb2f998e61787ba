"""Look up what a tenant's directory holds, from its rows alone: nothing here asks Graph."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Self
from unicodedata import normalize

from django.db.models import Count, Q

from restore_safety.models import (
    DirectoryKind,
    DirectoryObject,
    DirectorySync,
    ObjectDetail,
    folded,
)
from tenants.models import ProviderConnection, Tenant

__all__ = ["DirectoryKind", "DirectorySnapshot"]


_COLUMNS = ("object_id", "name", "folded_name", "detail")


class _Row(NamedTuple):
    object_id: str
    name: str
    folded_name: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind, loaded whole: each object by its id, and ids by name, exact and folded."""

    names: Mapping[str, str]
    exact: Mapping[str, list[str]]
    folded: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class DirectorySnapshot:
    """A tenant's directory as it was last synchronised; each kind is loaded in one query, once.

    Rows that were read from a directory the tenant is no longer connected to do not count. A kind
    is a DirectoryKind, or whatever has its value.
    """

    tenant: Tenant
    _syncs: Mapping[DirectoryKind, DirectorySync]
    _kinds: dict[DirectoryKind, _Kind] = field(default_factory=dict)
    _sizes: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        return cls(tenant, syncs_of(tenant))

    @classmethod
    def about(cls, tenant: Tenant, *, ids: Iterable[str], names: Iterable[str]) -> Self:
        """The same of these ids and names alone, all kinds in one query: for a page."""
        syncs = syncs_of(tenant)
        rows = DirectoryObject.objects.in_tenant(tenant).of_kinds(syncs).order_by("object_id")
        wanted = Q(object_id__in={one.strip().lower() for one in ids})
        wanted |= Q(folded_name__in={folded(name) for name in names})
        of_kind: dict[DirectoryKind, list[_Row]] = {kind: [] for kind in DirectoryKind}
        for kind, *row in rows.filter(wanted).values_list("kind", *_COLUMNS):
            of_kind[DirectoryKind(kind)].append(_Row(*row))
        found = cls(tenant, syncs)
        found._kinds.update({kind: found._indexed(kind, of_kind[kind]) for kind in of_kind})
        return found

    def name_of(self, kind: str, object_id: str) -> str:
        """The name of the object, or "" where the directory does not hold it."""
        return self._kind(kind).names.get(object_id.strip().lower(), "")

    def ids_named(self, kind: str, name: str) -> list[str]:
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

    def synchronised_at(self, kind: str) -> datetime | None:
        """When what is held of the kind was read; None where it never was."""
        sync = self._syncs.get(DirectoryKind(kind))
        return sync.synchronised_at if sync else None

    def is_complete(self, kind: str) -> bool:
        """Whether the last attempt read all of the kind, so that what is not here did not exist."""
        sync = self._syncs.get(DirectoryKind(kind))
        return sync is not None and sync.is_complete

    def _kind(self, named: str) -> _Kind:
        kind = DirectoryKind(named)
        if kind not in self._kinds:
            self._kinds[kind] = self._loaded(kind)
        return self._kinds[kind]

    def _loaded(self, kind: DirectoryKind) -> _Kind:
        if kind not in self._syncs:
            return self._indexed(kind, [])
        rows = DirectoryObject.objects.in_tenant(self.tenant).of_kind(kind).order_by("object_id")
        return self._indexed(kind, (_Row(*row) for row in rows.values_list(*_COLUMNS)))

    def _indexed(self, kind: DirectoryKind, rows: Iterable[_Row]) -> _Kind:
        names: dict[str, str] = {}
        exact, alike = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for object_id, name, compared, detail in rows:
            names[object_id] = name
            exact[normalize("NFC", name)].append(object_id)
            alike[compared].append(object_id)
            members = ObjectDetail.from_json(detail).members
            if kind is DirectoryKind.GROUP and members is not None:
                self._sizes[object_id] = members
        return _Kind(names, dict(exact), dict(alike))


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
