"""The smallest body of each collection: what it requires, with a value of the published type."""

from typing import Any

from tenants.emulator.catalogue import COLLECTIONS, Collection
from tenants.graph import schema
from tenants.graph.schema import Member, MemberKind
from tests.tenants.emulator.graph_bodies import BODIES

_PLAIN: dict[str, Any] = {
    "binary": "eA==",
    "boolean": True,
    "date": "2026-01-31",
    "datetime": "2026-01-31T12:00:00Z",
    "duration": "PT8H",
    "guid": "5a3f1f0e-0000-4000-8000-000000000001",
    "integer": 7,
    "number": 1.5,
    "string": "text",
    "time": "12:30:00",
}
# Of the types that may stand in a collection, the one a test takes.
_TYPES = {
    "deviceEnrollmentConfiguration": "deviceEnrollmentLimitConfiguration",
    "managedDeviceMobileAppConfiguration": "iosMobileAppConfiguration",
    "mobileApp": "webApp",
    "namedLocation": "countryNamedLocation",
    "windowsAutopilotDeploymentProfile": "azureADWindowsAutopilotDeploymentProfile",
}
# Bodies with a rule of their own.
_OWN: dict[str, dict[str, Any]] = {
    path.removeprefix("/beta/").removeprefix("/v1.0/"): body for path, body in BODIES.items()
}
_OWN["deviceManagement/compliancePolicies"] = {
    **_OWN["deviceManagement/configurationPolicies"],
    "platforms": "linux",
    "technologies": "linuxMdm",
    "scheduledActionsForRule": _OWN["deviceManagement/deviceCompliancePolicies"][
        "scheduledActionsForRule"
    ],
}
_OWN["identityGovernance/termsOfUse/agreements"] = {
    "displayName": "Terms",
    "files": [{"fileName": "terms.pdf", "language": "en", "fileData": {"data": "eA=="}}],
}
WRITABLE = tuple(
    one
    for one in COLLECTIONS.values()
    if one.write_roles and (one.can_create or one.created_by_patch)
)


def body_of(collection: Collection) -> dict[str, Any]:
    if collection.path in _OWN:
        return dict(_OWN[collection.path])
    declared = collection.declared_type
    kind = _TYPES.get(declared, declared)
    mark = {"@odata.type": f"#microsoft.graph.{kind}"} if kind != declared else {}
    return mark | {name: _value(schema.members(kind)[name]) for name in collection.required}


def _value(member: Member) -> Any:
    one = _single(member)
    return [one] if member.is_collection else one


def _single(member: Member) -> Any:
    if member.kind is MemberKind.PRIMITIVE:
        return _PLAIN[member.type]
    if member.kind in (MemberKind.ENUM, MemberKind.FLAGS):
        return min(schema.enum_values(member.type) - {"unknownFutureValue"})
    kind = min(schema.concrete_types(member.type))
    return {"@odata.type": f"#microsoft.graph.{kind}"}
