"""The scope of a draft: changing it, what that does to its evidence, and the ledger of changes."""

from datetime import datetime
from uuid import UUID

from django.db.models import FETCH_RAISE
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from restore_safety.api.auth import ApiRequest
from restore_safety.api.backups import set_of
from restore_safety.api.documented import FINDING, REFUSABLE
from restore_safety.api.drafts import (
    DraftAnswer,
    draft_answer,
    preparable_draft,
    readable_draft,
    visible_draft,
)
from restore_safety.api.mapping import MappedSent, changed_mapping
from restore_safety.api.shapes import (
    InvalidChoiceError,
    Page,
    Said,
    Sent,
    Text,
    Window,
    explained,
    page_of,
    username_of,
)
from restore_safety.drafts import service as drafts
from restore_safety.drafts.service import (
    Consent,
    FixedScopeError,
    MappingRefusedError,
    NotAgreedError,
    ScopeChoices,
)
from restore_safety.models import BackupSet, CapturedEvidence, DraftChange, RestoreDraft
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.ledger import ChangeCause
from restore_safety.truth.mapping import MOST_MAPPED
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    ScopeField,
    ScopeMode,
)
from restore_safety.truth.scope_words import in_words

router = Router(tags=["Drafts"])

MOST_SELECTED = 20_000


class EvidenceMarkAnswer(Schema):
    """Evidence as a change of the scope speaks of it."""

    id: UUID
    kind: EvidenceKind


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


class LedgerPage(Page[LedgerLine]):
    pass


class ScopeRequest(Sent):
    """What to set; what is left out stays as it is."""

    backup_set: UUID | None = None
    mode: ScopeMode | None = None
    selected: list[UUID] | None = Field(
        None, max_length=MOST_SELECTED, description="Ids of items of the backup set."
    )
    mapping: list[MappedSent] | None = Field(
        None,
        max_length=MOST_MAPPED,
        description="Entries to set; a target of null takes one back. "
        f"What is not named stays. A scope maps at most {MOST_MAPPED} references.",
    )
    assignment_mode: AssignmentMode | None = None
    conditional_access_state: ConditionalAccessState | None = None
    group_mapping: dict[UUID, UUID | None] | None = Field(
        None,
        max_length=MOST_MAPPED,
        description="Deprecated, use `mapping`: group in the backup to the group here; null takes "
        "a mapping back. Groups not named keep theirs.",
    )
    include_assignments: bool | None = Field(
        None,
        description="Deprecated, use `assignment_mode`: true is `replace`, false is `leave`. "
        "Not beside `assignment_mode`.",
    )
    include_foundations: bool | None = None
    conflict_policy: ConflictPolicy | None = None
    seen: Text | None = Field(
        None,
        description="The fingerprint of the scope this was decided on; with another one by now, "
        "nothing is stored and the answer is 409.",
    )

    model_config = {
        "json_schema_extra": {
            "examples": [{"mode": "all", "assignment_mode": "replace", "conflict_policy": "update"}]
        }
    }


@router.get(
    "/drafts/{uuid:draft_id}/changes",
    response=FINDING | {200: LedgerPage},
    operation_id="listDraftChanges",
)
def list_draft_changes(request: ApiRequest, draft_id: UUID, window: Query[Window]) -> LedgerPage:
    """The ledger of the draft: what changed in its scope, when, and who did it; newest first."""
    draft = readable_draft(request, draft_id)
    rows = draft.changes.select_related("actor").order_by("-at", "-pk").fetch_mode(FETCH_RAISE)
    return page_of(LedgerPage, rows, window, _ledger_line)


@router.patch(
    "/drafts/{uuid:draft_id}/scope",
    response=REFUSABLE | {200: ChangeAnswer},
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
    except FixedScopeError as error:
        raise InvalidChoiceError([{"place": "body", "sentence": str(error)}]) from error
    except MappingRefusedError as error:
        raise InvalidChoiceError([{"place": "body.mapping", "sentence": str(error)}]) from error
    return ChangeAnswer(
        draft=draft_answer(visible_draft(request, draft_id)),
        changes=[_moved(change) for change in changes],
        set_aside=[_mark(one) for one in effect.set_aside] if effect else [],
        returning=[_mark(one) for one in effect.returning] if effect else [],
    )


class ScopeOvertakenError(Exception):
    """The scope changed since the caller saw it: nothing was stored."""


def _agreed_change(
    request: ApiRequest, draft: RestoreDraft, choices: ScopeChoices, seen: str
) -> tuple[tuple[DraftChange, ...], drafts.ScopeEffect | None]:
    """Store the change, with what it costs if it costs evidence.

    A script knows from this document that evidence may be set aside; it does not know of a scope
    that another person changed meanwhile.
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
    backup_set = set_of(draft.tenant, body.backup_set)
    selected = None
    if body.selected is not None:
        selected = frozenset(str(one) for one in body.selected)
        _confirm_items(backup_set or draft.backup_set, selected)
    return ScopeChoices(
        backup_set=backup_set,
        mode=body.mode,
        selected=selected,
        mapping=changed_mapping(draft.mapping, body.mapping, body.group_mapping),
        assignment_mode=_assignment_mode(body),
        conditional_access_state=body.conditional_access_state,
        include_foundations=body.include_foundations,
        conflict_policy=body.conflict_policy,
    )


def _confirm_items(backup_set: BackupSet | None, selected: frozenset[str]) -> None:
    """A script that names items which are not there is refused, and not obeyed in part."""
    known = backup_set.items.values_list("pk", flat=True) if backup_set else ()
    strange = selected - {str(pk) for pk in known}
    if strange:
        sentence = f"{len(strange)} of them are no items of the backup set."
        raise InvalidChoiceError([{"place": "body.selected", "sentence": sentence}])


def _assignment_mode(body: ScopeRequest) -> AssignmentMode | None:
    """The mode as it was sent, or as the older yes or no means it."""
    if body.include_assignments is None:
        return body.assignment_mode
    if body.assignment_mode is not None:
        sentence = "Send assignment_mode or include_assignments, not both."
        raise InvalidChoiceError([{"place": "body.include_assignments", "sentence": sentence}])
    return AssignmentMode.REPLACE if body.include_assignments else AssignmentMode.LEAVE


def _moved(change: DraftChange) -> ScopeMoved:
    field = ScopeField(change.field)
    return ScopeMoved(
        field=field,
        before=in_words(field, change.before),
        after=in_words(field, change.after),
        cause=explained(ChangeCause(change.cause)),
    )


def _ledger_line(change: DraftChange) -> LedgerLine:
    return LedgerLine(
        **_moved(change).model_dump(),
        fingerprint_before=change.fingerprint_before,
        fingerprint_after=change.fingerprint_after,
        by=username_of(change.actor),
        at=change.at,
    )


def _mark(evidence: CapturedEvidence) -> EvidenceMarkAnswer:
    return EvidenceMarkAnswer(id=evidence.pk, kind=EvidenceKind(evidence.kind))
