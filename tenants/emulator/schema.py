"""Graph's published types, and what of them no published schema says."""

from collections.abc import Mapping
from functools import cache

from tenants.graph import schema as published
from tenants.graph.schema import PREFIX, Member, MemberKind, bare

__all__ = ["PREFIX", "Member", "MemberKind", "bare"]

_NAMESPACE = "microsoft.graph."
# How full metadata spells the published kinds of values; JSON itself distinguishes the others.
_EDM = {
    "binary": "Binary",
    "date": "Date",
    "datetime": "DateTimeOffset",
    "duration": "Duration",
    "guid": "Guid",
    "time": "TimeOfDay",
}
_NATIVE = {"boolean": "Boolean", "integer": "Int32", "number": "Double", "string": "String"}

# Read-only members whose presence in a body is an error. Every other one is ignored.
REFUSED = frozenset({"secretReferenceValueId", "supportsScopeTags"})
# What the service sets and a body may hold all the same, at any depth.
IGNORED = frozenset(
    {
        "createdDateTime",
        "creationSource",
        "dependentAppCount",
        "deployableContentDisplayName",
        "deployedAppCount",
        "deviceReporting",
        "endOfSupportDate",
        "featureUpdatesPauseStartDate",
        "highestAvailableVersion",
        "inventorySyncStatus",
        "isAssigned",
        "isBuiltIn",
        "isBuiltInRoleDefinition",
        "isGlobalScript",
        "lastModifiedDateTime",
        "modifiedDateTime",
        "newUpdates",
        "payloads",
        "priorityMetaData",
        "qualityUpdatesPauseStartDate",
        "releaseDateDisplayName",
        "settingCount",
        "version",
    }
)
# Members of answers that the published types do not have. A body may hold them as null; those of
# the second table with any value.
SHADOW_NULL: Mapping[str, tuple[str, ...]] = {
    "conditionalAccessPolicy": ("deletedDateTime", "partialEnablementStrategy"),
    "conditionalAccessConditionSet": ("clients", "deviceStates", "times"),
}
SHADOW_IGNORED: Mapping[str, tuple[str, ...]] = {
    "conditionalAccessPolicy": ("templateId",),
    "deviceCompliancePolicy": ("deviceSettings",),
}
# Links that stand in a body by the id of what they lead to, or by its address.
BINDABLE = frozenset({"authenticationStrength"})
_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "deviceCompliancePolicy": ("assign", "scheduleActionsForRules"),
    "deviceConfiguration": ("assign",),
    "deviceManagementConfigurationPolicy": ("assign", "createCopy", "reorder"),
    "deviceManagementScript": ("assign",),
    "roleScopeTag": ("assign",),
    "windowsDriverUpdateProfile": ("assign", "executeAction", "syncInventory"),
}


def _extra(name: str, kind: MemberKind, held: str, *, many: bool = False) -> Member:
    return Member(
        name=name,
        kind=kind,
        type=held,
        is_collection=many,
        is_read_only=False,
        is_beta=False,
    )


# Types beside those of policies, which the published excerpt leaves out.
_EXTRA: Mapping[str, Mapping[str, Member]] = {
    "agreementFileData": {"data": _extra("data", MemberKind.PRIMITIVE, "binary")},
    "agreementFileLocalization": {
        "id": _extra("id", MemberKind.PRIMITIVE, "string"),
        "displayName": _extra("displayName", MemberKind.PRIMITIVE, "string"),
        "fileName": _extra("fileName", MemberKind.PRIMITIVE, "string"),
        "language": _extra("language", MemberKind.PRIMITIVE, "string"),
        "isDefault": _extra("isDefault", MemberKind.PRIMITIVE, "boolean"),
        "isMajorVersion": _extra("isMajorVersion", MemberKind.PRIMITIVE, "boolean"),
        "fileData": _extra("fileData", MemberKind.COMPLEX, "agreementFileData"),
    },
}


def is_known(name: str) -> bool:
    return name in _EXTRA or published.is_known(name)


def is_abstract(name: str) -> bool:
    return published.is_abstract(name)


def is_beta(name: str) -> bool:
    """Whether v1.0 lacks the type; an unpublished one is taken to be beta's."""
    return name not in _EXTRA and published.is_beta(name)


def derives(name: str, base: str) -> bool:
    return name == base or published.derives(name, base)


def members(name: str) -> Mapping[str, Member]:
    return _EXTRA.get(name) or published.members(name)


@cache
def properties(name: str) -> Mapping[str, Member]:
    """The members that are part of the object itself; its id stands apart."""
    return {
        key: member
        for key, member in members(name).items()
        if member.kind is not MemberKind.LINK and key != "id"
    }


@cache
def links(name: str) -> Mapping[str, Member]:
    """The members that lead to entities of their own."""
    return {key: member for key, member in members(name).items() if member.kind is MemberKind.LINK}


@cache
def has_link(name: str, link: str) -> bool:
    """Whether the type or one of its subtypes has the link."""
    return any(link in links(one) for one in (name, *published.concrete_types(name)))


def is_ignored(member: Member, type_name: str) -> bool:
    """Whether the service sets the member itself, whatever a body says."""
    if member.is_read_only:
        return True
    return member.name in IGNORED and not type_name.endswith("AssignmentSettings")


def enum_values(name: str) -> frozenset[str]:
    """The values a body may hold; empty where nothing is published."""
    return published.enum_values(name) - {"unknownFutureValue"}


@cache
def actions(name: str) -> tuple[tuple[str, str], ...]:
    """The bound actions, each with the type it is bound to."""
    return tuple(
        (action, step) for step in published.lineage(name) for action in _ACTIONS.get(step, ())
    )


def annotation(member: Member) -> str:
    """How full metadata names a member's type beside it; empty where JSON says it."""
    match member.kind:
        case MemberKind.PRIMITIVE if not member.is_collection and member.type in _NATIVE:
            return ""
        case MemberKind.PRIMITIVE:
            name = _EDM.get(member.type) or _NATIVE[member.type]
        case _:
            name = _NAMESPACE + member.type
    return f"#Collection({name})" if member.is_collection else f"#{name}"
