"""What a check answers with: an issue in plain words, and the policies it is about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from restore_safety.models import Severity

NAMED_AT_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Subject:
    """A policy an issue is about, by its backup item."""

    name: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Missing:
    """An object that policies refer to and the tenant does not have, by the id looked for."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundIssue:
    """One kind of issue, once, however many policies share it."""

    severity: Severity
    code: str
    title: str
    why: str
    remedy: str
    subjects: tuple[Subject, ...] = ()
    # What the sentences were made of, beside the code, the subjects and what is missing.
    facts: Mapping[str, Any] = field(default_factory=dict)
    # What the tenant does not have, all of it, where a sentence may name the first ones only.
    missing: tuple[Missing, ...] = ()

    def __post_init__(self) -> None:
        if not (self.title and self.why and self.remedy):
            raise ValueError("An issue says what was found, why it matters and what to do.")


def counted(number: int, one: str = "policy", many: str = "policies") -> str:
    return f"{number} {one if number == 1 else many}"


def listed(names: Iterable[str]) -> str:
    """The names in a sentence, in order and each once; a long list says how many more."""
    distinct = sorted(set(names))
    shown = distinct[:NAMED_AT_MOST]
    if len(distinct) > NAMED_AT_MOST:
        return f"{', '.join(shown)} and {len(distinct) - NAMED_AT_MOST} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def sentences(texts: Iterable[str], *, most: int = NAMED_AT_MOST) -> str:
    """The first of the sentences, and how many more there are; a finding may be about thousands."""
    whole = list(texts)
    more = [f"{len(whole) - most} more are like these."] if len(whole) > most else []
    return " ".join([*whole[:most], *more])


def verb(subjects: Sequence[object], one: str, many: str) -> str:
    return one if len(subjects) == 1 else many
