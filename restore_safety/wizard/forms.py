"""One form per step: they clean and explain what was entered, and save nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from restore_safety.drafts import service as drafts
from restore_safety.drafts.readiness import Acknowledgement
from restore_safety.execution.confirmation import OVERRIDE_REASON_LENGTH, REASON_LENGTH
from restore_safety.models import BackupSet
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    ScopeMode,
)
from restore_safety.truth.words import Word
from restore_safety.wizard.mapping import MAPPING_PREFIX
from restore_safety.wizard.mapping_editor import MappingEditor
from tenants.change_windows.forms import LocalTimeField, TimeZoneField
from tenants.models import Tenant

_SAY_WHY = (
    f"Say why this restore is done, or name the change request, in at most {REASON_LENGTH} letters."
)


_FIXED_IN_AN_UNDO = (
    "conflict_policy",
    "assignment_mode",
    "conditional_access_state",
    "include_foundations",
)


@dataclass(frozen=True, slots=True)
class Option:
    """One way to answer a question, with what it would mean."""

    widget: forms.boundfield.BoundWidget
    meaning: str


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
        ).restorable()


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

    def __init__(self, *args: Any, editor: MappingEditor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held = editor.draft.mapping
        self.is_undo = editor.draft.undoes_id is not None
        if self.is_undo:
            # What was posted for these is not read: they stay as the draft has them.
            for name in _FIXED_IN_AN_UNDO:
                self.fields[name].disabled = True
        self.mapping = editor.rows(self.data if self.is_bound else None, self.mapping_prefix)

    @property
    def mapping_prefix(self) -> str:
        return self.add_prefix(MAPPING_PREFIX)

    def is_valid(self) -> bool:
        rows_are_valid = not self.mapping.is_bound or self.mapping.is_valid()
        return super().is_valid() and rows_are_valid

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for error in self.mapping.non_form_errors() if self.mapping.is_bound else ():
            self.add_error(None, error)
        try:
            drafts.confirm_storable(self.mapping_after)
        except drafts.MappingRefusedError as error:
            self.add_error(None, str(error))
        return cleaned

    @property
    def mapping_after(self) -> dict[ReferenceKind, dict[str, str]]:
        """The saved mapping with what the rows say; an object no row is of keeps its mapping."""
        after = {kind: dict(self._held.get(kind.value, {})) for kind in ReferenceKind}
        if self.mapping.is_bound and self.mapping.is_valid():
            for (kind, source), target in self.mapping.entries.items():
                after[kind][source] = target
        return after

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

    def _options(self, name: str, words: type[Word]) -> list[Option]:
        return [
            Option(widget, word.sentence)
            for widget, word in zip(self[name].subwidgets, words, strict=True)
        ]


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
    freeze_override = forms.CharField(
        required=False,
        max_length=OVERRIDE_REASON_LENGTH,
        label="Reason for overriding the change windows",
        help_text="For this restore alone. It is shown with the restore for ever.",
    )

    starts = LocalTimeField(
        required=False,
        label="Start at",
        help_text="Empty: as soon as a worker is free. Everything is proven again at the start.",
    )
    starts_zone = TimeZoneField(
        required=False,
        label="Time zone of the start",
    )
    break_glass = forms.CharField(
        required=False,
        max_length=OVERRIDE_REASON_LENGTH,
        label="Reason for starting without approval",
    )
    break_glass_name = forms.CharField(
        required=False,
        max_length=200,
        label="Type the tenant's name once more",
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
