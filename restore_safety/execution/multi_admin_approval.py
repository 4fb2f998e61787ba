"""Writes that the tenant's own approver has to agree to: Multi Admin Approval.

A filed write changed nothing. Its code is stored first; then the tenant is asked again and again
what its people made of it, while the run waits without a worker and without the lock. Only the
very same write may come again, with the code.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from operations import lifecycle
from operations.lifecycle import Lease
from operations.models import OperationRun
from operations.notifications import notify_waiting
from restore_safety.execution import journal
from restore_safety.models import (
    ItemState,
    RestoreItem,
    RestoreRun,
    RestoreWrite,
    WriteApproval,
    WriteState,
)
from restore_safety.models.approval import ANSWER_LENGTH, CODE_LENGTH, NAME_LENGTH
from restore_safety.policies.reading import TargetReader
from restore_safety.truth.attention import ReasonCode, RestoreStatus
from tenants.graph.approvals import (
    ApprovalPolicy,
    ApprovalRequest,
    approver_groups_of,
    read_policies,
    read_request,
    read_requests,
)
from tenants.graph.client import GraphClient
from tenants.graph.errors import ErrorKind, GraphError, NotFoundError
from tenants.graph.fence import PlannedWrite
from tenants.graph.filing import ApprovalStatus, justification_of

# Between two looks at a request: a tenth of its age, within these.
SHORTEST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=10)
# Where the tenant does not say until when a request may be approved.
LIFETIME = timedelta(days=3)
# A request that was just filed may not be shown yet.
HIDDEN_FOR = timedelta(minutes=10)
MOST_GROUPS = 20
MOST_EARLIER = 10

# What a request that was not approved comes to.
NOT_APPROVED = {
    ApprovalStatus.REJECTED: ReasonCode.APPROVAL_REJECTED,
    ApprovalStatus.CANCELLED: ReasonCode.APPROVAL_CANCELLED,
    ApprovalStatus.EXPIRED: ReasonCode.APPROVAL_EXPIRED,
}
# Where the tenant does not say how a request stands, only trying shows it.
_MAY_BE_TRIED = frozenset({ApprovalStatus.APPROVED, ApprovalStatus.UNKNOWN})


def reason_of(run: RestoreRun) -> str:
    """What the tenant's approver reads of a run's writes; it names the run."""
    return f"{run.reason} (restore {run.pk})".strip()


def approval_of(row: RestoreWrite) -> WriteApproval | None:
    """The request that the write was filed as; None where it was not filed."""
    approval: WriteApproval | None = getattr(row, "approval", None)
    return approval


def code_of(row: RestoreWrite) -> str:
    """The code that the write may be tried with; empty where there is none yet."""
    approval = approval_of(row)
    return approval.code if approval and approval.status_member in _MAY_BE_TRIED else ""


def status_of(row: RestoreWrite) -> ApprovalStatus | None:
    approval = approval_of(row)
    return approval.status_member if approval else None


def filed_rows(items: Iterable[RestoreItem]) -> Iterator[RestoreWrite]:
    """The writes of items that wait for the tenant's approver."""
    for item in items:
        if item.state == ItemState.WAITING:
            yield from (row for row in item.writes.all() if row.state == WriteState.FILED)


def filed_write_of(item: RestoreItem) -> WriteApproval | None:
    """The request behind the one write of an item that was filed and is not known as applied."""
    open_rows = [row for row in item.writes.all() if row.state != WriteState.APPLIED]
    return next((one for row in open_rows if (one := approval_of(row)) is not None), None)


def has_news(items: Iterable[RestoreItem]) -> bool:
    """Whether the tenant's people have decided on anything, as far as is known."""
    return any(status_of(row) is not ApprovalStatus.NEEDS_APPROVAL for row in filed_rows(items))


def next_look(items: Iterable[RestoreItem], *, now: datetime) -> datetime:
    """When the tenant is asked again; the older the requests, the later."""
    return min(
        (
            _next_look_at(approval, now)
            for row in filed_rows(items)
            if (approval := approval_of(row)) is not None
        ),
        default=now + SHORTEST_PAUSE,
    )


def _next_look_at(approval: WriteApproval, now: datetime) -> datetime:
    pause = min(max((now - approval.filed_at) / 10, SHORTEST_PAUSE), LONGEST_PAUSE)
    # Right after it ends there is something to say, and not before the shortest pause.
    return min(now + pause, max(approval.expires_at, now + SHORTEST_PAUSE))


def put_aside(*, run: RestoreRun, lease: Lease, until: datetime, note: str, now: datetime) -> None:
    """Let the run wait without a worker and without the lock, and notify who started it, once."""
    with transaction.atomic():
        lifecycle.pause(lease=lease, until=until, note=note, now=now)
        RestoreRun.objects.filter(pk=run.pk, status=RestoreStatus.RUNNING).update(
            status=RestoreStatus.WAITING
        )
        operation = OperationRun.objects.select_related("tenant", "initiator").get(pk=lease.run_id)
        notify_waiting(run=operation, now=now)


def take_lock(run: RestoreRun) -> bool:
    """Hold the lock again to go on; False while another restore holds it."""
    try:
        with transaction.atomic():
            RestoreRun.objects.filter(pk=run.pk, status=RestoreStatus.WAITING).update(
                status=RestoreStatus.RUNNING
            )
    except IntegrityError:
        return False
    run.status = RestoreStatus.RUNNING
    return True


def note_on(items: Iterable[RestoreItem]) -> str:
    """What the run waits for, for people."""
    rows = list(filed_rows(items))
    names = sorted({name for row in rows if (one := approval_of(row)) for name in one.approvers})
    requests = "1 request waits" if len(rows) == 1 else f"{len(rows)} requests wait"
    who = f" ({', '.join(names)})" if names else ""
    return f"{requests} for the tenant's approver{who}."


