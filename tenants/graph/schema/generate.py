"""Write `beta.json`: the Graph types the product needs, read from Microsoft's own SDK packages.

Run by `make graph-schema`. The beta package says what a type is, the v1.0 package which of its
members v1.0 lacks. Both are read as text out of their wheels; neither is installed or imported.
"""

import json
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# The types of policies, of what lies below them, and of the directory objects they refer to.
# Everything these are made of comes along; what they merely link to does not.
_POLICIES = (
    "agreement androidDeviceOwnerEnrollmentProfile androidForWorkEnrollmentProfile"
    " appleUserInitiatedEnrollmentProfile authenticationContextClassReference"
    " authenticationStrengthPolicy cloudPcProvisioningPolicy cloudPcUserSetting"
    " conditionalAccessPolicy depEnrollmentBaseProfile deviceAndAppManagementAssignmentFilter"
    " deviceCategory deviceComplianceScript deviceCompliancePolicy deviceConfiguration"
    " deviceCustomAttributeShellScript deviceEnrollmentConfiguration deviceHealthScript"
    " deviceManagementCompliancePolicy deviceManagementConfigurationPolicy deviceManagementIntent"
    " deviceManagementReusablePolicySetting deviceManagementScript deviceShellScript"
    " enrollmentProfile groupPolicyConfiguration groupPolicyUploadedDefinitionFile"
    " hardwareConfiguration intuneBrandingProfile managedAppPolicy"
    " managedDeviceMobileAppConfiguration mobileApp namedLocation notificationMessageTemplate"
    " policySet roleDefinition roleScopeTag termsAndConditions windowsAutopilotDeploymentProfile"
    " windowsDriverUpdateProfile windowsFeatureUpdateProfile windowsQualityUpdatePolicy"
    " windowsQualityUpdateProfile"
)
_PARTS = (
    "authenticationCombinationConfiguration deviceComplianceActionItem"
    " deviceComplianceScheduledActionForRule deviceManagementComplianceActionItem"
    " deviceManagementComplianceScheduledActionForRule deviceManagementConfigurationSetting"
    " deviceManagementSettingInstance deviceManagementTemplate groupPolicyDefinition"
    " groupPolicyDefinitionValue groupPolicyPresentation groupPolicyPresentationValue"
    " localizedNotificationMessage managedMobileApp policySetItem"
    " windowsPrivacyDataAccessControlItem deviceManagementConfigurationPolicyTemplate"
    " deviceManagementConfigurationSettingDefinition"
)
_ASSIGNMENTS = (
    "appleEnrollmentProfileAssignment cloudPcProvisioningPolicyAssignment"
    " cloudPcUserSettingAssignment"
    " deviceAndAppManagementRoleAssignment deviceCompliancePolicyAssignment"
    " deviceConfigurationAssignment deviceHealthScriptAssignment"
    " deviceManagementConfigurationPolicyAssignment deviceManagementIntentAssignment"
    " deviceManagementScriptAssignment enrollmentConfigurationAssignment"
    " groupPolicyConfigurationAssignment hardwareConfigurationAssignment"
    " intuneBrandingProfileAssignment managedDeviceMobileAppConfigurationAssignment"
    " mobileAppAssignment policySetAssignment roleAssignment roleScopeTagAutoAssignment"
    " targetedManagedAppPolicyAssignment termsAndConditionsAssignment"
    " windowsAutopilotDeploymentProfileAssignment windowsDriverUpdateProfileAssignment"
    " windowsFeatureUpdateProfileAssignment windowsQualityUpdatePolicyAssignment"
    " windowsQualityUpdateProfileAssignment"
)
_SUPPORT = (
    "depOnboardingSetting directoryRoleTemplate operationApprovalPolicy operationApprovalRequest"
)
ROOTS = frozenset(f"{_POLICIES} {_PARTS} {_ASSIGNMENTS} {_SUPPORT}".split())

