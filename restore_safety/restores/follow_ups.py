"""Which items and runs need attention, as conditions of the database.

A result is derived and stored nowhere, so lists ask the database for what it is derived from: the
facts that need no attention are enumerated from the reducer, never written a second time.
"""

from collections import Counter
from functools import cache
from itertools import product
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from restore_safety.models import RestoreItem, RestoreRun
from restore_safety.truth.attention import (
    ItemFact,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    Verification,
    attention_for,
    is_verified_in_part,
)
from restore_safety.truth.continuing import ContinuingAction, RemainingState, remaining_state_of
from restore_safety.truth.scope import AssignmentMode
from tenants.graph.contracts import CONTRACTS

_ENDED: dict[str, Any] = {"is_dry_run": False, "status__in": RestoreStatus.ENDED}
_ENDED_RUN = {f"run__{field}": value for field, value in _ENDED.items()}
# A policy is the same in another backup of the tenant when it had the same id there.
_SAME_POLICY = Q(backup_item=OuterRef("backup_item")) | (
    Q(
        contract_key=OuterRef("contract_key"),
        backup_item__object_id=OuterRef("backup_item__object_id"),
    )
    & ~Q(backup_item__object_id="")
)
# What a restore wrote is the same to its undo by the id it got, also where it is created again.
_UNDOES = Q(run__draft__undoes=OuterRef("run"))
_SAME_OBJECT = (
    _UNDOES
    & Q(contract_key=OuterRef("contract_key"))
    & (
        Q(target_object_id=OuterRef("target_object_id"))
        | Q(backup_item__object_id=OuterRef("target_object_id"))
    )
    & ~Q(target_object_id="")
)
# What was not even tried on the policy leaves open what an earlier restore left open.
_NOT_CARRIED_OUT = (
    ItemOutcome.SKIPPED,
    ItemOutcome.NOT_STARTED,
    ItemOutcome.CANCELLED,
    ItemOutcome.MANUAL_REQUIRED,
)
# Scopes of version 1 said yes or no.
_WITH_ASSIGNMENTS = Q(
    run__preview__scope__assignment_mode__in=[
        mode.value for mode in AssignmentMode if mode is not AssignmentMode.LEAVE
    ]
) | Q(run__preview__scope__include_assignments=True)
_ASSIGNMENTS_IN_SCOPE = _WITH_ASSIGNMENTS & ~Q(
    contract_key__in=[key for key, kind in CONTRACTS.items() if kind.unassigned]
)
_HOLDS_ASSIGNMENTS = Q(backup_item__assignments__isnull=False)
# Where the restore had assignments in its scope, whatever it left open of an item may be of them.
_LEAVES_ASSIGNMENTS = _ASSIGNMENTS_IN_SCOPE & (
    _HOLDS_ASSIGNMENTS | Q(reason_code=ReasonCode.ASSIGNMENTS_NOT_CAPTURED)
)


def items_in_need(run: RestoreRun) -> QuerySet[RestoreItem]:
    """The items for which the run's result needs attention."""
    return run.items.exclude(calm_items(run))


def calm_items(run: RestoreRun) -> Q:
    """The items that need no attention, in a run of this kind at this point."""
    return _calm(is_dry_run=run.is_dry_run, is_ended=RestoreStatus(run.status).is_ended)


@cache
def wholly_verified() -> Q:
    """The items that were read back and leave nothing open: verified, and not only in part."""
    whole = Q()
    for outcome, reason in product(ItemOutcome, ReasonCode):
        fact = ItemFact(outcome=outcome, verification=Verification.VERIFIED, reason=reason)
        if not is_verified_in_part(fact):
            whole |= Q(outcome=outcome, reason_code=reason)
    return whole & Q(verification=Verification.VERIFIED)


def asking_for_follow_up() -> Q:
    """The runs whose result asks for follow-up."""
    asking = Q(~Exists(_items()), status__in=RestoreStatus.ENDED)
    for is_dry_run, is_ended in product((True, False), repeat=2):
        in_need = _items().exclude(_calm(is_dry_run=is_dry_run, is_ended=is_ended))
        kind = Q(Exists(in_need), is_dry_run=is_dry_run)
        ended = Q(status__in=RestoreStatus.ENDED)
        asking |= kind & (ended if is_ended else ~ended)
    return asking


def open_follow_ups() -> Q:
    """The restores that left something open and are not acknowledged."""
    return left_open() & Q(follow_up_note=None)


def acknowledged_follow_ups() -> Q:
    """The restores that are acknowledged, and not resolved by a later restore."""
    return left_open() & Q(follow_up_note__isnull=False)


def left_open() -> Q:
    """The ended restores with an item in need that no later restore of the tenant took up.

    It is taken up by one that was carried out on the policy, and on its assignments where those
    may be open. Where that one falls short itself, the follow-up moves there.
    """
    held_nothing = ~Exists(_items()) & ~Exists(_later_restores())
    return Q(Exists(_not_taken_up(_short_items())) | held_nothing, **_ENDED)


def settled_elsewhere() -> Q:
    """The ended restores that left something open, all of which later restores took up."""
    left_something = Exists(_short_items()) | ~Exists(_items())
    return left_something & ~left_open() & Q(**_ENDED)