def digest_of(write: PlannedWrite) -> str:
    """Of everything that has to be the same when the write comes again."""
    head = f"{write.method} {write.version}/{write.path}\n".encode()
    return f"sha256:{hashlib.sha256(head + (write.body or b'')).hexdigest()}"


@dataclass(slots=True, kw_only=True)
class Approvals:
    """The requests of one run, stored under its lease and asked for in its tenant."""

    run: RestoreRun
    lease: Lease
    client: GraphClient
    clock: Callable[[], datetime]
    _policies: Sequence[ApprovalPolicy] | None = field(init=False, default=None)

    def file(
        self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite, error: GraphError
    ) -> bool:
        """Store as what the tenant filed the write; False where its request is unknown."""
        code = error.approval_code or self._code_of_active(row, write)
        if not code or len(code) > CODE_LENGTH:
            return False
        now = self.clock()
        known = approval_of(row)
        is_same = known is not None and known.code == code
        approval = known or WriteApproval(tenant_id=self.run.tenant_id, write=row)
        if not is_same:
            approval.code = code
            approval.write_digest = digest_of(write)
            approval.status = ApprovalStatus.NEEDS_APPROVAL
            approval.filed_at = now
            approval.expires_at = now + LIFETIME
        journal.note_filed(
            lease=self.lease, item=item, approval=approval, status_code=error.status, now=now
        )
        self._read(approval)
        return True

    def keep_waiting(self, item: RestoreItem, approval: WriteApproval) -> None:
        """Leave the write filed, as it did not leave again."""
        journal.note_filed(
            lease=self.lease,
            item=item,
            approval=approval,
            status_code=approval.write.status_code,
            now=self.clock(),
        )

    def read_all(self, items: Iterable[RestoreItem]) -> None:
        """Ask the tenant what became of every request that is still open."""
        for row in filed_rows(items):
            approval = approval_of(row)
            if approval is not None and approval.is_open:
                self._read(approval)

    def read_again(self, row: RestoreWrite) -> None:
        """Ask the tenant once more, after it did not take the write with its code."""
        approval = approval_of(row)
        if approval is not None:
            self._read(approval)

    def _read(self, approval: WriteApproval) -> None:
        now = self.clock()
        try:
            request = read_request(self.client, approval.code)
        except GraphError as error:
            approval.status = _status_unread(approval, error, now)
        else:
            self._take_in(approval, request, now)
        journal.note_approval(lease=self.lease, approval=approval, now=now)

    def _take_in(self, approval: WriteApproval, request: ApprovalRequest, now: datetime) -> None:
        approval.status = request.status
        approval.expires_at = request.expires_at or approval.expires_at
        approval.decided_by = request.approver[:NAME_LENGTH]
        approval.answer = request.answer[:ANSWER_LENGTH]
        approval.read_at = now
        if not approval.approvers:
            approval.approvers = self._names_of(request.policy_types)

    def _names_of(self, policy_types: Sequence[str]) -> list[str]:
        """The groups whose members may approve; none where that cannot be read."""
        if self._policies is None:
            try:
                self._policies = read_policies(self.client)
            except GraphError:
                self._policies = ()
        groups = approver_groups_of(self._policies, policy_types)[:MOST_GROUPS]
        found = TargetReader(self.client).groups(groups).found if groups else {}
        return [found.get(group, group)[:NAME_LENGTH] for group in groups]

    def _code_of_active(self, row: RestoreWrite, write: PlannedWrite) -> str:
        """The code of the open request that the tenant says there is, where it surely is ours."""
        return self._code_on_record(row, write) or self._code_by_justification(write)

    def _code_on_record(self, row: RestoreWrite, write: PlannedWrite) -> str:
        """Of the very same write, filed by a run that has ended: this one goes on with it."""
        earlier = (
            WriteApproval.objects.filter(tenant=self.run.tenant_id, write_digest=digest_of(write))
            .filter(write__item__run__status__in=RestoreStatus.ENDED)
            .exclude(write__state=WriteState.APPLIED)
            .order_by("-filed_at")[:MOST_EARLIER]
        )
        for approval in earlier:
            if self._is_open(approval):
                return approval.code
        known = approval_of(row)
        return known.code if known and self._is_open(known) else ""

    def _is_open(self, approval: WriteApproval) -> bool:
        try:
            return read_request(self.client, approval.code).status.is_open
        except GraphError as error:
            is_closed_to_us = error.kind is ErrorKind.PERMISSION
            return is_closed_to_us and approval.is_open and self.clock() < approval.expires_at

    def _code_by_justification(self, write: PlannedWrite) -> str:
        """A worker that died right after filing left the request and no record of it."""
        words = justification_of(reason_of(self.run), write.operation_id)
        try:
            requests = read_requests(self.client)
        except GraphError:
            return ""
        ours = [one.code for one in requests if one.status.is_open and one.justification == words]
        return ours[0] if len(ours) == 1 else ""


def _status_unread(approval: WriteApproval, error: GraphError, now: datetime) -> ApprovalStatus:
    """What is to be taken for the status of a request that could not be read."""
    if isinstance(error, NotFoundError):
        if now - approval.filed_at < HIDDEN_FOR:
            return approval.status_member
        is_over = now >= approval.expires_at
        return ApprovalStatus.EXPIRED if is_over else ApprovalStatus.CANCELLED
    if error.kind is not ErrorKind.PERMISSION:
        return approval.status_member
    return ApprovalStatus.EXPIRED if now >= approval.expires_at else ApprovalStatus.UNKNOWN
