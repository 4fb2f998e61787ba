"""The mapping editor as the scope step's page shows it."""

from dataclasses import dataclass
from datetime import datetime

from django import forms

from restore_safety.drafts.readiness import DraftStatus
from restore_safety.wizard.mapping import MappingRows
from restore_safety.wizard.mapping_editor import MappingEditor, MappingRow
from restore_safety.wizard.pages.checks import missing_groups


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingSection:
    """The rows by what they ask for, and when the names here were read."""

    management: forms.BaseForm
    rows: tuple[MappingRow, ...]
    read_at: datetime | None
    not_shown: int

    @property
    def open(self) -> list[MappingRow]:
        """Rows of objects that need a mapping or have one."""
        return [row for row in self.rows if not row.is_blank and row.needs_attention]

    @property
    def settled(self) -> list[MappingRow]:
        """Rows of objects that are here already, or come along."""
        return [row for row in self.rows if not row.is_blank and not row.needs_attention]

    @property
    def blank(self) -> list[MappingRow]:
        return [row for row in self.rows if row.is_blank]

    @property
    def is_missing(self) -> bool:
        return any(row.is_missing for row in self.rows)

    @property
    def proposals(self) -> int:
        return sum(bool(row.facts.proposal) and not row.has_entry for row in self.rows)

    @property
    def errors(self) -> list[tuple[forms.BoundField, str]]:
        return [fault for row in self.rows for fault in row.errors]


def mapping_section(
    editor: MappingEditor, rows: MappingRows, status: DraftStatus
) -> MappingSection:
    """What of the editor a page shows."""
    return MappingSection(
        management=rows.management_form,
        rows=tuple(editor.shown(rows, missing_groups(status))),
        read_at=editor.read_at,
        not_shown=editor.not_shown,
    )
