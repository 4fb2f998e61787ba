"""What an undone restore did to each policy, from its journal: what an undo starts from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from django.db.models import Q, QuerySet

from restore_safety.models import (
    CREATING_DECISIONS,
    BackupSet,
    Decision,
    RestoreItem,
    RestoreRun,
    WriteState,
)
from restore_safety.truth.attention import (
    ItemFact,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    Verification,
)
from restore_safety.truth.continuing import RemainingState, remaining_state_of
from tenants.graph.fence import placeholder_keys
from tenants.graph.payloads import Json

type PolicyKey = tuple[str, str]

_CARRIED_OUT = frozenset(
    {ItemOutcome.CREATED, ItemOutcome.UPDATED, ItemOutcome.DELETED, ItemOutcome.PARTIAL}
)
_NOTHING_TO_TAKE_BACK = frozenset({ItemOutcome.UNCHANGED})
_MAY_BE_APPLIED = frozenset({ItemOutcome.OUTCOME_UNKNOWN, ItemOutcome.WAITING_FOR_APPROVAL})


class UndoAct(StrEnum):
    """What takes back what the restore did to a policy."""

    PUT_BACK = "put_back"
    DELETE = "delete"
    CREATE_AGAIN = "create_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoneItem:
    """What the restore did to one policy and left of it."""

    act: UndoAct
    # The target digest of what it read back; empty where it did not read the policy back.
    left_digest: str = ""
    is_mismatch: bool = False
    # As the restore was to leave them; None where it left them alone.
    assignments: Sequence[Json] | None = None
    # The policies of the set that the restore wrote with a reference to this one.
    needed_by: frozenset[str] = frozenset()
    # The newest restore that wrote it afterwards.
    later: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """An undone restore as a preview needs it: what was done, by the id of the set's item."""

    items: Mapping[str, UndoneItem]
    # The names of what may be in the tenant and cannot be taken back by an undo.
    left_behind: tuple[str, ...] = ()


def key_of(contract_key: str, object_id: str) -> PolicyKey:
    return contract_key, object_id.casefold()


def act_of(item: RestoreItem) -> UndoAct | None:
    """What takes back what was done to the item; None where nothing is known to be written."""
    is_written = any(row.state == WriteState.APPLIED for row in item.writes.all())
    if not is_written or item.outcome not in _CARRIED_OUT:
        return None
    decision = Decision(item.plan_item.decision)
    if decision in CREATING_DECISIONS:
        return UndoAct.DELETE
    if item.outcome == ItemOutcome.DELETED:
        return UndoAct.CREATE_AGAIN
    return UndoAct.PUT_BACK


def journal_of(run: RestoreRun) -> Iterator[RestoreItem]:
    """The items of the restore with their plan and the rows of their requests."""
    items = run.items.select_related("plan_item", "backup_item__payload")
    return iter(items.prefetch_related("writes").order_by("position"))


def carried_out(run: RestoreRun) -> QuerySet[RestoreItem]:
    """The items that the restore is known to have written, wholly or in part."""
    written = run.items.filter(outcome__in=_CARRIED_OUT, writes__state=WriteState.APPLIED)
    return written.exclude(target_object_id="").distinct()


def taken_back(run: RestoreRun) -> dict[PolicyKey, RestoreRun]:
    """The policies that an undo of the run put back or deleted, each with the newest such undo.

    Only what was proven counts: read back as wanted, or found as it was before. Where the undo
    was undone in turn, the policy is again as the run left it.
    """
    ended = RestoreItem.objects.filter(
        Q(run__draft__undoes=run) | Q(run__draft__undoes__draft__undoes=run),
        tenant_id=run.tenant_id,
        run__is_dry_run=False,
        run__status__in=RestoreStatus.ENDED,
        outcome__in=_CARRIED_OUT | _NOTHING_TO_TAKE_BACK,
    )
    found: dict[PolicyKey, RestoreRun] = {}
    rows = ended.select_related("run__draft", "backup_item").order_by("run__created_at", "pk")
    for item in rows.defer("backup_item__assignments", "backup_item__group_names"):
        if item.run.draft.undoes_id != run.pk:
            found.pop(key_of(item.contract_key, item.target_object_id), None)
        elif _is_as_wanted(item):
            found[key_of(item.contract_key, item.backup_item.object_id)] = item.run
    return found


