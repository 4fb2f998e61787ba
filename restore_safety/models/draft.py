"""Drafts: the choices of a restore being prepared, and the ledger of how they changed."""

import uuid

from django.conf import settings
from django.db import models

from restore_safety.models.backup import BackupItem, BackupSet
from restore_safety.truth.continuing import ContinuingAction
from restore_safety.truth.ledger import ChangeCause
from restore_safety.truth.mapping import MappingEntry
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    Scope,
    ScopeMode,
)
from restore_safety.truth.target import Target
from tenants.graph.contracts import FOUNDATIONS
from tenants.models import ProviderConnection, Tenant
from tenants.models.scoping import TenantOwned, TenantOwnedQuerySet


def target_of(tenant: Tenant) -> Target:
    """What a restore would write to: the directory behind the tenant, not the tenant's name alone.

    Evidence captured from one directory says nothing of another the connection is pointed at later.
    """
    return target_behind(tenant.pk, ProviderConnection.objects.in_tenant(tenant).first())


def target_behind(tenant_id: int, connection: ProviderConnection | None) -> Target:
    """The same, where the tenant's connection is at hand."""
    if connection is None:
        return Target(tenant=str(tenant_id))
    return Target(
        tenant=str(tenant_id), cloud=connection.cloud, directory=str(connection.directory_id)
    )


class RestoreDraftQuerySet(TenantOwnedQuerySet["RestoreDraft"]):
    def open(self) -> "RestoreDraftQuerySet":
        return self.filter(submitted_at=None)

    def untouched(self) -> "RestoreDraftQuerySet":
        """Those whose scope was not saved again after they were opened."""
        return self.filter(updated_at=models.F("created_at"))


class RestoreDraft(TenantOwned):
    """What an operator is preparing: every choice lives here, none only in the session."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    backup_set = models.ForeignKey(
        BackupSet, null=True, blank=True, on_delete=models.SET_NULL, related_name="drafts"
    )
    mode = models.CharField(
        max_length=20, choices=[(m.value, m.name.title()) for m in ScopeMode], default=ScopeMode.ALL
    )
    selected_items = models.ManyToManyField(BackupItem, blank=True, related_name="+")
    mapping = models.JSONField(
        default=dict, help_text="By kind of reference: id or name in the backup to id here."
    )
    assignment_mode = models.CharField(
        max_length=20,
        choices=[(m.value, m.label) for m in AssignmentMode],
        default=AssignmentMode.REPLACE,
    )
    conditional_access_state = models.CharField(
        max_length=20,
        choices=[(s.value, s.label) for s in ConditionalAccessState],
        default=ConditionalAccessState.AS_BACKED_UP,
    )
    include_foundations = models.BooleanField(default=True)
    conflict_policy = models.CharField(
        max_length=20,
        choices=[(p.value, p.name.title()) for p in ConflictPolicy],
        default=ConflictPolicy.UPDATE,
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    follows = models.ForeignKey(
        "restore_safety.RestoreRun",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="successors",
    )
    is_rerun = models.BooleanField(default=False)
    undoes = models.ForeignKey(
        "restore_safety.RestoreRun",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="undo_drafts",
        help_text="The restore that is undone; only such a draft deletes policies.",
    )
    continues_with = models.CharField(
        max_length=20,
        choices=[(action.value, action.label) for action in ContinuingAction],
        default=ContinuingAction.REMAINING,
        help_text="Of a draft that continues a restore: which of its items it was opened with.",
    )

    objects = RestoreDraftQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["follows", "continues_with"],
                condition=models.Q(is_rerun=False, submitted_at=None),
                name="one_open_draft_continues_a_restore_with_these",
            )
        ]

    def __str__(self) -> str:
        return f"Draft {str(self.pk)[:8]}"

    def resolved_items(self) -> models.QuerySet[BackupItem]:
        """The items a restore of this draft would consider, in the set's order.

        Scope tags and filters come along only when foundations are included.
        """
        if self.backup_set_id is None:
            return BackupItem.objects.none()
        items = BackupItem.objects.filter(backup_set=self.backup_set_id)
        if self.mode == ScopeMode.SELECTED:
            items = items.filter(pk__in=self.selected_items.values("pk"))
        if not self.include_foundations:
            items = items.exclude(contract_key__in=FOUNDATIONS)
        return items

    @property
    def include_assignments(self) -> bool:
        """Whether assignments are written at all."""
        return self.assignment_mode != AssignmentMode.LEAVE

    def mapping_of(self, kind: ReferenceKind) -> dict[str, str]:
        """Source to target of one kind, as they were entered."""
        return dict(self.mapping.get(kind.value, {}))

    def to_truth(self) -> Scope:
        return Scope(
            target=target_of(self.tenant),
            backup_set=str(self.backup_set_id or ""),
            backup_digest=self.backup_set.digest if self.backup_set else "",
            mode=ScopeMode(self.mode),
            items=frozenset(str(pk) for pk in self.resolved_items().values_list("pk", flat=True)),
            mapping=tuple(
                MappingEntry.normal(kind, source, target)
                for kind, of_kind in self.mapping.items()
                for source, target in of_kind.items()
            ),
            assignment_mode=AssignmentMode(self.assignment_mode),
            conditional_access_state=ConditionalAccessState(self.conditional_access_state),
            conflict_policy=ConflictPolicy(self.conflict_policy),
            include_foundations=self.include_foundations,
            undoes=str(self.undoes_id or ""),
        )


class DraftChange(TenantOwned):
    """One line of a draft's ledger: what changed in the scope, who did it, when. Only appended."""

    draft = models.ForeignKey(RestoreDraft, on_delete=models.CASCADE, related_name="changes")
    cause = models.CharField(max_length=40, choices=[(c.value, c.name) for c in ChangeCause])
    field = models.CharField(max_length=40)
    before = models.JSONField(
        help_text="What it was, as truth.scope.ScopeChange says; {text} in lines of before."
    )
    after = models.JSONField(help_text="What it became, in the same form.")
    fingerprint_before = models.CharField(max_length=80)
    fingerprint_after = models.CharField(max_length=80)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    objects = TenantOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.field
