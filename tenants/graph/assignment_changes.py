"""What becomes of each audience of a policy between two sets of assignments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tenants.graph.audience import (
    Audience,
    AudienceFilter,
    AudienceKind,
    assignment_audiences,
)
from tenants.graph.payloads import Payload


class AudienceEvent(StrEnum):
    """What happens to one audience; several may at once."""

    ADDED = "added"
    REMOVED = "removed"
    # It was excluded and becomes included, or the other way round.
    INCLUDED = "included"
    EXCLUDED = "excluded"
    FILTER_ADDED = "filter_added"
    FILTER_REMOVED = "filter_removed"
    # The same filter, which spared what it chose.
    FILTER_INVERTED = "filter_inverted"
    FILTER_CHANGED = "filter_changed"
    INTENT_CHANGED = "intent_changed"
    SETTINGS_CHANGED = "settings_changed"


class Extent(StrEnum):
    """Whether the policy reaches more or less by a change of one audience."""

    WIDENED = "widened"
    NARROWED = "narrowed"
    # Others are reached than before, and perhaps more.
    SHIFTED = "shifted"
    SAME = "same"


_OWN = {
    AudienceEvent.ADDED: Extent.WIDENED,
    AudienceEvent.REMOVED: Extent.NARROWED,
    AudienceEvent.FILTER_ADDED: Extent.NARROWED,
    AudienceEvent.FILTER_REMOVED: Extent.WIDENED,
    AudienceEvent.FILTER_INVERTED: Extent.SHIFTED,
    AudienceEvent.FILTER_CHANGED: Extent.SHIFTED,
    AudienceEvent.INTENT_CHANGED: Extent.SHIFTED,
    # A schedule reaches the same devices at other times.
    AudienceEvent.SETTINGS_CHANGED: Extent.SAME,
}
_OPPOSITE = {Extent.WIDENED: Extent.NARROWED, Extent.NARROWED: Extent.WIDENED}
_FLIPS = frozenset({AudienceEvent.INCLUDED, AudienceEvent.EXCLUDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceChange:
    """One audience before and after; None where it is not named."""

    before: Audience | None
    after: Audience | None
    events: tuple[AudienceEvent, ...]
    extent: Extent

    @property
    def audience(self) -> Audience:
        """The audience as it is afterwards, or as it was where it goes."""
        found = self.after or self.before
        if found is None:
            raise ValueError("A change is of an audience.")
        return found

    @property
    def grows(self) -> bool:
        """Whether the policy reaches, or may reach, what it does not reach today."""
        return self.extent in {Extent.WIDENED, Extent.SHIFTED}

    @property
    def is_flip(self) -> bool:
        return bool(_FLIPS.intersection(self.events))

    @property
    def makes_broad(self) -> bool:
        """Whether all devices or all users are reached that were not, or not all of them."""
        return self.after is not None and self.after.is_broad and self.grows


def assignment_changes(
    before: Iterable[Payload], after: Iterable[Payload]
) -> tuple[AudienceChange, ...]:
    """What becomes of each audience between two lists of normal assignments."""
    return audience_changes(assignment_audiences(before), assignment_audiences(after))


def audience_changes(
    before: Sequence[Audience], after: Sequence[Audience]
) -> tuple[AudienceChange, ...]:
    """Each audience that is not the same on both sides, those afterwards first, in their order."""
    old = _paired(before, after)
    found = [_change(old.pop(position, None), one) for position, one in enumerate(after)]
    partners = {id(one.before) for one in found}
    gone = [_change(one, None) for one in before if id(one) not in partners]
    return tuple(one for one in (*found, *gone) if one.before != one.after)


def _paired(before: Sequence[Audience], after: Sequence[Audience]) -> dict[int, Audience]:
    """For each position of `after` what it was before: best the same way round, else the other."""
    left = list(before)
    pairs: dict[int, Audience] = {}
    for same_way in (True, False):
        for position, one in enumerate(after):
            if position in pairs:
                continue
            for other in left:
                is_same_way = other.is_excluded == one.is_excluded
                if other.key == one.key and is_same_way is same_way:
                    pairs[position] = other
                    left = [each for each in left if each is not other]
                    break
    return pairs


def _change(before: Audience | None, after: Audience | None) -> AudienceChange:
    events = tuple(_events(before, after))
    return AudienceChange(
        before=before, after=after, events=events, extent=_extent(before, after, events)
    )


def _events(before: Audience | None, after: Audience | None) -> Iterable[AudienceEvent]:
    if after is None:
        yield AudienceEvent.REMOVED
    elif before is None:
        yield AudienceEvent.ADDED
    else:
        if before.is_excluded != after.is_excluded:
            yield AudienceEvent.EXCLUDED if after.is_excluded else AudienceEvent.INCLUDED
        if before.filter != after.filter:
            yield _filter_event(before.filter, after.filter)
        if before.intent != after.intent:
            yield AudienceEvent.INTENT_CHANGED
        if before.details != after.details:
            yield AudienceEvent.SETTINGS_CHANGED


def _filter_event(before: AudienceFilter | None, after: AudienceFilter | None) -> AudienceEvent:
    if before is None:
        return AudienceEvent.FILTER_ADDED
    if after is None:
        return AudienceEvent.FILTER_REMOVED
    return AudienceEvent.FILTER_INVERTED if before.id == after.id else AudienceEvent.FILTER_CHANGED


def _extent(
    before: Audience | None, after: Audience | None, events: Sequence[AudienceEvent]
) -> Extent:
    """What an audience gains the policy gains where it is included, and loses where excluded."""
    if before and after and before.is_excluded != after.is_excluded:
        return Extent.NARROWED if after.is_excluded else Extent.WIDENED
    named = after or before
    extents = {_OWN[event] for event in events} - {Extent.SAME}
    if AudienceEvent.SETTINGS_CHANGED in events and named and named.kind is AudienceKind.GUESTS:
        # Other types of guests, or guests of other tenants.
        extents.add(Extent.SHIFTED)
    if len(extents) != 1:
        return Extent.SHIFTED if extents else Extent.SAME
    extent = extents.pop()
    return _OPPOSITE.get(extent, extent) if named and named.is_excluded else extent
