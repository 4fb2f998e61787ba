"""What a conditional access policy holds back: every sign-in, some of them, or not known."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

from tenants.graph.payloads import Json, Payload, value_at

ENABLED = "enabled"
OFF = "disabled"
_ALL = "all"
# Who cannot sign in here cannot reach the policy to turn it off.
_GRAPH = "00000003-0000-0000-c000-000000000000"
_ADMINISTRATION = frozenset(
    {
        "microsoftadminportals",
        # Azure Resource Manager and Microsoft Graph.
        "797f4846-ba00-4fd7-ba43-dac1f8f63013",
        _GRAPH,
    }
)
ENTRA_P2 = "AAD_PREMIUM_P2"
WORKLOAD_IDENTITIES = "AAD_WRKLDID_P2"
# The service plan a condition needs.
_PLANS = {
    "insiderRiskLevels": ENTRA_P2,
    "servicePrincipalRiskLevels": WORKLOAD_IDENTITIES,
    "signInRiskLevels": ENTRA_P2,
    "userRiskLevels": ENTRA_P2,
}
_MODERN_CLIENTS = frozenset({"browser", "mobileappsanddesktopclients"})
_PLATFORMS = frozenset({"android", "ios", "windows", "macos", "linux"})
_RISKS = frozenset({"none", "low", "medium", "high"})
# Controls that a person with a password and a phone meets at the sign-in itself.
_ATTAINABLE = frozenset({"mfa", "passwordchange", "riskremediation"})
_MULTI_FACTOR_STRENGTH = "00000000-0000-0000-0000-000000000002"
_PASSWORD_COMBINATION = "password,"  # noqa: S105 -- the name of a sign-in method


class Breadth(StrEnum):
    """Which sign-ins the conditions of a policy cover, of the users it names."""

    ALL = "all"
    SOME = "some"
    # It holds a condition that this product does not know.
    UNKNOWN = "unknown"


def breadth_of(payload: Payload) -> Breadth:
    """Whether every sign-in is covered: each resource, each client, without any condition."""
    conditions = payload.get("conditions")
    if not isinstance(conditions, Mapping) or not _covers_all_resources(conditions):
        return Breadth.SOME
    found = {
        _NARROWS[name](value) if name in _NARROWS else None
        for name, value in conditions.items()
        if "@odata." not in name and not _is_empty(value)
    }
    if True in found:
        return Breadth.SOME
    return Breadth.UNKNOWN if None in found else Breadth.ALL


def breadth_for_applications(payload: Payload) -> Breadth:
    """Which sign-ins of applications to Microsoft Graph are covered, of those that it names.

    Where an application signs in from is not known, so places leave it open.
    """
    conditions = payload.get("conditions")
    if not isinstance(conditions, Mapping):
        return Breadth.SOME
    found = {_reaches_graph(conditions.get("applications"))}
    for name, value in conditions.items():
        if name in _NOT_FOR_APPLICATIONS or "@odata." in name or _is_empty(value):
            continue
        if name == "servicePrincipalRiskLevels":
            found.add(Breadth.SOME if _narrows_risks(value) else Breadth.ALL)
        elif name != "locations" or _narrows_locations(value) or _spares_places(value):
            found.add(Breadth.UNKNOWN)
    if Breadth.SOME in found:
        return Breadth.SOME
    return Breadth.UNKNOWN if Breadth.UNKNOWN in found else Breadth.ALL


def blocks(payload: Payload) -> bool:
    """Whether the policy blocks: the only control there is for applications."""
    grant = payload.get("grantControls")
    return isinstance(grant, Mapping) and "block" in _texts(grant.get("builtInControls"))


def is_prohibitive(payload: Payload, strengths: Iterable[Json]) -> bool:
    """Whether the controls keep out whoever has no managed device or special credential.

    `strengths` are the tenant's, for a policy that holds no more than the id of one.
    """
    grant = payload.get("grantControls")
    if not isinstance(grant, Mapping):
        return False
    controls = [str(one).lower() for one in grant.get("builtInControls") or ()]
    prohibitive = [one not in _ATTAINABLE for one in controls]
    prohibitive += [True for _ in grant.get("customAuthenticationFactors") or ()]
    prohibitive += [False for _ in grant.get("termsOfUse") or ()]
    strength = grant.get("authenticationStrength")
    if isinstance(strength, Mapping) and strength.get("id"):
        prohibitive.append(_is_prohibitive_strength(strength, strengths))
    if not prohibitive:
        return False
    return any(prohibitive) if _wants_all(grant) else all(prohibitive)


def state_of(payload: Payload) -> str:
    return str(payload.get("state") or "")


def licensed_conditions(payload: Payload) -> dict[str, str]:
    """The conditions of a policy that need a licence of their own, with its service plan."""
    conditions = payload.get("conditions")
    if not isinstance(conditions, Mapping):
        return {}
    return {name: plan for name, plan in _PLANS.items() if not _is_empty(conditions.get(name))}


def location_ids(payload: Payload) -> frozenset[str]:
    """The places a policy leaves out, as ids and words."""
    excluded = value_at(payload, "conditions.locations.excludeLocations")
    return frozenset(_texts(excluded))


def _reaches_graph(resources: object) -> Breadth:
    if not isinstance(resources, Mapping):
        return Breadth.SOME
    named = _texts(resources.get("includeApplications"))
    rule = resources.get("applicationFilter")
    if _GRAPH in _texts(resources.get("excludeApplications")):
        return Breadth.SOME
    if not _is_empty(rule):
        return Breadth.UNKNOWN
    return Breadth.ALL if _ALL in named or _GRAPH in named else Breadth.SOME


def _spares_places(value: Any) -> bool:
    return bool(_texts(value.get("excludeLocations")))


def _wants_all(grant: Payload) -> bool:
    return str(grant.get("operator") or "OR").upper() == "AND"


def _is_prohibitive_strength(strength: Payload, strengths: Iterable[Json]) -> bool:
    """Whether no combination of it starts with a password."""
    wanted = str(strength["id"]).lower()
    if wanted == _MULTI_FACTOR_STRENGTH:
        return False
    known = next((one for one in strengths if str(one.get("id")).lower() == wanted), strength)
    combinations = _texts(
        known.get("allowedCombinations") or strength.get("allowedCombinations") or ()
    )
    return not any(one.startswith(_PASSWORD_COMBINATION) for one in combinations)


def _covers_all_resources(conditions: Payload) -> bool:
    resources = conditions.get("applications")
    if not isinstance(resources, Mapping):
        return False
    rule = resources.get("applicationFilter")
    is_chosen_by_rule = isinstance(rule, Mapping) and rule.get("rule")
    spared = _texts(resources.get("excludeApplications"))
    return (
        _ALL in _texts(resources.get("includeApplications"))
        and not is_chosen_by_rule
        and not _ADMINISTRATION.intersection(spared)
    )


def _narrows_clients(value: Any) -> bool:
    clients = frozenset(_texts(value))
    return _ALL not in clients and not clients >= _MODERN_CLIENTS


def _narrows_platforms(value: Any) -> bool:
    included = frozenset(_texts(value.get("includePlatforms")))
    spared = frozenset(_texts(value.get("excludePlatforms")))
    return bool(spared) or bool(included and _ALL not in included and not included >= _PLATFORMS)


def _narrows_locations(value: Any) -> bool:
    included = _texts(value.get("includeLocations"))
    return bool(included) and _ALL not in included


def _narrows_risks(value: Any) -> bool:
    return not frozenset(_texts(value)) >= _RISKS


def _narrows_devices(value: Any) -> bool:
    chosen = value.get("deviceFilter")
    named = (*_texts(value.get("includeDevices")), *_texts(value.get("includeDeviceStates")))
    spared = (*_texts(value.get("excludeDevices")), *_texts(value.get("excludeDeviceStates")))
    return not _is_empty(chosen) or bool(spared) or any(one != _ALL for one in named)


def _narrows_flows(value: Any) -> bool:
    return str(value.get("transferMethods") or "none").lower() != "none"


def _never(_value: Any) -> bool:
    return False


def _always(_value: Any) -> bool:
    return True


# What decides about people alone, and who is meant, which is looked at apart.
_NOT_FOR_APPLICATIONS = frozenset(
    {
        "applications",
        "clientAppTypes",
        "clientApplications",
        "signInRiskLevels",
        "userRiskLevels",
        "users",
    }
)
# By condition: whether it leaves sign-ins out. Resources and people are looked at apart.
_NARROWS: Mapping[str, Callable[[Any], bool]] = {
    "agentContext": _always,
    "agentIdRiskLevels": _always,
    "agents": _always,
    "applications": _never,
    "authenticationFlows": _narrows_flows,
    "clientAppTypes": _narrows_clients,
    # It decides about workload identities and not about people.
    "clientApplications": _always,
    "deviceStates": _narrows_devices,
    "devices": _narrows_devices,
    "insiderRiskLevels": _always,
    "locations": _narrows_locations,
    "platforms": _narrows_platforms,
    "servicePrincipalRiskLevels": _always,
    "signInRiskLevels": _narrows_risks,
    "userRiskLevels": _narrows_risks,
    "users": _never,
}


def _is_empty(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_empty(one) for name, one in value.items() if "@odata." not in name)
    return value in (None, "", [])


def _texts(value: Any) -> list[str]:
    return [str(one).lower() for one in value] if isinstance(value, list | tuple) else []
