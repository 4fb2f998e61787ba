"""Take apart what holds several policies: arrays, saved answers of Graph, bundles by type."""

from collections.abc import Iterator, Mapping
from typing import Any

from restore_safety.backups.formats.administrative_templates import is_definition_values
from tenants.graph.payloads import is_annotation

# What a policy or anything else of a tenant has, and a bundle of them has not.
_OF_OBJECTS = frozenset({"id", "displayname", "name", "rawjson", "json", "tenantid"})


def elements_in(value: Any) -> Iterator[tuple[str, Any]]:
    """Each object of a file, with the name of the collection it is in where a bundle says one."""
    if is_definition_values(value):
        yield "", value
    elif isinstance(value, list):
        for element in value:
            yield "", element
    elif (elements := answered(value)) is not None:
        for element in elements:
            yield "", element
    elif is_bundle(value):
        for name, members in value.items():
            for element in members if isinstance(members, list) else ():
                yield name, element
    else:
        yield "", value


def is_bundle(value: Any) -> bool:
    """Whether an object is nothing but named collections of objects."""
    if not isinstance(value, Mapping) or _is_an_object(value):
        return False
    collections = [part for key, part in value.items() if not is_annotation(key) and part != []]
    return bool(collections) and all(_holds_objects(part) for part in collections)


def answered(value: Any) -> list[Any] | None:
    """Return the elements of a saved answer of Graph; None when the value is something else."""
    if not isinstance(value, Mapping) or "id" in value:
        return None
    elements = value.get("value")
    return elements if isinstance(elements, list) else None


def _is_an_object(value: Mapping[str, Any]) -> bool:
    return "@odata.type" in value or not _OF_OBJECTS.isdisjoint(key.casefold() for key in value)


def _holds_objects(part: Any) -> bool:
    return isinstance(part, list) and all(isinstance(member, Mapping) for member in part)
