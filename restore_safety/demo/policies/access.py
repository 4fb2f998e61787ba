"""Conditional access, and what its policies can refer to."""

from restore_safety.demo.directory import BREAK_GLASS, Directory
from restore_safety.demo.policies.building import GRAPH, Json

ACCESS = "identity/conditionalAccess/policies"
LOCATIONS = "identity/conditionalAccess/namedLocations"
CONTEXTS = "identity/conditionalAccess/authenticationContextClassReferences"
STRENGTHS = "policies/authenticationStrengthPolicies"
AGREEMENTS = "identityGovernance/termsOfUse/agreements"


def access(at: Directory) -> dict[str, list[Json]]:
    return {
        LOCATIONS: [_offices()],
        STRENGTHS: [_security_keys()],
        CONTEXTS: [_managed_devices()],
        AGREEMENTS: [_terms_of_use()],
        ACCESS: _access(at),
    }


def _access(at: Directory) -> list[Json]:
    def policy(name: str, state: str, conditions: Json, *controls: str) -> Json:
        users = {"includeUsers": ["All"], "excludeGroups": [at.group(BREAK_GLASS)]}
        return {
            "displayName": name,
            "state": state,
            "conditions": {
                "users": users,
                "applications": {"includeApplications": ["All"]},
                "clientAppTypes": ["all"],
            }
            | conditions,
            "grantControls": {"operator": "OR", "builtInControls": list(controls)},
        }

    return [
        policy("Require multifactor authentication", "enabled", {}, "mfa"),
        policy(
            "Block legacy authentication",
            "enabled",
            {"clientAppTypes": ["exchangeActiveSync", "other"]},
            "block",
        ),
        policy(
            "Require a compliant device for admins",
            "enabledForReportingButNotEnforced",
            {
                "users": {
                    "includeRoles": ["62e90394-69f5-4237-9190-012177145e10"],
                    "excludeGroups": [at.group(BREAK_GLASS)],
                }
            },
            "compliantDevice",
            "domainJoinedDevice",
        ),
    ]


def _offices() -> Json:
    return {
        "@odata.type": f"{GRAPH}ipNamedLocation",
        "displayName": "Offices",
        "isTrusted": True,
        "ipRanges": [
            {"@odata.type": f"{GRAPH}iPv4CidrRange", "cidrAddress": "198.51.100.0/24"},
            {"@odata.type": f"{GRAPH}iPv6CidrRange", "cidrAddress": "2001:db8::/48"},
        ],
    }


def _security_keys() -> Json:
    return {
        "@odata.type": f"{GRAPH}authenticationStrengthPolicy",
        "displayName": "Security key or Windows Hello",
        "description": "What administrators sign in with.",
        "policyType": "custom",
        "requirementsSatisfied": "mfa",
        "allowedCombinations": ["fido2", "windowsHelloForBusiness"],
        "combinationConfigurations": [],
    }


def _managed_devices() -> Json:
    return {
        "id": "c7",
        "displayName": "Managed devices",
        "description": "For sites that open on managed devices alone.",
        "isAvailable": True,
    }


def _terms_of_use() -> Json:
    return {
        "displayName": "Terms of use for guests",
        "isViewingBeforeAcceptanceRequired": True,
        "isPerDeviceAcceptanceRequired": False,
        "termsExpiration": None,
        "userReacceptRequiredFrequency": None,
    }
