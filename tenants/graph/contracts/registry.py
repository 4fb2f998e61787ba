"""Every policy type the product knows, and which of them a payload is."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from tenants.graph import schema
from tenants.graph.contracts import (
    access,
    administration,
    apps,
    cloud_pc,
    compliance,
    configuration,
    enrollment,
    scripts,
    updates,
)
from tenants.graph.contracts.model import CONDITIONAL_ACCESS, DIRECTORY, INTUNE, Contract
from tenants.graph.payloads import Payload, type_of

_FAMILIES = (
    administration,
    access,
    configuration,
    compliance,
    scripts,
    updates,
    enrollment,
    apps,
    cloud_pc,
)
CONTRACTS: dict[str, Contract] = {
    entry.key: entry
    for entry in sorted(
        (entry for family in _FAMILIES for entry in family.CONTRACTS), key=lambda entry: entry.rank
    )
}
# The same by subject, for people: a label and its contracts.
SUBJECTS: tuple[tuple[str, tuple[Contract, ...]], ...] = tuple(
    (family.LABEL, family.CONTRACTS) for family in _FAMILIES
)
# What other policies refer to by id.
FOUNDATIONS = frozenset({"roleScopeTags", "assignmentFilters"})

_SERVICE_ROOTS = (
    "deviceManagement/",
    "identity/",
    "deviceAppManagement/",
    "policies/",
    "identityGovernance/",
    "roleManagement/",
)
# Entity sets whose objects are of several policy types: there the type decides.
_MIXED_SETS = frozenset({"deviceAppManagement/managedAppPolicies"})
_NO_POLICY = "unsupportedDeviceConfiguration"


class UnrecognisedPayloadError(ValueError):
    """A payload that no contract covers; the message says why in plain words.

    `type_name` is the bare name of the Graph type it is of, where it says so.
    `is_other_kind`: it is none of ours, and not one of a contract's that lacks something.
    """

    def __init__(self, message: str, *, type_name: str = "", is_other_kind: bool = False) -> None:
        super().__init__(message)
        self.type_name = type_name
        self.is_other_kind = is_other_kind


def contract(key: str) -> Contract:
    """The contract of a Graph entity set; KeyError where the product has none."""
    return CONTRACTS[key]


def contract_of_type(type_name: str) -> Contract | None:
    """The contract whose collection takes this type, by its bare name; derivation decides."""
    return _by_type_name(schema.bare(type_name))


_BEYOND_CONTRACTS = {
    "device": INTUNE,
    "identity": CONDITIONAL_ACCESS,
    "policies/": CONDITIONAL_ACCESS,
}


def workload_of(path: str) -> str:
    """The service whose limits a request to this path counts against."""
    known = (entry.workload for entry in CONTRACTS.values() if path.startswith(entry.path))
    beyond = (one for start, one in _BEYOND_CONTRACTS.items() if path.startswith(start))
    return next(known, None) or next(beyond, DIRECTORY)


def name_of(contract: Contract, payload: Payload) -> str:
    name = payload.get(contract.name_property)
    return name if isinstance(name, str) else ""


def recognise(payload: Any, *, folder: str = "") -> Contract:
    """The contract a payload falls under; what Graph wrote into it outweighs its folder."""
    if not isinstance(payload, Mapping):
        raise UnrecognisedPayloadError("It is not a JSON object.")
    by_context = _by_context(payload)
    by_type = _by_type(payload)
    if by_context and by_type and by_context != by_type:
        raise UnrecognisedPayloadError(
            f"Its @odata.context says {by_context.label.lower()}, its @odata.type says "
            f"{by_type.label.lower()}."
        )
    found = by_context or by_type or _by_shape(payload, folder)
    if found.is_abstract and not type_of(payload):
        raise UnrecognisedPayloadError(
            f"It has no @odata.type, so it may be any {found.label.lower()}."
        )
    if not name_of(found, payload).strip():
        raise UnrecognisedPayloadError(f"It has no {found.name_property}.")
    return found


@cache
def _by_type_name(type_name: str) -> Contract | None:
    taking = [entry for entry in CONTRACTS.values() if entry.takes(type_name)]
    # The most specific declaration wins, as a typed collection does over its base.
    return max(taking, key=lambda entry: len(schema.lineage(entry.declared)), default=None)


@cache
def _by_entity_set() -> Mapping[str, Contract]:
    return {
        path: entry for entry in CONTRACTS.values() for path in (entry.path, *entry.also_known_as)
    }


def _by_context(payload: Payload) -> Contract | None:
    context = payload.get("@odata.context")
    if not isinstance(context, str) or "#" not in context:
        return None
    entity_set = _entity_set(context.partition("#")[2])
    if entity_set in _MIXED_SETS:
        return None
    if found := _by_entity_set().get(entity_set):
        return found
    if entity_set.startswith(_SERVICE_ROOTS):
        raise UnrecognisedPayloadError(
            f"Policies of {entity_set} are not supported.",
            type_name=schema.bare(type_of(payload)),
            is_other_kind=True,
        )
    return None


def _entity_set(fragment: str) -> str:
    """`a/b(c(),d())/microsoft.graph.e/$entity` is about the entity set `a/b`."""
    path = re.sub(r"\('[^']*'\)|\([^'].*\)|\(\)", "", fragment.removesuffix("/$entity"))
    segments = (part for part in path.split("/") if not part.startswith("microsoft.graph."))
    return "/".join(segments)


def _by_type(payload: Payload) -> Contract | None:
    type_name = schema.bare(type_of(payload))
    if not type_name:
        return None
    if found := _by_type_name(type_name):
        return found
    if type_name == _NO_POLICY:
        raise UnrecognisedPayloadError(
            "Graph could not express this policy when it was captured.", type_name=type_name
        )
    raise UnrecognisedPayloadError(
        f"Policies of type {schema.PREFIX}{type_name} are not supported.",
        type_name=type_name,
        is_other_kind=True,
    )


def _by_shape(payload: Payload, folder: str) -> Contract:
    """The contract whose distinctive members the payload has; of several, the most specific one."""
    tail = folder.replace("\\", "/").strip("/").casefold()
    fitting = [
        entry for entry in CONTRACTS.values() if entry.shape and entry.shape <= payload.keys()
    ]
    fitting = [
        entry for entry in fitting if not any(entry.shape < other.shape for other in fitting)
    ]
    if len(fitting) == 1:
        return fitting[0]
    for entry in fitting or CONTRACTS.values():
        if any(f"/{tail}".endswith(f"/{name.casefold()}") for name in entry.folders):
            return entry
    raise UnrecognisedPayloadError(
        "Nothing in it says which kind of policy it is.", is_other_kind=True
    )
