"""The plan a preview wrote down: per item a decision and the exact requests that carry it out."""

from django.db import models

from restore_safety.models.backup import BackupItem
from restore_safety.models.evidence import CapturedEvidence
from tenants.graph.contracts import contract
from tenants.models.scoping import TenantOwned, TenantOwnedQuerySet


class Decision(models.TextChoices):
    CREATE = "create", "Create"
    UPDATE = "update", "Update"
    COPY = "copy", "Create a copy"
    DELETE = "delete", "Delete"
    UNCHANGED = "unchanged", "Unchanged"
    ASSIGNMENTS_LEFT = "assignments_left", "As it is, assignments left"
    SKIP = "skip", "Skip"
    BLOCKED = "blocked", "Blocked"
    NOT_EVALUABLE = "not_evaluable", "Not evaluable"


CREATING_DECISIONS = frozenset({Decision.CREATE, Decision.COPY})
# What the tenant holds of these is replaced or goes, so it is kept first.
REPLACING_DECISIONS = frozenset({Decision.UPDATE, Decision.DELETE})
WRITING_DECISIONS = CREATING_DECISIONS | REPLACING_DECISIONS
# The policy was compared and needs no write; a run still looks whether that holds.
AS_IT_IS_DECISIONS = frozenset({Decision.UNCHANGED, Decision.ASSIGNMENTS_LEFT})


class PlanItem(TenantOwned):
    """What the preview decided for one backup item, and what it saw in the tenant."""

    evidence = models.ForeignKey(CapturedEvidence, on_delete=models.CASCADE, related_name="plan")
    position = models.PositiveIntegerField()
    backup_item = models.ForeignKey(BackupItem, on_delete=models.CASCADE, related_name="+")
    decision = models.CharField(max_length=20, choices=Decision)
    reason_code = models.CharField(max_length=60, blank=True)
    sentence = models.TextField(blank=True)
    target_object_id = models.CharField(max_length=100, blank=True)
    target_digest = models.CharField(
        max_length=80, blank=True, help_text="What the tenant held; empty when it was absent."
    )
    absence = models.JSONField(
        null=True, blank=True, help_text="Proof of absence: how many were listed, none matching."
    )
    writes = models.JSONField(
        default=list,
        help_text="In order: {id, purpose, member, method, version, path, body, body_digest, "
        "binds}.",
    )
    deleted_after = models.JSONField(
        default=list,
        help_text="Of a deletion: the backup items that refer to it and have to be taken back "
        "first.",
    )
    changes = models.JSONField(default=list, help_text="A list of {path, before, after}, masked.")
    left_out = models.JSONField(
        default=list,
        help_text="Members of the backup that are not written: a list of {path, reason, why}.",
    )
    assignments_before = models.JSONField(null=True, blank=True)
    assignments_after = models.JSONField(null=True, blank=True)
    impact = models.JSONField(
        default=dict,
        help_text="preview.impact.Impact as facts; empty where a preview did not note it.",
    )

    objects = TenantOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["evidence", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["evidence", "backup_item"], name="one_decision_per_item_and_preview"
            )
        ]
        indexes = [models.Index(fields=["evidence", "decision"])]

    def __str__(self) -> str:
        return f"{self.decision}: {self.backup_item_id}"

    @property
    def decision_member(self) -> Decision:
        return Decision(self.decision)

    @property
    def type_label(self) -> str:
        return contract(self.backup_item.contract_key).label
