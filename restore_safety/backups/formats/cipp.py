"""CIPP: templates as rows of a table, with the policy as JSON text and its type beside it."""

from collections.abc import Mapping
from typing import Any

from restore_safety.backups.decoding import (
    TooDeeplyNestedError,
    UnreadableFileError,
    parse_json,
)
from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json, with_texts

from .administrative_templates import ENTITY_SET, administrative_template
from .document import Candidate, Document, Loss
from .names import id_or_name

_CONDITIONAL_ACCESS = "identity/conditionalAccess/policies"
_ENTITY_SETS = {
    "admin": ENTITY_SET,
    "appconfiguration": "deviceAppManagement/mobileAppConfigurations",
    "catalog": "deviceManagement/configurationPolicies",
    "device": "deviceManagement/deviceConfigurations",
    "deviceconfigurations": "deviceManagement/deviceConfigurations",
    "devicecompliancepolicies": "deviceManagement/deviceCompliancePolicies",
    "devicecompliancepolicy": "deviceManagement/deviceCompliancePolicies",
    "windowsdriverupdateprofiles": "deviceManagement/windowsDriverUpdateProfiles",
    "windowsfeatureupdateprofiles": "deviceManagement/windowsFeatureUpdateProfiles",
    "windowsqualityupdatepolicies": "deviceManagement/windowsQualityUpdatePolicies",
    "windowsqualityupdateprofiles": "deviceManagement/windowsQualityUpdateProfiles",
}
_CONDITIONAL_ACCESS_ROWS = "catemplate"
# The tenant a template is deployed to, written as IntuneManagement writes it.
_TENANT = "%tenantid%"
_ORGANIZATION = "%OrganizationId%"
_WORDS = frozenset({"all", "alltrusted", "none", "guestsorexternalusers"})
_NAMED = {
    "users": ("includeUsers", "excludeUsers", "includeGroups", "excludeGroups"),
    "locations": ("includeLocations", "excludeLocations"),
}


class Cipp:
    """CIPP."""

    tool = "CIPP"

    def recognises(self, document: Document) -> bool:
        row = _row(document.members)
        return isinstance(row.get("rawjson"), str) or (
            isinstance(row.get("json"), str) and "rowkey" in row
        )

    def candidate(self, document: Document) -> Candidate:
        row = _row(document.members)
        if not isinstance(row.get("rawjson"), str):
            held = _parsed(row["json"])
            if not isinstance(held, Mapping):
                return Candidate(value=held)
            if str(row.get("partitionkey")).casefold() == _CONDITIONAL_ACCESS_ROWS:
                return _conditional_access(dict(held))
            row = {**row, **_row(held)}
        return _template(row)

    def losses(self, contract: Contract, policy: Json) -> tuple[Loss, ...]:
        return ()


def _row(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members by lower-case name: CIPP writes RAWJson, RawJSON and more."""
    return {key.casefold(): value for key, value in members.items()}


def _template(row: Mapping[str, Any]) -> Candidate:
    policy = _parsed(row.get("rawjson"))
    kind = str(row.get("type", "")).casefold()
    entity_set = _ENTITY_SETS.get(kind, "")
    if not isinstance(policy, Mapping):
        return Candidate(value=policy, entity_set=entity_set)
    if kind == "admin" and isinstance(policy.get("added"), list):
        policy = administrative_template("", policy["added"])
    named = dict(policy)
    key = "name" if kind == "catalog" else "displayName"
    for member, value in ((key, row.get("displayname")), ("description", row.get("description"))):
        if isinstance(value, str) and not named.get(member):
            named[member] = value
    return Candidate(value=_for_any_tenant(named), entity_set=entity_set)


def _conditional_access(policy: Json) -> Candidate:
    """The policy with the names CIPP writes for groups, users and locations as references."""
    names: dict[str, str] = {}
    conditions = policy.get("conditions")
    if isinstance(conditions, Mapping):
        changed = dict(conditions)
        for part, lists in _NAMED.items():
            if isinstance(changed.get(part), Mapping):
                changed[part] = _with_references(changed[part], lists, names)
        policy["conditions"] = changed
    for beside in ("GUID", "LocationInfo", "GroupInfo"):
        policy.pop(beside, None)
    return Candidate(value=_for_any_tenant(policy), entity_set=_CONDITIONAL_ACCESS, names=names)


def _with_references(
    part: Mapping[str, Any], lists: tuple[str, ...], names: dict[str, str]
) -> dict[str, Any]:
    changed = dict(part)
    for key in lists:
        if isinstance(changed.get(key), list):
            changed[key] = [_reference(entry, names) for entry in changed[key]]
    return changed


def _reference(entry: Any, names: dict[str, str]) -> Any:
    if not isinstance(entry, str) or entry.casefold() in _WORDS:
        return entry
    return id_or_name(entry, names)


def _parsed(text: Any) -> Any:
    """The JSON in a text; the text itself, which is no policy, when there is none in it."""
    if not isinstance(text, str):
        return text
    try:
        return parse_json(text)
    except (UnreadableFileError, TooDeeplyNestedError):
        return text


def _for_any_tenant(policy: Json) -> Json:
    changed: Json = with_texts(policy, lambda text: text.replace(_TENANT, _ORGANIZATION))
    return changed
