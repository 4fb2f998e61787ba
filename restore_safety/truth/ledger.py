"""The ledger's words: why evidence was set aside, and what to do about it."""

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
        "Mapping changed",
        "Run the checks and the preview again with the new mapping.",
    )
    ASSIGNMENTS_OPTION_CHANGED = (
        "assignments_option_changed",
        "Assignments option changed",
        "Run the checks and the preview again to see what happens to the assignments.",
    )
    CONDITIONAL_ACCESS_STATE_CHANGED = (
        "conditional_access_state_changed",
        "Conditional access state changed",
        "Run the checks and the preview again to see the state the policies are written with.",
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
    UNDONE_RESTORE_CHANGED = (
        "undone_restore_changed",
        "Undone restore changed",
        "Run the checks and the preview again for what is undone now.",
    )
    SCOPE_RESTORED = (
        "scope_restored",
        "Scope changed back",
        "Nothing to repeat: the earlier evidence speaks for this scope again.",
    )

    @property
    def next_action(self) -> str:
        return self.sentence


_CAUSES = {
    ScopeField.TARGET: ChangeCause.TENANT_CHANGED,
    ScopeField.BACKUP_SET: ChangeCause.BACKUP_CHANGED,
    ScopeField.BACKUP_DIGEST: ChangeCause.BACKUP_CONTENT_CHANGED,
    ScopeField.MODE: ChangeCause.SCOPE_MODE_CHANGED,
    ScopeField.ITEMS: ChangeCause.ITEMS_CHANGED,
    ScopeField.MAPPING: ChangeCause.MAPPING_CHANGED,
    ScopeField.ASSIGNMENT_MODE: ChangeCause.ASSIGNMENTS_OPTION_CHANGED,
    ScopeField.CONDITIONAL_ACCESS_STATE: ChangeCause.CONDITIONAL_ACCESS_STATE_CHANGED,
    ScopeField.CONFLICT_POLICY: ChangeCause.CONFLICT_POLICY_CHANGED,
    ScopeField.INCLUDE_FOUNDATIONS: ChangeCause.FOUNDATIONS_OPTION_CHANGED,
    ScopeField.UNDOES: ChangeCause.UNDONE_RESTORE_CHANGED,
}


def cause_of(change: ScopeChange) -> ChangeCause:
    """Why evidence was set aside, by the field that moved."""
    return _CAUSES[change.field]
