"""IntuneCD: JSON or YAML, no ids, and names where Graph has ids."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from restore_safety.backups.formats.document import Candidate, Document, Loss
from restore_safety.backups.formats.names import id_or_name, named_or_known
from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json
from tenants.graph.references import NAME_PREFIX
from tenants.guids import is_guid

_FOLDERS = (
    "App Configuration",
    "App Protection",
    "Compliance Policies/Message Templates",
    "Compliance Policies/Policies",
    "Compliance Policies/Scripts",
    "Conditional Access",
    "Custom Attributes",
    "Device Categories",
    "Device Configurations",
    "Driver Updates",
    "Enrollment Configurations",
    "Enrollment Profiles/Apple",
    "Enrollment Profiles/Windows",
    "Enrollment Profiles/Windows/ESP",
    "Feature Updates",
    "Filters",
    "Group Policy Configurations",
    "Proactive Remediations",
    "Quality Updates",
    "Roles",
    "Scope Tags",
    "Scripts/Powershell",
    "Scripts/Shell",
    "Settings Catalog",
)
_INTENTS = "Management Intents"
_ID_IN_NAME = "__"
_DISCOVERY_SCRIPT = "linux_customcompliance_discoveryscript"
# Members only IntuneCD writes.
_OWN = frozenset(
    {"deviceComplianceScriptName", "detectionScriptName", "selectedMobileAppNames", "intunecd_name"}
)
_LAST_APP = Loss(
    sentence="IntuneCD keeps only the last of the apps a policy is for, so there may have been "
    "more."
)
_NO_APPS = Loss(sentence="IntuneCD does not back up the apps of app protection policies.")
_LAST_ROLE_ASSIGNMENT = Loss(
    sentence="IntuneCD keeps only the last assignment of a role, and never the scope groups it "
    "manages."
)
# One folder for the policies of two Graph collections, which look alike but for their settings.
_COMPLIANCE = "Compliance Policies/Policies"
_COMPLIANCE_SCRIPTS = "Compliance Policies/Scripts"
_LINUX_COMPLIANCE = "deviceManagement/compliancePolicies"


class IntuneCD:
    """IntuneCD."""

    tool = "IntuneCD"

    def recognises(self, document: Document) -> bool:
        members = document.members
        if not members or document.context:
            return False
        if document.file.is_yaml or not _OWN.isdisjoint(members) or _names_groups(members):
            return True
        return not members.get("id") and (
            document.lies_in(*_FOLDERS) or f"/{_INTENTS}/" in f"/{document.folder}/"
        )

    def candidate(self, document: Document) -> Candidate:
        names: dict[str, str] = {}
        policy = dict(document.members)
        if not policy.get("id") and (object_id := _id_in(document.file.stem)):
            policy["id"] = object_id
        if "settingsDelta" in policy:
            policy["settings"] = policy.pop("settingsDelta")
        _take_scripts(policy, names)
        _take_apps(policy, names)
        _take_roles(policy, names)
        _take_actions(policy, names)
        policy.pop("intunecd_name", None)
        return Candidate(value=policy, entity_set=_entity_set(document), names=names)

    def losses(self, contract: Contract, policy: Json) -> tuple[Loss, ...]:
        if contract.part("apps") and policy.get("apps") is None:
            return (_NO_APPS,)
        match contract.key:
            case "mobileAppConfigurations" if _is_one_named_app(policy):
                return (_LAST_APP,)
            case "roleAssignments":
                return (_LAST_ROLE_ASSIGNMENT,)
        return ()


def _entity_set(document: Document) -> str:
    members = document.members
    if document.lies_in(_COMPLIANCE_SCRIPTS) and "settingDefinitionId" not in members:
        # Scripts share their folder with reusable settings, and one without content looks like any.
        return "" if "@odata.type" in members else "deviceManagement/deviceComplianceScripts"
    is_of_settings = "settings" in members and "@odata.type" not in members
    return _LINUX_COMPLIANCE if is_of_settings and document.lies_in(_COMPLIANCE) else ""


def _id_in(stem: str) -> str:
    """The id at the end of a file's name, where the tool was asked to append it."""
    _, mark, ending = stem.rpartition(_ID_IN_NAME)
    return ending if mark and is_guid(ending) else ""


