"""One form per step: they clean and explain what was entered, and save nothing."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from restore_safety.execution.gate import REASON_LENGTH
from restore_safety.execution.readiness import Acknowledgement
from restore_safety.models import BackupSet
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    ScopeMode,
)
from restore_safety.truth.words import Word
from tenants.models import Tenant

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
MAPPING_PREFIX = "group-"
_SAY_WHY = (
    f"Say why this restore is done, or name the change request, in at most {REASON_LENGTH} letters."
)


@dataclass(frozen=True, slots=True)
class Option:
    """One way to answer a question, with what it would mean."""

    widget: forms.boundfield.BoundWidget
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRow:
    """One group to map: whether it is missing here, and what it is mapped to by name."""

    field: forms.BoundField
    is_missing: bool
    mapped_to: str

    @property
    def placeholder(self) -> str:
        return "Object id of a group here" if self.is_missing else "The same group"

    @property
    def missing_sentence(self) -> str:
        if not self.is_missing:
            return ""
        if self.mapped_to:
            return f"{self.mapped_to}, which it is mapped to, does not exist in this tenant."
        return "It does not exist in this tenant."


class BackupForm(forms.Form):
    """Which backup set to restore from."""

    backup_set = forms.ModelChoiceField(
        queryset=BackupSet.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Choose the backup set to restore from.",
            "invalid_choice": "That backup set does not exist in this tenant any more. "
            "Choose another.",
        },
    )

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["backup_set"].queryset = BackupSet.objects.in_tenant(  # type: ignore[attr-defined]
            tenant
        )


class ScopeForm(forms.Form):
    """What of the set is restored, and how; the items' ticks are posted beside it."""

    mode = forms.ChoiceField(
        label="Which policies",
        choices=[(mode.value, mode.label) for mode in ScopeMode],
        widget=forms.RadioSelect,
    )
    conflict_policy = forms.ChoiceField(
        label="When a policy already exists",
        choices=[(policy.value, policy.label) for policy in ConflictPolicy],
        widget=forms.RadioSelect,
    )
    assignment_mode = forms.ChoiceField(
        label="Assignments",
        choices=[(mode.value, mode.label) for mode in AssignmentMode],
        widget=forms.RadioSelect,
    )
    conditional_access_state = forms.ChoiceField(
        label="State of conditional access policies",
        choices=[(state.value, state.label) for state in ConditionalAccessState],
        widget=forms.RadioSelect,
        # Asked only where the backup holds such policies.
        required=False,
    )
    include_foundations = forms.BooleanField(
        required=False,
        label="Include foundations",
        help_text="Scope tags and assignment filters come along.",
    )

    def __init__(self, *args: Any, groups: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group_id, name in groups:
            self.fields[f"{MAPPING_PREFIX}{group_id}"] = forms.CharField(
                required=False,
                label=name or "Group of unknown name",
                help_text=group_id,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in self._mapping_fields():
            value = str(cleaned.get(name, "")).strip()
            if value and not GUID.fullmatch(value):
                self.add_error(
                    name,
                    "Enter the object id of a group in the target tenant, like "
                    "6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c, or leave it empty.",
                )
        return cleaned

    @property
    def modes(self) -> list[Option]:
        return self._options("mode", ScopeMode)

    @property
    def conflict_policies(self) -> list[Option]:
        return self._options("conflict_policy", ConflictPolicy)

    @property
    def assignment_modes(self) -> list[Option]:
        return self._options("assignment_mode", AssignmentMode)

    @property
    def conditional_access_states(self) -> list[Option]:
        return self._options("conditional_access_state", ConditionalAccessState)

    def mapping_rows(
        self, *, saved: Mapping[str, str], missing: Collection[str], names: Mapping[str, str]
    ) -> list[MappingRow]:
        """The groups asked about, those that are missing in the tenant first."""
        rows = []
        for name in self._mapping_fields():
            source = name.removeprefix(MAPPING_PREFIX)
            target = saved.get(source, "")
            rows.append(
                MappingRow(
                    field=self[name],
                    is_missing=(target or source) in missing,
                    mapped_to=names.get(target, target),
                )
            )
        return sorted(rows, key=lambda row: not row.is_missing)

    @property
    def posted_mapping(self) -> dict[str, str]:
        """Group id in the backup to the id that stands for it here; "" takes a mapping back."""
        return {
            name.removeprefix(MAPPING_PREFIX): self.cleaned_data[name].strip().lower()
            for name in self._mapping_fields()
            if self.add_prefix(name) in self.data
        }

    def _options(self, name: str, words: type[Word]) -> list[Option]:
        return [
            Option(widget, word.sentence)
            for widget, word in zip(self[name].subwidgets, words, strict=True)
        ]

    def _mapping_fields(self) -> list[str]:
        return [name for name in self.fields if name.startswith(MAPPING_PREFIX)]


class EvidenceForm(forms.Form):
    """Checks and preview are captured, not filled in; going on needs no answer."""


class ConfirmForm(forms.Form):
    """The hard confirmation of a restore; a dry run needs none of it."""

    offer = forms.CharField(widget=forms.HiddenInput)
    acknowledged = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Acknowledge each of these by itself",
    )
    reason = forms.CharField(
        required=False,
        max_length=REASON_LENGTH,
        label="Reason or change reference",
        help_text="Kept with the restore, and read by auditors.",
        error_messages={"max_length": _SAY_WHY},
    )
    typed_name = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(
        self, *args: Any, acknowledgements: Iterable[Acknowledgement], tenant: Tenant, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._tenant_name = tenant.name
        choices = [(one.key, one.sentence) for one in acknowledgements]
        self.fields["acknowledged"].choices = choices  # type: ignore[attr-defined]
        self.fields["typed_name"].label = f"Type the tenant's name: {tenant.name}"

    def open_conditions(self) -> Iterator[tuple[str, str]]:
        """What a real restore still asks for, field by field; the gate decides, this explains."""
        errors = self.errors  # asking for them is what cleans
        total = len(self.fields["acknowledged"].choices)  # type: ignore[attr-defined]
        missing = total - len(self.cleaned_data.get("acknowledged", ()))
        if missing:
            verb = "is" if missing == 1 else "are"
            yield (
                "acknowledged",
                f"Acknowledge each warning by itself: {missing} of {total} {verb} still open.",
            )
        if not self.cleaned_data.get("reason") and "reason" not in errors:
            yield "reason", _SAY_WHY
        if self.cleaned_data.get("typed_name") != self._tenant_name:
            yield (
                "typed_name",
                f"Type the tenant's name exactly as it is written: {self._tenant_name}",
            )