# The SDK does not say which types are abstract. One that has subtypes and is never named by an
# `@odata.type` of its own is, but for these, which Graph answers as they are.
_CONCRETE = frozenset(
    {
        "deviceAndAppManagementAssignmentFilter",
        "deviceManagementConfigurationChoiceSettingDefinition",
        "deviceManagementConfigurationSettingGroupDefinition",
        "deviceManagementConfigurationSimpleSettingDefinition",
        "groupPolicyDefinition",
        "groupPolicyDefinitionFile",
        "identity",
        "identitySet",
        "mobileAppAssignmentSettings",
        "roleAssignment",
        "roleDefinition",
        "deviceManagementIntent",
        "deviceManagementTemplate",
        "deviceManagementSettingDefinition",
    }
)
# Abstract although they have a name of their own, as types between Graph's roots and real ones do.
_ABSTRACT = frozenset(
    {
        "managedApp",
        "managedAppConfiguration",
        "managedAppProtection",
        "managedMobileLobApp",
        "mobileLobApp",
        "namedLocation",
        "targetedManagedAppProtection",
        "vpnConfiguration",
        "windowsInformationProtection",
    }
)
# The SDK reads it as a plain object, although what derives from it has an address and an id.
_ENTITY_BASES = frozenset({"policyDeletableItem"})
_PRIMITIVES = {
    "str_value": "string",
    "bool_value": "boolean",
    "int_value": "integer",
    "float_value": "number",
    "bytes_value": "binary",
    "date_value": "date",
    "datetime_value": "datetime",
    "time_value": "time",
    "timedelta_value": "duration",
    "uuid_value": "guid",
}
_MODELS = re.compile(r"^[^/]+/generated/models/(\w+)\.py$")
_CLASS = re.compile(r"^class (\w+)\(([^)]*)\)", re.MULTILINE)
_ENUM_VALUE = re.compile(r'^\s+\w+ = "([^"]*)"', re.MULTILINE)
_ANNOTATION = re.compile(r"^    (\w+): Optional\[(.*)\] = ", re.MULTILINE)
_READER = re.compile(
    r'^\s+"([^"]+)": lambda n : setattr\(self, \'(\w+)\', n\.get_(\w+)\((.*)\)\),$', re.MULTILINE
)
_WRITER = re.compile(r'writer\.write_\w+\("([^"]+)"')
_OWN_NAME = re.compile(r'odata_type: Optional\[str\] = "#microsoft\.graph\.([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class SdkType:
    """One class of the SDK's models, as its source says."""

    base: str
    members: dict[str, str]
    read_only: tuple[str, ...]
    is_named: bool


@dataclass(slots=True)
class SdkModels:
    """The models of one SDK package: its types and enums by Graph's names."""

    types: dict[str, SdkType] = field(default_factory=dict)
    enums: dict[str, list[str]] = field(default_factory=dict)

    def derives(self, name: str, base: str) -> bool:
        while name in self.types:
            if name == base:
                return True
            name = self.types[name].base
        return False

    def subtypes(self, name: str) -> list[str]:
        return [one for one, found in self.types.items() if found.base == name]

    def closure(self, roots: frozenset[str]) -> list[str]:
        """The roots with their bases, their subtypes, and the complex types of their members."""
        reached: set[str] = set()
        waiting = sorted(roots)
        while waiting:
            name = waiting.pop()
            if name in reached or name not in self.types:
                continue
            reached.add(name)
            found = self.types[name]
            waiting += [found.base, *self.subtypes(name)] if self._is_followed(name) else []
            waiting += [
                held
                for declared in found.members.values()
                if (held := declared.strip("[]")) in self.types and not self.derives(held, "entity")
            ]
        return sorted(reached)

    def _is_followed(self, name: str) -> bool:
        """Whether all that derives from it is wanted; of Graph's own roots it is not."""
        return name not in {"entity", "policyBase", "policyDeletableItem", "directoryObject"}


def read_models(wheel: Path) -> SdkModels:
    """The models in an SDK's wheel."""
    models = SdkModels()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if _MODELS.match(name):
                _take(models, archive.read(name).decode())
    return models


def _take(models: SdkModels, source: str) -> None:
    found = _CLASS.search(source)
    if found is None:
        return
    name, bases = _lower(found[1]), [base.strip() for base in found[2].split(",")]
    if "Enum" in bases:
        models.enums[name] = _ENUM_VALUE.findall(source)
        return
    of_model = [
        base for base in bases if base not in ("Parsable", "AdditionalDataHolder", "BackedModel")
    ]
    members = dict(_members(source))
    written = set(_WRITER.findall(source))
    models.types[name] = SdkType(
        base="entity" if name in _ENTITY_BASES else _lower(of_model[0]) if of_model else "",
        members=members,
        read_only=tuple(sorted(members.keys() - written)),
        is_named=bool(_OWN_NAME.search(source)),
    )


def _members(source: str) -> Iterator[tuple[str, str]]:
    annotations = dict(_ANNOTATION.findall(source))
    for key, attribute, reader, argument in _READER.findall(source):
        if "@" in key:
            continue
        if reader in _PRIMITIVES:
            yield key, _PRIMITIVES[reader]
        elif reader == "collection_of_primitive_values":
            yield key, f"[{_primitive_of(argument)}]"
        elif reader == "enum_value":
            yield key, f"enum:{_lower(argument)}"
        elif reader == "collection_of_enum_values":
            # Flags are read as a list of enum values, but declared as one value.
            is_list = annotations.get(attribute, "").startswith("list[")
            yield key, f"[enum:{_lower(argument)}]" if is_list else f"flags:{_lower(argument)}"
        elif reader == "collection_of_object_values":
            yield key, f"[{_lower(argument)}]"
        else:
            yield key, _lower(argument)


def _primitive_of(argument: str) -> str:
    named = {
        "str": "string",
        "bool": "boolean",
        "int": "integer",
        "float": "number",
        "UUID": "guid",
        "bytes": "binary",
        "datetime.datetime": "datetime",
    }
    return named.get(argument, "string")


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def compact(beta: SdkModels, v1: SdkModels) -> dict[str, Any]:
    """The document that is committed: a type is its base, its members and what sets them apart."""
    names = beta.closure(ROOTS)
    if unknown := sorted(ROOTS - beta.types.keys()):
        raise SystemExit(f"The SDK has no type named {', '.join(unknown)}.")
    types = {name: _type_entry(beta, v1, name) for name in names}
    enums = sorted(
        {
            declared.strip("[]").partition(":")[2]
            for entry in types.values()
            for declared in entry["members"].values()
            if ":" in declared and not declared.strip("[]").startswith("link:")
        }
    )
    return {"types": types, "enums": {name: beta.enums.get(name, []) for name in enums}}


def _type_entry(beta: SdkModels, v1: SdkModels, name: str) -> dict[str, Any]:
    found = beta.types[name]
    entry: dict[str, Any] = {
        "base": found.base,
        "members": {key: _declared(beta, found.members[key]) for key in sorted(found.members)},
    }
    if found.read_only:
        entry["read_only"] = list(found.read_only)
    if _is_abstract(beta, name):
        entry["abstract"] = True
    if name not in v1.types:
        entry["beta"] = True
    elif lacking := sorted(found.members.keys() - v1.types[name].members.keys()):
        entry["beta_members"] = lacking
    return entry


def _is_abstract(beta: SdkModels, name: str) -> bool:
    if not beta.subtypes(name) or name in _CONCRETE:
        return False
    return not beta.types[name].is_named or name in _ABSTRACT or name.endswith("Base")


def _declared(beta: SdkModels, declared: str) -> str:
    """Members that hold entities are links: they have an address of their own."""
    held = declared.strip("[]")
    if held in beta.types and beta.derives(held, "entity"):
        return declared.replace(held, f"link:{held}")
    return declared


def main(arguments: list[str]) -> None:
    beta_wheel, v1_wheel, output = (Path(one) for one in arguments)
    document = compact(read_models(beta_wheel), read_models(v1_wheel))
    sources = [" ".join(wheel.name.split("-")[:2]) for wheel in (beta_wheel, v1_wheel)]
    output.write_text(_text(document, sources), encoding="utf-8")


def _text(document: dict[str, Any], sources: list[str]) -> str:
    """One type and one enum a line, so that a new version of Graph reads as a diff."""

    def lines(entries: dict[str, Any]) -> str:
        return ",\n".join(
            f"{json.dumps(name)}:{json.dumps(entry, separators=(',', ':'))}"
            for name, entry in entries.items()
        )

    return (
        f'{{"sources":{json.dumps(sources)},\n"types":{{\n{lines(document["types"])}\n}},\n'
        f'"enums":{{\n{lines(document["enums"])}\n}}}}\n'
    )


if __name__ == "__main__":
    main(sys.argv[1:])
