"""Whether the trail still is what was written: every chain walked from its first event to its head.

What is found is the first fault of a chain; beyond it nothing can be said of that chain.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import connection

from tenants.audit_hash import NOTHING_BEFORE, hash_of, is_known_version
from tenants.models import AuditChain, AuditEvent

SCHEMA = "restore-safety/audit-verification/1"
_CHUNK = 2000
_GUARDS = frozenset(
    {
        "audit_event_is_not_changed",
        "audit_event_is_not_removed",
        "audit_event_follows_the_head",
        "audit_head_moves_by_one",
        "audit_head_is_not_removed",
        "audit_head_begins_at_nothing",
    }
)
_POSTGRESQL_GUARDS = frozenset({"audit_event_is_not_emptied", "audit_head_is_not_emptied"})


class Verdict(StrEnum):
    INTACT = "intact"
    ALTERED = "altered"
    UNCHECKED = "unchecked"


class Fault(StrEnum):
    """How a chain is not what was written; the value is stable, tools may rely on it."""

    CHANGED = "changed"
    MISSING = "missing"
    REPEATED = "repeated"
    UNLINKED = "unlinked"
    MISPLACED = "misplaced"
    CUT_OFF = "cut_off"
    BEYOND_HEAD = "beyond_head"
    HEAD_CHANGED = "head_changed"
    HEAD_LOST = "head_lost"
    UNKNOWN_VERSION = "unknown_version"

    @property
    def verdict(self) -> Verdict:
        return Verdict.UNCHECKED if self is Fault.UNKNOWN_VERSION else Verdict.ALTERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The first thing wrong with a chain, and at which record."""

    fault: Fault
    sequence: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    key: str
    workspace: str
    checked: int
    head: str
    finding: Finding | None
    passed: frozenset[str] = frozenset()

    @property
    def verdict(self) -> Verdict:
        return self.finding.fault.verdict if self.finding else Verdict.INTACT


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailReport:
    """What is known of every chain that was walked, and of the heads that were expected."""

    chains: tuple[ChainReport, ...]
    lost_heads: tuple[str, ...]
    missing_guards: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """Altered where anything is; otherwise unchecked where anything could not be looked at."""
        verdicts = {chain.verdict for chain in self.chains}
        if self.lost_heads or Verdict.ALTERED in verdicts:
            return Verdict.ALTERED
        return Verdict.UNCHECKED if Verdict.UNCHECKED in verdicts else Verdict.INTACT


@dataclass(slots=True)
class _Walk:
    """How far a chain has been followed, and which of the expected heads it came by."""

    expected: Collection[str]
    sequence: int = 0
    hash: str = NOTHING_BEFORE
    last_id: int = 0
    passed: set[str] = field(default_factory=set)

    def follow(self, event: AuditEvent, chain: AuditChain) -> Finding | None:
        finding = self._fault_of(event, chain)
        if finding is None:
            self.sequence, self.hash, self.last_id = event.sequence, event.hash, event.pk
            if event.hash in self.expected:
                self.passed.add(event.hash)
        return finding

    def _fault_of(  # noqa: PLR0911 -- one flat line per fault
        self, event: AuditEvent, chain: AuditChain
    ) -> Finding | None:
        wanted = self.sequence + 1
        if event.sequence > wanted:
            return _missing(wanted, event.sequence - 1)
        if event.sequence < wanted:
            return _at(event, Fault.REPEATED, "stands there more than once")
        if event.previous_hash != self.hash:
            return _at(event, Fault.UNLINKED, "does not name the hash of the record before it")
        if not is_known_version(event.hash):
            return _at(event, Fault.UNKNOWN_VERSION, "was hashed in a way this version can't check")
        if event.workspace_id != chain.workspace_id or not is_as_written(event):
            return _at(event, Fault.CHANGED, "is not what was written: its hash does not fit it")
        if event.pk <= self.last_id:
            return _at(event, Fault.MISPLACED, "has an id of before the record it follows")
        return None


