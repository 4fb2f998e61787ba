"""The judge: what stands in the tenant, worked out from the emulator's dumps and log alone."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bench.torture.policies import FILTERS, PATHS

type Json = dict[str, Any]
type Key = tuple[str, str]

# What the service gives by itself, what follows from the rest, and what it never answers.
OWN = frozenset(
    {
        "id",
        "createdDateTime",
        "lastModifiedDateTime",
        "modifiedDateTime",
        "version",
        "assignments",
        "isAssigned",
        "settingCount",
        "creationSource",
        "priorityMetaData",
        "ruleName",
        "supportsScopeTags",
    }
)
WRITTEN = frozenset({"created", "updated"})
NOT_WRITTEN = frozenset({"failed", "not_started", "cancelled", "target_changed"})


class Wrong(StrEnum):
    """The ways in which a run can be untrue; each is counted apart."""

    DUPLICATE_CREATE = "duplicate_creates"
    LOST_OUTCOME = "lost_outcomes"
    STUCK_RUN = "stuck_runs"
    MISMATCH = "mismatches"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, with the emulator's log lines that show it."""

    wrong: Wrong
    run: str
    item: str
    sentence: str
    log: tuple[str, ...] = ()

    def __str__(self) -> str:
        head = f"{self.wrong}: run {self.run}, item “{self.item}”: {self.sentence}"
        return "\n".join((head, *(f"    {line}" for line in self.log)))


