"""The ledger's words: why evidence was set aside, and what to do about it."""

from typing import assert_never

from restore_safety.truth.scope import ScopeChange, ScopeField
from restore_safety.truth.words import Word


class ChangeCause(Word):
    """The closed set of causes; each sentence is the one next action."""

    SCOPE_MODE_CHANGED = (
        "scope_mode_changed",
        "Mode changed",
        "Run the checks and the preview again for the new mode.",
    )
    ITEMS_CHANGED = (
        "items_changed",
        "Items changed",
        "Run the checks and the preview again for the items now chosen.",
    )
    MAPPING_CHANGED = (
        "mapping_changed",
        "Group mapping changed",
        "Run the checks and the preview again with the new group mapping.",
    )
    ASSIGNMENTS_OPTION_CHANGED = (
        "assignments_option_changed",
        "Assignments option changed",
        "Run the checks and the preview again to see what happens to the assignments.",
    )
    CONFLICT_POLICY_CHANGED = (
        "conflict_policy_changed",
        "Conflict policy changed",
        "Run the checks and the preview again to see what happens to existing policies.",
    )
    FOUNDATIONS_OPTION_CHANGED = (
        "foundations_option_changed",
        "Foundations option changed",
        "Run the checks and the preview again to see which foundations are written.",
    )
    BACKUP_CHANGED = (
        "backup_changed",
        "Backup set changed",
        "Choose the items of the new backup set, then run the checks and the preview again.",
    )
    BACKUP_CONTENT_CHANGED = (
        "backup_content_changed",
        "Backup content changed",
        "Find out why the backup set's content differs before restoring from it.",
    )
    TENANT_CHANGED = (
        "tenant_changed",
        "Target tenant changed",
        "Run the checks and the preview again against the new tenant.",
    )
    SCOPE_RESTORED = (
        "scope_restored",
        "Scope changed back",
        "Nothing to repeat: the earlier evidence speaks for this scope again.",
    )

    @property
    def next_action(self) -> str:
        return self.sentence


def cause_of(change: ScopeChange) -> ChangeCause:  # noqa: PLR0911 -- one flat line per field
    match change.field:
        case ScopeField.TENANT:
            return ChangeCause.TENANT_CHANGED
        case ScopeField.BACKUP_SET:
            return ChangeCause.BACKUP_CHANGED
        case ScopeField.BACKUP_DIGEST:
            return ChangeCause.BACKUP_CONTENT_CHANGED
        case ScopeField.MODE:
            return ChangeCause.SCOPE_MODE_CHANGED
        case ScopeField.ITEMS:
            return ChangeCause.ITEMS_CHANGED
        case ScopeField.GROUP_MAPPING:
            return ChangeCause.MAPPING_CHANGED
        case ScopeField.INCLUDE_ASSIGNMENTS:
            return ChangeCause.ASSIGNMENTS_OPTION_CHANGED
        case ScopeField.CONFLICT_POLICY:
            return ChangeCause.CONFLICT_POLICY_CHANGED
        case ScopeField.INCLUDE_FOUNDATIONS:
            return ChangeCause.FOUNDATIONS_OPTION_CHANGED
        case _:
            assert_never(change.field)
