"""Backups: immutable sets of policies, with each distinct content stored once."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.db import models

from operations.models import OperationRun
from tenants.models.scoping import TenantOwned, TenantOwnedQuerySet


class BackupSource(models.TextChoices):
    CAPTURED = "captured", "Captured from the tenant"
    IMPORTED = "imported", "Imported from files"
    PRE_RESTORE = "pre_restore", "Kept before a restore"
    UNDO = "undo", "State before a restore, for its undo"


class PolicyPayload(TenantOwned):
    """A policy's content, addressed by its digest: unchanged policies share one row."""

    digest = models.CharField(max_length=80)
    body = models.TextField(help_text="Canonical JSON (RFC 8785) as it was read.")

    objects = TenantOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "digest"], name="one_payload_per_content_and_tenant"
            )
        ]

    def __str__(self) -> str:
        return self.digest

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content


class BackupSetQuerySet(TenantOwnedQuerySet["BackupSet"]):
    def restorable(self) -> "BackupSetQuerySet":
        """Without the sets that are for an undo alone."""
        return self.exclude(source=BackupSource.UNDO)


class BackupSet(TenantOwned):
    """A snapshot of a tenant's policies. Written in one transaction, never changed after."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    label = models.CharField(max_length=200)
    source = models.CharField(max_length=20, choices=BackupSource)
    origin_directory_id = models.UUIDField(
        null=True, blank=True, help_text="The tenant it was read from; empty when files do not say."
    )
    captured_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    operation_run = models.ForeignKey(
        OperationRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    digest = models.CharField(max_length=80)
    item_count = models.PositiveIntegerField()
    unreadable = models.JSONField(
        default=list, help_text="What could not be taken in: a list of {name, reason}."
    )
    restores_meanwhile = models.JSONField(
        default=list,
        blank=True,
        help_text="Restores of the directory under way while it was captured: a list of ids.",
    )

    objects = BackupSetQuerySet.as_manager()

    class Meta:
        ordering = ["-captured_at", "-id"]
        indexes = [models.Index(fields=["tenant", "-captured_at"])]

    def __str__(self) -> str:
        return self.label


class BackupItem(TenantOwned):
    """One policy in a set: what it was called, what it held, and how completely it was read."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    backup_set = models.ForeignKey(BackupSet, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    contract_key = models.CharField(max_length=60, help_text="The Graph entity set it lives in.")
    object_id = models.CharField(max_length=100, blank=True, help_text="Its id where it came from.")
    name = models.CharField(max_length=500)
    odata_type = models.CharField(max_length=200, blank=True)
    payload = models.ForeignKey(PolicyPayload, on_delete=models.PROTECT, related_name="items")
    assignments = models.JSONField(
        null=True, blank=True, help_text="Empty list: none. Null: they were not captured."
    )
    group_names = models.JSONField(
        default=dict, help_text="Names of the groups it refers to, by id, as far as known."
    )
    completeness = models.JSONField(
        default=dict, help_text="backups.completeness.Completeness as facts."
    )
    digest = models.CharField(max_length=80)
    is_created = models.BooleanField(
        default=False,
        help_text="Only in the set of an undo: the restore created it, it was not there before.",
    )

    objects = TenantOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["backup_set", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["backup_set", "position"], name="one_item_per_place_in_a_set"
            )
        ]
        indexes = [models.Index(fields=["backup_set", "contract_key"])]

    def __str__(self) -> str:
        return self.name


class BackupUpload(TenantOwned):
    """A zip that was uploaded in the browser, until its import has ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField(upload_to="backups")
    filename = models.CharField(max_length=255)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    uploaded_at = models.DateTimeField()

    objects = TenantOwnedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.filename
