"""What rows prove that the trail must hold: a chain that is gone leaves no gap, but they stay."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tenants.models import AuditChain, Tenant, User, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class DueEvent:
    """An event the trail does not have, although what it records did happen."""

    action: str
    subject: str


type Witness = Callable[[Workspace | None], Iterable[DueEvent]]

_WITNESSES: list[Witness] = []


def register(witness: Witness) -> None:
    """Ask this function too which events are missing, of one workspace or of all."""
    if witness not in _WITNESSES:
        _WITNESSES.append(witness)


def missing_events(workspace: Workspace | None = None) -> tuple[DueEvent, ...]:
    """The events that the rows of other apps say must be there, and are not."""
    found = {due for witness in _WITNESSES for due in witness(workspace)}
    return tuple(sorted(found, key=lambda due: (due.action, due.subject)))


def due_chains(workspace: Workspace | None = None) -> dict[str, str]:
    """The chains that must have begun, each with the slug of its workspace.

    A tenant is opened in its workspace's chain, and people sign in in the installation's.
    """
    workspaces = Workspace.objects.filter(pk__in=Tenant.objects.values("workspace"))
    if workspace is not None:
        workspaces = workspaces.filter(pk=workspace.pk)
    due = {AuditChain.key_of(one.pk): one.slug for one in workspaces.order_by("pk")}
    if workspace is None and User.objects.filter(last_login__isnull=False).exists():
        due[AuditChain.INSTALLATION] = ""
    return due
