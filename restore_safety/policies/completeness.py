"""How completely a policy was read: facts kept with each item, and what follows from them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from restore_safety.policies.cut_off import is_cut_off
from restore_safety.truth.words import Word
from tenants.graph.contracts import Contract, PartRead
from tenants.graph.payloads import Json
from tenants.graph.secrecy import masked_secrets

# What Graph answers at a time unless asked otherwise, and what tools ask for.
_PAGE_SIZES = frozenset({25, 100, 1000})
_EXPANDED_NAME = re.compile(r"(?<!\$)\b[A-Za-z]\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Something a tool does not back up, as a sentence; of metadata a restore can do without."""

    sentence: str
    is_metadata: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What reading a file showed about the policy in it, and what its tool is known to lose."""

    cut_off: tuple[str, ...] = ()
    shape_faults: tuple[str, ...] = ()
    unknown_members: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()


class Wholeness(Word):
    """What the completeness facts of an item come to."""

    COMPLETE = (
        "complete",
        "Captured in full",
        "Its content and its assignments were read, and nothing is known to be missing.",
    )
    ASSIGNMENTS_UNKNOWN = (
        "assignments_unknown",
        "Assignments unknown",
        "Its content was read, its assignments were not: a restore leaves them untouched.",
    )
    INCOMPLETE = (
        "incomplete",
        "Incomplete",
        (
            "Part of its content was not captured; that it is absent here does not prove it is "
            "absent in the tenant."
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """The facts; `missing_parts` names properties a whole policy has and this one lacks.

    Settings are proven when a count came with them or every page was followed to its end.
    """

    pages_read: bool = True
    settings_expected: int | None = None
    settings_captured: int | None = None
    settings_proven: bool = True
    assignments_captured: bool = True
    assignments_problem: str = ""
    secrets_masked: tuple[str, ...] = ()
    decoded_cleanly: bool = True
    read_errors: tuple[str, ...] = ()
    missing_parts: tuple[str, ...] = ()
    # Paths at which text stands in place of content that was cut off.
    cut_off: tuple[str, ...] = ()
    # What holds something else than its type allows, as clauses.
    shape_faults: tuple[str, ...] = ()
    # Paths of members Graph's published types do not have; a restore leaves them out.
    unknown_members: tuple[str, ...] = ()
    # What the tool that wrote the file does not back up, as sentences.
    losses: tuple[str, ...] = ()
    metadata_losses: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Self:
        """The facts as stored; an item without any is one nothing is known about."""
        if not facts:
            return cls(
                pages_read=False,
                assignments_captured=False,
                read_errors=("how it was read was not recorded",),
            )
        stored: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in facts.items()
        }
        return cls(**stored)

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that is not whole, as plain sentences."""
        return self.content_problems + self._notes

    @property
    def content_problems(self) -> tuple[str, ...]:
        """Why the content is not whole, as plain sentences; empty when it is."""
        problems = []
        if not self.pages_read:
            problems.append("Not all of its pages were read.")
        if self._lacks_settings:
            problems.append(
                f"It should hold {self.settings_expected} settings, "
                f"but {self.settings_captured or 0} were captured."
            )
        if self._may_lack_settings:
            problems.append(
                f"It holds exactly {self.settings_captured:,} settings, as many as one page has, "
                "and nothing says that there were no more."
            )
        problems.extend(f"“{part}” was not captured." for part in self.missing_parts)
        problems.extend(
            f"“{path}” was cut off when it was exported: text stands in its place."
            for path in self.cut_off
        )
        problems.extend(f"{fault}." for fault in self.shape_faults)
        problems.extend(self.losses)
        if not self.decoded_cleanly:
            problems.append(
                "Its file is not in a Unicode encoding: letters beyond plain ASCII may be wrong."
            )
        problems.extend(f"Reading it failed in part: {error}." for error in self.read_errors)
        return tuple(problems)

    @property
    def is_complete(self) -> bool:
        """Whether the content is whole; assignments that were not captured are left untouched."""
        return not self.content_problems

    @property
    def would_delete_uncaptured(self) -> bool:
        """Whether replacing a live policy with this one could delete what was never captured."""
        return (
            not self.pages_read
            or self._lacks_settings
            or self._may_lack_settings
            or bool(self.missing_parts or self.cut_off or self.losses)
        )

    @property
    def wholeness(self) -> Wholeness:
        if not self.is_complete or self.secrets_masked or self.metadata_losses:
            return Wholeness.INCOMPLETE
        if not self.assignments_captured:
            return Wholeness.ASSIGNMENTS_UNKNOWN
        return Wholeness.COMPLETE

    @property
    def _lacks_settings(self) -> bool:
        return (
            self.settings_expected is not None and self.settings_expected != self.settings_captured
        )

    @property
    def _may_lack_settings(self) -> bool:
        """Whether what was captured is exactly a page, as when the first was taken for all."""
        return not self.settings_proven and self.settings_captured in _PAGE_SIZES

    @property
    def _notes(self) -> tuple[str, ...]:
        notes = []
        if not self.settings_proven and not self._may_lack_settings:
            notes.append(
                "Nothing says how many settings it should hold, so it is not proven that these "
                "are all of them."
            )
        if not self.assignments_captured:
            why = f" ({self.assignments_problem})" if self.assignments_problem else ""
            notes.append(
                f"Its assignments were not captured{why}: a restore leaves those in the tenant "
                "untouched."
            )
        if self.secrets_masked:
            notes.append(
                "Secret values are masked and cannot be restored: "
                f"{', '.join(self.secrets_masked)}."
            )
        if self.unknown_members:
            notes.append(
                "Not in Graph's published schema, and left out of a restore: "
                f"{', '.join(self.unknown_members)}."
            )
        return (*notes, *self.metadata_losses)


