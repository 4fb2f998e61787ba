"""Requests for approval: what another person is asked to approve before a restore is queued."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse

from restore_safety.models.draft import RestoreDraft
from restore_safety.models.evidence import CapturedEvidence
from restore_safety.truth.four_eyes import Bound
from tenants.models.scoping import TenantOwned, TenantOwnedQuerySet

REASON_LENGTH = 300


class ApprovalDecision(models.TextChoices):
    """What was decided on a request; empty until then."""

    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ApprovalRequest(TenantOwned):
    """One request, bound to a scope, two evidences and a plan. Decided once, never edited."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(
        RestoreDraft, on_delete=models.CASCADE, related_name="approval_requests"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_at = models.DateTimeField()
    decide_by = models.DateTimeField()
    lifetime = models.DurationField()
    fingerprint = models.CharField(max_length=80)
    target = models.CharField(max_length=200)
    plan_hash = models.CharField(max_length=80)
    checks = models.ForeignKey(CapturedEvidence, on_delete=models.CASCADE, related_name="+")
    preview = models.ForeignKey(CapturedEvidence, on_delete=models.CASCADE, related_name="+")
    acknowledged = models.JSONField(default=list)
    reason = models.CharField(max_length=REASON_LENGTH)
    starts_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=20, choices=ApprovalDecision, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=REASON_LENGTH, blank=True)

    objects = TenantOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["draft"],
                condition=models.Q(decision=""),
                name="one_open_approval_request_per_draft",
            ),
            models.CheckConstraint(
                condition=models.Q(decision="", decided_at=None)
                | (~models.Q(decision="") & models.Q(decided_at__isnull=False)),
                name="decision_on_a_request_has_a_time",
            ),
            # Whoever asks never approves, whatever else they are.
            models.CheckConstraint(
                condition=models.Q(decided_by=None)
                | models.Q(requested_by=None)
                | models.Q(decision=ApprovalDecision.WITHDRAWN)
                | ~models.Q(decided_by=models.F("requested_by")),
                name="nobody_decides_on_a_request_of_theirs",
            ),
        ]

    def __str__(self) -> str:
        return f"Request {str(self.pk)[:8]}"

    def get_absolute_url(self) -> str:
        return reverse("restores:approval", args=[self.pk])

    @property
    def bound(self) -> Bound:
        return Bound(
            fingerprint=self.fingerprint,
            target=self.target,
            checks=str(self.checks_id),
            preview=str(self.preview_id),
            plan_hash=self.plan_hash,
        )
