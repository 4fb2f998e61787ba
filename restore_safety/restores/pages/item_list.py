"""The items of a restore, each with its part of the plan and its requests."""

from dataclasses import dataclass
from uuid import UUID

from django.db import models
from django.db.models import Case, QuerySet, Value, When
from django.shortcuts import get_object_or_404
from django.urls import reverse

from restore_safety.badges import read_back_badge
from restore_safety.models import (
    Decision,
    ItemState,
    RestoreItem,
    RestoreRun,
    RestoreWrite,
    WriteState,
)
from restore_safety.restores.follow_ups import calm_items
from restore_safety.restores.run_queries import visible_run
from restore_safety.truth.attention import ItemFact, ItemOutcome, ReasonCode, Verification
from restore_safety.wizard.pages.not_restored import NotRestored, not_restored
from restore_safety.wizard.pages.plan_changes import PlanChange, plan_changes
from tenants.graph.contracts import CONTRACTS
from tenants.models import User
from tenants.web.badges import Badge

CHANGES_IN_LIST = 8

_SENTENCES = {
    ItemState.PLANNED: "Nothing was sent for it yet.",
    ItemState.WAITING: "It waits for the tenant's approver.",
    ItemState.IN_FLIGHT: "It is being written; what came of it is not known yet.",
}
_PURPOSES = {
    "create": "Create the policy",
    "update": "Update the policy",
    "replace": "Replace the policy",
    "schedule": "Set its schedule",
    "set_part": "Write a part of it",
    "remove_part": "Remove a part of it",
    "link": "Link it to another policy",
    "unlink": "Remove a link to another policy",
    "assign": "Assign it",
    "unassign": "Remove an assignment",
    "delete": "Delete the policy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteEntry:
    """One request of the journal."""

    write: RestoreWrite

    @property
    def state(self) -> WriteState:
        return WriteState(self.write.state)

    @property
    def purpose(self) -> str:
        return _PURPOSES.get(self.write.purpose, self.write.purpose.capitalize())


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEntry:
    """One item of a run, with its part of the plan and its requests."""

    item: RestoreItem

    @property
    def outcome(self) -> ItemOutcome:
        return ItemOutcome(self.item.outcome)

    @property
    def status(self) -> ItemOutcome | ItemState:
        """The outcome once there is one; until then, how far the journal got."""
        state = ItemState(self.item.state)
        return self.outcome if state is ItemState.SETTLED else state

    @property
    def verification(self) -> Verification:
        return Verification(self.item.verification)

    @property
    def fact(self) -> ItemFact:
        """The item as the reducer knows it; without a reason it counts as not reached."""
        code = self.item.reason_code
        return ItemFact(
            outcome=self.outcome,
            verification=self.verification,
            reason=ReasonCode(code) if code else ReasonCode.RUN_INTERRUPTED,
        )

    @property
    def read_back_badge(self) -> Badge:
        return read_back_badge(self.fact)

    @property
    def read_back(self) -> str:
        """What reading back proves; of an item written in part it proves only that part."""
        if self.outcome is ItemOutcome.PARTIAL and self.verification is Verification.VERIFIED:
            return "What was written reads back as wanted; the rest is not in the tenant."
        if self.outcome is ItemOutcome.DELETED and self.verification is Verification.VERIFIED:
            return "Read back, and it is no longer in the tenant."
        return self.read_back_badge.meaning

    @property
    def type_label(self) -> str:
        return type_label(self.item.contract_key)

    @property
    def url(self) -> str:
        return reverse("restores:run-item", args=[self.item.run_id, self.item.pk])

    @property
    def sentence(self) -> str:
        return (
            self.item.sentence
            or _SENTENCES.get(ItemState(self.item.state))
            or self.outcome.sentence
        )

    @property
    def reason_label(self) -> str:
        return ReasonCode(self.item.reason_code).label if self.item.reason_code else ""

    @property
    def decision(self) -> Decision:
        return Decision(self.item.plan_item.decision)

    @property
    def changes(self) -> tuple[PlanChange, ...]:
        return plan_changes(self.item.plan_item.changes)

    @property
    def not_restored(self) -> tuple[NotRestored, ...]:
        """The members of the backup that the plan leaves out, each with its reason."""
        return not_restored(self.item.plan_item)

    @property
    def first_changes(self) -> tuple[PlanChange, ...]:
        return self.changes[:CHANGES_IN_LIST]

    @property
    def more_changes(self) -> int:
        return max(0, len(self.item.plan_item.changes) - CHANGES_IN_LIST)

    @property
    def writes(self) -> tuple[WriteEntry, ...]:
        return tuple(WriteEntry(write=write) for write in self.item.writes.all())

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        item = self.item
        return (
            ("Type", self.type_label),
            ("Reason", self.reason_label),
            ("Provider's error", item.error_code),
            ("Provider's request", item.request_id),
            ("Object in the tenant", item.target_object_id),
            ("Settled", item.settled_at),
            ("Read back", item.read_back_at),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """One item of a restore, with everything the plan and the journal hold of it."""

    run: RestoreRun
    entry: ItemEntry


def items_of(run: RestoreRun) -> QuerySet[RestoreItem]:
    """The run's items, those that need attention first."""
    return (
        run.items.select_related("plan_item")
        .prefetch_related("writes")
        .defer("plan_item__writes", "plan_item__absence")
        .annotate(is_calm=Case(When(calm_items(run), then=Value(1)), default=Value(0)))
        .order_by("is_calm", "position", "pk")
        .fetch_mode(models.FETCH_RAISE)
    )


def item_page(*, user: User, run_id: UUID, item_id: int) -> ItemPage:
    run = visible_run(user=user, run_id=run_id)
    item = get_object_or_404(items_of(run), pk=item_id)
    return ItemPage(run=run, entry=ItemEntry(item=item))


def type_label(contract_key: str) -> str:
    return CONTRACTS[contract_key].label if contract_key in CONTRACTS else contract_key
