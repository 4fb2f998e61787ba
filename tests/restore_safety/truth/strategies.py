"""Hypothesis strategies and plain builders for the pure core."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from restore_safety.truth.evidence import CaptureState, Evidence, EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.mapping import MappingEntry
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.safety import Gate, GateCode
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    Scope,
    ScopeMode,
)
from restore_safety.truth.target import Target

STARTED = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
COMPLETED = datetime(2026, 5, 4, 9, 31, tzinfo=UTC)


def entry(kind, source, target):
    return MappingEntry(kind=kind, source=source, target=target)


SCOPE = Scope(
    target=Target(tenant="contoso", cloud="global", directory="contoso.example"),
    backup_set="set-1",
    backup_digest="sha256:aa",
    mode=ScopeMode.SELECTED,
    items=frozenset({"item-1", "item-2"}),
    mapping=(entry(ReferenceKind.GROUP, "group-1", "group-9"),),
    assignment_mode=AssignmentMode.REPLACE,
    conflict_policy=ConflictPolicy.UPDATE,
    include_foundations=False,
)

# One letter alone may normalise to nothing; these keep their identity whatever is done to them.
ids = st.text(alphabet="abcdeéåßΣς-0123456789", min_size=1, max_size=8)
ascii_ids = ids.filter(lambda text: text.isascii())
sources = ascii_ids | ascii_ids.map(lambda name: f"name:{name}")
raw_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)

targets = st.builds(Target, tenant=ids) | st.builds(
    Target, tenant=ids, cloud=st.sampled_from(["global", "china"]), directory=ids
)
scopes = st.builds(
    Scope,
    target=targets,
    backup_set=ids,
    backup_digest=ids,
    mode=st.sampled_from(ScopeMode),
    items=st.frozensets(ids, max_size=6),
    mapping=st.dictionaries(
        st.tuples(st.sampled_from(ReferenceKind), sources), ids, max_size=4
    ).map(lambda mapping: tuple(entry(*key, target) for key, target in mapping.items())),
    assignment_mode=st.sampled_from(AssignmentMode),
    conditional_access_state=st.sampled_from(ConditionalAccessState),
    conflict_policy=st.sampled_from(ConflictPolicy),
    include_foundations=st.booleans(),
    undoes=st.just("") | ids,
)


def evidence(kind=EvidenceKind.CHECKS, scope=SCOPE, **changes):
    """Complete evidence for the scope that raised nothing, but for the changes."""
    plain = {
        "kind": kind,
        "fingerprint": fingerprint_of(scope),
        "state": CaptureState.COMPLETE,
        "started_at": STARTED,
        "completed_at": COMPLETED,
        "scope": scope,
        "writes": 2,
        "plan_hash": "sha256:plan" if kind is EvidenceKind.PREVIEW else "",
    }
    return Evidence(**plain | changes)


def checks(**changes):
    return evidence(EvidenceKind.CHECKS, **changes)


def preview(**changes):
    return evidence(EvidenceKind.PREVIEW, **changes)


def gates(*refused):
    return [
        Gate(code=code, passed=code not in refused, reason=f"Why {code.value}.")
        for code in GateCode
    ]
