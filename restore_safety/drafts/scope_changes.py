"""What moved in a scope, in names people know instead of ids."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import FETCH_RAISE
from django.urls import reverse

from restore_safety.drafts.service import EvidenceStatus
from restore_safety.models import (
    BackupItem,
    BackupSet,
    CapturedEvidence,
    DraftChange,
    RestoreDraft,
)
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.ledger import ChangeCause
from restore_safety.truth.mapping import MappingEntry
from restore_safety.truth.scope import ScopeChange, ScopeField
from restore_safety.truth.scope_words import entries_in, entry_in_words, in_words
from tenants.guids import is_guid
from tenants.models import Tenant

NAMES_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEntry:
    """One field that moved; what came and went is named as far as it is still known."""

    field: ScopeField
    before: str
    after: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    actor: str = ""
    at: datetime | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        is_mapping = self.field is ScopeField.MAPPING
        words = ("Mapped", "No longer mapped") if is_mapping else ("Came in", "Went out")
        named = zip(words, (self.added, self.removed), strict=True)
        return tuple(f"{word}: {_listed(names)}." for word, names in named if names)

    @property
    def moved(self) -> str:
        """Before → after; a mapping that is written with arrows itself says so in words."""
        if self.field is ScopeField.MAPPING:
            return f"{self.after} (before: {self.before})"
        return f"{self.before} → {self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLink:
    """A capture, and where it can be read."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One line of the ledger: what changed, who changed it, when, and what it asked for."""

    change: ChangeEntry
    cause: ChangeCause
    actor: str
    at: datetime
    set_aside: tuple[EvidenceLink, ...] = ()
    returning: tuple[EvidenceLink, ...] = ()


def named_changes(
    *, tenant: Tenant, changes: Iterable[ScopeChange], rows: Iterable[DraftChange] = ()
) -> tuple[ChangeEntry, ...]:
    """What moved between two scopes; the ledger's rows, newest first, say who did it and when."""
    newest: dict[ScopeField, DraftChange] = {}
    for row in rows:
        newest.setdefault(ScopeField(row.field), row)
    changes = tuple(changes)
    traced = [newest.get(change.field) for change in changes]
    return tuple(
        replace(
            entry,
            actor=str(row.actor or "A former member") if row else "",
            at=row.at if row else None,
        )
        for entry, row in zip(_named(tenant, changes), traced, strict=True)
    )


def changes_since(*, draft: RestoreDraft, status: EvidenceStatus) -> tuple[ChangeEntry, ...]:
    """How the scope differs from the one this evidence speaks for, and who moved it."""
    captured, changes = status.captured, status.integrity.changes
    if captured is None or not changes:
        return ()
    rows = draft.changes.filter(at__gte=captured.started_at).select_related("actor")
    return named_changes(tenant=draft.tenant, changes=changes, rows=rows.fetch_mode(FETCH_RAISE))


def ledger_entries(
    *,
    tenant: Tenant,
    rows: Iterable[DraftChange],
    evidence: Iterable[CapturedEvidence] = (),
) -> tuple[LedgerEntry, ...]:
    """The ledger's rows in words, newest first; with evidence, what each save did to it."""
    rows, complete = tuple(rows), tuple(evidence)
    changes = [
        ScopeChange(field=ScopeField(row.field), before=row.before, after=row.after) for row in rows
    ]
    # One save may move several fields: what it did to the evidence is shown once.
    first = {(row.at, row.fingerprint_before, row.fingerprint_after): row for row in reversed(rows)}
    shown = {id(row) for row in first.values()}
    return tuple(
        LedgerEntry(
            change=change,
            cause=ChangeCause(row.cause),
            actor=str(row.actor or "A former member"),
            at=row.at,
            set_aside=_links(complete, row.fingerprint_before, row.at) if id(row) in shown else (),
            returning=_links(complete, row.fingerprint_after, row.at) if id(row) in shown else (),
        )
        for row, change in zip(rows, _named(tenant, changes), strict=True)
    )


def _links(
    complete: Iterable[CapturedEvidence], fingerprint: str, by_then: datetime
) -> tuple[EvidenceLink, ...]:
    """What spoke for the scope with this fingerprint by then, the newest of each kind."""
    newest = {
        one.kind: one
        for one in sorted(complete, key=lambda one: one.started_at)
        if one.fingerprint == fingerprint and one.completed_at and one.completed_at <= by_then
    }
    return tuple(
        EvidenceLink(label=kind.label, url=evidence_url(newest[kind]))
        for kind in EvidenceKind
        if kind in newest
    )


