"""What the mapping editor shows: which objects it asks about, what is here, and proposals."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms

from restore_safety.directory.lookup import DirectoryKind, DirectorySnapshot
from restore_safety.drafts.scope_references import ScopeReference, references_in
from restore_safety.models import RestoreDraft
from restore_safety.truth.references import ReferenceKind, name_in
from restore_safety.wizard.mapping import (
    MappingRowForm,
    MappingRows,
    Source,
    shown_here,
)
from tenants.models import ProviderConnection

BLANK_ROWS = 2
MORE_ROWS = 5
# As many rows as one page shows; what needs a mapping comes first.
MOST_ROWS = 300
_MOST_POSTED = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one object of the backup in this tenant."""

    name: str = ""
    policies: int = 0
    is_settled: bool = False
    is_missing: bool = False
    sentence: str = ""
    proposal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRow:
    """One row of the page; a blank one is of no object yet."""

    number: int
    form: MappingRowForm
    kind: ReferenceKind | None
    source: str
    facts: Facts
    is_missing: bool

    @property
    def is_blank(self) -> bool:
        return self.kind is None

    @property
    def title(self) -> str:
        return self.facts.name or name_in(self.source) or "Name unknown"

    @property
    def shown_id(self) -> str:
        return "" if name_in(self.source) else self.source

    @property
    def used_in(self) -> str:
        count = self.facts.policies
        if not count:
            return "not used in the saved scope"
        return "in 1 policy" if count == 1 else f"in {count} policies"

    @property
    def sentence(self) -> str:
        if self.is_missing and not self.facts.is_missing:
            return "The checks did not find it in this tenant."
        return self.facts.sentence

    @property
    def needs_attention(self) -> bool:
        """Whether the row is shown at once: settled ones without an entry stay folded."""
        return self.is_missing or not self.facts.is_settled or self.has_entry or bool(self.errors)

    @property
    def has_entry(self) -> bool:
        return bool(self.form["here"].value())

    @property
    def placeholder(self) -> str:
        return "The same object" if self.facts.is_settled else "Name or id"

    @property
    def errors(self) -> list[tuple[forms.BoundField, str]]:
        """Each fault with its field, in words that name the row."""
        return [
            (field, f"Row {self.number}, {str(field.label).lower()}: {error}")
            for field in self.form
            for error in field.errors
        ]


