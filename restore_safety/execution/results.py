"""Settlements in plain sentences: the one place where execution finds its words."""

import json
from collections.abc import Sequence

from restore_safety.execution.journal import Settlement
from restore_safety.execution.not_restored import named, unlike_the_backup, unwritten
from restore_safety.execution.not_written import (
    cancelled,
    frozen,
    gate_closed,
    moved,
    right_withdrawn,
)
from restore_safety.execution.reconcile import Finding
from restore_safety.execution.target_state import (
    THE_POLICY,
    digest_of_reading,
    incomparable_in,
    is_whole,
)
from restore_safety.execution.verify import NOT_READ_BACK, Verdict
from restore_safety.models import AS_IT_IS_DECISIONS, Decision, PlanItem, RestoreItem
from restore_safety.policies.reading import PolicyReading
from restore_safety.truth.attention import (
    REASON_PRECEDENCE,
    ItemOutcome,
    ReasonCode,
    Verification,
)
from tenants.graph.contracts import contract, name_of
from tenants.graph.errors import ErrorKind, GraphError
from tenants.printable import printable

REASONS = {
    ErrorKind.PERMISSION: ReasonCode.PERMISSION_DENIED,
    ErrorKind.APPROVAL_REQUIRED: ReasonCode.APPROVAL_PENDING,
    ErrorKind.AUTHENTICATION: ReasonCode.AUTHENTICATION_FAILED,
    ErrorKind.THROTTLED: ReasonCode.THROTTLED,
    ErrorKind.UNAVAILABLE: ReasonCode.PROVIDER_UNAVAILABLE,
    ErrorKind.UNREACHABLE: ReasonCode.PROVIDER_UNREACHABLE,
    ErrorKind.NOT_FOUND: ReasonCode.NOT_FOUND,
    ErrorKind.CONFLICT: ReasonCode.CONFLICT,
    ErrorKind.REJECTED: ReasonCode.PAYLOAD_REJECTED,
    ErrorKind.FENCE: ReasonCode.WRITE_FENCE,
}
# Of a read they say only that it did not succeed.
SAYS_NOTHING_OF_A_READ = frozenset(
    {ReasonCode.NOT_FOUND, ReasonCode.PAYLOAD_REJECTED, ReasonCode.CONFLICT}
)
BY_HAND = frozenset({ReasonCode.SECRET_MISSING, ReasonCode.UNSUPPORTED_TYPE})
WITHOUT_ASSIGNMENTS = frozenset({ReasonCode.GROUP_MISSING, ReasonCode.FILTER_MISSING})
# The scope left the assignments out: what is left to people is no shortfall of the run.
BY_CHOICE = frozenset({ReasonCode.ASSIGNMENTS_LEFT_OUT, ReasonCode.ASSIGNMENTS_KEPT})
_AS_PLANNED = BY_CHOICE | {
    ReasonCode.AS_WANTED,
    ReasonCode.WRITTEN,
    ReasonCode.ASSIGNMENTS_NOT_CAPTURED,
}
_DOUBTS = {
    Verification.MISMATCH: ReasonCode.VERIFICATION_MISMATCH,
    Verification.NOT_COMPARABLE: ReasonCode.VALUES_NOT_COMPARABLE,
}
_AS_FAR_AS_COMPARABLE = "Nothing was written: all that can be compared is as wanted."
# So many ids are named in one sentence.
MOST_CANDIDATES = 5
WRITTEN = {
    Decision.CREATE: ItemOutcome.CREATED,
    Decision.COPY: ItemOutcome.CREATED,
    Decision.UPDATE: ItemOutcome.UPDATED,
    Decision.DELETE: ItemOutcome.DELETED,
}


def reason_of(planned: PlanItem, otherwise: ReasonCode) -> ReasonCode:
    """What the preview already knew about the item, or else this."""
    return ReasonCode(planned.reason_code) if planned.reason_code else otherwise


def written(planned: PlanItem, verdict: Verdict) -> Settlement:
    """Every request was taken; what reading back said stands beside it."""
    outcome = WRITTEN[Decision(planned.decision)]
    sentences = [outcome.sentence]
    if planned.decision == Decision.COPY:
        sentences.append(f"It is called “{_name_of_copy(planned)}” there.")
    reason = reason_of(planned, ReasonCode.WRITTEN)
    if reason is ReasonCode.ASSIGNMENTS_NOT_CAPTURED:
        sentences.append(reason.sentence)
    if reason in WITHOUT_ASSIGNMENTS:
        outcome = ItemOutcome.PARTIAL
        sentences = [outcome.sentence]
    if reason in WITHOUT_ASSIGNMENTS | BY_CHOICE:
        sentences.append(f"The preview said: {planned.sentence}")
    apart = unwritten(planned)
    if reason in _AS_PLANNED:
        beside = apart.reason(outcome) if apart.paths else reason
        reason = _reason_after(verdict, beside)
    return _settled(outcome, reason, [*sentences, *apart.sentences, *_read_back(verdict)], verdict)


