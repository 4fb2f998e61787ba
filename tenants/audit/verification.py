"""Whether the trail still is what was written: every chain walked from its first event to its head.

What is found is the first fault of a chain; beyond it nothing can be said of that chain.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.db import DatabaseError

from tenants.audit.guards import Guards, guards
from tenants.audit.witnesses import DueEvent, due_chains, missing_events
from tenants.models import AuditChain, AuditEvent, Workspace
from tenants.models.audit_hash import NOTHING_BEFORE, hash_of, is_known_version

SCHEMA = "restore-safety/audit-verification/1"
_CHUNK = 2000
_UNHASHABLE = (ArithmeticError, AttributeError, RecursionError, TypeError, ValueError)
_UNREADABLE = (*_UNHASHABLE, DatabaseError)


class Verdict(StrEnum):
    INTACT = "intact"
    ALTERED = "altered"
    UNGUARDED = "unguarded"
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
    CHAIN_LOST = "chain_lost"
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
    guards: Guards
    missing_events: tuple[DueEvent, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Altered where anything is, then unguarded; nothing to walk is unchecked, not intact."""
        verdicts = {chain.verdict for chain in self.chains}
        if self.lost_heads or self.missing_events or Verdict.ALTERED in verdicts:
            return Verdict.ALTERED
        if self.guards.missing or self.guards.altered:
            return Verdict.UNGUARDED
        is_whole = verdicts == {Verdict.INTACT}
        return Verdict.INTACT if is_whole else Verdict.UNCHECKED


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


def verify(*, workspace: Workspace | None = None, expected: Collection[str] = ()) -> TrailReport:
    """The report on one workspace's chain or on all, and on what rows say must be in them."""
    chains = AuditChain.objects.select_related("workspace")
    if workspace is not None:
        chains = chains.filter(workspace=workspace)
    report = verify_trail(chains=chains, expected=expected)
    return replace(
        report,
        chains=(*report.chains, *lost_chains(workspace)),
        missing_events=missing_events(workspace),
    )


def verify_trail(*, chains: Iterable[AuditChain], expected: Collection[str] = ()) -> TrailReport:
    """Walk the chains; each expected head has to be the hash of a record in one of them."""
    reports = tuple(_report_on(chain, expected) for chain in chains)
    passed = frozenset[str]().union(*(report.passed for report in reports))
    return TrailReport(
        chains=reports,
        lost_heads=tuple(sorted(set(expected) - passed)),
        guards=guards(),
    )


def lost_chains(workspace: Workspace | None = None) -> tuple[ChainReport, ...]:
    """A report for each chain that has no head: its events are there, or must have been."""
    headless = AuditEvent.objects.exclude(chain__in=AuditChain.objects.all()).order_by("chain_id")
    due = due_chains(workspace)
    if workspace is not None:
        headless = headless.filter(chain=AuditChain.key_of(workspace.pk))
    cut = list(headless.values_list("chain_id", flat=True).distinct())
    there = {*cut, *AuditChain.objects.filter(pk__in=due).values_list("pk", flat=True)}
    gone = [key for key in due if key not in there]
    return tuple(
        [_lost(key, due.get(key, ""), _HEAD_LOST) for key in cut]
        + [_lost(key, due[key], _CHAIN_LOST) for key in gone]
    )


def is_as_written(event: AuditEvent) -> bool:
    """Whether the event's hash fits what it holds; what cannot be hashed was never written."""
    try:
        return event.hash == hash_of(event.facts())
    except _UNHASHABLE:
        return False


_HEAD_LOST = Finding(
    fault=Fault.HEAD_LOST,
    sequence=0,
    sentence="The head of the chain was removed, so its end cannot be known.",
)
_CHAIN_LOST = Finding(
    fault=Fault.CHAIN_LOST,
    sequence=1,
    sentence="The chain is gone from its first record on, but what it recorded is still there.",
)


def _lost(key: str, workspace: str, finding: Finding) -> ChainReport:
    return ChainReport(key=key, workspace=workspace, checked=0, head="", finding=finding)


def _report_on(chain: AuditChain, expected: Collection[str]) -> ChainReport:
    walk = _Walk(expected=expected)
    try:
        finding = _walked(walk, chain)
    except _UNREADABLE as error:
        finding = _unreadable(walk.sequence + 1, error)
    return ChainReport(
        key=chain.key,
        workspace=chain.workspace.slug if chain.workspace else "",
        checked=walk.sequence,
        head=walk.hash,
        finding=finding,
        passed=frozenset(walk.passed),
    )


def _walked(walk: _Walk, chain: AuditChain) -> Finding | None:
    if not chain.length and not AuditEvent.objects.filter(chain=chain.pk).exists():
        # A head is committed together with the first record it names.
        return _CHAIN_LOST
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


def _unreadable(sequence: int, error: Exception) -> Finding:
    """What no event is made of was never written; a database that gives no answer says nothing."""
    if isinstance(error, DatabaseError) and not _answers():
        raise error
    return Finding(
        fault=Fault.CHANGED,
        sequence=sequence,
        sentence=f"Record {sequence} is not what was written: it cannot be read as an event.",
    )


def _answers() -> bool:
    try:
        AuditChain.objects.exists()
    except DatabaseError:
        return False
    return True


def _events(chain: AuditChain) -> Iterator[AuditEvent]:
    events = AuditEvent.objects.filter(chain=chain.pk).order_by("sequence", "pk")
    passed = 0
    try:
        for event in events.iterator(chunk_size=_CHUNK):
            yield event
            passed += 1
    except _UNREADABLE:
        # Many are read at once: one by one they show which of them it is.
        for key in events.values_list("pk", flat=True)[passed:].iterator(chunk_size=_CHUNK):
            yield AuditEvent.objects.get(pk=key)


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
