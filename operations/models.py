"""The monitoring record of any long work, and the notice a person gets when it ends."""

import uuid
from datetime import timedelta
from enum import nonmember
from typing import Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from tenants.models import User
from tenants.models.scoping import TenantOwned, TenantOwnedQuerySet

COUNT_KEYS = (
    "items",
    "created",
    "updated",
    "deleted",
    "unchanged",
    "assignments_left",
    "skipped",
    "partial",
    "failed",
    "target_changed",
    "waiting",
    "unknown",
    "manual_required",
    "not_started",
    "cancelled",
    "verified",
    "verified_in_part",
    "blockers",
    "warnings",
    "unknowns",
    "writes",
    "imported",
    "unreadable",
)
# A run whose worker vanished this often is not handed to yet another one.
MAX_ATTEMPTS = 5
TEXT_LENGTH = 200


class RunStatus(models.TextChoices):
    """Where a run is; what came of it is its outcome."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    COMPLETED = "completed", "Completed"

    LIVE = nonmember(frozenset({"queued", "running"}))


class RunOutcome(models.TextChoices):
    """What came of a run; pending until it has completed."""

    PENDING = "pending", "Pending"
    SUCCEEDED = "succeeded", "Succeeded"
    PARTIALLY_SUCCEEDED = "partially_succeeded", "Partially succeeded"
    FAILED = "failed", "Failed"
    BLOCKED = "blocked", "Blocked"
    CANCELLED = "cancelled", "Cancelled"

    FINAL = nonmember(
        frozenset({"succeeded", "partially_succeeded", "failed", "blocked", "cancelled"})
    )


class OperationRunQuerySet(TenantOwnedQuerySet["OperationRun"]):
    def live(self) -> Self:
        return self.filter(status__in=RunStatus.LIVE)

    def newest_first(self) -> Self:
        return self.order_by("-queued_at", "-id")


class OperationRun(TenantOwned):
    """One long piece of work: who asked for it, how far it is and what came of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=50)
    title = models.CharField(max_length=TEXT_LENGTH)
    subject = models.CharField(max_length=100, blank=True)
    exclusive_key = models.CharField(
        max_length=100,
        blank=True,
        help_text="Of live runs of a tenant with the same key there is one; empty: any number.",
    )
    initiator = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="operation_runs"
    )
    status = models.CharField(max_length=20, choices=RunStatus, default=RunStatus.QUEUED)
    outcome = models.CharField(max_length=20, choices=RunOutcome, default=RunOutcome.PENDING)
    summary_counts = models.JSONField(default=dict)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    progress_note = models.CharField(max_length=TEXT_LENGTH, blank=True)
    queued_at = models.DateTimeField(default=timezone.now)
    dispatched_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    lease_token = models.PositiveIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    cancel_requested_at = models.DateTimeField(null=True)
    waits_until = models.DateTimeField(
        null=True, help_text="No worker takes the run before; empty where it does not wait."
    )
    wait_note = models.CharField(
        max_length=TEXT_LENGTH, blank=True, help_text="What it waits for, for people."
    )
    last_wait_note = models.CharField(
        max_length=TEXT_LENGTH,
        blank=True,
        help_text="What it last waited for, until it comes further.",
    )
    failure_code = models.CharField(max_length=50, blank=True)
    failure_message = models.TextField(blank=True)

    objects = OperationRunQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "-queued_at"], name="operation_runs_of_a_tenant"),
            models.Index(fields=["status", "lease_expires_at"], name="operation_runs_to_reconcile"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "exclusive_key"],
                condition=models.Q(status__in=sorted(RunStatus.LIVE)) & ~models.Q(exclusive_key=""),
                name="one_live_operation_run_per_tenant_and_key",
            ),
            models.CheckConstraint(
                name="completed_operation_runs_have_an_outcome",
                condition=models.Q(
                    status=RunStatus.COMPLETED,
                    outcome__in=sorted(RunOutcome.FINAL),
                    ended_at__isnull=False,
                )
                | models.Q(
                    status__in=sorted(RunStatus.LIVE),
                    outcome=RunOutcome.PENDING,
                    ended_at__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("operations:run-detail", args=[self.pk])

    @property
    def status_member(self) -> RunStatus:
        return RunStatus(self.status)

    @property
    def outcome_member(self) -> RunOutcome:
        return RunOutcome(self.outcome)

    @property
    def kind_label(self) -> str:
        return self.kind.replace("_", " ").capitalize()

    @property
    def is_live(self) -> bool:
        return self.status in RunStatus.LIVE

    @property
    def is_running(self) -> bool:
        return self.status == RunStatus.RUNNING

    @property
    def is_paused(self) -> bool:
        """Whether a worker put it aside until a later time and holds it no more."""
        return self.is_running and self.lease_expires_at is None

    @property
    def is_cancelling(self) -> bool:
        return self.is_live and self.cancel_requested_at is not None

    @property
    def is_sent(self) -> bool:
        """Whether it was sent to the queue; a run that a worker took up must have been."""
        return self.dispatched_at is not None or self.status != RunStatus.QUEUED

    @property
    def duration(self) -> timedelta | None:
        if self.started_at is None or self.ended_at is None:
            return None
        return self.ended_at - self.started_at


class NoticeKind(models.TextChoices):
    """What a notice says of its run; each is sent once."""

    WAITING = "waiting", "Waits for people"
    ENDED = "ended", "Ended"
    APPROVAL = "approval", "About an approval"


class NotificationQuerySet(TenantOwnedQuerySet["Notification"]):
    def addressed_to(self, user: User) -> Self:
        """The notices to this person about tenants they may still see."""
        return self.visible_to(user).filter(user=user)

    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)


class Notification(TenantOwned):
    """One notice about a run: to whoever started it, or whoever is asked something about it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    run = models.ForeignKey(OperationRun, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=20, choices=NoticeKind, default=NoticeKind.ENDED)
    headline = models.CharField(max_length=TEXT_LENGTH)
    url = models.CharField(
        max_length=200, blank=True, help_text="Where it leads; empty: to its run."
    )
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at"], name="notifications_of_a_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "user", "kind"], name="one_notification_per_run_and_person"
            ),
        ]

    def __str__(self) -> str:
        return self.headline

    @property
    def link(self) -> str:
        return self.url or self.run.get_absolute_url()

    @property
    def is_unread(self) -> bool:
        return self.read_at is None


class ProcessRole(models.TextChoices):
    """What a process of the installation does, beside answering people."""

    WORKER = "worker", "Worker"
    RECOVERY = "recovery", "Recovery"


class ServiceProcess(models.Model):
    """A worker or a recovery, and when it last reported; it belongs to no tenant."""

    role = models.CharField(max_length=20, choices=ProcessRole)
    host = models.CharField(max_length=TEXT_LENGTH)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    # How far the clock of its machine is ahead of the database's; negative when behind.
    clock_ahead = models.DurationField()

    class Meta:
        verbose_name_plural = "service processes"
        constraints = [
            models.UniqueConstraint(
                fields=["role", "host", "pid"], name="one_row_per_service_process"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.pid} on {self.host}"
