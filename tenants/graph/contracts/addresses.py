"""Which address of Graph is a whole policy, and not something below one."""

from functools import cache

from tenants.graph.contracts.registry import CONTRACTS


def is_policy_address(path: str) -> bool:
    """Whether the path, without the version, names one whole policy of any type known here."""
    collection, _, object_id = path.strip("/").rpartition("/")
    if not object_id:
        return False
    return collection in _collections() or any(
        collection.startswith(f"{parent}/") and collection.count("/") == depth
        for parent, depth in _parents()
    )


@cache
def _collections() -> frozenset[str]:
    return frozenset(
        path.strip("/") for kind in CONTRACTS.values() for path in (kind.path, *kind.also_known_as)
    )


@cache
def _parents() -> tuple[tuple[str, int], ...]:
    """The collections that hold policies below each of their objects, and how deep those lie."""
    return tuple(
        (kind.parent_path, kind.path_below("-").count("/"))
        for kind in CONTRACTS.values()
        if kind.parent_path
    )
