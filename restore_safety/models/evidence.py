"""Captured evidence: facts that checks and previews found, bound to a fingerprint. Never edited."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from operations.models import OperationRun
from restore_safety.models.draft import RestoreDraft
from restore_safety.truth.evidence import CaptureState, Evidence, EvidenceKind
from restore_safety.truth.scope import Scope, ScopeFormatError
from tenants.canonical_json import digest_of
from tenants.models.scoping import TenantOwned, TenantOwnedQuerySet

_KEY_DIGITS = 12


class Severity(models.TextChoices):
    """How much a finding weighs; `unknown` is what could not be looked at."""

    BLOCKER = "blocker", "Blocker"
    UNKNOWN = "unknown", "Unknown"
    WARNING = "warning", "Warning"
    INFO = "info", "Info"


class CapturedEvidence(TenantOwned):
    """One capture of checks or of a preview, for one fingerprint of a draft's scope."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(RestoreDraft, on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=20, choices=[(k.value, k.name) for k in EvidenceKind])
    state = models.CharField(max_length=20, choices=[(s.value, s.name) for s in CaptureState])
    schema_version = models.PositiveSmallIntegerField()
    fingerprint = models.CharField(max_length=80)
    scope = models.JSONField(help_text="The normalised scope it speaks for.")
    started_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)
    captured_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    operation_run = models.OneToOneField(
        OperationRun, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    blockers = models.PositiveIntegerField(default=0)
    warnings = models.PositiveIntegerField(default=0)
    unknowns = models.PositiveIntegerField(default=0)
    writes = models.PositiveIntegerField(default=0)
    blocked = models.PositiveIntegerField(default=0)
    not_evaluable = models.PositiveIntegerField(default=0)
    plan_hash = models.CharField(max_length=80, blank=True)
    impact = models.JSONField(
        default=dict,
        help_text="How many items of the plan have each effect, and whom the written ones reach.",
    )
    failure = models.TextField(blank=True)

    objects = TenantOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["draft", "kind", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {str(self.pk)[:8]}"

    @property
    def state_member(self) -> CaptureState:
        return CaptureState(self.state)

    @property
    def is_given_up(self) -> bool:
        """Whether it is still to end, and the operation that was to end it has ended or is gone."""
        if self.state != CaptureState.CAPTURING:
            return False
        return self.operation_run is None or not self.operation_run.is_live

    def to_truth(self) -> Evidence:
        """The facts as they stand; a scope that cannot be read back leaves no end to rely on."""
        scope = self._readable_scope()
        return Evidence(
            kind=EvidenceKind(self.kind),
            fingerprint=self.fingerprint,
            schema_version=self.schema_version,
            state=CaptureState(self.state),
            started_at=self.started_at,
            completed_at=self.completed_at if scope else None,
            scope=scope,
            blockers=self.blockers,
            warnings=self.warnings,
            unknowns=self.unknowns,
            suppressed_claims=0,
            writes=self.writes,
            not_evaluable=self.not_evaluable,
            blocked=self.blocked,
            plan_hash=self.plan_hash,
            is_given_up=self.is_given_up,
        )

    def _readable_scope(self) -> Scope | None:
        try:
            return Scope.from_json(self.scope)
        except (ScopeFormatError, AttributeError):
            return None


def key_of(code: str, about: Any) -> str:
    """The code, and enough of a digest of what it is said about that no other finding has it."""
    return f"{code}-{digest_of(about).removeprefix('sha256:')[:_KEY_DIGITS]}"


def code_in(key: str) -> str:
    """The code that a key was made with; a key of before has a place in place of the digest."""
    code, _, _ = key.rpartition("-")
    return code


class Finding(TenantOwned):
    """One thing a check found, or could not look at: what, why it matters, what to do."""

    evidence = models.ForeignKey(
        CapturedEvidence, on_delete=models.CASCADE, related_name="findings"
    )
    position = models.PositiveIntegerField()
    severity = models.CharField(max_length=20, choices=Severity)
    code = models.CharField(max_length=60)
    title = models.CharField(max_length=300)
    why = models.TextField()
    remedy = models.TextField()
    subjects = models.JSONField(
        default=list, help_text="The policies it is about: a list of {id, name}."
    )
    missing = models.JSONField(
        default=list, help_text="What the tenant does not have: a list of {kind, id}."
    )

    facts = models.JSONField(
        null=True,
        blank=True,
        help_text="What its sentences were made of, beside code, subjects and what is missing; "
        "null in findings of before.",
    )

    objects = TenantOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["evidence", "position"]

    def __str__(self) -> str:
        return self.title

    @property
    def key(self) -> str:
        """What names the finding where it is accepted: another as soon as it says more or less.

        Checks that find the same of the same policies name it the same, wherever it stands.
        """
        about = sorted(str(subject["id"]) for subject in self.subjects)
        if self.facts is None:
            # What was accepted of a finding of before was accepted under the key of then.
            return key_of(self.code, [self.title, about])
        missing = sorted([one["kind"], one["id"]] for one in self.missing)
        return key_of(self.code, {"about": about, "facts": self.facts, "missing": missing})
