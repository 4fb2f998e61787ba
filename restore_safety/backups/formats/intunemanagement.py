"""IntuneManagement: one file a policy, its settings and assignments sometimes in files beside."""

from typing import Any

from restore_safety.backups.decoding import TooDeeplyNestedError, UnreadableFileError, parse_json
from restore_safety.backups.formats.document import Candidate, Document, Loss
from restore_safety.backups.formats.envelopes import elements_in
from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json

_SETTINGS = "_Settings"
_ASSIGNMENTS = "_assignments"
_COMPANIONS = (_SETTINGS, _ASSIGNMENTS)


class IntuneManagement:
    """IntuneManagement."""

    tool = "IntuneManagement"

    def recognises(self, document: Document) -> bool:
        if not document.members:
            return False
        return "(" in document.context or any(
            document.tree.file_at(document.folder, f"{document.file.stem}{ending}.json")
            for ending in _COMPANIONS
        )

    def candidate(self, document: Document) -> Candidate:
        policy = dict(document.members)
        if not policy.get("settings"):
            self._join(policy, "settings", document, _SETTINGS)
        if policy.get("assignments") is None:
            self._join(policy, "assignments", document, _ASSIGNMENTS)
        return Candidate(value=policy)

    def losses(self, contract: Contract, policy: Json) -> tuple[Loss, ...]:
        return ()

    def _join(self, policy: Json, key: str, document: Document, ending: str) -> None:
        beside = f"{document.file.stem}{ending}.json"
        held = _list_in(document.tree.companion(document.folder, beside))
        if held is not None:
            policy[key] = held


def _list_in(value: Any) -> list[Any] | None:
    """The elements in a file, which may hold its JSON as one text."""
    if isinstance(value, str):
        try:
            value = parse_json(value)
        except (UnreadableFileError, TooDeeplyNestedError):
            return None
    return None if value is None else [element for _, element in elements_in(value)]