def evidence_url(captured: CapturedEvidence) -> str:
    """Where this one capture can be read, whatever became of the scope since."""
    return reverse("restores:draft-evidence", args=[captured.draft_id, captured.pk])


def object_names(*, tenant: Tenant, ids: Iterable[str]) -> Mapping[str, str]:
    """The names of the objects with these guids, as far as a backup of the tenant knows them."""
    wanted = sorted({one for one in ids if is_guid(one)})
    if not wanted:
        return {}
    held = BackupItem.objects.in_tenant(tenant).order_by()
    items = held.filter(object_id__in=wanted).values_list("object_id", "name").distinct()
    return {**dict(items), **group_names(tenant=tenant, ids=wanted)}


def group_names(*, tenant: Tenant, ids: Iterable[str]) -> Mapping[str, str]:
    """The names of these groups, as far as a backup of the tenant knows them."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    knowing = BackupItem.objects.in_tenant(tenant).filter(group_names__has_any_keys=wanted)
    found = knowing.order_by().values_list("group_names", flat=True).distinct()
    return {one: names[one] for names in found for one in wanted if names.get(one)}


def _named(tenant: Tenant, changes: Iterable[ScopeChange]) -> tuple[ChangeEntry, ...]:
    """The changes in words, with names instead of ids as far as they are known."""
    changes = tuple(changes)
    names = {
        ScopeField.TARGET: {str(tenant.pk): tenant.name},
        ScopeField.BACKUP_SET: _set_names(tenant, _of(ScopeField.BACKUP_SET, changes)),
        ScopeField.ITEMS: _item_names(tenant, _of(ScopeField.ITEMS, changes)),
        ScopeField.MAPPING: _mapped_names(tenant, _of(ScopeField.MAPPING, changes)),
    }
    return tuple(_in_words(one, names.get(one.field, {})) for one in changes)


def _of(field: ScopeField, changes: Iterable[ScopeChange]) -> tuple[ScopeChange, ...]:
    return tuple(one for one in changes if one.field is field)


def _in_words(change: ScopeChange, names: Mapping[str, str]) -> ChangeEntry:
    def named(member: str | MappingEntry) -> str:
        if isinstance(member, MappingEntry):
            return entry_in_words(member, names)
        return names.get(member, member)

    return ChangeEntry(
        field=change.field,
        before=in_words(change.field, change.before, names),
        after=in_words(change.field, change.after, names),
        added=tuple(map(named, change.added)),
        removed=tuple(map(named, change.removed)),
    )


def _mapped_names(tenant: Tenant, changes: Iterable[ScopeChange]) -> Mapping[str, str]:
    entries = [
        entry
        for one in changes
        for entry in (*entries_in(one.before), *entries_in(one.after), *one.added, *one.removed)
        if isinstance(entry, MappingEntry)
    ]
    return object_names(
        tenant=tenant, ids={text for one in entries for text in (one.source, one.target)}
    )


def _set_names(tenant: Tenant, changes: Iterable[ScopeChange]) -> Mapping[str, str]:
    ids = {fact for one in changes for fact in (one.before, one.after) if is_guid(fact)}
    if not ids:
        return {}
    sets = BackupSet.objects.in_tenant(tenant).filter(pk__in=ids).order_by()
    return {str(pk): f"“{label}”" for pk, label in sets.values_list("pk", "label")}


def _item_names(tenant: Tenant, changes: Iterable[ScopeChange]) -> Mapping[str, str]:
    ids = {member for one in changes for member in (*one.added, *one.removed) if is_guid(member)}
    if not ids:
        return {}
    items = BackupItem.objects.in_tenant(tenant).filter(pk__in=ids).order_by()
    return {str(pk): name for pk, name in items.values_list("pk", "name")}


def _listed(names: tuple[str, ...]) -> str:
    shown, more = sorted(names)[:NAMES_SHOWN], len(names) - NAMES_SHOWN
    return f"{', '.join(shown)} and {more} more" if more > 0 else ", ".join(shown)
