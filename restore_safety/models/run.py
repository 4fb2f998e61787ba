"""Restore runs: the journal of what was asked, written, answered and read back."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from operations.models import OperationRun
from restore_safety.models.backup import BackupItem, BackupSet
from restore_safety.models.draft import RestoreDraft
from restore_safety.models.evidence import CapturedEvidence
from restore_safety.models.four_eyes import ApprovalRequest
from restore_safety.models.plan import PlanItem
from restore_safety.truth.attention import ItemOutcome, RestoreStatus, Verification
from restore_safety.truth.snapshot import EvidenceBasis, ExecutionSnapshot, ScopeBasis
from tenants.models.scoping import TenantOwned, TenantOwnedQuerySet

LIVE_STATUSES = [
    RestoreStatus.SCHEDULED.value,
    RestoreStatus.QUEUED.value,
    RestoreStatus.RUNNING.value,
    RestoreStatus.WAITING.value,
]
# A run that only waits for the tenant's approver, or for its start, holds up no other restore.
LOCKING_STATUSES = [RestoreStatus.QUEUED.value, RestoreStatus.RUNNING.value]
# Which restores keep every other from the same tenant, and from the same directory.
LOCKING = Q(is_dry_run=False, status__in=LOCKING_STATUSES)
NOTE_LENGTH = 1000
# Where the metadata of a run keeps what was known and confirmed when it was queued.
SNAPSHOT_KEY = "execution_safety_snapshot"


class ItemState(models.TextChoices):
    """How far the journal got with an item; `in_flight` is stored before the first write."""

    PLANNED = "planned", "Planned"
    IN_FLIGHT = "in_flight", "In flight"
    WAITING = "waiting", "Waiting for approval"
    SETTLED = "settled", "Settled"


class WriteState(models.TextChoices):
    PLANNED = "planned", "Planned"
    IN_FLIGHT = "in_flight", "In flight"
    FILED = "filed", "Filed for approval"
    APPLIED = "applied", "Applied"
    REFUSED = "refused", "Refused"
    UNKNOWN = "unknown", "Unknown"


class RestoreRunQuerySet(TenantOwnedQuerySet["RestoreRun"]):
    def live(self) -> "RestoreRunQuerySet":
        return self.filter(status__in=LIVE_STATUSES)

    def locking(self) -> "RestoreRunQuerySet":
        """Those that keep every other from their tenant and their directory."""
        return self.filter(LOCKING)

    def archived(self) -> "RestoreRunQuerySet":
        return self.filter(archived_at__isnull=False)

    def unarchived(self) -> "RestoreRunQuerySet":
        return self.filter(archived_at=None)


class RestoreRun(TenantOwned):
    """One restore, real or dry: what was confirmed, and what came of each item."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(RestoreDraft, on_delete=models.PROTECT, related_name="runs")
    backup_set = models.ForeignKey(BackupSet, on_delete=models.PROTECT, related_name="runs")
    preview = models.ForeignKey(CapturedEvidence, on_delete=models.PROTECT, related_name="runs")
    approval = models.OneToOneField(
        ApprovalRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="run"
    )
    starts_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was scheduled to start; empty: at once."
    )
    operation_run = models.OneToOneField(
        OperationRun, on_delete=models.PROTECT, related_name="restore_run"
    )
    pre_restore_set = models.ForeignKey(
        BackupSet, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cloud = models.CharField(max_length=20, blank=True, editable=False)
    directory_id = models.UUIDField(
        null=True,
        blank=True,
        editable=False,
        help_text="The directory the tenant was connected to when the restore was queued.",
    )
    is_dry_run = models.BooleanField()
    status = models.CharField(
        max_length=20,
        choices=[(s.value, s.name.title()) for s in RestoreStatus],
        default=RestoreStatus.QUEUED,
    )
    fingerprint = models.CharField(max_length=80)
    plan_hash = models.CharField(max_length=80)
    confirmation_key = models.CharField(max_length=80, unique=True)
    reason = models.CharField(max_length=300, blank=True)
    metadata = models.JSONField(default=dict)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    archived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = RestoreRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"], condition=LOCKING, name="one_live_restore_per_tenant"
            ),
            # Two tenants, of two workspaces too, may be connected to one directory.
            models.UniqueConstraint(
                fields=["cloud", "directory_id"],
                condition=LOCKING,
                name="one_live_restore_per_directory",
            ),
            models.CheckConstraint(
                condition=Q(archived_at=None) | ~Q(status__in=LIVE_STATUSES),
                name="no_live_restore_is_archived",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-created_at"])]

    def __str__(self) -> str:
        return f"Restore {str(self.pk)[:8]}"

    @property
    def execution_safety_snapshot(self) -> ExecutionSnapshot:
        """What was known and confirmed when the restore was queued.

        SnapshotFormatError or SnapshotTooLargeError where the record cannot be read.
        """
        return ExecutionSnapshot.from_json(self.metadata.get(SNAPSHOT_KEY) or {})

    @property
    def scope_basis(self) -> ScopeBasis:
        """The scope it was queued for; errors as of the snapshot."""
        return self.execution_safety_snapshot.scope_basis

    @property
    def check_basis(self) -> EvidenceBasis:
        """The checks it was queued on; errors as of the snapshot."""
        return self.execution_safety_snapshot.check_basis

    @property
    def preview_basis(self) -> EvidenceBasis:
        """The preview it was queued on, which is the plan; errors as of the snapshot."""
        return self.execution_safety_snapshot.preview_basis

    @property
    def acknowledgement(self) -> "FollowUpNote | None":
        note: FollowUpNote | None = getattr(self, "follow_up_note", None)
        return note


class FollowUpNote(TenantOwned):
    """An acknowledgement of what a restore left open. Written once; the result stays what it is."""

    run = models.OneToOneField(RestoreRun, on_delete=models.CASCADE, related_name="follow_up_note")
    note = models.TextField(max_length=NOTE_LENGTH)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    objects = TenantOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.note

    @property
    def author_name(self) -> str:
        return str(self.author) if self.author else "a former member"


class RestoreItem(TenantOwned):
    """The journal row of one item."""

    run = models.ForeignKey(RestoreRun, on_delete=models.CASCADE, related_name="items")
    plan_item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="+")
    backup_item = models.ForeignKey(BackupItem, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    contract_key = models.CharField(max_length=60)
    name = models.CharField(max_length=500)
    state = models.CharField(max_length=20, choices=ItemState, default=ItemState.PLANNED)
    outcome = models.CharField(
        max_length=30,
        choices=[(o.value, o.name) for o in ItemOutcome],
        default=ItemOutcome.NOT_STARTED,
    )
    verification = models.CharField(
        max_length=30,
        choices=[(v.value, v.name) for v in Verification],
        default=Verification.NOT_ATTEMPTED,
    )
    reason_code = models.CharField(max_length=60, blank=True)
    sentence = models.TextField(blank=True)
    error_code = models.CharField(max_length=100, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    target_object_id = models.CharField(max_length=100, blank=True)
    mismatches = models.JSONField(default=list, help_text="Paths the read-back found different.")
    incomparable = models.JSONField(
        default=list, help_text="Paths at which Graph answers nothing that could be compared."
    )
    left_digest = models.CharField(
        max_length=80,
        blank=True,
        help_text="The target digest of what the tenant held when the written item was read back.",
    )
    duplicates = models.JSONField(
        default=list,
        help_text="Ids of other objects that the same request may have created as well.",
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    read_back_at = models.DateTimeField(null=True, blank=True)

    objects = TenantOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="one_item_per_place_in_a_run")
        ]
        indexes = [models.Index(fields=["run", "outcome"])]

    def __str__(self) -> str:
        return self.name


class RestoreWrite(TenantOwned):
    """The journal row of one request of an item; the intent is stored before it is sent."""

    item = models.ForeignKey(RestoreItem, on_delete=models.CASCADE, related_name="writes")
    position = models.PositiveIntegerField()
    operation_id = models.CharField(max_length=100)
    purpose = models.CharField(max_length=40)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=300)
    state = models.CharField(max_length=20, choices=WriteState, default=WriteState.PLANNED)
    compared_at = models.DateTimeField(null=True, blank=True)
    intent_at = models.DateTimeField(null=True, blank=True)
    doubts = models.PositiveSmallIntegerField(
        default=0, help_text="How often it was sent and nobody could say what came of it."
    )
    doubted_at = models.DateTimeField(
        null=True, blank=True, help_text="When it left the first time it came into doubt."
    )
    unanswered_at = models.DateTimeField(
        null=True, blank=True, help_text="When it left the last time nothing at all came back."
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    request_id = models.CharField(max_length=100, blank=True)

    objects = TenantOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["item", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "position"], name="one_write_per_place_in_an_item"
            )
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
