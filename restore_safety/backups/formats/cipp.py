"""CIPP: templates as rows of a table, with the policy as JSON text and its type beside it."""

from collections.abc import Iterator, Mapping
from typing import Any

from restore_safety.backups.decoding import (
    TooDeeplyNestedError,
    UnreadableFileError,
    parse_json,
)
from restore_safety.backups.formats.administrative_templates import (
    ENTITY_SET,
    administrative_template,
)
from restore_safety.backups.formats.document import Candidate, Document, Enclosed, Loss
from restore_safety.backups.formats.names import id_or_name
from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json, with_texts
from tenants.guids import is_guid

_CONDITIONAL_ACCESS = "identity/conditionalAccess/policies"
_NAMED_LOCATIONS = "identity/conditionalAccess/namedLocations"
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
# Blocks CIPP keeps beside a policy.
_LOCATIONS = "LocationInfo"
_GROUPS = "GroupInfo"
_MOST_LOCATIONS = 1_000
_COUNTRIES = "countriesAndRegions"
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
        return (
            isinstance(row.get("rawjson"), str)
            or (isinstance(row.get("json"), str) and "rowkey" in row)
            or _is_conditional_access(document.members)
        )

    def candidate(self, document: Document) -> Candidate:
        row = _row(document.members)
        if _is_conditional_access(document.members):
            return _conditional_access(dict(document.members))
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
    not_imported: tuple[str, ...] = ()
    if kind == "admin" and isinstance(policy.get("added"), list):
        # A template is only ever deployed anew, when there is nothing to change or to delete.
        others = sorted(key for key, part in policy.items() if key != "added" and part)
        if others:
            not_imported = (f"{', '.join(others)}: only what is under “added” holds settings",)
        policy = administrative_template("", policy["added"])
    named = dict(policy)
    key = "name" if kind == "catalog" else "displayName"
    for member, value in ((key, row.get("displayname")), ("description", row.get("description"))):
        if isinstance(value, str) and not named.get(member):
            named[member] = value
    return Candidate(
        value=_for_any_tenant(named),
        entity_set=entity_set,
        names=_reusable_settings(row.get("reusablesettings")),
        not_imported=not_imported,
    )


def _reusable_settings(stated: Any) -> dict[str, str]:
    """What the reusable settings a policy refers to are called, by their id in its tenant."""
    names: dict[str, str] = {}
    for entry in stated if isinstance(stated, list) else [stated]:
        if isinstance(entry, Mapping):
            source, name = entry.get("sourceId"), entry.get("displayName")
            if is_guid(source) and isinstance(name, str) and name:
                names[str(source).lower()] = name
    return names


def _is_conditional_access(members: Mapping[str, Any]) -> bool:
    """Whether it is a conditional access template by itself, as CIPP lists them."""
    return _LOCATIONS in members and isinstance(members.get("conditions"), Mapping)


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
    policy.pop("GUID", None)
    enclosed, not_imported = _locations(policy.pop(_LOCATIONS, None))
    if policy.pop(_GROUPS, None):
        not_imported = (
            *not_imported,
            f"{_GROUPS}: groups are found by their names, and never restored",
        )
    return Candidate(
        value=_for_any_tenant(policy),
        entity_set=_CONDITIONAL_ACCESS,
        names=names,
        enclosed=enclosed,
        not_imported=not_imported,
    )


def _locations(block: Any) -> tuple[tuple[Enclosed, ...], tuple[str, ...]]:
    """The named locations of a template, and of what else is in their block that it is left out.

    CIPP writes a list, or a list for those included and one for those excluded, with `null` where
    there is none.
    """
    found: list[Enclosed] = []
    strange = beyond = 0
    for entry in _flat(block):
        if not isinstance(entry, Mapping):
            strange += 1
            continue
        if len(found) >= _MOST_LOCATIONS:
            beyond += 1
            continue
        location = dict(entry)
        if isinstance(location.get(_COUNTRIES), str):
            location[_COUNTRIES] = [location[_COUNTRIES]]
        name = location.get("displayName")
        place = f"{_LOCATIONS} “{name}”" if name else f"{_LOCATIONS} {len(found) + 1}"
        candidate = Candidate(value=_for_any_tenant(location), entity_set=_NAMED_LOCATIONS)
        found.append(Enclosed(place=place, candidate=candidate))
    clauses = (
        (strange, f"{_LOCATIONS}: {strange:,} of its entries are no named locations"),
        (beyond, f"{_LOCATIONS}: {beyond:,} named locations beyond the first {_MOST_LOCATIONS:,}"),
    )
    return tuple(found), tuple(clause for number, clause in clauses if number)


def _flat(block: Any) -> Iterator[Any]:
    """The entries of a list that may hold lists, without those that are empty."""
    if isinstance(block, list):
        for entry in block:
            yield from _flat(entry)
    elif block:
        yield block


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
