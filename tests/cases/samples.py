"""One valid policy of every type, as the demo holds it: a new type needs one there.

Of the types that the makers know, it is one with every member that Graph answers.
"""

from dataclasses import dataclass
from typing import Any

from restore_safety.demo.directory import CONTOSO
from restore_safety.demo.policies import objects_of
from restore_safety.demo.policies.administration import ROLES
from restore_safety.demo.policies.apps import APPS
from restore_safety.demo.policies.configuration import INTENT_TEMPLATES, TEMPLATE_DEFINITIONS
from tenants.graph.contracts import CONTRACTS
from tests.cases.makers import (
    catalog,
    compliance,
    conditional_access,
    configuration,
    device_filter,
    role_assignment,
    script,
)

_HELD = objects_of(CONTOSO)
# A role that every tenant has, under one id.
_BUILT_IN_ROLE = {
    "@odata.type": "#microsoft.graph.deviceAndAppManagementRoleDefinition",
    "id": "0bd113fe-6be5-400c-a28f-ae5553f9c0be",
    "displayName": "Policy and Profile manager",
    "isBuiltIn": True,
    "rolePermissions": [],
}
# What has to be in a tenant for some of the policies to be created there, by path.
BESIDE = {path: _HELD[path] for path in (TEMPLATE_DEFINITIONS, INTENT_TEMPLATES, APPS)} | {
    ROLES: [_BUILT_IN_ROLE]
}

_MADE = {
    "assignmentFilters": device_filter("Corporate"),
    "deviceConfigurations": configuration(
        "Restrictions",
        "windows10GeneralConfiguration",
        cameraBlocked=True,
        passwordMinimumLength=8,
        edgeHomepageUrls=["https://a.example"],
    ),
    "configurationPolicies": catalog("Camera"),
    "deviceCompliancePolicies": compliance("Rules"),
    "deviceManagementScripts": script("Cleanup"),
    "roleAssignments": role_assignment("Agents", group="Pilot", role=_BUILT_IN_ROLE["id"]),
    "conditionalAccessPolicies": conditional_access(
        "Second factor", state="enabledForReportingButNotEnforced"
    ),
}
_CHANGED = {
    "agreements": {"isViewingBeforeAcceptanceRequired": False},
    "androidManagedAppProtections": {"minimumPinLength": 4},
    "conditionalAccessPolicies": {"state": "disabled"},
    "deviceConfigurations": {"passwordMinimumLength": 4},
    "deviceEnrollmentConfigurations": {"limit": 9},
    "groupPolicyUploadedDefinitionFiles": {"revision": "2.0"},
    "intuneBrandingProfiles": {"contactITPhoneNumber": "2"},
    "iosManagedAppProtections": {"minimumPinLength": 4},
    "mobileApps": {"notes": "Changed by hand"},
    "namedLocations": {"isTrusted": False},
    "notificationMessageTemplates": {"brandingOptions": "includeCompanyName"},
    "termsAndConditions": {"bodyText": "Use it."},
    "userSettings": {"resetEnabled": False},
    "windowsDriverUpdateProfiles": {"deploymentDeferralInDays": 1},
    "windowsManagedAppProtections": {"printBlocked": False},
    "windowsQualityUpdatePolicies": {"hotpatchEnabled": False},
}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A policy, and one change another administrator may make to it.

    `assignment` is one of its kind; nothing of a type that is not assigned in the demo.
    """

    payload: dict[str, Any]
    changed: dict[str, Any]
    assignment: dict[str, Any]


def _held(key):
    """The first policy of a type in the demo, with the collection's own ones at their place."""
    kind = CONTRACTS[key]
    if kind.parent_path:
        return _HELD[kind.parent_path][0][kind.path.rpartition("/")[2]][0]
    return _HELD[kind.path][0]


def _sample(key):
    held = dict(_held(key))
    (assignment, *_) = held.pop("assignments", None) or [{"target": {}}]
    return Sample(
        payload=_MADE.get(key, held),
        changed=_CHANGED.get(key, {"description": "Changed by hand"}),
        assignment=assignment,
    )


SAMPLES = {key: _sample(key) for key in CONTRACTS}