def _reason_after(verdict: Verdict, otherwise: ReasonCode) -> ReasonCode:
    """The more urgent of what reading back says and of what the item leaves open otherwise."""
    if verdict.verification is Verification.VERIFIED:
        return otherwise
    doubt = _DOUBTS.get(verdict.verification, ReasonCode.VERIFICATION_UNREADABLE)
    if doubt is ReasonCode.VALUES_NOT_COMPARABLE:
        return min(doubt, otherwise, key=REASON_PRECEDENCE.index)
    return doubt


def _settled(
    outcome: ItemOutcome,
    reason: ReasonCode,
    sentences: Sequence[str],
    verdict: Verdict,
    error: GraphError | None = None,
) -> Settlement:
    return Settlement(
        outcome=outcome,
        reason=reason,
        sentence=" ".join(sentences),
        verification=verdict.verification,
        mismatches=verdict.mismatches,
        incomparable=verdict.incomparable,
        left_digest=verdict.left_digest,
        error=error,
    )


def _name_of_copy(planned: PlanItem) -> str:
    """The name that was written: the backup's own belongs to what was copied."""
    kind = contract(planned.backup_item.contract_key)
    return printable(name_of(kind, json.loads(planned.writes[0]["body"])))


def _read_back(verdict: Verdict) -> list[str]:
    match verdict.verification:
        case Verification.NOT_ATTEMPTED:
            return []
        case Verification.MISMATCH if verdict.mismatches == (THE_POLICY,):
            return ["Read back, it is still in the tenant."]
        case Verification.MISMATCH:
            return [f"Read back, it differs in: {named(verdict.mismatches)}."]
        case Verification.NOT_COMPARABLE:
            return [verdict.verification.sentence, _check(verdict.incomparable)]
        case _:
            return [verdict.verification.sentence]


def _read_back_in_part(verdict: Verdict) -> list[str]:
    """Of an item that was cut short: what was read back is only what was written of it."""
    if verdict.verification is Verification.VERIFIED:
        return ["What was written was read back and is there."]
    return _read_back(verdict)


def _check(paths: tuple[str, ...]) -> str:
    return f"Check in Intune: {named(paths)}."


def as_wanted(planned: PlanItem, reading: PolicyReading | None) -> Settlement:
    """There is nothing to write; where that leaves assignments as they are, it is no more."""
    if planned.decision == Decision.DELETE:
        return already_gone()
    reason = reason_of(planned, ReasonCode.AS_WANTED)
    is_left = reason in WITHOUT_ASSIGNMENTS | BY_CHOICE
    outcome = ItemOutcome.ASSIGNMENTS_LEFT if is_left else ItemOutcome.UNCHANGED
    said = outcome.sentence if is_left else ReasonCode.AS_WANTED.sentence
    is_foreseen = planned.decision in AS_IT_IS_DECISIONS
    speaks_for_itself = bool(is_foreseen and planned.sentence)
    sentence = planned.sentence if speaks_for_itself else said
    hidden = incomparable_in(planned, reading) if reading else ()
    apart = unlike_the_backup(planned, reading)
    verdict = Verdict(verification=Verification.VERIFIED)
    # What the preview said of an item left as it is names what is not restored.
    sentences = [sentence] if speaks_for_itself else [sentence, *apart.sentences]
    if hidden:
        verdict = Verdict(verification=Verification.NOT_COMPARABLE, incomparable=hidden)
        sentences = [_AS_FAR_AS_COMPARABLE, _check(hidden), *apart.sentences]
    if reason in _AS_PLANNED:
        beside = apart.reason(outcome) if apart.paths else reason
        reason = _reason_after(verdict, beside)
    return _settled(outcome, reason, sentences, verdict)


def confirmed_as_it_is(planned: PlanItem, reading: PolicyReading) -> Settlement:
    """The preview found nothing to write; this says whether that is still so."""
    if planned.backup_item.is_created and reading.is_absent:
        return already_gone()
    if reading.is_absent:
        return moved()
    if not is_whole(reading):
        is_left = planned.decision == Decision.ASSIGNMENTS_LEFT
        return Settlement(
            outcome=ItemOutcome.ASSIGNMENTS_LEFT if is_left else ItemOutcome.UNCHANGED,
            reason=ReasonCode.TARGET_UNREADABLE,
            sentence="Nothing was written, and the policy could not be read to see whether it "
            "is still as the preview saw it.",
            verification=Verification.UNREADABLE,
            error=reading.error,
        )
    kind = contract(planned.backup_item.contract_key)
    if digest_of_reading(kind, reading) != planned.target_digest:
        return moved()
    return as_wanted(planned, reading)


def not_planned(planned: PlanItem) -> Settlement:
    """The preview decided that this item is not written."""
    reason = reason_of(planned, ReasonCode.UNEXPECTED)
    return Settlement(
        outcome=ItemOutcome.MANUAL_REQUIRED if reason in BY_HAND else ItemOutcome.SKIPPED,
        reason=reason,
        sentence=planned.sentence or reason.sentence,
    )