class MappingEditor:
    """The editor of one draft for one request."""

    def __init__(self, draft: RestoreDraft) -> None:
        self.draft = draft

    @cached_property
    def _references(self) -> dict[Source, ScopeReference]:
        return {(one.kind, one.source): one for one in references_in(self.draft)}

    @cached_property
    def _saved(self) -> dict[Source, str]:
        return {(one.kind, one.source): one.target for one in self.draft.to_truth().mapping}

    @cached_property
    def known(self) -> dict[Source, str]:
        """The objects asked about, each with its name in the backup or ""."""
        saved = dict.fromkeys(self._saved, "")
        return saved | {key: one.name for key, one in self._references.items()}

    @cached_property
    def directory(self) -> DirectorySnapshot:
        ids = {source for _, source in self.known} | set(self._saved.values())
        names = {name or name_in(source) for (_, source), name in self.known.items()}
        return DirectorySnapshot.about(self.draft.tenant, ids=ids, names=names - {""})

    @cached_property
    def read_at(self) -> datetime | None:
        """When the groups of the directory were read last; None where they never were."""
        return self.directory.synchronised_at(DirectoryKind.GROUP)

    @cached_property
    def _is_from_elsewhere(self) -> bool:
        """Whether the backup is of another tenant, or of an unknown one."""
        backup_set = self.draft.backup_set
        connection = ProviderConnection.objects.in_tenant(self.draft.tenant).first()
        if backup_set is None or connection is None or backup_set.origin_directory_id is None:
            return True
        return bool(backup_set.origin_directory_id != connection.directory_id)

    def rows(self, data: Mapping[str, Any] | None, prefix: str) -> MappingRows:
        """The rows as they were posted, or as they are saved where the page did not post any."""
        is_posted = data is not None and f"{prefix}-TOTAL_FORMS" in data
        return self._formset(data if is_posted else None, prefix, self._first_shown(), BLANK_ROWS)

    def rows_to_go_on(
        self, data: Mapping[str, Any], prefix: str, *, propose: bool
    ) -> tuple[MappingRows, int]:
        """The rows as they were entered, unchecked, with proposals filled in or more rows.

        The count is that of the proposals.
        """
        entered = list(_entered(self.rows(data, prefix)))
        filled = 0
        for row in entered if propose else ():
            proposal = self._proposal_for(row)
            if proposal and not row["here"]:
                row["here"], filled = proposal, filled + 1
        more = BLANK_ROWS if propose else MORE_ROWS
        return self._formset(None, prefix, entered, more), filled

    def shown(self, rows: MappingRows, missing: Collection[str]) -> list[MappingRow]:
        """The rows for the page, with what is known of each; `missing` are ids of groups."""
        shown = []
        for number, form in enumerate(rows.forms, 1):
            key = self._key_in(form["kind"].value(), form["source"].value())
            facts = self._facts(key) if key else Facts()
            looked_for = (self._saved.get(key) or key[1]) if key else ""
            shown.append(
                MappingRow(
                    number=number,
                    form=form,
                    kind=key[0] if key else None,
                    source=key[1] if key else "",
                    facts=facts,
                    is_missing=facts.is_missing or looked_for in missing,
                )
            )
        return shown

    @property
    def not_shown(self) -> int:
        """How many objects of the scope no row of the page asks about."""
        return max(0, len(self.known) - MOST_ROWS)

    def _formset(
        self,
        data: Mapping[str, Any] | None,
        prefix: str,
        initial: list[dict[str, str]],
        blank: int,
    ) -> MappingRows:
        made: Callable[..., MappingRows] = forms.formset_factory(  # type: ignore[assignment]
            MappingRowForm,
            formset=MappingRows,
            extra=blank,
            max_num=_MOST_POSTED,
            absolute_max=_MOST_POSTED,
        )
        return made(
            data=data,
            prefix=prefix,
            initial=None if data is not None else initial,
            tenant=self.draft.tenant,
            known=self.known,
        )

    def _first_shown(self) -> list[dict[str, str]]:
        """The objects asked about: what needs a mapping, what has one, and the rest."""
        order = sorted(self.known, key=self._order)[:MOST_ROWS]
        return [
            {
                "kind": kind.value,
                "source": source,
                "here": self._label(kind, self._saved.get((kind, source), "")),
            }
            for kind, source in order
        ]

    def _order(self, key: Source) -> tuple[int, int, str, str]:
        facts = self._facts(key)
        weight = 1 if key in self._saved else 2 if facts.is_settled else 0
        return weight, list(ReferenceKind).index(key[0]), facts.name.casefold(), key[1]

    def _label(self, kind: ReferenceKind, object_id: str) -> str:
        return shown_here(self.directory.name_of(DirectoryKind(kind.value), object_id), object_id)

    def _key_in(self, kind: object, source: object) -> Source | None:
        """The object that a row asks about; a row that is being filled in asks about none."""
        try:
            key = ReferenceKind(str(kind)), str(source)
        except ValueError:
            return None
        return key if key in self.known else None

    def _facts(self, key: Source) -> Facts:
        if key not in self._all_facts:
            self._all_facts[key] = self._worked_out(key)
        return self._all_facts[key]

    @cached_property
    def _all_facts(self) -> dict[Source, Facts]:
        return {}

    def _worked_out(self, key: Source) -> Facts:
        reference, name = self._references.get(key), self.known[key]
        of_kind = DirectoryKind(key[0].value)
        here = self.directory.name_of(of_kind, key[1])
        named = self.directory.ids_named(of_kind, name or name_in(key[1]))
        facts = Facts(name=name or here, policies=reference.policies if reference else 0)
        if reference and reference.comes_along:
            return replace(facts, is_settled=True, sentence="It is restored with this scope.")
        if here:
            return replace(facts, is_settled=True, sentence=f"The same id exists here: {here}.")
        if len(named) > 1:
            return replace(facts, sentence=f"{len(named)} objects here have this name.")
        if named:
            is_asked = self._is_from_elsewhere and key not in self._saved
            return replace(
                facts,
                is_settled=bool(name_in(key[1])),
                sentence="One object here has this name.",
                proposal=self._label(key[0], named[0]) if is_asked else "",
            )
        if self.directory.is_complete(of_kind):
            return replace(facts, is_missing=True, sentence="Nothing here has this id or name.")
        return facts

    def _proposal_for(self, row: Mapping[str, str]) -> str:
        key = self._key_in(row["kind"], row["source"])
        return self._facts(key).proposal if key else ""


def _entered(rows: MappingRows) -> Iterator[dict[str, str]]:
    for form in rows.forms:
        row = {name: str(form[name].value() or "") for name in ("kind", "source", "here")}
        if row["source"] or row["here"]:
            yield row
