"""Backup sets and the policies in them, as their pages show them: secrets are masked."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import FETCH_RAISE
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from restore_safety.api.auth import ApiRequest
from restore_safety.api.documented import FINDING, READING
from restore_safety.api.shapes import (
    Counted,
    Page,
    Said,
    Slug,
    TenantName,
    Text,
    Window,
    explained,
    narrowed,
    page_of,
    tenant_name,
    username_of,
)
from restore_safety.backups.filters import BackupItemFilter, BackupSetFilter
from restore_safety.backups.meanwhile import meanwhile_of
from restore_safety.backups.pages import item_page, set_page
from restore_safety.backups.summary import unread_in
from restore_safety.models import BackupItem, BackupSet, BackupSource
from restore_safety.policies.completeness import Completeness, Wholeness
from restore_safety.restores.pages.item_list import type_label
from tenants.graph.contracts import CONTRACTS
from tenants.models import Tenant

router = Router(tags=["Backups"])


class BackupSetName(Schema):
    id: UUID
    label: str


class BackupSetLine(Schema):
    id: UUID
    tenant: TenantName
    label: str
    source: BackupSource
    captured_at: datetime
    created_by: str | None
    item_count: int
    digest: str
    origin_directory_id: UUID | None
    operation_id: UUID | None = Field(description="The operation that took it, if one did.")
    caution: str = Field(
        description="That restores were running while it was captured; empty when none was."
    )


class LeftOutAnswer(Schema):
    """What is not in the set, or not all of it, and why."""

    name: str
    reason: str
    matters: bool = Field(description="Whether a policy is lost by it.")


class BackupSetAnswer(BackupSetLine):
    origin: str = Field(description="Whether the ids in the set mean anything in this tenant.")
    types: list[Counted]
    wholeness: list[Counted]
    left_out: list[LeftOutAnswer]


class BackupItemLine(Schema):
    id: UUID
    position: int
    name: str
    type: str = Field(description="The Graph entity set it lives in.")
    type_label: str
    object_id: str
    odata_type: str
    digest: str
    wholeness: Said


class BackupItemAnswer(BackupItemLine):
    backup_set: UUID
    tenant: TenantName
    problems: list[str]
    audiences: list[str] | None = Field(description="Null: assignments were not captured.")
    content: dict[str, Any] = Field(description="What is kept of it, with its secrets masked.")


class BackupSetPage(Page[BackupSetLine]):
    pass


class BackupItemPage(Page[BackupItemLine]):
    pass


class BackupSetChoices(Window):
    q: Text | None = Field(None, description="In the label, or in the name of a policy inside.")
    tenant: Slug | None = None
    source: BackupSource | None = None
    operation: UUID | None = Field(None, description="Taken by this operation.")


class BackupItemChoices(Window):
    q: Text | None = Field(None, description="In the name, or exactly its object id.")
    type: Text | None = Field(None, description="One of the set's types.")


@router.get("/backups", response=READING | {200: BackupSetPage}, operation_id="listBackups")
def list_backups(request: ApiRequest, choices: Query[BackupSetChoices]) -> BackupSetPage:
    """Backup sets of the tenants open to the token's person, the newest first."""
    visible = BackupSet.objects.visible_to(request.user).select_related("tenant", "created_by")
    if choices.operation is not None:
        visible = visible.filter(operation_run=choices.operation)
    sets = narrowed(BackupSetFilter, visible.fetch_mode(FETCH_RAISE), choices, request=request)
    return page_of(BackupSetPage, sets, choices, set_line)


@router.get(
    "/backups/{uuid:set_id}", response=FINDING | {200: BackupSetAnswer}, operation_id="getBackup"
)
def get_backup(request: ApiRequest, set_id: UUID) -> BackupSetAnswer:
    """One backup set: what is in it, and what is not."""
    backup_set = _set_or_404(request, set_id)
    page = set_page(backup_set=backup_set, viewer=request.user)
    return BackupSetAnswer(
        **set_line(backup_set).model_dump(),
        origin=page.origin,
        types=[
            Counted(code=key, label=_plural(key), count=count) for key, count in page.counts.items()
        ],
        wholeness=[
            Counted(code=kind.value, label=kind.label, count=count)
            for kind, count in page.wholeness_counts
        ],
        left_out=[
            LeftOutAnswer(name=entry.name, reason=entry.reason, matters=entry.matters)
            for entry in unread_in(backup_set)
        ],
    )


@router.get(
    "/backups/{uuid:set_id}/items",
    response=FINDING | {200: BackupItemPage},
    operation_id="listBackupItems",
)
def list_backup_items(
    request: ApiRequest, set_id: UUID, choices: Query[BackupItemChoices]
) -> BackupItemPage:
    """The policies of a backup set, in its order."""
    kept = BackupItem.objects.filter(backup_set=_set_or_404(request, set_id))
    types = list(kept.order_by().values_list("contract_key", flat=True).distinct())
    ordered = kept.order_by("position", "pk").fetch_mode(FETCH_RAISE)
    items = narrowed(BackupItemFilter, ordered, choices, types=types)
    return page_of(BackupItemPage, items, choices, item_line)


@router.get(
    "/backup-items/{uuid:item_id}",
    response=FINDING | {200: BackupItemAnswer},
    operation_id="getBackupItem",
)
def get_backup_item(request: ApiRequest, item_id: UUID) -> BackupItemAnswer:
    """One policy of a backup, with its content."""
    page = item_page(item_id=item_id, viewer=request.user)
    item = page.item
    return BackupItemAnswer(
        **item_line(item).model_dump(),
        backup_set=item.backup_set_id,
        tenant=tenant_name(item.backup_set.tenant),
        problems=list(page.completeness.problems),
        audiences=None if item.assignments is None else list(page.audiences),
        content=page.shown,
    )


def set_name(kept: BackupSet) -> BackupSetName:
    return BackupSetName(id=kept.pk, label=kept.label)


def set_line(kept: BackupSet) -> BackupSetLine:
    return BackupSetLine(
        id=kept.pk,
        tenant=tenant_name(kept.tenant),
        label=kept.label,
        source=BackupSource(kept.source),
        captured_at=kept.captured_at,
        created_by=username_of(kept.created_by),
        item_count=kept.item_count,
        digest=kept.digest,
        origin_directory_id=kept.origin_directory_id,
        operation_id=kept.operation_run_id,
        caution=meanwhile_of(kept),
    )


def item_line(item: BackupItem) -> BackupItemLine:
    wholeness: Wholeness = Completeness.from_json(item.completeness).wholeness
    return BackupItemLine(
        id=item.pk,
        position=item.position,
        name=item.name,
        type=item.contract_key,
        type_label=type_label(item.contract_key),
        object_id=item.object_id,
        odata_type=item.odata_type,
        digest=item.digest,
        wholeness=explained(wholeness),
    )


def set_of(tenant: Tenant, set_id: UUID | None) -> BackupSet | None:
    """The backup set that was named, or 404 where the tenant has none like it."""
    if set_id is None:
        return None
    return get_object_or_404(BackupSet.objects.in_tenant(tenant), pk=set_id)


def _set_or_404(request: ApiRequest, set_id: UUID) -> BackupSet:
    visible = BackupSet.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("tenant__workspace", "created_by"), pk=set_id)


def _plural(key: str) -> str:
    return CONTRACTS[key].plural if key in CONTRACTS else key