def reason_of_reading(error: GraphError | None) -> ReasonCode:
    """Why the tenant could not be looked at."""
    reason = REASONS[error.kind] if error else ReasonCode.TARGET_UNREADABLE
    return ReasonCode.TARGET_UNREADABLE if reason in SAYS_NOTHING_OF_A_READ else reason


def not_read(error: GraphError | None) -> Settlement:
    """Nothing was written, because the tenant could not be looked at first."""
    reason = reason_of_reading(error)
    return Settlement(
        outcome=ItemOutcome.NOT_STARTED,
        reason=reason,
        sentence=f"Nothing was written: the tenant could not be read first. {reason.sentence}",
        error=error,
    )


def refused(reason: ReasonCode, error: GraphError | None) -> Settlement:
    """The first request of the item was not taken, so nothing of it is in the tenant."""
    match reason:
        case ReasonCode.WRITE_GATE_CLOSED:
            return gate_closed()
        case ReasonCode.RIGHT_WITHDRAWN:
            return right_withdrawn()
        case ReasonCode.FREEZE_WINDOW:
            return frozen()
        case ReasonCode.TARGET_MOVED:
            return moved()
        case ReasonCode.RUN_CANCELLED:
            return cancelled()
    waits = reason is ReasonCode.APPROVAL_PENDING
    return Settlement(
        outcome=ItemOutcome.WAITING_FOR_APPROVAL if waits else ItemOutcome.FAILED,
        reason=reason,
        sentence=_explained(reason, error),
        error=error,
    )


def cut_short(
    reason: ReasonCode, error: GraphError | None = None, *, verdict: Verdict = NOT_READ_BACK
) -> Settlement:
    """A request of the item was taken, a later one was not."""
    sentences = [
        "The policy was written; what follows it, its assignments or actions, was not.",
        _explained(reason, error),
        *_read_back_in_part(verdict),
    ]
    return _settled(ItemOutcome.PARTIAL, reason, sentences, verdict, error)


def part_read_again(item: RestoreItem, verdict: Verdict) -> Settlement:
    """The same result of an item that was cut short, with what reading it says by now."""
    before = Verdict(
        verification=Verification(item.verification),
        mismatches=tuple(item.mismatches),
        incomparable=tuple(item.incomparable),
    )
    said, says = (" ".join(_read_back_in_part(one)) for one in (before, verdict))
    return Settlement(
        outcome=ItemOutcome(item.outcome),
        reason=ReasonCode(item.reason_code),
        sentence=item.sentence.replace(said, says),
        verification=verdict.verification,
        mismatches=verdict.mismatches,
        incomparable=verdict.incomparable,
        left_digest=verdict.left_digest,
        keeps_error=True,
    )


def _explained(reason: ReasonCode, error: GraphError | None) -> str:
    said = error.message if error else ""
    if error and error.approval_code:
        said = f"{said} It is filed under {error.approval_code}."
    if error and reason is ReasonCode.APPROVAL_PENDING and not error.approval_code:
        said = f"{said} The tenant's request for it could not be identified."
    return f"{reason.sentence} {said}".strip()


def unknown(error: GraphError | None = None, *, found: Finding | None = None) -> Settlement:
    sentences = [
        ReasonCode.OUTCOME_UNESTABLISHED.sentence,
        "Read it back from the tenant before anything else is written.",
    ]
    if found is not None and found.candidates:
        shown = ", ".join(found.candidates[:MOST_CANDIDATES])
        sentences.append(f"The tenant holds objects of this name that are new: {shown}.")
    return Settlement(
        outcome=ItemOutcome.OUTCOME_UNKNOWN,
        reason=ReasonCode.OUTCOME_UNESTABLISHED,
        sentence=" ".join(sentences),
        verification=Verification.UNREADABLE,
        error=error,
    )


def already_gone() -> Settlement:
    return Settlement(
        outcome=ItemOutcome.UNCHANGED,
        reason=ReasonCode.AS_WANTED,
        sentence="It is not in the tenant: nothing was deleted.",
        verification=Verification.VERIFIED,
    )


def with_duplicates(item: RestoreItem, object_ids: Sequence[str]) -> Settlement:
    """The same result, with the objects that the same request may have created as well.

    Without any, whether there are some could not be read.
    """
    reason = ReasonCode.DUPLICATE_FOUND if object_ids else ReasonCode.TARGET_UNREADABLE
    # A run that was broken off looks once more: what is on record already is said once.
    is_on_record = item.reason_code == reason and item.duplicates == list(object_ids)
    shown = ", ".join(object_ids[:MOST_CANDIDATES])
    said = (
        "The tenant holds the same policy a second time, which a request of this run may have "
        f"created late: {shown}. Compare them and delete the one too many."
        if object_ids
        else "A request of this run got no clear answer and was sent again. Whether the tenant "
        "holds the same policy a second time could not be read: look in Intune."
    )
    return Settlement(
        outcome=ItemOutcome(item.outcome),
        reason=reason,
        sentence=item.sentence if is_on_record else f"{item.sentence} {said}",
        verification=Verification(item.verification),
        mismatches=tuple(item.mismatches),
        incomparable=tuple(item.incomparable),
        left_digest=item.left_digest,
        duplicates=tuple(object_ids),
    )
