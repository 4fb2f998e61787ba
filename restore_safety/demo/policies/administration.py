"""Scope tags, filters, roles, and what a tenant shows of itself."""

from restore_safety.demo.directory import AGENTS, PILOT, WORKSTATIONS, Directory
from restore_safety.demo.policies.apps import APPS, PORTAL
from restore_safety.demo.policies.building import FILTERS, GRAPH, Json, entity, to_group

TAGS = "deviceManagement/roleScopeTags"
ROLES = "deviceManagement/roleDefinitions"
ROLE_ASSIGNMENTS = "deviceManagement/roleAssignments"
CATEGORIES = "deviceManagement/deviceCategories"
NOTIFICATIONS = "deviceManagement/notificationMessageTemplates"
TERMS = "deviceManagement/termsAndConditions"
BRANDING = "deviceManagement/intuneBrandingProfiles"
POLICY_SETS = "deviceAppManagement/policySets"


def administration(at: Directory) -> dict[str, list[Json]]:
    return {
        TAGS: _scope_tags(),
        FILTERS: _filters(),
        ROLES: [_help_desk()],
        ROLE_ASSIGNMENTS: [_agents(at)],
        CATEGORIES: [entity("deviceCategory", "Field tablets", "Tablets of the field service.")],
        NOTIFICATIONS: [_not_compliant(at)],
        TERMS: [_terms() | {"assignments": [to_group(at, PILOT)]}],
        BRANDING: [_branding() | {"assignments": [to_group(at, WORKSTATIONS)]}],
        POLICY_SETS: [_policy_set(at)],
    }


def _scope_tags() -> list[Json]:
    return [
        {"id": "1", "displayName": "Branch offices", "description": "Run by the regional teams."},
        {"id": "2", "displayName": "Kiosks", "description": "Run by the field service team."},
    ]


def _filters() -> list[Json]:
    return [
        {
            "displayName": "Corporate-owned Windows",
            "platform": "windows10AndLater",
            "rule": '(device.deviceOwnership -eq "Corporate")',
        },
        {
            "displayName": "Windows 11 and later",
            "platform": "windows10AndLater",
            "rule": '(device.osVersion -startsWith "10.0.2")',
        },
    ]


_HELP_DESK = "Branch office help desk"


def _agents(at: Directory) -> Json:
    return entity(
        "deviceAndAppManagementRoleAssignment",
        "Agents of the branch offices",
        "The regional teams look after the devices of the pilot.",
        members=[at.group(AGENTS)],
        scopeMembers=[at.group(PILOT)],
        scopeType="resourceScope",
        resourceScopes=[at.group(PILOT)],
        roleDefinition={"id": at.id_of(ROLES, _HELP_DESK)},
    )


def _help_desk() -> Json:
    allowed = ["Microsoft.Intune_ManagedDevices_Read", "Microsoft.Intune_RemoteTasks_SyncDevice"]
    actions = {"allowedResourceActions": allowed, "notAllowedResourceActions": []}
    return entity(
        "deviceAndAppManagementRoleDefinition",
        _HELP_DESK,
        "Reads devices and asks them to synchronise.",
        isBuiltIn=False,
        rolePermissions=[{"actions": [], "resourceActions": [actions]}],
    )


def _not_compliant(at: Directory) -> Json:
    def message(locale: str, subject: str, lines: str, *, is_default: bool = False) -> Json:
        return {
            "id": at.id_of(f"{NOTIFICATIONS}/messages", locale),
            "locale": locale,
            "subject": subject,
            "messageTemplate": lines,
            "isDefault": is_default,
        }

    return entity(
        "notificationMessageTemplate",
        "Device is not compliant",
        "Sent when a device has not been compliant for a day.",
        defaultLocale="en-us",
        brandingOptions="includeCompanyLogo,includeCompanyName",
        localizedNotificationMessages=[
            message(
                "en-us",
                "Your device needs attention",
                "Open the Company Portal to see what to do.",
                is_default=True,
            ),
            message(
                "de-de",
                "Ihr Gerät braucht Aufmerksamkeit",
                "Das Unternehmensportal zeigt, was zu tun ist.",
            ),
        ],
    )


def _terms() -> Json:
    return entity(
        "termsAndConditions",
        "Use of company devices",
        "Shown in the Company Portal before a device is enrolled.",
        title="Use of company devices",
        bodyText="A company device is used for work and is managed by the company.",
        acceptanceStatement="I have read this and agree.",
        version=1,
    )


def _branding() -> Json:
    return {
        "@odata.type": f"{GRAPH}intuneBrandingProfile",
        "profileName": "Branding of the branch offices",
        "profileDescription": "Name, colour and help desk of the branch offices.",
        "isDefaultProfile": False,
        "displayName": "Contoso branch offices",
        "contactITName": "Help desk",
        "contactITPhoneNumber": "+1 555 0100",
        "showLogo": False,
        "showDisplayNameNextToLogo": True,
        "themeColor": {"r": 0, "g": 114, "b": 198},
        "roleScopeTagIds": ["0"],
    }


def _policy_set(at: Directory) -> Json:
    return {
        "@odata.type": f"{GRAPH}policySet",
        "displayName": "Branch office",
        "description": "What every device of a branch office gets.",
        "roleScopeTags": ["0"],
        "guidedDeploymentTags": [],
        "items": [
            {
                "@odata.type": f"{GRAPH}mobileAppPolicySetItem",
                "id": at.id_of(f"{POLICY_SETS}/items", "Branch office"),
                "payloadId": at.id_of(APPS, PORTAL),
                "intent": "required",
                "settings": None,
                "guidedDeploymentTags": [],
            }
        ],
    }
