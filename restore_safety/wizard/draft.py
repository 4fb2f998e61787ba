"""From what a step posted to the choices of a draft: here, and nowhere else."""

from collections.abc import Iterable
from typing import Any

from django import forms

from restore_safety.drafts import ScopeChoices
from restore_safety.models import RestoreDraft
from restore_safety.selectors.item_queries import ItemQuery
from restore_safety.selectors.scope_step import matching_items
from restore_safety.truth.scope import ConflictPolicy, ScopeMode
from restore_safety.wizard.forms import MAPPING_PREFIX, BackupForm, ScopeForm


def initial_of(draft: RestoreDraft) -> dict[str, dict[str, Any]]:
    """What the forms show first: the draft's row, so that a lost session loses nothing."""
    return {
        "backup": {"backup_set": draft.backup_set_id},
        "scope": {
            "mode": draft.mode,
            "conflict_policy": draft.conflict_policy,
            "include_assignments": draft.include_assignments,
            "include_foundations": draft.include_foundations,
        }
        | {f"{MAPPING_PREFIX}{source}": target for source, target in draft.group_mapping.items()},
    }


def choices_of(
    form: forms.Form, *, draft: RestoreDraft, selected: frozenset[str] | None = None
) -> ScopeChoices:
    """The choices a valid step form stands for; steps of evidence choose nothing."""
    match form:
        case BackupForm():
            return ScopeChoices(backup_set=form.cleaned_data["backup_set"])
        case ScopeForm():
            return ScopeChoices(
                mode=ScopeMode(form.cleaned_data["mode"]),
                selected=selected,
                # A group the posted page did not ask about keeps its mapping.
                group_mapping=draft.group_mapping | form.posted_mapping,
                include_assignments=form.cleaned_data["include_assignments"],
                include_foundations=form.cleaned_data["include_foundations"],
                conflict_policy=ConflictPolicy(form.cleaned_data["conflict_policy"]),
            )
        case _:
            return ScopeChoices()


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
