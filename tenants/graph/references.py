"""What a policy refers to in its tenant: one table over the published schema's members."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tenants.graph import schema
from tenants.graph.assignments import FILTER_ID, filter_of
from tenants.graph.contracts import Contract, policy_links, runtime_type
from tenants.graph.payloads import TYPE, ZERO_GUID, Json, Payload, public_type
from tenants.graph.schema import Member, MemberKind
from tenants.guids import is_guid

# A backup that holds names in place of ids has them in this form.
NAME_PREFIX = "name:"
_SCOPE_TAG_MEMBERS = frozenset({"roleScopeTagIds", "roleScopeTags", "scopeIds"})
# The scope tag that every tenant has.
DEFAULT_SCOPE_TAG = "0"


class ReferenceKind(StrEnum):
    """The kinds of objects that policies refer to."""

    GROUP = "group"
    USER = "user"
    ROLE = "role"
    INTUNE_ROLE = "intune_role"
    FILTER = "filter"
    SCOPE_TAG = "scope_tag"
    NOTIFICATION_TEMPLATE = "notification_template"
    COMPLIANCE_SCRIPT = "compliance_script"
    REUSABLE_SETTING = "reusable_setting"
    NAMED_LOCATION = "named_location"
    AUTHENTICATION_STRENGTH = "authentication_strength"
    AUTHENTICATION_CONTEXT = "authentication_context"
    TERMS_OF_USE = "terms_of_use"
    APPLICATION = "application"
    SERVICE_PRINCIPAL = "service_principal"
    CERTIFICATE = "certificate"
    APP = "app"

    @property
    def label(self) -> str:
        """The kind within a sentence."""
        return self.value.replace("_", " ").replace("intune", "Intune")


# The policy types that hold objects of these kinds themselves.
CONTRACT_OF_KIND = {
    ReferenceKind.FILTER: "assignmentFilters",
    ReferenceKind.INTUNE_ROLE: "roleDefinitions",
    ReferenceKind.SCOPE_TAG: "roleScopeTags",
    ReferenceKind.NOTIFICATION_TEMPLATE: "notificationMessageTemplates",
    ReferenceKind.COMPLIANCE_SCRIPT: "deviceComplianceScripts",
    ReferenceKind.REUSABLE_SETTING: "reusablePolicySettings",
    ReferenceKind.NAMED_LOCATION: "namedLocations",
    ReferenceKind.AUTHENTICATION_STRENGTH: "authenticationStrengthPolicies",
    ReferenceKind.AUTHENTICATION_CONTEXT: "authenticationContextClassReferences",
    ReferenceKind.TERMS_OF_USE: "agreements",
    ReferenceKind.CERTIFICATE: "deviceConfigurations",
    ReferenceKind.APP: "mobileApps",
}

# By the type that declares the member. What a type inherits it refers to as well.
_MEMBERS: dict[tuple[str, str], ReferenceKind] = {
    ("conditionalAccessApplications", "excludeApplications"): ReferenceKind.APPLICATION,
    ("conditionalAccessApplications", "includeApplications"): ReferenceKind.APPLICATION,
    (
        "conditionalAccessApplications",
        "includeAuthenticationContextClassReferences",
    ): ReferenceKind.AUTHENTICATION_CONTEXT,
    (
        "conditionalAccessClientApplications",
        "excludeServicePrincipals",
    ): ReferenceKind.SERVICE_PRINCIPAL,
    (
        "conditionalAccessClientApplications",
        "includeServicePrincipals",
    ): ReferenceKind.SERVICE_PRINCIPAL,
    ("conditionalAccessGrantControls", "termsOfUse"): ReferenceKind.TERMS_OF_USE,
    ("conditionalAccessLocations", "excludeLocations"): ReferenceKind.NAMED_LOCATION,
    ("conditionalAccessLocations", "includeLocations"): ReferenceKind.NAMED_LOCATION,
    ("conditionalAccessUsers", "excludeGroups"): ReferenceKind.GROUP,
    ("conditionalAccessUsers", "excludeRoles"): ReferenceKind.ROLE,
    ("conditionalAccessUsers", "excludeUsers"): ReferenceKind.USER,
    ("conditionalAccessUsers", "includeGroups"): ReferenceKind.GROUP,
    ("conditionalAccessUsers", "includeRoles"): ReferenceKind.ROLE,
    ("conditionalAccessUsers", "includeUsers"): ReferenceKind.USER,
    ("deviceAndAppManagementRoleAssignment", "members"): ReferenceKind.GROUP,
    ("roleAssignment", "resourceScopes"): ReferenceKind.GROUP,
    ("roleAssignment", "scopeMembers"): ReferenceKind.GROUP,
    ("depEnrollmentBaseProfile", "enrollmentTimeAzureAdGroupIds"): ReferenceKind.GROUP,
    ("deviceComplianceActionItem", "notificationMessageCCList"): ReferenceKind.GROUP,
    ("deviceComplianceActionItem", "notificationTemplateId"): ReferenceKind.NOTIFICATION_TEMPLATE,
    ("deviceCompliancePolicyScript", "deviceComplianceScriptId"): ReferenceKind.COMPLIANCE_SCRIPT,
    (
        "deviceEnrollmentNotificationConfiguration",
        "notificationMessageTemplateId",
    ): ReferenceKind.NOTIFICATION_TEMPLATE,
    (
        "deviceManagementComplianceActionItem",
        "notificationMessageCCList",
    ): ReferenceKind.GROUP,
    (
        "deviceManagementComplianceActionItem",
        "notificationTemplateId",
    ): ReferenceKind.NOTIFICATION_TEMPLATE,
    (
        "deviceManagementConfigurationReferenceSettingValue",
        "value",
    ): ReferenceKind.REUSABLE_SETTING,
    ("managedDeviceMobileAppConfiguration", "targetedMobileApps"): ReferenceKind.APP,
    ("windows10EnrollmentCompletionPageConfiguration", "selectedMobileAppIds"): ReferenceKind.APP,
    ("windowsKioskAzureADGroup", "groupId"): ReferenceKind.GROUP,
    ("windowsKioskAzureADUser", "userId"): ReferenceKind.USER,
    ("iosGeneralDeviceConfiguration", "kioskModeManagedAppId"): ReferenceKind.APP,
}
# Links that a policy holds as an object with an id, by the type that declares them.
_LINKS: dict[tuple[str, str], ReferenceKind] = {
    (
        "conditionalAccessGrantControls",
        "authenticationStrength",
    ): ReferenceKind.AUTHENTICATION_STRENGTH,
    ("roleAssignment", "roleDefinition"): ReferenceKind.INTUNE_ROLE,
}
# Words that stand where an id may stand, and mean no object of the tenant.
_WORDS = frozenset(
    {
        "all",
        "allagentidresources",
        "allagentidusers",
        "alltrusted",
        "guestsorexternalusers",
        "microsoftadminportals",
        "none",
        "office365",
        "serviceprincipalsinmytenant",
        ZERO_GUID,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Reference:
    """One object that a policy refers to. `id` is in small letters where it is a guid.

    `is_excluded` says that dropping it would widen who the policy reaches.
    """

    kind: ReferenceKind
    id: str
    path: str
    is_excluded: bool = False
    # The type it has to be of, where a link takes some of a collection only.
    of_type: str = ""

    def takes(self, candidate: Payload) -> bool:
        """Whether an object is of a type that may be referred to here."""
        named = schema.bare(public_type(str(candidate.get(TYPE) or "")))
        return not self.of_type or schema.derives(named, self.of_type)

    @property
    def name(self) -> str:
        """The name, where the backup holds a name in place of the id; else empty."""
        return self.id.removeprefix(NAME_PREFIX) if self.id.startswith(NAME_PREFIX) else ""


def references_of(
    contract: Contract, payload: Payload, assignments: Iterable[Payload] = ()
) -> tuple[Reference, ...]:
    """Every object a policy refers to, in its content and in its assignments, each path once."""
    found = list(_in_content(contract, payload))
    for assignment in assignments:
        found += _in_target(assignment.get("target") or {})
    return tuple(sorted(set(found)))


def ids_of(
    kind: ReferenceKind,
    contract: Contract,
    payload: Payload,
    assignments: Iterable[Payload] = (),
    *,
    is_excluded: bool | None = None,
) -> frozenset[str]:
    """The ids of one kind that a policy refers to; of those that exclude, or include, alone."""
    return frozenset(
        one.id
        for one in references_of(contract, payload, assignments)
        if one.kind is kind and is_excluded in {None, one.is_excluded}
    )


def with_references(
    contract: Contract, payload: Payload, replace: Callable[[ReferenceKind, str], str | None]
) -> Json:
    """The payload with each id replaced; one that `replace` answers None for leaves its list."""
    type_name = runtime_type(contract, payload)
    links = policy_links(contract, type_name).keys() & payload.keys()
    own = {key: value for key, value in payload.items() if key not in links}
    changed: Json = _Replacing(replace).members(own, type_name)
    certificate = ReferenceKind.CERTIFICATE
    return changed | {name: _with_linked(payload[name], certificate, replace) for name in links}


def with_target_references(
    assignment: Payload, replace: Callable[[ReferenceKind, str], str | None]
) -> Json:
    """The assignment with its group and its filter replaced; None leaves the id as it is."""
    target = dict(assignment.get("target") or {})
    for key, kind in (("groupId", ReferenceKind.GROUP), (FILTER_ID, ReferenceKind.FILTER)):
        if target.get(key) and (new := replace(kind, normal_id(str(target[key])))):
            target[key] = new
    return {**assignment, "target": target}


def normal_id(text: str) -> str:
    """The form in which ids compare: guids in small letters, anything else as it is."""
    return text.lower() if is_guid(text) else text


def is_reference(kind: ReferenceKind, text: str) -> bool:
    """Whether the text stands for an object of the tenant, and not for a word or nothing."""
    if not text or text.lower() in _WORDS:
        return False
    return not (kind is ReferenceKind.SCOPE_TAG and text == DEFAULT_SCOPE_TAG)


def kind_of_member(type_name: str, member: str) -> ReferenceKind | None:
    """What the ids in a member stand for; None where it holds none."""
    if member in _SCOPE_TAG_MEMBERS:
        return ReferenceKind.SCOPE_TAG
    return _kind_in(_MEMBERS, type_name, member)


def _kind_in(
    table: Mapping[tuple[str, str], ReferenceKind], type_name: str, member: str
) -> ReferenceKind | None:
    owners = schema.lineage(type_name) or (type_name,)
    return next((table[key] for one in owners if (key := (one, member)) in table), None)


def _in_content(contract: Contract, payload: Payload) -> Iterator[Reference]:
    type_name = runtime_type(contract, payload)
    links = policy_links(contract, type_name)
    own = {key: value for key, value in payload.items() if key not in links}
    yield from _within(own, type_name, "")
    for name in links.keys() & payload.keys():
        for text in ids_linked(payload[name]):
            yield Reference(
                kind=ReferenceKind.CERTIFICATE,
                id=normal_id(text),
                path=name,
                of_type=links[name].type,
            )


def _within(value: Payload, type_name: str, path: str) -> Iterator[Reference]:
    known = schema.members(type_name)
    for key, member in value.items():
        here = f"{path}{key}"
        if kind := kind_of_member(type_name, key):
            for text in _texts(member):
                if is_reference(kind, text):
                    yield Reference(
                        kind=kind,
                        id=normal_id(text),
                        path=here,
                        is_excluded=key.startswith("exclude"),
                    )
        elif kind := _kind_in(_LINKS, type_name, key):
            for text in ids_linked(member):
                yield Reference(kind=kind, id=normal_id(text), path=here)
        elif declared := known.get(key):
            for one in member if isinstance(member, list) else [member]:
                if isinstance(one, Mapping):
                    yield from _within(one, _type_of(one, declared), f"{here}.")


def _in_target(target: Payload) -> Iterator[Reference]:
    if group := target.get("groupId"):
        yield Reference(
            kind=ReferenceKind.GROUP,
            id=normal_id(str(group)),
            path="assignments",
            is_excluded="exclusion" in str(target.get(TYPE)),
        )
    if filter_id := filter_of(target):
        yield Reference(kind=ReferenceKind.FILTER, id=normal_id(filter_id), path="assignments")


@dataclass(frozen=True, slots=True)
class _Replacing:
    replace: Callable[[ReferenceKind, str], str | None]

    def members(self, value: Payload, type_name: str) -> Json:
        known = schema.members(type_name)
        return {
            key: self._member(key, member, type_name, known.get(key))
            for key, member in value.items()
        }

    def _member(self, key: str, value: Any, type_name: str, declared: Member | None) -> Any:
        if kind := kind_of_member(type_name, key):
            return self._ids(kind, value)
        if kind := _kind_in(_LINKS, type_name, key):
            return _with_linked(value, kind, self.replace)
        if declared is None or declared.kind not in (MemberKind.COMPLEX, MemberKind.LINK):
            return value
        if isinstance(value, list):
            return [self._object(one, declared) for one in value]
        return self._object(value, declared)

    def _object(self, value: Any, declared: Member) -> Any:
        if not isinstance(value, Mapping):
            return value
        return self.members(value, _type_of(value, declared))

    def _ids(self, kind: ReferenceKind, value: Any) -> Any:
        if isinstance(value, str):
            return self._id(kind, value) or value
        if not isinstance(value, list):
            return value
        kept: list[Any] = []
        for one in value:
            here = self._id(kind, one) if isinstance(one, str) else one
            if here is not None and here not in kept:
                kept.append(here)
        return kept

    def _id(self, kind: ReferenceKind, text: str) -> str | None:
        return self.replace(kind, normal_id(text)) if is_reference(kind, text) else text


def ids_linked(value: Any) -> Iterator[str]:
    """The ids of the objects that a link leads to."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Mapping) and one.get("id"):
            yield str(one["id"])


def _with_linked(
    value: Any, kind: ReferenceKind, replace: Callable[[ReferenceKind, str], str | None]
) -> Any:
    """The link with what it leads to replaced; what `replace` has nothing for stays."""
    if isinstance(value, list):
        return [_with_linked(one, kind, replace) for one in value]
    if not isinstance(value, Mapping) or not value.get("id"):
        return value
    new = replace(kind, normal_id(str(value["id"])))
    return {**value, "id": new} if new else dict(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (one for one in value if isinstance(one, str))


def _type_of(value: Payload, declared: Member) -> str:
    named = value.get(TYPE)
    return schema.bare(public_type(named)) if isinstance(named, str) else declared.type
