"""Writes that a tenant filed for its own approver: Multi Admin Approval."""

from django.db import models

from restore_safety.models.run import RestoreWrite
from tenants.graph.filing import ApprovalStatus
from tenants.models.scoping import TenantOwned, TenantOwnedQuerySet

CODE_LENGTH = 100
ANSWER_LENGTH = 1000
NAME_LENGTH = 200


class WriteApproval(TenantOwned):
    """The request that a write was filed as, and what the tenant's people made of it."""

    write = models.OneToOneField(RestoreWrite, on_delete=models.CASCADE, related_name="approval")
    code = models.CharField(max_length=CODE_LENGTH)
    write_digest = models.CharField(
        max_length=80, help_text="Of method, address and body: only the very same may come again."
    )
    status = models.CharField(
        max_length=20,
        choices=[(one.value, one.name) for one in ApprovalStatus],
        default=ApprovalStatus.NEEDS_APPROVAL.value,
    )
    approvers = models.JSONField(
        default=list, help_text="The names of the groups whose members may approve it."
    )
    filed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=NAME_LENGTH, blank=True)
    answer = models.CharField(max_length=ANSWER_LENGTH, blank=True)

    objects = TenantOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["filed_at", "id"]

    def __str__(self) -> str:
        return self.code

    @property
    def status_member(self) -> ApprovalStatus:
        return ApprovalStatus(self.status)

    @property
    def is_open(self) -> bool:
        return self.status_member.is_open
