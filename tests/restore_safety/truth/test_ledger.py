import pytest

from restore_safety.truth.ledger import ChangeCause, cause_of
from restore_safety.truth.scope import ScopeChange, ScopeField

CAUSES = {
    "target": "tenant_changed",
    "backup_set": "backup_changed",
    "backup_digest": "backup_content_changed",
    "mode": "scope_mode_changed",
    "items": "items_changed",
    "mapping": "mapping_changed",
    "assignment_mode": "assignments_option_changed",
    "conditional_access_state": "conditional_access_state_changed",
    "conflict_policy": "conflict_policy_changed",
    "include_foundations": "foundations_option_changed",
    "undoes": "undone_restore_changed",
}


@pytest.mark.parametrize("field", ScopeField)
def test_every_field_has_its_cause(field):
    change = ScopeChange(field=field, before="a", after="b")

    assert cause_of(change) == CAUSES[field.value]


def test_only_changing_back_is_no_change_of_a_field():
    assert set(ChangeCause) - {ChangeCause(cause) for cause in CAUSES.values()} == {
        ChangeCause.SCOPE_RESTORED
    }


@pytest.mark.parametrize("cause", ChangeCause)
def test_every_cause_names_one_next_action(cause):
    assert cause.next_action == cause.sentence
    assert cause.next_action.endswith(".")
