from restore_safety.checks.mixed_captures import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline


def test_backup_captured_during_a_restore_is_a_warning():
    mixed = context(checked(), facts={"restores_meanwhile": ("0123456789",)})

    assert outline(check(mixed)) == [(Severity.WARNING, "captured_during_restore", [])]


def test_any_other_backup_is_none():
    assert outline(check(context(checked()))) == []