def _names_groups(members: Mapping[str, Any]) -> bool:
    assignments = members.get("assignments")
    for entry in assignments if isinstance(assignments, list) else ():
        target = entry.get("target") if isinstance(entry, Mapping) else None
        if isinstance(target, Mapping) and "groupName" in target:
            return True
    return False


def _take_scripts(policy: Json, names: dict[str, str]) -> None:
    """The scripts of compliance policies, for macOS and Windows by a member of their own."""
    name = policy.pop("deviceComplianceScriptName", None)
    script = policy.get("deviceCompliancePolicyScript")
    if isinstance(script, Mapping):
        script_id = named_or_known(script.get("deviceComplianceScriptId"), name, names)
        policy["deviceCompliancePolicyScript"] = {**script, "deviceComplianceScriptId": script_id}
    name = policy.pop("detectionScriptName", None)
    if isinstance(name, str) and name:
        policy["settings"] = _with_discovery_script(policy.get("settings"), name, names)


def _with_discovery_script(value: Any, name: str, names: dict[str, str]) -> Any:
    """The settings of a Linux compliance policy, whose script stands in the value of one."""
    if isinstance(value, list):
        return [_with_discovery_script(member, name, names) for member in value]
    if not isinstance(value, Mapping):
        return value
    changed = {key: _with_discovery_script(part, name, names) for key, part in value.items()}
    held = changed.get("simpleSettingValue")
    if changed.get("settingDefinitionId") == _DISCOVERY_SCRIPT and isinstance(held, dict):
        changed["simpleSettingValue"] = {
            **held,
            "value": named_or_known(held.get("value"), name, names),
        }
    return changed


def _take_apps(policy: Json, names: dict[str, str]) -> None:
    apps = policy.get("targetedMobileApps")
    if isinstance(apps, Mapping) and isinstance(apps.get("appName"), str):
        policy["targetedMobileApps"] = [id_or_name(apps["appName"], names)]
    payload = policy.get("payloadJson")
    if isinstance(payload, Mapping | list):
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        policy["payloadJson"] = base64.b64encode(text.encode(errors="replace")).decode()
    chosen = policy.pop("selectedMobileAppNames", None)
    if isinstance(chosen, list) and not policy.get("selectedMobileAppIds"):
        policy["selectedMobileAppIds"] = [
            id_or_name(app["name"], names)
            for app in chosen
            if isinstance(app, Mapping) and isinstance(app.get("name"), str)
        ]


def _is_one_named_app(policy: Json) -> bool:
    apps = policy.get("targetedMobileApps")
    return isinstance(apps, list) and len(apps) == 1 and str(apps[0]).startswith(NAME_PREFIX)


def _take_roles(policy: Json, names: dict[str, str]) -> None:
    assignments = policy.get("roleAssignments")
    if not isinstance(assignments, list):
        return
    policy["roleAssignments"] = [_role_assignment(entry, names) for entry in assignments]


def _role_assignment(entry: Any, names: dict[str, str]) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    changed = dict(entry)
    for key in ("members", "scopeMembers"):
        if isinstance(changed.get(key), list):
            changed[key] = [
                id_or_name(group, names) if isinstance(group, str) else group
                for group in changed[key]
            ]
    return changed


def _take_actions(policy: Json, names: dict[str, str]) -> None:
    """The templates of the messages that actions for noncompliance send."""
    rules = policy.get("scheduledActionsForRule")
    if isinstance(rules, list):
        policy["scheduledActionsForRule"] = [_rule(rule, names) for rule in rules]


def _rule(rule: Any, names: dict[str, str]) -> Any:
    actions = rule.get("scheduledActionConfigurations") if isinstance(rule, Mapping) else None
    if not isinstance(actions, list):
        return rule
    return {**rule, "scheduledActionConfigurations": [_action(action, names) for action in actions]}


def _action(action: Any, names: dict[str, str]) -> Any:
    if not isinstance(action, Mapping) or "notificationTemplateName" not in action:
        return action
    changed = {key: part for key, part in action.items() if key != "notificationTemplateName"}
    template = named_or_known(
        action.get("notificationTemplateId"), action["notificationTemplateName"], names
    )
    return {**changed, "notificationTemplateId": template}
