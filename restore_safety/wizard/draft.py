"""From what a step posted to the choices of a draft: here, and nowhere else."""

from collections.abc import Iterable
from typing import Any

from django import forms

from restore_safety.drafts.item_queries import ItemQuery
from restore_safety.drafts.service import ScopeChoices
from restore_safety.models import RestoreDraft
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    ScopeMode,
)
from restore_safety.wizard.forms import BackupForm, ScopeForm
from restore_safety.wizard.pages.scope import matching_items


def initial_of(draft: RestoreDraft) -> dict[str, dict[str, Any]]:
    """What the forms show first: the draft's row, so that a lost session loses nothing."""
    return {
        "backup": {"backup_set": draft.backup_set_id},
        "scope": {
            "mode": draft.mode,
            "conflict_policy": draft.conflict_policy,
            "assignment_mode": draft.assignment_mode,
            "conditional_access_state": draft.conditional_access_state,
            "include_foundations": draft.include_foundations,
        },
    }


def choices_of(form: forms.Form, *, selected: frozenset[str] | None = None) -> ScopeChoices:
    """The choices a valid step form stands for; steps of evidence choose nothing."""
    match form:
        case BackupForm():
            return ScopeChoices(backup_set=form.cleaned_data["backup_set"])
        case ScopeForm():
            return ScopeChoices(
                mode=ScopeMode(form.cleaned_data["mode"]),
                selected=selected,
                mapping=form.mapping_after,
                assignment_mode=AssignmentMode(form.cleaned_data["assignment_mode"]),
                conditional_access_state=_state_in(form),
                include_foundations=form.cleaned_data["include_foundations"],
                conflict_policy=ConflictPolicy(form.cleaned_data["conflict_policy"]),
            )
        case _:
            return ScopeChoices()


def _state_in(form: ScopeForm) -> ConditionalAccessState | None:
    """The chosen state; None where the page did not ask for it."""
    chosen = form.cleaned_data["conditional_access_state"]
    return ConditionalAccessState(chosen) if chosen else None


def selection_after(
    *,
    draft: RestoreDraft,
    action: str,
    shown: Iterable[str],
    ticked: Iterable[str],
    listed: ItemQuery,
) -> frozenset[str]:
    """The selection once the shown page's ticks and the pressed button are taken in.

    Ids that are none of the set's are left out, whoever posted them.
    """
    if action == "clear":
        return frozenset()
    own = {str(pk) for pk in matching_items(draft, ItemQuery()).values_list("pk", flat=True)}
    shown = own & frozenset(shown)
    selected = {str(pk) for pk in draft.selected_items.values_list("pk", flat=True)}
    selected = (selected - shown) | (shown & frozenset(ticked))
    if action == "select-matching":
        selected |= {str(pk) for pk in matching_items(draft, listed).values_list("pk", flat=True)}
    return frozenset(selected)
