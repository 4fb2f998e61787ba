"""What the pages of a backup set and of a policy in it show, in a fixed number of queries."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse

from restore_safety.backups.deleting import reason_to_keep
from restore_safety.backups.meanwhile import meanwhile_of
from restore_safety.backups.summary import counts_by_type, tally_of, unread_in
from restore_safety.backups.unread import Unread
from restore_safety.models import BackupItem, BackupSet, BackupSource, Severity
from restore_safety.policies.completeness import Completeness, Wholeness
from restore_safety.policies.secrets import without_secrets
from tenants.access.service import capabilities_of
from tenants.graph.contracts import CONTRACTS, SUBJECTS
from tenants.graph.references import NAME_PREFIX
from tenants.models import ProviderConnection, User
from tenants.models.capabilities import Capability

_ALL_DEVICES = "#microsoft.graph.allDevicesAssignmentTarget"
_ALL_USERS = "#microsoft.graph.allLicensedUsersAssignmentTarget"
_EXCLUSION = "#microsoft.graph.exclusionGroupAssignmentTarget"
_MISSED = "It is not in this backup, or not all of it: a restore cannot bring it back."
_HARMLESS = "It was left aside; no policy is lost by it."


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeCount:
    label: str
    count: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What was left out for one reason, as a finding."""

    severity: Severity
    title: str
    why: str
    remedy: str = ""
    subjects: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPage:
    """A backup set as one viewer sees it."""

    backup_set: BackupSet
    connected_directory: str
    counts: Mapping[str, int]
    wholeness: Mapping[Wholeness, int]
    capabilities: frozenset[Capability]
    in_use: str

    @property
    def source(self) -> BackupSource:
        return BackupSource(self.backup_set.source)

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        kept = self.backup_set
        return (
            ("Tenant", kept.tenant.name),
            ("Source", self.source),
            ("Origin", self.origin),
            ("Taken", kept.captured_at),
            ("Taken by", str(kept.created_by) if kept.created_by else "The command line"),
            ("Policies", f"{kept.item_count:,}"),
            *self._found,
            ("Digest", kept.digest),
        )

    @property
    def _found(self) -> tuple[tuple[str, object], ...]:
        tally = tally_of(self.backup_set)
        # How many policies a type has that a capture could not list is not known.
        if self.source is not BackupSource.IMPORTED or not tally.missed:
            return ()
        return (("Found in the files", f"{tally.found:,}, of which {tally.missed:,} not read"),)

    @property
    def caution(self) -> str:
        """What makes the set doubtful as a whole; "" when nothing does."""
        return meanwhile_of(self.backup_set)

    @property
    def origin(self) -> str:
        """Whether the ids in the set mean anything in this tenant."""
        origin = self.backup_set.origin_directory_id
        if origin is None:
            return "Unknown: the files do not say which tenant they came from"
        if str(origin) == self.connected_directory:
            return f"This tenant ({origin})"
        return f"Another tenant ({origin})"

    @property
    def types(self) -> tuple[TypeCount, ...]:
        address = reverse("backups:set-detail", args=[self.backup_set.pk])
        return tuple(
            TypeCount(
                label=CONTRACTS[key].plural if key in CONTRACTS else key,
                count=self.counts[key],
                url=f"{address}?type={key}#policies",
            )
            for key in self._keys
        )

    @property
    def subjects(self) -> tuple[tuple[str, tuple[TypeCount, ...]], ...]:
        """The types in the set by subject, in the order of the page of policy types."""
        by_key = dict(zip(self._keys, self.types, strict=True))
        grouped = [
            (label, tuple(by_key.pop(one.key) for one in contracts if one.key in by_key))
            for label, contracts in SUBJECTS
        ]
        grouped.append(("Other", tuple(by_key.values())))
        return tuple((label, types) for label, types in grouped if types)

    @property
    def _keys(self) -> list[str]:
        known = [key for key in CONTRACTS if key in self.counts]
        return known + sorted(self.counts.keys() - set(known))

    @property
    def wholeness_counts(self) -> tuple[tuple[Wholeness, int], ...]:
        return tuple((kind, self.wholeness[kind]) for kind in Wholeness if kind in self.wholeness)

    @property
    def not_imported(self) -> tuple[LeftOut, ...]:
        """Everything that is not in the set, by reason; what was no policy at all comes last."""
        by_reason: dict[tuple[bool, str], list[str]] = {}
        for entry in unread_in(self.backup_set):
            reason, name = _reason_and_name(entry)
            by_reason.setdefault((not entry.matters, reason), []).append(name)
        return tuple(
            LeftOut(
                severity=Severity.INFO if harmless else Severity.WARNING,
                title=reason[:1].upper() + reason[1:],
                why=_HARMLESS if harmless else _MISSED,
                subjects=tuple({"name": name} for name in names),
            )
            for (harmless, reason), names in sorted(by_reason.items())
        )

    @property
    def restore_denial(self) -> str:
        held = Capability.PREPARE_RESTORE in self.capabilities
        return "" if held else Capability.PREPARE_RESTORE.denial

    @property
    def delete_denial(self) -> str:
        """Why the set cannot be deleted now; "" when it can."""
        if Capability.MANAGE_RESTORES not in self.capabilities:
            return Capability.MANAGE_RESTORES.denial
        return self.in_use


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """One policy of a backup set: what is kept of it, with its secrets hidden."""

    item: BackupItem
    completeness: Completeness

    @property
    def type_label(self) -> str:
        key = self.item.contract_key
        return CONTRACTS[key].label if key in CONTRACTS else key

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        return (
            ("Type", self.type_label),
            ("Id where it came from", self.item.object_id or "Not in the file"),
            ("OData type", self.item.odata_type or "Not stated"),
            ("Captured", self.completeness.wholeness),
            ("Digest", self.item.digest),
            ("Digest of its content", self.item.payload.digest),
        )

    @property
    def shown(self) -> Any:
        """What is kept of its content, as far as a page shows it."""
        return without_secrets(self.item.payload.content)

    @property
    def content(self) -> str:
        return json.dumps(self.shown, indent=2, ensure_ascii=False)

    @property
    def no_assignments(self) -> str:
        contract = CONTRACTS.get(self.item.contract_key)
        if contract is not None and contract.unassigned:
            return f"{contract.plural} have no assignments of their own."
        return "None: it was not assigned to anyone."

    @property
    def audiences(self) -> tuple[str, ...]:
        names = self.item.group_names
        return tuple(_audience(entry, names) for entry in self.item.assignments or ())


