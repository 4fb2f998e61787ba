"""The export button of the Intune and Entra portals: one policy, without its assignments."""

from restore_safety.backups.formats.document import Candidate, Document, Loss
from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json


class Portal:
    """The portal, and any other file that holds an object as Graph answers it."""

    tool = "the portal"

    def recognises(self, document: Document) -> bool:
        return True

    def candidate(self, document: Document) -> Candidate:
        return Candidate(value=document.value)

    def losses(self, contract: Contract, policy: Json) -> tuple[Loss, ...]:
        return ()