def _is_as_wanted(item: RestoreItem) -> bool:
    fact = ItemFact(
        outcome=ItemOutcome(item.outcome),
        verification=Verification(item.verification),
        reason=ReasonCode(item.reason_code or ReasonCode.RUN_INTERRUPTED),
    )
    return remaining_state_of(fact) is RemainingState.REACHED


def is_undoable(item: RestoreItem, act: UndoAct | None, kept: frozenset[PolicyKey]) -> bool:
    """Whether what the undo needs of the item is on record."""
    if act is None or not item.target_object_id:
        return False
    return act is UndoAct.DELETE or key_of(item.contract_key, item.target_object_id) in kept


def kept_before(run: RestoreRun) -> frozenset[PolicyKey]:
    """The policies of which the state before the restore is kept."""
    if run.pre_restore_set is None:
        return frozenset()
    rows = run.pre_restore_set.items.values_list("contract_key", "object_id")
    return frozenset(key_of(*row) for row in rows)


def undo_from(run: RestoreRun, backup_set: BackupSet) -> Undo:
    """What the restore did to the policies of the undo's set, and what it left behind."""
    kept = kept_before(run)
    ids = {
        key_of(contract_key, object_id): str(pk)
        for pk, contract_key, object_id in backup_set.items.values_list(
            "pk", "contract_key", "object_id"
        )
    }
    done: dict[str, UndoneItem] = {}
    left_behind: list[str] = []
    referred: dict[str, set[str]] = {}
    by_source: dict[str, str] = {}
    later = _later_restores(run)
    is_taken_back = taken_back(run)
    for item in journal_of(run):
        act = act_of(item)
        key = key_of(item.contract_key, item.target_object_id)
        if key in is_taken_back and key not in ids:
            continue
        if not is_undoable(item, act, kept) or key not in ids or act is None:
            if act is not None or item.outcome in _MAY_BE_APPLIED:
                left_behind.append(item.name)
            continue
        policy_id = ids[key]
        by_source[str(item.backup_item_id)] = policy_id
        for source in _referred_in(item):
            referred.setdefault(source, set()).add(policy_id)
        done[policy_id] = UndoneItem(
            act=act,
            left_digest=item.left_digest,
            is_mismatch=item.verification == Verification.MISMATCH,
            assignments=item.plan_item.assignments_after,
            later=later.get(key, ""),
        )
    for source, referring in referred.items():
        if policy_id := by_source.get(source, ""):
            needed_by = frozenset(referring - {policy_id})
            done[policy_id] = replace(done[policy_id], needed_by=needed_by)
    return Undo(items=done, left_behind=tuple(left_behind))


def _referred_in(item: RestoreItem) -> frozenset[str]:
    """The backup items whose new objects this item was written with."""
    return frozenset(
        source
        for write in item.plan_item.writes
        for source in placeholder_keys(f"{write['path']} {write['body'] or ''}")
    )


def _later_restores(run: RestoreRun) -> dict[PolicyKey, str]:
    """The newest later restore that wrote each policy of the tenant."""
    rows = RestoreItem.objects.filter(
        tenant_id=run.tenant_id,
        run__created_at__gt=run.created_at,
        run__is_dry_run=False,
        writes__state=WriteState.APPLIED,
    )
    of_these = rows.filter(
        target_object_id__in=run.items.exclude(target_object_id="").values("target_object_id")
    )
    found = of_these.select_related("run").order_by("run__created_at", "pk").distinct()
    return {key_of(item.contract_key, item.target_object_id): str(item.run) for item in found}
