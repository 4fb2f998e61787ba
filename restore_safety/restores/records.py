"""What may be done with the record of a restore: note, rerun, archive, delete for good.

None of it changes what the restore came to: that is derived from its items, which are never edited.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from restore_safety.drafts import service as drafts
from restore_safety.execution.ending import attention_of, facts_of
from restore_safety.models import FollowUpNote, RestoreDraft, RestoreRun
from restore_safety.models.draft import RestoreDraftQuerySet
from restore_safety.restores.follow_ups import items_to_continue, open_follow_ups
from restore_safety.restores.undo import obstacle_to_undo, undo_set_of
from restore_safety.truth.attention import ReasonCode, RestoreStatus
from restore_safety.truth.continuing import ContinuingAction
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.scope import Scope, ScopeFormatError, ScopeMode
from restore_safety.truth.words import Word
from tenants.access.service import has, require
from tenants.audit import trail
from tenants.graph.contracts import FOUNDATIONS
from tenants.models import User
from tenants.models.capabilities import Capability

# What these items lack is in the backup set itself, but perhaps not among the items in need.
_LACKS_A_FOUNDATION = (ReasonCode.FILTER_MISSING, ReasonCode.SCOPE_TAG_MISSING)
_NOTHING_TO_CONTINUE = {
    ContinuingAction.REMAINING: "It left nothing that another restore could finish.",
    ContinuingAction.FAILED: "It left nothing that failed or was refused.",
    ContinuingAction.NOT_BEGUN: "It left nothing that was not begun.",
}


class RecordRefusedError(Exception):
    """The record does not stand so that this may be done; the message says why."""


class RecordAct(Word):
    """What a person may do with a restore that has ended."""

    ACKNOWLEDGE = (
        "acknowledge",
        "Acknowledge the follow-up",
        "It leaves the open follow-ups. What the restore came to stays as it is.",
    )
    RERUN = (
        "rerun",
        "Rerun",
        "A new draft takes over the scope. It has no checks, no preview and no confirmation.",
    )
    UNDO = (
        "undo",
        "Undo this restore",
        (
            "A new draft puts back what the restore overwrote and deletes what it created. "
            "Nothing is written before you confirm it."
        ),
    )
    ARCHIVE = (
        "archive",
        "Archive",
        "It leaves the list of restores until the archived ones are asked for.",
    )
    UNARCHIVE = "unarchive", "Unarchive", "It returns to the list of restores."
    DELETE = (
        "delete",
        "Delete for good",
        "The record is removed. The audit trail stays; the tenant is not touched.",
    )

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """Any one of them allows it; a refusal names the first."""
        return _CAPABILITIES[self]

    @property
    def denial(self) -> str:
        return self.capabilities[0].denial

    def is_allowed_by(self, capabilities: Iterable[Capability]) -> bool:
        return not set(self.capabilities).isdisjoint(capabilities)


_CAPABILITIES = {
    RecordAct.ACKNOWLEDGE: (Capability.EXECUTE_RESTORE, Capability.MANAGE_RESTORES),
    RecordAct.RERUN: (Capability.PREPARE_RESTORE,),
    RecordAct.UNDO: (Capability.PREPARE_RESTORE,),
    RecordAct.ARCHIVE: (Capability.MANAGE_RESTORES,),
    RecordAct.UNARCHIVE: (Capability.MANAGE_RESTORES,),
    RecordAct.DELETE: (Capability.MANAGE_RESTORES,),
}


def require_act(actor: User, act: RecordAct, run: RestoreRun) -> None:
    """Return only when the actor may; a refusal is audited. Call it outside a transaction."""
    first, *others = act.capabilities
    if not any(has(actor, other, run.tenant) for other in others):
        require(actor, first, run.tenant)


def obstacle_to(act: RecordAct, run: RestoreRun) -> str:  # noqa: PLR0911 -- one flat line per act
    """Why the record does not allow it, as a sentence; "" when nothing is in the way."""
    if not RestoreStatus(run.status).is_ended:
        return "The restore has not ended."
    match act:
        case RecordAct.ACKNOWLEDGE:
            return _obstacle_to_acknowledging(run)
        case RecordAct.RERUN:
            return "" if _scope_of(run) else "Its scope is in a form this version cannot read."
        case RecordAct.UNDO:
            return obstacle_to_undo(run)
        case RecordAct.ARCHIVE if run.archived_at:
            return "It is archived already."
        case RecordAct.UNARCHIVE:
            return "" if run.archived_at else "It is not archived."
        case RecordAct.DELETE if run.archived_at is None:
            return "Only an archived restore can be deleted. Archive it first."
        case RecordAct.DELETE if run.undo_drafts.exists():
            return "Its undo is on record, or being prepared. Delete or discard that first."
        case RecordAct.ARCHIVE | RecordAct.DELETE:
            return _open_follow_up(run)


def acknowledge_follow_up(*, actor: User, run: RestoreRun, note: str, now: datetime) -> None:
    """Record an acknowledgement; RecordRefusedError when nothing is open or it is recorded."""
    require_act(actor, RecordAct.ACKNOWLEDGE, run)
    with transaction.atomic(), trail.written_last():
        current = _locked(RecordAct.ACKNOWLEDGE, run)
        FollowUpNote.objects.create(
            tenant=run.tenant, run=current, note=note.strip(), author=actor, at=now
        )
        _record("restore.follow_up_acknowledged", actor, run, note=note.strip())


def archive(*, actor: User, run: RestoreRun, now: datetime) -> None:
    require_act(actor, RecordAct.ARCHIVE, run)
    with transaction.atomic(), trail.written_last():
        current = _locked(RecordAct.ARCHIVE, run)
        current.archived_at, current.archived_by = now, actor
        current.save(update_fields=["archived_at", "archived_by"])
        _record("restore.archived", actor, run)


def unarchive(*, actor: User, run: RestoreRun) -> None:
    require_act(actor, RecordAct.UNARCHIVE, run)
    with transaction.atomic(), trail.written_last():
        current = _locked(RecordAct.UNARCHIVE, run)
        current.archived_at, current.archived_by = None, None
        current.save(update_fields=["archived_at", "archived_by"])
        _record("restore.unarchived", actor, run)


def delete_for_good(*, actor: User, run: RestoreRun) -> None:
    """Delete the record, and its draft when nothing else was made from it.

    What the audit trail, the operation and the backups hold of it stays.
    """
    require_act(actor, RecordAct.DELETE, run)
    with transaction.atomic(), trail.written_last():
        current = _locked(RecordAct.DELETE, run)
        result = attention_of(current, facts_of([current.pk])[current.pk])
        _record(
            "restore.deleted",
            actor,
            run,
            attention=result.attention.value,
            headline=result.headline,
            items=current.items.count(),
            is_dry_run=current.is_dry_run,
            plan_hash=current.plan_hash,
        )
        current.delete()
        RestoreDraft.objects.filter(pk=run.draft_id, submitted_at__isnull=False, runs=None).delete()


def is_the_only_run_of_its_draft(run: RestoreRun) -> bool:
    """Whether the draft, its checks and its preview are of no use without this run."""
    return bool(run.draft.submitted_at and not run.draft.runs.exclude(pk=run.pk).exists())


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """The draft that goes on from a run, and whether it was opened just now."""

    draft: RestoreDraft
    is_new: bool


def rerun(*, actor: User, run: RestoreRun, now: datetime) -> Successor:
    """A draft with the scope the restore had, and nothing of what was captured for it.

    Asked twice, it is the same draft, as long as its scope has not changed.
    """
    require_act(actor, RecordAct.RERUN, run)
    with transaction.atomic(), trail.written_last():
        _locked(RecordAct.RERUN, run)
        if draft := _open_successors(run).untouched().filter(is_rerun=True).first():
            return Successor(draft=draft, is_new=False)
        scope = _readable_scope_of(run)
        chosen = scope.items if scope.mode is ScopeMode.SELECTED else frozenset()
        draft = _draft_like(run, scope, actor=actor, mode=scope.mode, selected=chosen, now=now)
        _follow(run, draft, is_rerun=True)
        _record("restore.rerun", actor, run, draft=str(draft.pk))
    return Successor(draft=draft, is_new=True)


def follow_up(
    *,
    actor: User,
    run: RestoreRun,
    now: datetime,
    items: ContinuingAction = ContinuingAction.REMAINING,
) -> Successor:
    """A draft like the run's, with those of its items selected that no later restore resolved.

    It has the choices and mappings of the run and none of its evidence. As long as it is open,
    everybody who continues the run with the same items comes to this one draft.
    """
    require_act(actor, RecordAct.RERUN, run)
    with transaction.atomic(), trail.written_last():
        _locked(RecordAct.RERUN, run)
        same = _open_successors(run).filter(is_rerun=False, continues_with=items)
        if draft := same.first():
            return Successor(draft=draft, is_new=False)
        left = items_to_continue(run, items)
        selected = set(left.values_list("backup_item", flat=True))
        if not selected and run.items.exists():
            raise RecordRefusedError(_NOTHING_TO_CONTINUE[items])
        lacks_a_foundation = left.filter(reason_code__in=_LACKS_A_FOUNDATION).exists()
        if lacks_a_foundation:
            foundations = run.backup_set.items.filter(contract_key__in=FOUNDATIONS)
            selected |= set(foundations.values_list("pk", flat=True))
        draft = _draft_like(
            run,
            _readable_scope_of(run),
            actor=actor,
            mode=ScopeMode.SELECTED,
            selected=frozenset(map(str, selected)),
            with_foundations=lacks_a_foundation,
            now=now,
        )
        _follow(run, draft, is_rerun=False, continues_with=items)
        took = {"items": items.value, "count": len(selected)}
        _record("restore.taken_up", actor, run, draft=str(draft.pk), **took)
    return Successor(draft=draft, is_new=True)


def undo(*, actor: User, run: RestoreRun, now: datetime) -> Successor:
    """A draft that takes back what the restore did to the tenant.

    Asked again, it is the same draft, as long as it is open.
    """
    require_act(actor, RecordAct.UNDO, run)
    with transaction.atomic(), trail.written_last():
        current = _locked(RecordAct.UNDO, run)
        if draft := run.undo_drafts.filter(submitted_at=None, follows=None).first():
            return Successor(draft=draft, is_new=False)
        draft = drafts.open_draft(actor=actor, tenant=run.tenant, now=now, undoes=current)
        drafts.change_scope(
            actor=actor,
            draft=draft,
            choices=drafts.ScopeChoices(backup_set=undo_set_of(run=current, actor=actor, now=now)),
            now=now,
        )
        _record("restore.undo_prepared", actor, run, draft=str(draft.pk))
    # Its scope was written to another instance of the row.
    draft.refresh_from_db()
    return Successor(draft=draft, is_new=True)


def note_export(*, actor: User, run: RestoreRun, form: str, choices: Mapping[str, str]) -> None:
    """Write down that what the tenant holds left the product, and what it was narrowed by."""
    require(actor, Capability.VIEW, run.tenant)
    _record("restore.exported", actor, run, form=form, filter=dict(choices))


def _open_successors(run: RestoreRun) -> RestoreDraftQuerySet:
    """The open drafts that follow the run; ask while it is locked, or two are made at once."""
    return RestoreDraft.objects.in_tenant(run.tenant).open().filter(follows=run)


def _follow(
    run: RestoreRun,
    draft: RestoreDraft,
    *,
    is_rerun: bool,
    continues_with: ContinuingAction = ContinuingAction.REMAINING,
) -> None:
    draft.follows, draft.is_rerun, draft.continues_with = run, is_rerun, continues_with
    draft.save(update_fields=["follows", "is_rerun", "continues_with"])
    # Its scope was written to another instance of the row.
    draft.refresh_from_db()


def _draft_like(  # noqa: PLR0913 -- what differs from the run's own scope is named one by one
    run: RestoreRun,
    scope: Scope,
    *,
    actor: User,
    mode: ScopeMode,
    selected: frozenset[str],
    with_foundations: bool = False,
    now: datetime,
) -> RestoreDraft:
    draft = drafts.open_draft(actor=actor, tenant=run.tenant, now=now, undoes=run.draft.undoes)
    choices = drafts.ScopeChoices(
        backup_set=run.backup_set,
        mode=mode,
        selected=selected,
        mapping={kind: scope.mapping_of(kind) for kind in ReferenceKind},
        assignment_mode=scope.assignment_mode,
        conditional_access_state=scope.conditional_access_state,
        include_foundations=scope.include_foundations or with_foundations,
        conflict_policy=scope.conflict_policy,
    )
    drafts.change_scope(actor=actor, draft=draft, choices=choices, now=now)
    return draft


def _locked(act: RecordAct, run: RestoreRun) -> RestoreRun:
    """The run as it is now, held until the transaction ends; refused where something is in the way.

    Of two who do the same at once, the second finds it done.
    """
    current = RestoreRun.objects.select_for_update(of=("self",)).filter(pk=run.pk).first()
    if current is None:
        raise RecordRefusedError("Its record was deleted for good.")
    if reason := obstacle_to(act, current):
        raise RecordRefusedError(reason)
    return current


def _obstacle_to_acknowledging(run: RestoreRun) -> str:
    if FollowUpNote.objects.filter(run=run).exists():
        return "It is acknowledged already."
    asks = attention_of(run, facts_of([run.pk])[run.pk]).follow_up_required
    return "" if asks else "It asks for no follow-up."


def _open_follow_up(run: RestoreRun) -> str:
    if RestoreRun.objects.filter(open_follow_ups(), pk=run.pk).exists():
        return "Its follow-up is open. Follow it up, or acknowledge it first."
    return ""


def _readable_scope_of(run: RestoreRun) -> Scope:
    scope = _scope_of(run)
    if scope is None:
        raise RecordRefusedError(obstacle_to(RecordAct.RERUN, run))
    return scope


def _scope_of(run: RestoreRun) -> Scope | None:
    """The scope the run was made for; its draft may have moved on, if the run was a dry one."""
    try:
        return Scope.from_json(run.preview.scope)
    except (ScopeFormatError, AttributeError):
        return None


def _record(action: str, actor: User, run: RestoreRun, **detail: object) -> None:
    trail.record(
        action=action,
        actor=actor,
        tenant=run.tenant,
        subject=f"restore_run:{run.pk}",
        detail=detail,
    )
