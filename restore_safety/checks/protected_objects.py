"""Objects every tenant has by itself: never created, and some of them never changed."""

from collections.abc import Iterable, Iterator

from restore_safety.checks.context import CheckContext, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity
from tenants.graph.contracts import is_built_in, is_default


def check(context: CheckContext) -> Iterable[FoundIssue]:
    yield from _built_in(context)
    yield from _defaults(context)


def _built_in(context: CheckContext) -> Iterator[FoundIssue]:
    built_in = [one for one in context.policies if is_built_in(one.contract, one.payload)]
    if not built_in:
        return
    subjects = subjects_of(built_in)
    yield FoundIssue(
        severity=Severity.INFO,
        code="built_in_left",
        title=f"{counted(len(subjects), 'built-in object', 'built-in objects')} "
        f"{verb(subjects, 'is', 'are')} left as they are",
        why="Every tenant has them by itself, and they cannot be created or changed.",
        remedy="Nothing to do.",
        subjects=subjects,
    )


def _defaults(context: CheckContext) -> Iterator[FoundIssue]:
    defaults = [one for one in context.affected if is_default(one.contract, one.payload)]
    if not defaults:
        return
    subjects = subjects_of(defaults)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="default_changed",
        title=(
            f"{counted(len(subjects), 'default', 'defaults')} for all enrollments "
            f"{verb(subjects, 'changes', 'change')}"
        ),
        why=(
            "A default applies to everyone without another enrollment configuration. It can "
            "be changed, but never created, assigned or removed."
        ),
        remedy="Read the differences in the preview with care.",
        subjects=subjects,
    )
