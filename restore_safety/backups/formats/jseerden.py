"""IntuneBackupAndRestore (jseerden): assignments in files beside, arrays of one as the one."""

from typing import Any

from restore_safety.backups.formats.administrative_templates import (
    ENTITY_SET,
    administrative_template,
    is_definition_values,
)
from restore_safety.backups.formats.document import Candidate, Document, Loss
from restore_safety.backups.formats.envelopes import answered
from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json
from tenants.guids import is_guid

_FOLDERS = (
    "Administrative Templates",
    "App Protection Policies",
    "Autopilot Deployment Profiles",
    "Client Apps",
    "Device Compliance Policies",
    "Device Configurations",
    "Device Health Scripts",
    "Device Management Scripts",
    "Settings Catalog",
)
_ASSIGNMENTS = "Assignments"
_FIRST_PAGE = 25
_NO_ACTIONS = Loss(
    sentence="IntuneBackupAndRestore does not back up the actions for noncompliance."
)
_CUT_APPS = Loss(
    sentence="IntuneBackupAndRestore cuts apps off below the third level of nesting.",
    is_metadata=True,
)
_TEMPLATE_METADATA = Loss(
    sentence="IntuneBackupAndRestore does not back up the description and the scope tags of "
    "administrative templates.",
    is_metadata=True,
)


class Jseerden:
    """IntuneBackupAndRestore."""

    tool = "IntuneBackupAndRestore"

    def recognises(self, document: Document) -> bool:
        if is_definition_values(document.value) or _template_id(document):
            return True
        if not document.members or document.members.get("assignments") is not None:
            return False
        if document.tree.has_folder(document.folder, _ASSIGNMENTS):
            return True
        has_an_id = bool(document.members.get("id"))
        return has_an_id and not document.context and document.lies_in(*_FOLDERS)

    def candidate(self, document: Document) -> Candidate:
        if is_definition_values(document.value):
            policy = administrative_template(document.file.stem, document.value)
            return Candidate(value=_assigned(policy, document), entity_set=ENTITY_SET)
        policy = dict(document.members)
        if template_id := _template_id(document):
            policy.setdefault("templateId", template_id)
            policy["settings"] = policy.pop("settingsDelta")
        return Candidate(
            value=_assigned(policy, document), settings_followed=_is_less_than_a_page(policy)
        )

    def losses(self, contract: Contract, policy: Json) -> tuple[Loss, ...]:
        match contract.key:
            case "deviceCompliancePolicies" if not policy.get("scheduledActionsForRule"):
                return (_NO_ACTIONS,)
            case "groupPolicyConfigurations":
                return (_TEMPLATE_METADATA,)
            case "mobileApps":
                return (_CUT_APPS,)
        return ()


def _is_less_than_a_page(policy: Json) -> bool:
    # Only the first page of settings was asked for: one that is not full was also the last.
    settings = policy.get("settings")
    return isinstance(settings, list) and len(settings) < _FIRST_PAGE


def _template_id(document: Document) -> str:
    """The template of an intent, which stands in the name of its file alone."""
    if "settingsDelta" not in document.members or "templateId" in document.members:
        return ""
    beginning = document.file.stem.partition("_")[0]
    return beginning if is_guid(beginning) else ""


def _assigned(policy: Json, document: Document) -> Json:
    """The policy with the assignments of the file beside it, whichever way that is named."""
    if policy.get("assignments") is not None:
        return policy
    stem = document.file.stem
    object_id = policy.get("id")
    names = [stem, f"{object_id} - {stem}"] if isinstance(object_id, str) else [stem]
    for name in names:
        stated = document.tree.companion(document.folder, _ASSIGNMENTS, f"{name}.json")
        if stated is not None:
            return {**policy, **_answered(stated)}
    return policy


def _answered(stated: Any) -> dict[str, Any]:
    """What the file says of assignments; app protection policies have a whole answer of Graph."""
    elements = answered(stated)
    if elements is None:
        return {"assignments": stated}
    return {"assignments": elements, "assignments@odata.nextLink": stated.get("@odata.nextLink")}
