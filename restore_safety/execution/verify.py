"""What reading an item back says of the requests that were taken: three answers, and none yet."""

from collections.abc import Iterable
from dataclasses import dataclass

from restore_safety.execution.target_state import digest_of_reading, is_whole, outcome_of
from restore_safety.policies.reading import PolicyReading
from restore_safety.truth.attention import Verification
from tenants.graph.contracts import Contract
from tenants.graph.fence import PlannedWrite, WritePurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer, with the paths that differ and those that no reading can compare."""

    verification: Verification = Verification.NOT_ATTEMPTED
    mismatches: tuple[str, ...] = ()
    incomparable: tuple[str, ...] = ()
    # Of all that was read, so that an undo knows whether it was changed afterwards.
    left_digest: str = ""

    @property
    def is_final(self) -> bool:
        """Whether reading once more would say nothing else."""
        return self.verification in (Verification.VERIFIED, Verification.NOT_COMPARABLE)


NOT_READ_BACK = Verdict()


def verdict_on(kind: Contract, taken: Iterable[PlannedWrite], reading: PolicyReading) -> Verdict:
    """Hold what was read against every request; a value that differs outweighs an unknown one."""
    taken = list(taken)
    is_deleted = any(write.purpose is WritePurpose.DELETE for write in taken)
    if reading.is_absent:
        # Asked for by its own id: Graph answers that there is no such policy.
        return Verdict(verification=Verification.VERIFIED if is_deleted else Verification.PENDING)
    if not is_whole(reading):
        return Verdict(verification=Verification.UNREADABLE)
    found = [outcome_of(kind, write, reading) for write in taken]
    different = tuple(dict.fromkeys(path for one in found for path in one.different))
    incomparable = tuple(dict.fromkeys(path for one in found for path in one.incomparable))
    return Verdict(
        verification=_answer(different, incomparable),
        mismatches=different,
        incomparable=incomparable,
        left_digest=digest_of_reading(kind, reading),
    )


def _answer(different: tuple[str, ...], incomparable: tuple[str, ...]) -> Verification:
    if different:
        return Verification.MISMATCH
    return Verification.NOT_COMPARABLE if incomparable else Verification.VERIFIED