def set_page(*, backup_set: BackupSet, viewer: User) -> SetPage:
    facts = BackupItem.objects.filter(backup_set=backup_set).values_list("completeness", flat=True)
    connected = ProviderConnection.objects.in_tenant(backup_set.tenant)
    return SetPage(
        backup_set=backup_set,
        connected_directory=str(connected.values_list("directory_id", flat=True).first()),
        counts=counts_by_type(backup_set),
        wholeness=Counter(Completeness.from_json(entry).wholeness for entry in facts),
        capabilities=capabilities_of(viewer, backup_set.tenant),
        in_use=reason_to_keep(backup_set),
    )


def item_page(*, item_id: Any, viewer: User) -> ItemPage:
    visible = BackupItem.objects.visible_to(viewer)
    item = get_object_or_404(visible.select_related("payload", "backup_set__tenant"), pk=item_id)
    return ItemPage(item=item, completeness=Completeness.from_json(item.completeness))


def _reason_and_name(entry: Unread) -> tuple[str, str]:
    """The reason an entry is left out, and its name; of a duplicate the name says of what."""
    if not entry.duplicate_of:
        return entry.reason, entry.name
    name = f"{entry.name} (the same policy as “{entry.duplicate_of}”, which was imported)"
    return "duplicates of policies that were imported", name


def _audience(assignment: Mapping[str, Any], names: Mapping[str, str]) -> str:
    target = assignment.get("target")
    if not isinstance(target, Mapping):
        return "An audience this product does not know"
    group = target.get("groupId")
    kind = target.get("@odata.type")
    if kind == _ALL_DEVICES:
        audience = "All devices"
    elif kind == _ALL_USERS:
        audience = "All users"
    elif isinstance(group, str):
        audience = _group(group, names)
    else:
        audience = str(kind or "An audience this product does not know")
    return f"Excluded: {audience}" if kind == _EXCLUSION else audience


def _group(group: str, names: Mapping[str, str]) -> str:
    if group.startswith(NAME_PREFIX):
        return f"Group “{group.removeprefix(NAME_PREFIX)}”, known by its name only"
    return f"{names[group]} ({group})" if group in names else f"Group {group}"
