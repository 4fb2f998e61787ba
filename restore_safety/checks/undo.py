"""What an undo cannot take back: on devices, in sign-ins, and of the restore itself."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import WRITING_DECISIONS, Severity
from restore_safety.policies.impact import SCRIPTS, UPDATE_RINGS, UPDATES
from restore_safety.policies.referenced import REFERRED_TO
from restore_safety.policies.undone import UndoAct, UndoneItem
from tenants.graph.audience import ACCESS_POLICIES
from tenants.graph.contracts import SUBJECTS
from tenants.graph.payloads import TYPE
from tenants.graph.references import CONTRACT_OF_KIND, ReferenceKind

_SUBJECTS = {kind.key: label for label, contracts in SUBJECTS for kind in contracts}
_LOOK = "Look at the devices it reached, and take back there what should not stay."


def _subject_of(policy: CheckedPolicy) -> str:
    return _SUBJECTS[policy.contract.key]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Irreversible:
    """What stays although the policy is taken back, for the policies that it is true of."""

    code: str
    holds_for: Callable[[CheckedPolicy], bool]
    title: str
    why: str
    remedy: str = _LOOK


_IRREVERSIBLE = (
    _Irreversible(
        code="undo_updates_stay",
        holds_for=lambda policy: (
            policy.contract.key in UPDATES or policy.payload.get(TYPE) in UPDATE_RINGS
        ),
        title="Installed Windows updates stay",
        why="Updates that devices installed by {them} since the restore are not taken off again.",
    ),
    _Irreversible(
        code="undo_scripts_ran",
        holds_for=lambda policy: policy.contract.key in SCRIPTS,
        title="What scripts did stays done",
        why="What {them} ran on devices since the restore is not taken back.",
    ),
    _Irreversible(
        code="undo_apps_stay",
        holds_for=lambda policy: _subject_of(policy) == "Apps",
        title="Installed and removed apps stay as they are",
        why="What {them} installed, removed or wiped on devices since the restore stays so.",
    ),
    _Irreversible(
        code="undo_compliance_actions_ran",
        holds_for=lambda policy: _subject_of(policy) == "Compliance",
        title="Actions on devices that did not comply stay done",
        why="Messages, locks and retirements that {them} led to since the restore stay so.",
    ),
    _Irreversible(
        code="undo_enrollments_stay",
        holds_for=lambda policy: _subject_of(policy) in {"Enrollment", "Windows 365"},
        title="Devices that were set up since the restore stay as they are",
        why="Devices and Cloud PCs that were set up by {them} since the restore stay so.",
    ),
    _Irreversible(
        code="undo_sign_ins_happened",
        holds_for=lambda policy: policy.contract.key == ACCESS_POLICIES,
        title="Sign-ins since the restore were decided",
        why="Sessions that {them} allowed or refused since the restore stay so until they end.",
        remedy="Revoke the sessions in Entra where they should not last.",
    ),
)


def check(context: CheckContext) -> Iterable[FoundIssue]:
    if context.undo is None:
        return
    yield from _left_behind(context)
    taken_back = [one for one in context.policies if one.decision in WRITING_DECISIONS]
    for effect in _IRREVERSIBLE:
        yield from _staying(effect, [one for one in taken_back if effect.holds_for(one)])
    yield from _unknown_since(context, taken_back)
    yield from _used_elsewhere(context)


def _left_behind(context: CheckContext) -> Iterator[FoundIssue]:
    """What the restore may have done and the undo does not touch, which no item speaks of."""
    names = context.undo.left_behind if context.undo else ()
    if not names:
        return
    yield FoundIssue(
        severity=Severity.WARNING,
        code="undo_leaves_behind",
        title=f"{counted(len(names))} of the restore cannot be undone",
        why=(
            "Whether they were written is not known, they still wait for approval, or what they "
            f"replaced was not kept: {listed(names)}."
        ),
        remedy="Look at each in Intune, and withdraw requests that still wait for approval.",
        facts={"names": sorted(names)},
    )


def _staying(effect: _Irreversible, policies: list[CheckedPolicy]) -> Iterator[FoundIssue]:
    if not policies:
        return
    subjects = subjects_of(policies)
    yield FoundIssue(
        severity=Severity.WARNING,
        code=effect.code,
        title=effect.title,
        why=effect.why.format(them=counted(len(subjects)))
        + f" An undo changes the policies alone: {listed(one.name for one in subjects)}.",
        remedy=effect.remedy,
        subjects=subjects,
    )


def _unknown_since(
    context: CheckContext, taken_back: Iterable[CheckedPolicy]
) -> Iterator[FoundIssue]:
    """Put back without proof that it is unchanged since."""
    unproven = [
        policy
        for policy in taken_back
        if (undone := _undone(context, policy))
        and undone.act is UndoAct.PUT_BACK
        and not undone.left_digest
    ]
    if not unproven:
        return
    subjects = subjects_of(unproven)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="undo_changes_since_unknown",
        title=f"Changes after the restore are not known for {counted(len(subjects))}",
        why=(
            "The restore did not read them back, so changes since then are not "
            f"known. The undo overwrites them: {listed(one.name for one in subjects)}."
        ),
        remedy="Read the differences in the preview. Exclude what should stay as it is.",
        subjects=subjects,
    )


def _used_elsewhere(context: CheckContext) -> Iterator[FoundIssue]:
    """What others may have come to refer to since the restore created it."""
    shared = [policy for policy in context.deleted if _is_shared(policy)]
    if not shared:
        return
    subjects = subjects_of(shared)
    them = verb(subjects, "it", "them")
    yield FoundIssue(
        severity=Severity.WARNING,
        code="undo_deletes_referred",
        title=(
            f"Other policies may use {counted(len(subjects), 'object', 'objects')} that "
            f"{verb(subjects, 'is', 'are')} deleted"
        ),
        why=(
            f"Policies and assignments refer to objects of this type. Whether others than those of "
            f"the restore came to use {them} since was not looked up: "
            f"{listed(one.name for one in subjects)}."
        ),
        remedy=f"Look in Intune or Entra where {them} {verb(subjects, 'is', 'are')} used.",
        subjects=subjects,
    )


def _is_shared(policy: CheckedPolicy) -> bool:
    """Whether others refer to such an object; of the device configurations, to certificates."""
    is_certificate = "Certificate" in str(policy.payload.get(TYPE))
    is_configuration = policy.contract.key == CONTRACT_OF_KIND[ReferenceKind.CERTIFICATE]
    return policy.contract.key in REFERRED_TO and (is_certificate or not is_configuration)


def _undone(context: CheckContext, policy: CheckedPolicy) -> UndoneItem | None:
    return context.undo.items.get(policy.id) if context.undo else None
