"""Backups that were captured while a restore changed the tenant."""

from collections.abc import Iterable

from restore_safety.backups.meanwhile import meanwhile_sentence
from restore_safety.checks.context import CheckContext
from restore_safety.checks.findings import FoundIssue
from restore_safety.models import Severity


def check(context: CheckContext) -> Iterable[FoundIssue]:
    """A warning where the policies of the set may not have stood beside each other."""
    if sentence := meanwhile_sentence(context.facts.restores_meanwhile):
        yield FoundIssue(
            severity=Severity.WARNING,
            code="captured_during_restore",
            title="The backup was captured while a restore was running",
            why=(
                f"{sentence} Restoring it may bring back a mixture that the tenant never was "
                "meant to hold."
            ),
            remedy=(
                "Restore from a backup that was captured while no restore was running, or read "
                "every change in the preview."
            ),
        )
