"""Drafts: opening one, and what it would restore."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import FETCH_RAISE
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from restore_safety.api.auth import ApiRequest, confirm_scope, tenant_for
from restore_safety.api.backups import BackupItemPage, BackupSetName, item_line, set_name, set_of
from restore_safety.api.documented import FINDING, READING, REFUSABLE
from restore_safety.api.mapping import MappedAnswer, mapping_answer
from restore_safety.api.shapes import (
    InvalidChoiceError,
    Page,
    Sent,
    Slug,
    TenantName,
    Text,
    Window,
    narrowed,
    page_of,
    tenant_name,
)
from restore_safety.drafts import service as drafts
from restore_safety.drafts.scope_sentences import summary_of
from restore_safety.models import BackupSource, RestoreDraft
from restore_safety.restores.filters import DraftFilter
from restore_safety.restores.pages.drafts import drafts_for
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    Scope,
    ScopeField,
    ScopeMode,
)
from restore_safety.truth.scope_words import in_words
from tenants.access.service import require
from tenants.models.capabilities import Capability
from tenants.models.token_scopes import TokenScope

router = Router(tags=["Drafts"])


class DraftLine(Schema):
    id: UUID
    tenant: TenantName
    owner: str
    backup_set: BackupSetName | None
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None = Field(description="When it was queued as a restore.")
    follows: UUID | None = Field(description="The restore it takes up or repeats.")
    undoes: UUID | None = Field(
        description="The restore it undoes: what that created, it may delete."
    )


class ScopeAnswer(Schema):
    """Everything that changes what a restore would write."""

    target: str
    backup_set: UUID | None
    backup_digest: str
    mode: ScopeMode
    item_count: int
    mapping: list[MappedAnswer]
    assignment_mode: AssignmentMode
    conditional_access_state: ConditionalAccessState
    group_mapping: dict[str, str] = Field(
        description="Deprecated, use `mapping`: its entries of groups."
    )
    include_assignments: bool = Field(
        description="Deprecated, use `assignment_mode`: whether that is not `leave`."
    )
    include_foundations: bool
    conflict_policy: ConflictPolicy
    sentence: str


class DraftAnswer(DraftLine):
    scope: ScopeAnswer
    fingerprint: str = Field(description="Changes exactly when the scope does.")


class DraftPage(Page[DraftLine]):
    pass


class DraftChoices(Window):
    q: Text | None = Field(None, description="In the backup, the tenant or the person.")
    tenant: Slug | None = None
    whose: Literal["all"] | None = Field(None, description="Everybody's; else one's own.")


class DraftRequest(Sent):
    tenant: Slug
    backup_set: UUID | None = None

    model_config = {"json_schema_extra": {"examples": [{"tenant": "contoso"}]}}


@router.get("/drafts", response=READING | {200: DraftPage}, operation_id="listDrafts")
def list_drafts(request: ApiRequest, choices: Query[DraftChoices]) -> DraftPage:
    """Open drafts of the tenants where the person may prepare restores, the newest first."""
    found = narrowed(DraftFilter, drafts_for(request.user), choices, request=request)
    return page_of(DraftPage, found, choices, draft_line)


@router.post("/drafts", response=REFUSABLE | {201: DraftAnswer}, operation_id="openDraft")
def open_draft(request: ApiRequest, body: DraftRequest) -> Status[DraftAnswer]:
    """Open a draft for a tenant, from a backup set if one is named."""
    tenant = tenant_for(request, body.tenant, TokenScope.PREPARE)
    require(request.user, Capability.PREPARE_RESTORE, tenant)
    chosen = set_of(tenant, body.backup_set)
    if chosen is not None and chosen.source == BackupSource.UNDO:
        sentence = "That set is for the undo of a restore. Choose another one."
        raise InvalidChoiceError([{"place": "body.backup_set", "sentence": sentence}])
    actor, now = request.user, timezone.now()
    if chosen is None:
        draft = drafts.open_draft(actor=actor, tenant=tenant, now=now)
    else:
        draft = drafts.open_draft_from(actor=actor, tenant=tenant, backup_set=chosen, now=now)
    return Status(201, draft_answer(visible_draft(request, draft.pk)))


@router.get(
    "/drafts/{uuid:draft_id}", response=FINDING | {200: DraftAnswer}, operation_id="getDraft"
)
def get_draft(request: ApiRequest, draft_id: UUID) -> DraftAnswer:
    """One draft, its scope and the fingerprint of that."""
    return draft_answer(readable_draft(request, draft_id))


@router.get(
    "/drafts/{uuid:draft_id}/items",
    response=FINDING | {200: BackupItemPage},
    operation_id="listDraftItems",
)
def list_draft_items(request: ApiRequest, draft_id: UUID, window: Query[Window]) -> BackupItemPage:
    """The policies in its scope, in the order of the backup set."""
    draft = readable_draft(request, draft_id)
    items = draft.resolved_items().order_by("position", "pk").fetch_mode(FETCH_RAISE)
    return page_of(BackupItemPage, items, window, item_line)


def visible_draft(request: ApiRequest, draft_id: UUID) -> RestoreDraft:
    visible = RestoreDraft.objects.visible_to(request.user)
    whole = visible.select_related("tenant__workspace", "backup_set", "owner")
    return get_object_or_404(whole, pk=draft_id)


def readable_draft(request: ApiRequest, draft_id: UUID) -> RestoreDraft:
    """The draft for who may prepare restores there, as its pages ask."""
    draft = visible_draft(request, draft_id)
    require(request.user, Capability.PREPARE_RESTORE, draft.tenant)
    return draft


def preparable_draft(
    request: ApiRequest, draft_id: UUID, scope: TokenScope = TokenScope.PREPARE
) -> RestoreDraft:
    """The draft for an act on it: found first, then the token's scope, then the person's right."""
    draft = visible_draft(request, draft_id)
    confirm_scope(request, scope, draft.tenant)
    require(request.user, Capability.PREPARE_RESTORE, draft.tenant)
    return draft


def draft_line(draft: RestoreDraft) -> DraftLine:
    kept = draft.backup_set
    return DraftLine(
        id=draft.pk,
        tenant=tenant_name(draft.tenant),
        owner=draft.owner.get_username(),
        backup_set=set_name(kept) if kept else None,
        created_at=draft.created_at,
        updated_at=draft.updated_at,
        submitted_at=draft.submitted_at,
        follows=draft.follows_id,
        undoes=draft.undoes_id,
    )


def draft_answer(draft: RestoreDraft) -> DraftAnswer:
    scope = draft.to_truth()
    return DraftAnswer(
        **draft_line(draft).model_dump(),
        scope=_scope(scope, draft),
        fingerprint=fingerprint_of(scope),
    )


def _scope(scope: Scope, draft: RestoreDraft) -> ScopeAnswer:
    kept = draft.backup_set
    return ScopeAnswer(
        target=in_words(ScopeField.TARGET, scope.target.to_json()),
        backup_set=kept.pk if kept else None,
        backup_digest=scope.backup_digest,
        mode=scope.mode,
        item_count=len(scope.items),
        mapping=mapping_answer(scope),
        assignment_mode=scope.assignment_mode,
        conditional_access_state=scope.conditional_access_state,
        group_mapping=dict(scope.group_mapping),
        include_assignments=scope.include_assignments,
        include_foundations=scope.include_foundations,
        conflict_policy=scope.conflict_policy,
        sentence=summary_of(scope, label=str(kept)) if kept else "No backup set is chosen yet.",
    )
