"""Where each kind of the directory is read in Graph, and what of each object is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from restore_safety.models import DirectoryKind, ObjectDetail
from tenants.graph import schema
from tenants.graph.contracts import contract, policy_links
from tenants.graph.payloads import TYPE, Json

# Entra's lists page reliably at their largest page; Intune's are asked for without a size, as some
# of them end a full page without a link to the next.
LARGEST_PAGE = 999


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One object as it is kept."""

    object_id: str
    name: str
    detail: ObjectDetail = field(default_factory=ObjectDetail)


type Describe = Callable[[Json], ObjectDetail | None]


def _plainly(_payload: Json) -> ObjectDetail:
    return ObjectDetail()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One list of Graph; `describe` answers None for an object that is not of the kind."""

    path: str
    permission: str
    version: str = "beta"
    select: tuple[str, ...] = ()
    page: int | None = None
    key: str = "id"
    describe: Describe = _plainly

    @property
    def params(self) -> dict[str, str]:
        size = {"$top": str(self.page)} if self.page else {}
        return ({"$select": ",".join(self.select)} if self.select else {}) | size

    def entry(self, payload: Json) -> Entry | None:
        """What is kept of an object of the list; an object without a name is called by its id."""
        detail = self.describe(payload)
        object_id = storable(payload.get(self.key)).strip().lower()
        if detail is None or not object_id:
            return None
        name = storable(payload.get("displayName"))
        return Entry(object_id=object_id, name=name if name.strip() else object_id, detail=detail)


def storable(value: object) -> str:
    """The value as text that every database keeps: no NUL, no half of a character."""
    text = "" if value is None else str(value)
    return text.replace("\x00", "").encode(errors="replace").decode()


def _group(payload: Json) -> ObjectDetail:
    types = payload.get("groupTypes") or []
    if "Unified" in types:
        kind = "microsoft365"
    elif payload.get("securityEnabled"):
        kind = "mail_enabled_security" if payload.get("mailEnabled") else "security"
    else:
        kind = "distribution"
    return ObjectDetail(type=kind, is_dynamic="DynamicMembership" in types)


def _role(payload: Json) -> ObjectDetail:
    return ObjectDetail(is_built_in=_said(payload, "isBuiltIn"))


def _filter(payload: Json) -> ObjectDetail:
    return ObjectDetail(
        platform=str(payload.get("platform") or ""),
        type=str(payload.get("assignmentFilterManagementType") or ""),
    )


def _strength(payload: Json) -> ObjectDetail:
    kind = payload.get("policyType")
    return ObjectDetail(is_built_in=kind == "builtIn" if isinstance(kind, str) else None)


def _location(payload: Json) -> ObjectDetail:
    return ObjectDetail(type=_type(payload), is_trusted=_said(payload, "isTrusted"))


def _typed(payload: Json) -> ObjectDetail:
    return ObjectDetail(type=_type(payload))


def _service_principal(payload: Json) -> ObjectDetail:
    return ObjectDetail(
        type=str(payload.get("servicePrincipalType") or ""),
        app_id=str(payload.get("appId") or "").lower(),
    )


def _certificate(payload: Json) -> ObjectDetail | None:
    kind = _type(payload)
    return ObjectDetail(type=kind) if kind in _certificate_types() else None


@cache
def _certificate_types() -> frozenset[str]:
    """Profiles that another device configuration can link to, which are those of certificates."""
    profiles = contract("deviceConfigurations")
    linked = {
        member.type
        for kind in schema.concrete_types(profiles.declared)
        for member in policy_links(profiles, kind).values()
    }
    return frozenset().union(*map(schema.concrete_types, linked))


def _type(payload: Json) -> str:
    return schema.bare(str(payload.get(TYPE) or ""))


def _said(payload: Json, name: str) -> bool | None:
    value = payload.get(name)
    return value if isinstance(value, bool) else None


# Policies name an application by its client id, which every service principal carries: the tenant
# has one for each application that can be named, its own and Microsoft's.
_SERVICE_PRINCIPALS = Source(
    path="servicePrincipals",
    version="v1.0",
    permission="Application.Read.All",
    select=("id", "appId", "displayName", "servicePrincipalType"),
    page=LARGEST_PAGE,
    describe=_service_principal,
)
_APPLICATIONS = Source(
    path=_SERVICE_PRINCIPALS.path,
    version=_SERVICE_PRINCIPALS.version,
    permission=_SERVICE_PRINCIPALS.permission,
    select=_SERVICE_PRINCIPALS.select,
    page=LARGEST_PAGE,
    key="appId",
)

# Users are not here: only those that policies name are read, one by one.
SOURCES: Mapping[DirectoryKind, Source] = {
    DirectoryKind.GROUP: Source(
        path="groups",
        version="v1.0",
        permission="Group.Read.All",
        select=("id", "displayName", "groupTypes", "securityEnabled", "mailEnabled"),
        page=LARGEST_PAGE,
        describe=_group,
    ),
    DirectoryKind.ROLE: Source(
        path="roleManagement/directory/roleDefinitions",
        version="v1.0",
        permission="RoleManagement.Read.Directory",
        describe=_role,
    ),
    DirectoryKind.INTUNE_ROLE: Source(
        path="deviceManagement/roleDefinitions",
        permission="DeviceManagementRBAC.Read.All",
        describe=_role,
    ),
    DirectoryKind.FILTER: Source(
        path="deviceManagement/assignmentFilters",
        permission="DeviceManagementConfiguration.Read.All",
        describe=_filter,
    ),
    DirectoryKind.SCOPE_TAG: Source(
        path="deviceManagement/roleScopeTags",
        permission="DeviceManagementRBAC.Read.All",
        describe=_role,
    ),
    DirectoryKind.NOTIFICATION_TEMPLATE: Source(
        path="deviceManagement/notificationMessageTemplates",
        permission="DeviceManagementServiceConfig.Read.All",
    ),
    DirectoryKind.COMPLIANCE_SCRIPT: Source(
        path="deviceManagement/deviceComplianceScripts",
        permission="DeviceManagementScripts.Read.All",
    ),
    DirectoryKind.REUSABLE_SETTING: Source(
        path="deviceManagement/reusablePolicySettings",
        permission="DeviceManagementConfiguration.Read.All",
        select=("id", "displayName"),
    ),
    DirectoryKind.NAMED_LOCATION: Source(
        path="identity/conditionalAccess/namedLocations",
        permission="Policy.Read.All",
        describe=_location,
    ),
    DirectoryKind.AUTHENTICATION_STRENGTH: Source(
        path="policies/authenticationStrengthPolicies",
        permission="Policy.Read.All",
        describe=_strength,
    ),
    DirectoryKind.AUTHENTICATION_CONTEXT: Source(
        path="identity/conditionalAccess/authenticationContextClassReferences",
        permission="Policy.Read.All",
    ),
    DirectoryKind.TERMS_OF_USE: Source(
        path="identityGovernance/termsOfUse/agreements",
        permission="Agreement.Read.All",
    ),
    DirectoryKind.APPLICATION: _APPLICATIONS,
    DirectoryKind.SERVICE_PRINCIPAL: _SERVICE_PRINCIPALS,
    DirectoryKind.CERTIFICATE: Source(
        path="deviceManagement/deviceConfigurations",
        permission="DeviceManagementConfiguration.Read.All",
        select=("id", "displayName"),
        describe=_certificate,
    ),
    DirectoryKind.APP: Source(
        path="deviceAppManagement/mobileApps",
        permission="DeviceManagementApps.Read.All",
        select=("id", "displayName"),
        describe=_typed,
    ),
}
