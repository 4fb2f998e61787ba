"""Drafts: opening one, choosing its scope, and what its evidence says of that scope."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import FETCH_RAISE
from django.http import Http404
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from restore_safety import drafts
from restore_safety.api.auth import ApiRequest, confirm_scope
from restore_safety.api.backups import BackupItemPage, item_line
from restore_safety.api.documented import FINDING, READING, acting
from restore_safety.api.shapes import (
    InvalidChoiceError,
    Page,
    Said,
    Sent,
    Slug,
    TenantName,
    Text,
    Window,
    data_of,
    narrowed,
    page_of,
    tenant_name,
    told,
)
from restore_safety.drafts import Consent, NotAgreedError, ScopeChoices
from restore_safety.filters.restores import DraftFilter
from restore_safety.models import BackupSet, CapturedEvidence, DraftChange, RestoreDraft
from restore_safety.selectors.draft_list import drafts_for
from restore_safety.selectors.drafts import summary_of
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.ledger import ChangeCause
from restore_safety.truth.scope import ConflictPolicy, Scope, ScopeField, ScopeMode
from tenants.access import require
from tenants.capabilities import Capability
from tenants.http import tenant_or_404
from tenants.models import Tenant
from tenants.token_scopes import TokenScope

router = Router(tags=["Drafts"])

MOST_SELECTED = 20_000


class BackupSetName(Schema):
    id: UUID
    label: str


class DraftLine(Schema):
    id: UUID
    tenant: TenantName
    owner: str
    backup_set: BackupSetName | None
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None = Field(description="When it was queued as a restore.")
    follows: UUID | None = Field(description="The restore it takes up or repeats.")


class ScopeAnswer(Schema):
    """Everything that changes what a restore would write."""

    target: str
    backup_set: UUID | None
    backup_digest: str
    mode: ScopeMode
    item_count: int
    group_mapping: dict[str, str]
    include_assignments: bool
    include_foundations: bool
    conflict_policy: ConflictPolicy
    sentence: str


class EvidenceMarkAnswer(Schema):
    """Evidence as a change of the scope speaks of it."""

    id: UUID
    kind: EvidenceKind


class DraftAnswer(DraftLine):
    scope: ScopeAnswer
    fingerprint: str = Field(description="Changes exactly when the scope does.")


class ScopeMoved(Schema):
    """One field that moved."""

    field: ScopeField
    before: str
    after: str
    cause: Said


class ChangeAnswer(Schema):
    draft: DraftAnswer
    changes: list[ScopeMoved]
    set_aside: list[EvidenceMarkAnswer] = Field(
        description="Evidence that spoke for the scope before, and does not speak for this one."
    )
    returning: list[EvidenceMarkAnswer] = Field(
        description="Earlier evidence that speaks for this scope again."
    )


class LedgerLine(ScopeMoved):
    fingerprint_before: str
    fingerprint_after: str
    by: str | None
    at: datetime


class DraftPage(Page[DraftLine]):
    pass


class LedgerPage(Page[LedgerLine]):
    pass


class DraftChoices(Window):
    q: Text | None = Field(None, description="In the backup, the tenant or the person.")
    tenant: Slug | None = None
    whose: Literal["all"] | None = Field(None, description="Everybody's; else one's own.")


class DraftRequest(Sent):
    tenant: Slug
    backup_set: UUID | None = None

    model_config = {"json_schema_extra": {"examples": [{"tenant": "contoso"}]}}


class ScopeRequest(Sent):
    """What to set; what is left out stays as it is."""

    backup_set: UUID | None = None
    mode: ScopeMode | None = None
    selected: list[UUID] | None = Field(
        None, max_length=MOST_SELECTED, description="Ids of items of the backup set."
    )
    group_mapping: dict[UUID, UUID | None] | None = Field(
        None,
        max_length=MOST_SELECTED,
        description="Group in the backup to the group here; null takes a mapping back. "
        "Groups not named keep theirs.",
    )
    include_assignments: bool | None = None
    include_foundations: bool | None = None
    conflict_policy: ConflictPolicy | None = None
    seen: Text | None = Field(
        None,
        description="The fingerprint of the scope this was decided on; with another one by now, "
        "nothing is stored and the answer is 409.",
    )

    model_config = {
        "json_schema_extra": {
            "examples": [{"mode": "all", "include_assignments": True, "conflict_policy": "update"}]
        }
    }


@router.get("/drafts", response=READING | {200: DraftPage}, operation_id="listDrafts")
def list_drafts(request: ApiRequest, choices: Query[DraftChoices]) -> DraftPage:
    """Open drafts of the tenants where the person may prepare restores, the newest first."""
    chosen = DraftFilter(data_of(choices), queryset=drafts_for(request.user), request=request)
    return page_of(
        DraftPage, narrowed(chosen), choices, lambda rows: [draft_line(one) for one in rows]
    )


@router.post(
    "/drafts", response=acting(TokenScope.PREPARE) | {201: DraftAnswer}, operation_id="openDraft"
)
def open_draft(request: ApiRequest, body: DraftRequest) -> Status[DraftAnswer]:
    """Open a draft for a tenant, from a backup set if one is named."""
    tenant = tenant_or_404(request, body.tenant)  # type: ignore[arg-type]  # it asks for the user alone
    confirm_scope(request, TokenScope.PREPARE, tenant)
    require(request.user, Capability.PREPARE_RESTORE, tenant)
    chosen = _set_of(tenant, body.backup_set)
    draft = drafts.open_draft(actor=request.user, tenant=tenant, now=timezone.now())
    if chosen is not None:
        choices = ScopeChoices(backup_set=chosen)
        drafts.change_scope(actor=request.user, draft=draft, choices=choices, now=timezone.now())
    return Status(201, _answer(visible_draft(request, draft.pk)))


@router.get(
    "/drafts/{uuid:draft_id}", response=FINDING | {200: DraftAnswer}, operation_id="getDraft"
)
def get_draft(request: ApiRequest, draft_id: UUID) -> DraftAnswer:
    """One draft, its scope and the fingerprint of that."""
    return _answer(readable_draft(request, draft_id))


@router.get(
    "/drafts/{uuid:draft_id}/items",
    response=FINDING | {200: BackupItemPage},
    operation_id="listDraftItems",
)
def list_draft_items(request: ApiRequest, draft_id: UUID, window: Query[Window]) -> BackupItemPage:
    """The policies in its scope, in the order of the backup set."""
    draft = readable_draft(request, draft_id)
    items = draft.resolved_items().order_by("position", "pk").fetch_mode(FETCH_RAISE)
    return page_of(BackupItemPage, items, window, lambda rows: [item_line(one) for one in rows])


@router.get(
    "/drafts/{uuid:draft_id}/changes",
    response=FINDING | {200: LedgerPage},
    operation_id="listDraftChanges",
)
def list_draft_changes(request: ApiRequest, draft_id: UUID, window: Query[Window]) -> LedgerPage:
    """The ledger of the draft: what moved in its scope, by whom and when; the newest first."""
    draft = readable_draft(request, draft_id)
    rows = draft.changes.select_related("actor").order_by("-at", "-pk").fetch_mode(FETCH_RAISE)
    return page_of(LedgerPage, rows, window, lambda part: [_ledger_line(one) for one in part])


@router.patch(
    "/drafts/{uuid:draft_id}/scope",
    response=acting(TokenScope.PREPARE, conflicts=True) | {200: ChangeAnswer},
    operation_id="changeScope",
)
def change_scope(request: ApiRequest, draft_id: UUID, body: ScopeRequest) -> ChangeAnswer:
    """Change the scope. The answer says which evidence that set aside."""
    draft = preparable_draft(request, draft_id)
    choices = _choices(draft, body)
    seen = body.seen or fingerprint_of(draft.to_truth())
    try:
        changes, effect = _agreed_change(request, draft, choices, seen)
    except NotAgreedError as error:
        raise ScopeOvertakenError from error
    return ChangeAnswer(
        draft=_answer(visible_draft(request, draft_id)),
        changes=[_moved(change) for change in changes],
        set_aside=[_mark(one) for one in effect.set_aside] if effect else [],
        returning=[_mark(one) for one in effect.returning] if effect else [],
    )


class ScopeOvertakenError(Exception):
    """Somebody changed the scope since the caller saw it: nothing was stored."""


def _agreed_change(
    request: ApiRequest, draft: RestoreDraft, choices: ScopeChoices, seen: str
) -> tuple[tuple[DraftChange, ...], drafts.ScopeEffect | None]:
    """Store the change, with what it costs if it costs evidence.

    A script has been told beforehand, by this document, that evidence may be set aside; it has
    not been told of a scope that somebody else changed meanwhile.
    """

    def stored(agreed: str) -> tuple[DraftChange, ...]:
        return drafts.change_scope(
            actor=request.user,
            draft=draft,
            choices=choices,
            now=timezone.now(),
            consent=Consent(seen=seen, agreed=agreed),
        )

    try:
        return stored(""), None
    except NotAgreedError as error:
        if error.effect.is_overtaken:
            raise
        return stored(error.effect.agreement), error.effect


def _choices(draft: RestoreDraft, body: ScopeRequest) -> ScopeChoices:
    backup_set = _set_of(draft.tenant, body.backup_set)
    selected = None
    if body.selected is not None:
        selected = frozenset(str(one) for one in body.selected)
        _confirm_items(backup_set or draft.backup_set, selected)
    return ScopeChoices(
        backup_set=backup_set,
        mode=body.mode,
        selected=selected,
        group_mapping=_mapping(draft.group_mapping, body.group_mapping),
        include_assignments=body.include_assignments,
        include_foundations=body.include_foundations,
        conflict_policy=body.conflict_policy,
    )


def _confirm_items(backup_set: BackupSet | None, selected: frozenset[str]) -> None:
    """A script that names items which are not there is told so, and not obeyed in part."""
    known = backup_set.items.values_list("pk", flat=True) if backup_set else ()
    strange = selected - {str(pk) for pk in known}
    if strange:
        sentence = f"{len(strange)} of them are no items of the backup set."
        raise InvalidChoiceError([{"place": "body.selected", "sentence": sentence}])


def _mapping(
    held: Mapping[str, str], sent: Mapping[UUID, UUID | None] | None
) -> Mapping[str, str] | None:
    if sent is None:
        return None
    return {**held, **{str(one): str(other) if other else "" for one, other in sent.items()}}


def _set_of(tenant: Tenant, set_id: UUID | None) -> BackupSet | None:
    if set_id is None:
        return None
    found = BackupSet.objects.in_tenant(tenant).filter(pk=set_id).first()
    if found is None:
        raise Http404
    return found


def visible_draft(request: ApiRequest, draft_id: UUID) -> RestoreDraft:
    visible = RestoreDraft.objects.visible_to(request.user)
    draft = visible.select_related("tenant__workspace", "backup_set", "owner").filter(pk=draft_id)
    found = draft.first()
    if found is None:
        raise Http404
    return found


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
        backup_set=BackupSetName(id=kept.pk, label=kept.label) if kept else None,
        created_at=draft.created_at,
        updated_at=draft.updated_at,
        submitted_at=draft.submitted_at,
        follows=draft.follows_id,
    )


def _answer(draft: RestoreDraft) -> DraftAnswer:
    scope = draft.to_truth()
    return DraftAnswer(
        **draft_line(draft).model_dump(),
        scope=_scope(scope, draft),
        fingerprint=fingerprint_of(scope),
    )


def _scope(scope: Scope, draft: RestoreDraft) -> ScopeAnswer:
    kept = draft.backup_set
    return ScopeAnswer(
        target=scope.tenant,
        backup_set=kept.pk if kept else None,
        backup_digest=scope.backup_digest,
        mode=scope.mode,
        item_count=len(scope.items),
        group_mapping=dict(scope.group_mapping),
        include_assignments=scope.include_assignments,
        include_foundations=scope.include_foundations,
        conflict_policy=scope.conflict_policy,
        sentence=summary_of(scope, label=str(kept)) if kept else "No backup set is chosen yet.",
    )


def _moved(change: DraftChange) -> ScopeMoved:
    return ScopeMoved(
        field=ScopeField(change.field),
        before=change.before,
        after=change.after,
        cause=told(ChangeCause(change.cause)),
    )


def _ledger_line(change: DraftChange) -> LedgerLine:
    return LedgerLine(
        **_moved(change).model_dump(),
        fingerprint_before=change.fingerprint_before,
        fingerprint_after=change.fingerprint_after,
        by=change.actor.get_username() if change.actor else None,
        at=change.at,
    )


def _mark(evidence: CapturedEvidence) -> EvidenceMarkAnswer:
    return EvidenceMarkAnswer(id=evidence.pk, kind=EvidenceKind(evidence.kind))
