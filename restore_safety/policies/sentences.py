"""What the preview says of a policy that is created, changed or found as it is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass

from restore_safety.policies.resolved import ResolvedPolicy
from tenants.printable import printable

NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCompared:
    """What a comparison says nothing of: settings the backup is silent on, and hidden values."""

    unspoken: int = 0
    incomparable: tuple[str, ...] = ()

    @property
    def is_none(self) -> bool:
        return not self.unspoken and not self.incomparable


def named(paths: Sequence[str]) -> str:
    """The first paths, and how many more there are."""
    more = len(paths) - NAMED
    shown = ", ".join(printable(path) for path in paths[:NAMED])
    return f"{shown} and {more} more" if more > 0 else shown


def as_created(resolved: ResolvedPolicy) -> str:
    """What becomes of a policy the tenant does not have, and who it would reach."""
    tenant = resolved.choices.tenant_name
    verdict = f"{resolved.quoted} does not exist in {tenant} and will be created"
    if resolved.is_copied:
        verdict = f"{resolved.quoted} will be created in {tenant} as a copy beside whatever exists"
    if resolved.assignments.reason_if_new:
        unheld = resolved.assignments.unheld
        return (
            f"{verdict} and reach no one: {unheld}. Assign it in Intune afterwards."
            f"{_not_restored(resolved)}"
        )
    return _with_note(f"{verdict}{_replacing(resolved)}.", resolved, NotCompared())


def as_backed_up(resolved: ResolvedPolicy, apart: NotCompared) -> str:
    """What is unchanged, and no more than that: of what was not compared it says so."""
    policy, plan = resolved.policy, resolved.assignments
    holds = f"{resolved.choices.tenant_name} holds {resolved.quoted}"
    settings = f"{holds} with its settings as in the backup"
    if plan.gap:
        what = "assignments differ and" if resolved.assignments_differ else "its assignments"
        return (
            f"{settings}; {what} are left as they are because {plan.gap}{_beside(resolved, apart)}"
        )
    if plan.unheld and resolved.assignments_differ:
        return (
            f"{settings}; assignments differ and are left as they are because {plan.unheld}."
            f"{_beside(resolved, apart)}"
        )
    is_whole = (apart.is_none and not resolved.left_out) and (
        policy.assignments is not None or policy.contract.unassigned
    )
    claim = f"{holds} as the backup does" if is_whole else settings
    return _with_note(f"{claim}{_replacing(resolved)}.", resolved, apart)


def as_updated(resolved: ResolvedPolicy, *, places: int, apart: NotCompared) -> str:
    """How much of a policy the tenant has would change, and what was not compared."""
    count = f"{places} place{'' if places == 1 else 's'}"
    return _with_note(
        f"{resolved.quoted} differs from the backup in {count} and will be changed to what the "
        f"backup holds{_replacing(resolved)}.",
        resolved,
        apart,
    )


def _replacing(resolved: ResolvedPolicy) -> str:
    """Where it is not the backup's own groups that the policy goes to."""
    parts = [
        f"its assignments to {backed_up} going to {here} instead"
        for backed_up, here in resolved.assignments.substitutions
    ] + [f"{backed_up} replaced by {here}" for backed_up, here in resolved.inner_substitutions]
    return f", with {' and '.join(parts)}" if parts else ""


def _with_note(sentence: str, resolved: ResolvedPolicy, apart: NotCompared) -> str:
    """What is said of a policy that is written, and what becomes of its assignments."""
    note = resolved.assignments.note
    if resolved.assignments.unheld and resolved.assignments_differ:
        note = (
            "Its assignments differ from the backup's and are left as they are because "
            f"{resolved.assignments.unheld}."
        )
    if gap := resolved.assignments.gap:
        note = f"{resolved.quoted} is restored without its assignments: {gap}"
    return " ".join(filter(None, (sentence, note))) + _beside(resolved, apart)


def _beside(resolved: ResolvedPolicy, apart: NotCompared) -> str:
    """What is neither compared nor restored."""
    return f"{_uncompared(apart.unspoken)}{_hidden(apart.incomparable)}{_not_restored(resolved)}"


def _uncompared(unspoken: int) -> str:
    if not unspoken:
        return ""
    settings = "1 setting" if unspoken == 1 else f"{unspoken} settings"
    verb = "was" if unspoken == 1 else "were"
    return f" {settings} that the backup does not mention {verb} not compared."


def _hidden(incomparable: Sequence[str]) -> str:
    if not incomparable:
        return ""
    values = "1 value" if len(incomparable) == 1 else f"{len(incomparable)} values"
    return f" {values} cannot be compared ({named(incomparable)})."


def _not_restored(resolved: ResolvedPolicy) -> str:
    if not resolved.left_out:
        return ""
    paths = [one.path for one in resolved.left_out]
    values = "1 value" if len(paths) == 1 else f"{len(paths)} values"
    verb = "is" if len(paths) == 1 else "are"
    return f" {values} of the backup {verb} not restored ({named(paths)})."
