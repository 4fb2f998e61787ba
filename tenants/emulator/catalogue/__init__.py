"""The collections the emulator serves: one declaration each, by subject."""

from tenants.emulator import schema
from tenants.emulator.catalogue import (
    access,
    administration,
    apps,
    compliance,
    configuration,
    enrollment,
    scripts,
)
from tenants.emulator.catalogue.declaration import BOTH, Assigning, Collection, Family, Part

__all__ = ["BOTH", "COLLECTIONS", "Assigning", "Collection", "Family", "Part"]

COLLECTIONS = {
    collection.path: collection
    for subject in (
        administration,
        configuration,
        compliance,
        scripts,
        enrollment,
        apps,
        access,
    )
    for collection in subject.COLLECTIONS
}
_ADDRESSES = COLLECTIONS | {
    alias: collection for collection in COLLECTIONS.values() for alias in collection.aliases
}
_LONGEST = max(path.count("/") + 1 for path in _ADDRESSES)


def collection_at(segments: list[str]) -> tuple[Collection, list[str]] | None:
    """The collection a path starts with, and the rest of the path."""
    for length in range(min(_LONGEST, len(segments)), 0, -1):
        found = _ADDRESSES.get("/".join(segments[:length]))
        if found:
            return found, segments[length:]
    return None


def collection_of_type(type_name: str) -> Collection | None:
    """Where objects of a type live, by what a link to them declares."""
    return next(
        (
            collection
            for collection in COLLECTIONS.values()
            if not collection.union_of and schema.derives(type_name, collection.declared_type)
        ),
        None,
    )
