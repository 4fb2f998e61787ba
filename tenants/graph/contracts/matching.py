"""What makes two policies of one type the same, and what a tenant has by itself."""

import unicodedata
from typing import Any

from tenants.graph.contracts.model import Contract
from tenants.graph.contracts.registry import name_of
from tenants.graph.payloads import ZERO_GUID, Payload, type_of, value_at

_BUILT_IN_SCOPE_TAG = "0"
# By contract: the member whose value says that every tenant has the object by itself.
_BUILT_IN = {
    "roleScopeTags": ("isBuiltIn", True),
    "roleDefinitions": ("isBuiltIn", True),
    "deviceHealthScripts": ("isGlobalScript", True),
    "authenticationStrengthPolicies": ("policyType", "builtIn"),
}


def match_key(contract: Contract, payload: Payload) -> tuple[str, ...]:
    """What a backed-up item and a live one share when they are the same policy."""
    policy_type = type_of(payload) if contract.is_abstract else contract.declared_type
    name = unicodedata.normalize("NFC", name_of(contract, payload)).strip().casefold()
    parts = (_discriminator(value_at(payload, path)) for path in contract.discriminators)
    return (policy_type, name, *parts)


def is_built_in(contract: Contract, payload: Payload) -> bool:
    """Whether every tenant has this object by itself, so that it is never created."""
    member, value = _BUILT_IN.get(contract.key, ("", None))
    if member and payload.get(member) == value:
        return True
    return contract.key == "roleScopeTags" and payload.get("id") == _BUILT_IN_SCOPE_TAG


def is_default(contract: Contract, payload: Payload) -> bool:
    """Whether it is a default enrollment configuration: updated only, and never assigned."""
    return contract.key == "deviceEnrollmentConfigurations" and payload.get("priority") == 0


def _discriminator(value: Any) -> str:
    if value in (None, "none", ZERO_GUID):
        return ""
    return ",".join(sorted(part.strip().casefold() for part in str(value).split(",")))
