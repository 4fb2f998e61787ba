"""What moved in a scope, in names people know instead of ids."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from restore_safety.models import BackupItem, BackupSet, DraftChange
from restore_safety.truth.ledger import ChangeCause
from restore_safety.truth.scope import ScopeChange, ScopeField
from tenants.models import Tenant

NAMES_SHOWN = 10
_GROUP_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEntry:
    """One field that moved; what came and went is named as far as it is still known."""

    field: ScopeField
    before: str
    after: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        is_mapping = self.field is ScopeField.GROUP_MAPPING
        words = ("Mapped", "No longer mapped") if is_mapping else ("Came in", "Went out")
        named = zip(words, (self.added, self.removed), strict=True)
        return tuple(f"{word}: {_listed(names)}." for word, names in named if names)

    @property
    def moved(self) -> str:
        """Before → after; a mapping that is written with arrows itself says so in words."""
        if "→" in self.before + self.after:
            return f"{self.after} (before: {self.before})"
        return f"{self.before} → {self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One line of the ledger: what moved, by whom, when, and what it asked for."""

    change: ChangeEntry
    cause: ChangeCause
    actor: str
    at: datetime


def named_changes(*, tenant: Tenant, changes: Iterable[ScopeChange]) -> tuple[ChangeEntry, ...]:
    """What moved between the scope that was captured and the one now."""
    changes = tuple(changes)
    entries = [
        ChangeEntry(
            field=change.field,
            before=change.before,
            after=change.after,
            added=change.added,
            removed=change.removed,
        )
        for change in changes
    ]
    return _named(tenant, entries)


def ledger_entries(*, tenant: Tenant, rows: Iterable[DraftChange]) -> tuple[LedgerEntry, ...]:
    """The ledger's rows in words."""
    rows = tuple(rows)
    entries = [
        ChangeEntry(field=ScopeField(row.field), before=row.before, after=row.after) for row in rows
    ]
    return tuple(
        LedgerEntry(
            change=change,
            cause=ChangeCause(row.cause),
            actor=str(row.actor or "Somebody"),
            at=row.at,
        )
        for row, change in zip(rows, _named(tenant, entries), strict=True)
    )


def group_names(*, tenant: Tenant, ids: Iterable[str]) -> Mapping[str, str]:
    """The names of these groups, as far as a backup of the tenant knows them."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    knowing = BackupItem.objects.in_tenant(tenant).filter(group_names__has_any_keys=wanted)
    found = knowing.order_by().values_list("group_names", flat=True).distinct()
    return {one: names[one] for names in found for one in wanted if names.get(one)}


def _named(tenant: Tenant, entries: Iterable[ChangeEntry]) -> tuple[ChangeEntry, ...]:
    """The entries with names instead of ids, of sets, of policies and of groups."""
    entries = tuple(entries)
    sets = _set_names(tenant, (one for one in entries if one.field is ScopeField.BACKUP_SET))
    items = _item_names(tenant, (one for one in entries if one.field is ScopeField.ITEMS))
    mapped = [one for one in entries if one.field is ScopeField.GROUP_MAPPING]
    groups = group_names(
        tenant=tenant, ids=_GROUP_ID.findall(" ".join(map(_everything_said, mapped)))
    )
    return tuple(_with_names(one, sets, items, groups) for one in entries)


def _with_names(
    entry: ChangeEntry,
    sets: Mapping[str, str],
    items: Mapping[str, str],
    groups: Mapping[str, str],
) -> ChangeEntry:
    def named(text: str) -> str:
        match entry.field:
            case ScopeField.BACKUP_SET:
                return sets.get(text, text)
            case ScopeField.ITEMS:
                return items.get(text, text)
            case ScopeField.GROUP_MAPPING:
                return _GROUP_ID.sub(lambda found: groups.get(found[0], found[0]), text)
            case _:
                return text

    return replace(
        entry,
        before=named(entry.before),
        after=named(entry.after),
        added=tuple(map(named, entry.added)),
        removed=tuple(map(named, entry.removed)),
    )


def _everything_said(entry: ChangeEntry) -> str:
    return " ".join((entry.before, entry.after, *entry.added, *entry.removed))


def _set_names(tenant: Tenant, entries: Iterable[ChangeEntry]) -> Mapping[str, str]:
    ids = {text for one in entries for text in (one.before, one.after) if _is_id(text)}
    if not ids:
        return {}
    sets = BackupSet.objects.in_tenant(tenant).filter(pk__in=ids).order_by()
    return {str(pk): f"“{label}”" for pk, label in sets.values_list("pk", "label")}


def _item_names(tenant: Tenant, entries: Iterable[ChangeEntry]) -> Mapping[str, str]:
    ids = {text for one in entries for text in (*one.added, *one.removed) if _is_id(text)}
    if not ids:
        return {}
    items = BackupItem.objects.in_tenant(tenant).filter(pk__in=ids).order_by()
    return {str(pk): name for pk, name in items.values_list("pk", "name")}


def _listed(names: tuple[str, ...]) -> str:
    shown, more = sorted(names)[:NAMES_SHOWN], len(names) - NAMES_SHOWN
    return f"{', '.join(shown)} and {more} more" if more > 0 else ", ".join(shown)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