def items_to_continue(run: RestoreRun, action: ContinuingAction) -> QuerySet[RestoreItem]:
    """The items that the action takes along, of those that no later restore resolved."""
    return _unresolved(run).filter(_in_states(action.states))


def facts_to_continue(run: RestoreRun) -> dict[ItemFact, int]:
    """How many items of each fact no later restore resolved, in one query."""
    rows = (
        _unresolved(run)
        .order_by()
        .values_list("outcome", "verification", "reason_code")
        .annotate(count=Count("pk"))
    )
    facts: Counter[ItemFact] = Counter()
    for outcome, verification, reason, count in rows:
        fact = ItemFact(
            outcome=ItemOutcome(outcome),
            verification=Verification(verification),
            reason=ReasonCode(reason) if reason else ReasonCode.RUN_INTERRUPTED,
        )
        facts[fact] += count
    return dict(facts)


def restore_that_settled() -> Coalesce:
    """For each restore settled elsewhere, the key of the later one that settled the last of it.

    An item is settled by the first restore that left nothing open of it; where none did, what
    became of it is shown by the newest that took it up.
    """
    later = _later_items()
    settling = later.filter(_calm(is_dry_run=False, is_ended=True)).order_by("run__created_at")
    newest = later.order_by("-run__created_at")
    settled = _by_what_they_leave(_short_items()).annotate(
        settled_by=Coalesce(
            Subquery(settling.values("run")[:1]), Subquery(newest.values("run")[:1])
        ),
        since=Coalesce(
            Subquery(settling.values("run__created_at")[:1]),
            Subquery(newest.values("run__created_at")[:1]),
        ),
    )
    of_none = _later_restores().order_by("created_at", "pk")
    return Coalesce(
        Subquery(settled.order_by("-since").values("settled_by")[:1]),
        Subquery(of_none.values("pk")[:1]),
        output_field=UUIDField(),
    )


def _short_items() -> QuerySet[RestoreItem]:
    return _items().exclude(_calm(is_dry_run=False, is_ended=True))


def _not_taken_up(items: QuerySet[RestoreItem]) -> QuerySet[RestoreItem]:
    return _by_what_they_leave(items).exclude(Exists(_later_items()))


def _by_what_they_leave(items: QuerySet[RestoreItem]) -> QuerySet[RestoreItem]:
    return items.alias(asks=Case(When(_LEAVES_ASSIGNMENTS, then=Value(1)), default=Value(0)))


def _later_items() -> QuerySet[RestoreItem]:
    """The items of later restores that take up the outer one, which says what it asks for.

    An undo takes back the assignments too, whether or not what it starts from holds some.
    """
    held = RestoreItem.objects.filter(
        _SAME_POLICY | _SAME_OBJECT,
        tenant=OuterRef("tenant"),
        run__created_at__gt=OuterRef("run__created_at"),
        **_ENDED_RUN,
    )
    carried_out = held.exclude(outcome__in=_NOT_CARRIED_OUT)
    with_assignments = _UNDOES | (_ASSIGNMENTS_IN_SCOPE & _HOLDS_ASSIGNMENTS)
    return carried_out.alias(
        does=Case(When(with_assignments, then=Value(1)), default=Value(0))
    ).filter(does__gte=OuterRef("asks"))


def _later_restores() -> QuerySet[RestoreRun]:
    return RestoreRun.objects.filter(
        tenant=OuterRef("tenant"), created_at__gt=OuterRef("created_at"), **_ENDED
    )


def _unresolved(run: RestoreRun) -> QuerySet[RestoreItem]:
    """A dry run resolved nothing and leaves nothing: its items stand as they were rehearsed."""
    return run.items.all() if run.is_dry_run else _not_taken_up(run.items.all())


@cache
def _in_states(states: frozenset[RemainingState]) -> Q:
    """The items that stand so: enumerated from the pure function, never written a second time."""
    wanted = Q(pk__in=[])
    for outcome, verification in product(ItemOutcome, Verification):
        reasons: list[str] = []
        for reason in ReasonCode:
            fact = ItemFact(outcome=outcome, verification=verification, reason=reason)
            if remaining_state_of(fact) in states:
                reasons.append(reason)
        if ReasonCode.RUN_INTERRUPTED in reasons:
            reasons.append("")  # an item without a reason yet counts as not reached
        if reasons:
            wanted |= Q(outcome=outcome, verification=verification, reason_code__in=reasons)
    return wanted


def _items() -> QuerySet[RestoreItem]:
    return RestoreItem.objects.filter(run=OuterRef("pk"))


@cache
def _calm(*, is_dry_run: bool, is_ended: bool) -> Q:
    calm = Q()
    for outcome, verification in product(ItemOutcome, Verification):
        reasons: list[str] = []
        for reason in ReasonCode:
            fact = ItemFact(outcome=outcome, verification=verification, reason=reason)
            if not attention_for({fact: 1}, is_dry_run=is_dry_run, is_ended=is_ended).needs:
                reasons.append(reason)
        if ReasonCode.RUN_INTERRUPTED in reasons:
            reasons.append("")  # an item without a reason yet counts as not reached
        if reasons:
            calm |= Q(outcome=outcome, verification=verification, reason_code__in=reasons)
    return calm