@dataclass(frozen=True, slots=True)
class ObjectState:
    """How one object stands: its content, and whom it reaches."""

    content: Any
    assignments: frozenset[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One ended run: what the product says of it, and what the emulator knows."""

    run: str
    items: list[Json]
    wanted: Json
    before: Json
    after: Json
    log: list[Json]


def judge(evidence: Evidence) -> list[Finding]:
    """Everything the product says of the run that the tenant does not bear out."""
    wanted, before, after = (
        standings_of(one) for one in (evidence.wanted, evidence.before, evidence.after)
    )
    said = {item["name"]: item for item in evidence.items}
    return [
        *_doubled(evidence, after),
        *_never_planned(evidence, wanted, after),
        *_unsaid(evidence, wanted, said),
        *_claimed_too_much(evidence),
        *(
            finding
            for key, standings in wanted.items()
            if (item := said.get(key[1]))
            for finding in _untrue(
                evidence, item, standings[0], before.get(key, []), after.get(key, [])
            )
        ),
    ]


def log_line(one: Json) -> str:
    applied = "applied" if one["applied"] else "not applied"
    return f"#{one['seq']} {one['at']} {one['method']} {one['path']} {one['status']} {applied}"


def _doubled(evidence: Evidence, after: dict[Key, list[ObjectState]]) -> Iterator[Finding]:
    for (path, name), standings in after.items():
        for _ in standings[1:]:
            log = _log(evidence, method="POST", ending=path)
            sentence = f"{len(standings)} objects of the name"
            yield _finding(evidence, Wrong.DUPLICATE_CREATE, name, sentence, log)


def _never_planned(
    evidence: Evidence, wanted: dict[Key, list[ObjectState]], after: dict[Key, list[ObjectState]]
) -> Iterator[Finding]:
    for path, name in after.keys() - wanted.keys():
        sentence = f"stands in {path}, and no backup item has its name"
        yield _finding(evidence, Wrong.MISMATCH, name, sentence)


def _unsaid(
    evidence: Evidence, wanted: dict[Key, list[ObjectState]], said: dict[str, Json]
) -> Iterator[Finding]:
    for _, name in wanted:
        item = said.get(name)
        if item is None:
            yield _finding(evidence, Wrong.LOST_OUTCOME, name, "the run does not list it")
        elif item["state"] != "settled" or not item["outcome"]:
            sentence = f"the run has ended and its item is {item['state']}"
            yield _finding(evidence, Wrong.LOST_OUTCOME, name, sentence)
        elif item["outcome"] != "outcome_unknown" and _is_open(item):
            sentence = f"it is {item['outcome']}, with a request still in flight"
            yield _finding(evidence, Wrong.LOST_OUTCOME, name, sentence)


def _is_open(item: Json) -> bool:
    return any(one["state"] == "in_flight" for one in item["requests"])


def _claimed_too_much(evidence: Evidence) -> Iterator[Finding]:
    """A request said to be applied was applied: no one else writes to the tenant meanwhile."""
    applied = Counter(
        (one["method"], one["path"].split("/", 2)[2]) for one in evidence.log if one["applied"]
    )
    for item in evidence.items:
        target = item["target_object_id"]
        for request in item["requests"]:
            path = _with_object(request["path"], target)
            if request["state"] == "applied" and not applied[request["method"], path]:
                sentence = f"says {request['method']} {path} was applied, and the log has none"
                yield _finding(evidence, Wrong.MISMATCH, item["name"], sentence)


def _with_object(path: str, object_id: str) -> str:
    head, found, tail = path.partition("urn:restore-safety:created:")
    return f"{head}{object_id}{tail[tail.find('/') :]}" if found and "/" in tail else path


def _untrue(
    evidence: Evidence,
    item: Json,
    wanted: ObjectState,
    before: list[ObjectState],
    after: list[ObjectState],
) -> Iterator[Finding]:
    """Where what the product says of one item is not how it stands."""
    outcome, verification = item["outcome"], item["verification"]
    is_as_wanted = wanted in after
    is_as_before = set(before) == set(after) or (not before and not after)
    wrong, stands = None, ""
    if outcome in WRITTEN and not after:
        wrong, stands = Wrong.MISMATCH, "it is not there"
    elif verification == "verified" and outcome in {*WRITTEN, "unchanged"} and not is_as_wanted:
        wrong, stands = Wrong.MISMATCH, "it is not as wanted"
    elif verification == "mismatch" and outcome in WRITTEN and is_as_wanted:
        wrong, stands = Wrong.MISMATCH, "it is as wanted"
    elif outcome in NOT_WRITTEN and not is_as_before:
        wrong, stands = Wrong.LOST_OUTCOME, "it is not as it was before the run"
    elif outcome == "partial" and (is_as_before or not after):
        wrong, stands = Wrong.MISMATCH, "nothing of it was written"
    if wrong is not None:
        said = f"said {outcome}, {verification} ({item['reason']}: {item['sentence']})"
        log = _log(evidence, object_id=item["target_object_id"])
        yield _finding(evidence, wrong, item["name"], f"{said}, but {stands}", log)


def _finding(
    evidence: Evidence, wrong: Wrong, item: str, sentence: str, log: tuple[str, ...] = ()
) -> Finding:
    return Finding(wrong=wrong, run=evidence.run, item=item, sentence=sentence, log=log)


def _log(
    evidence: Evidence, *, method: str = "", ending: str = "", object_id: str = ""
) -> tuple[str, ...]:
    return tuple(
        log_line(one)
        for one in evidence.log
        if one["is_write"]
        and one["method"].startswith(method)
        and one["path"].endswith(ending)
        and object_id in one["path"]
    )


def standings_of(dump: Json) -> dict[Key, list[ObjectState]]:
    """How everything stands that a restore is about, by collection and name."""
    objects: dict[str, list[Json]] = dump["objects"]
    filters = {one["id"]: one["displayName"] for one in objects.get(FILTERS, [])}
    found: dict[Key, list[ObjectState]] = {}
    for path, bodies in objects.items():
        for body in bodies if path in PATHS else ():
            name = body.get("name") or body.get("displayName") or ""
            state = ObjectState(_frozen(_content(body)), _assignments(body, filters))
            found.setdefault((path, name), []).append(state)
    return found


def _content(value: Any) -> Any:
    """The value without what the service adds, and without what says nothing."""
    if isinstance(value, dict):
        return {
            name: _content(one)
            for name, one in value.items()
            if name not in OWN and not name.startswith("@odata") and not _says_nothing(one)
        }
    if isinstance(value, list):
        return [_content(one) for one in value]
    return value


def _says_nothing(value: Any) -> bool:
    return value is None or value is False or value == []


def _frozen(value: Any) -> Any:
    """The same value, hashable."""
    if isinstance(value, dict):
        return tuple(sorted((name, _frozen(one)) for name, one in value.items()))
    if isinstance(value, list):
        return tuple(_frozen(one) for one in value)
    return value


def _assignments(body: Json, filters: dict[str, str]) -> frozenset[tuple[Any, ...]]:
    """Whom it reaches; a filter by its name, as a filter made anew has another id."""
    targets = (one["target"] for one in body.get("assignments") or [])
    return frozenset(
        (
            target["@odata.type"],
            target.get("groupId"),
            filters.get(filter_id, filter_id),
            target.get("deviceAndAppManagementAssignmentFilterType") if filter_id else None,
        )
        for target in targets
        for filter_id in (target.get("deviceAndAppManagementAssignmentFilterId"),)
    )
