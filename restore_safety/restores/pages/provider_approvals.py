"""The requests that a restore's writes were filed as, for whoever has to see to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from django.db import models
from django.urls import reverse

from restore_safety.models import RestoreRun, WriteApproval
from tenants.graph.filing import ApprovalStatus

# Where a person approves: the product cannot, as only an interactive sign-in may.
WHERE = "Intune admin center, under Tenant administration, Multi Admin Approval, All requests"
_NO_APPROVERS = "Intune names no approvers: see the access policy for Multi Admin Approval"
MOST_SHOWN = 50
PURPOSES = {
    "create": "Create",
    "update": "Update",
    "replace": "Replace",
    "schedule": "Set the schedule of",
    "assign": "Assign",
    "unassign": "Remove an assignment of",
    "delete": "Delete",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalEntry:
    """One request, with the write it is for."""

    approval: WriteApproval

    @property
    def title(self) -> str:
        write = self.approval.write
        return f"{PURPOSES.get(write.purpose, 'Write')} “{write.item.name}”"

    @property
    def status(self) -> ApprovalStatus:
        return self.approval.status_member

    @property
    def url(self) -> str:
        item = self.approval.write.item
        return reverse("restores:run-item", args=[item.run_id, item.pk])

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        """What is on record of it; who decided and why only once it is decided."""
        approval = self.approval
        decided = (("Decided by", approval.decided_by), ("Their words", approval.answer))
        return (
            ("Request", approval.code),
            ("May approve", _approvers(approval.approvers)),
            ("Filed", approval.filed_at),
            ("Expires", approval.expires_at),
            *((label, said) for label, said in decided if said),
            ("Last asked", approval.read_at),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalSection:
    """The requests of one restore; those that wait first."""

    entries: tuple[ApprovalEntry, ...]
    more: int
    is_waiting: bool

    @property
    def request_for_people(self) -> str:
        """Who has to decide, in a sentence."""
        if any(one.approval.approvers for one in self.entries):
            return "A member of the groups named here has to decide."
        return f"{_NO_APPROVERS}. Another administrator of the tenant has to decide."

    @property
    def where(self) -> str:
        return WHERE

    @property
    def details(self) -> tuple[tuple[str, object | Enum], ...]:
        """The same in short, for the operation's page."""
        if not self.is_waiting:
            return ()
        waiting = [one for one in self.entries if one.status is ApprovalStatus.NEEDS_APPROVAL]
        requests = ((one.title, f"Request {one.approval.code}") for one in waiting)
        names = {name for one in waiting for name in one.approval.approvers}
        until = min((one.approval.expires_at for one in waiting), default=None)
        return (
            ("Approve in", WHERE),
            ("May approve", _approvers(names)),
            ("First expires", until),
            *requests,
        )


def _approvers(names: Iterable[str]) -> str:
    """Who may decide, as far as Graph says it; its approval policy may name no group."""
    return ", ".join(sorted(names)) or _NO_APPROVERS


def approvals_of(run: RestoreRun) -> ApprovalSection:
    """Everything that was filed for the run, in two queries at most."""
    held = WriteApproval.objects.filter(write__item__run=run)
    is_open = models.Case(
        models.When(status=ApprovalStatus.NEEDS_APPROVAL, then=models.Value(0)),
        default=models.Value(1),
    )
    shown = list(
        held.select_related("write__item").order_by(is_open, "filed_at", "pk")[: MOST_SHOWN + 1]
    )
    more = held.count() - MOST_SHOWN if len(shown) > MOST_SHOWN else 0
    return ApprovalSection(
        entries=tuple(ApprovalEntry(approval=one) for one in shown[:MOST_SHOWN]),
        more=more,
        is_waiting=any(one.status == ApprovalStatus.NEEDS_APPROVAL for one in shown)
        and run.ended_at is None,
    )