def verify_trail(*, chains: Iterable[AuditChain], expected: Collection[str] = ()) -> TrailReport:
    """Walk the chains; each expected head has to be the hash of a record in one of them."""
    reports = tuple(_report_on(chain, expected) for chain in chains)
    passed = frozenset[str]().union(*(report.passed for report in reports))
    return TrailReport(
        chains=reports,
        lost_heads=tuple(sorted(set(expected) - passed)),
        missing_guards=tuple(sorted(missing_guards())),
    )


def lost_chains() -> tuple[ChainReport, ...]:
    """A report for each chain that has events and no head."""
    headless = AuditEvent.objects.exclude(chain__in=AuditChain.objects.all()).order_by("chain_id")
    return tuple(
        ChainReport(
            key=key,
            workspace="",
            checked=0,
            head="",
            finding=Finding(
                fault=Fault.HEAD_LOST,
                sequence=0,
                sentence="The head of the chain was removed, so its end cannot be known.",
            ),
        )
        for key in headless.values_list("chain_id", flat=True).distinct()
    )


def is_as_written(event: AuditEvent) -> bool:
    """Whether the event's hash fits what it holds; what cannot be hashed was never written."""
    try:
        return event.hash == hash_of(event.facts())
    except (ArithmeticError, AttributeError, RecursionError, TypeError, ValueError):
        return False


def missing_guards() -> frozenset[str]:
    """The triggers that should refuse changes in the database and are not there or are off."""
    if connection.vendor == "sqlite":
        wanted, query = _GUARDS, "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        wanted = _GUARDS | _POSTGRESQL_GUARDS
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return wanted - {name for (name,) in cursor.fetchall()}


def _report_on(chain: AuditChain, expected: Collection[str]) -> ChainReport:
    walk = _Walk(expected=expected)
    finding = _walked(walk, chain)
    return ChainReport(
        key=chain.key,
        workspace=chain.workspace.slug if chain.workspace else "",
        checked=walk.sequence,
        head=walk.hash,
        finding=finding,
        passed=frozenset(walk.passed),
    )


def _walked(walk: _Walk, chain: AuditChain) -> Finding | None:
    at_head = NOTHING_BEFORE
    for event in _events(chain):
        if finding := walk.follow(event, chain):
            return finding
        if walk.sequence == chain.length:
            at_head = walk.hash
    if walk.sequence < chain.length:
        return _missing(walk.sequence + 1, chain.length, fault=Fault.CUT_OFF)
    if at_head != chain.head:
        return _head_differs(chain.length)
    # The trail may have grown meanwhile; an event and the head's move are committed as one.
    now = AuditChain.objects.filter(pk=chain.pk).values_list("length", "head").first()
    if now is None or now[0] < walk.sequence:
        return Finding(
            fault=Fault.BEYOND_HEAD,
            sequence=chain.length + 1,
            sentence=f"Record {chain.length + 1} was added behind the head of the chain.",
        )
    return None


def _events(chain: AuditChain) -> Iterator[AuditEvent]:
    events = AuditEvent.objects.filter(chain=chain.pk).order_by("sequence", "pk")
    return events.iterator(chunk_size=_CHUNK)


def _at(event: AuditEvent, fault: Fault, what: str) -> Finding:
    return Finding(
        fault=fault, sequence=event.sequence, sentence=f"Record {event.sequence} {what}."
    )


def _missing(first: int, last: int, *, fault: Fault = Fault.MISSING) -> Finding:
    which = f"Record {first} is" if first == last else f"Records {first} to {last} are"
    where = "from the end of the chain" if fault is Fault.CUT_OFF else "from the chain"
    return Finding(fault=fault, sequence=first, sentence=f"{which} missing {where}.")


def _head_differs(sequence: int) -> Finding:
    return Finding(
        fault=Fault.HEAD_CHANGED,
        sequence=sequence,
        sentence=f"The head does not hold the hash of record {sequence}.",
    )