def completeness_of(  # noqa: PLR0913 -- one argument per fact
    contract: Contract,
    payload: Json,
    *,
    assignments_captured: bool,
    assignments_problem: str = "",
    settings_followed: bool = True,
    decoded_cleanly: bool = True,
    pages_read: bool = True,
    read_errors: tuple[str, ...] = (),
    known: Known | None = None,
) -> Completeness:
    """How complete a policy of this type is, by what is there and what has to be.

    Settings that were not followed page by page are proven only by the count that came with them.
    """
    expected, captured = _settings_of(contract, payload)
    known = known or Known()
    return Completeness(
        pages_read=pages_read and not is_cut_off(contract, payload),
        settings_expected=expected,
        settings_captured=captured,
        settings_proven=settings_followed or captured is None or expected is not None,
        assignments_captured=assignments_captured or contract.unassigned,
        assignments_problem=assignments_problem,
        secrets_masked=masked_secrets(contract, payload),
        decoded_cleanly=decoded_cleanly,
        read_errors=read_errors,
        missing_parts=tuple(_missing_parts(contract, payload)),
        cut_off=known.cut_off,
        shape_faults=known.shape_faults,
        unknown_members=known.unknown_members,
        losses=tuple(loss.sentence for loss in known.losses if not loss.is_metadata),
        metadata_losses=tuple(loss.sentence for loss in known.losses if loss.is_metadata),
    )


def _settings_of(contract: Contract, payload: Json) -> tuple[int | None, int | None]:
    for part in contract.parts:
        if part.count_property:
            count, members = payload.get(part.count_property), payload.get(part.name)
            expected = count if type(count) is int else None
            return expected, len(members) if isinstance(members, list) else None
    return None, None


def _missing_parts(contract: Contract, payload: Json) -> Iterator[str]:
    for part in contract.parts:
        if part.is_mandatory:
            # The names of an expansion in order, each inside the one before it.
            names = [part.name, *_EXPANDED_NAME.findall(part.expand)]
            yield from _unexpanded(payload, names)
        elif part.read is not PartRead.MEMBER and not isinstance(payload.get(part.name), list):
            yield part.name
    yield from (name for name in contract.bound_links if not _leads_somewhere(payload.get(name)))
    # A list answers these without content, and a backup made from one has lost it.
    yield from (name for name in sorted(contract.content) if payload.get(name) in (None, ""))


def _leads_somewhere(link: Any) -> bool:
    return isinstance(link, Mapping) and bool(link.get("id"))


def _unexpanded(holder: Any, names: list[str]) -> Iterator[str]:
    if not names or not isinstance(holder, Mapping):
        return
    name, *inner = names
    members = holder.get(name)
    if not isinstance(members, list) or not members:
        # No policy of these types is without them, so an empty one was not expanded either.
        yield name
        return
    for member in members:
        yield from _unexpanded(member, inner)
