"""The one registry of how a state looks: its word, tone, icon and meaning.

Each app registers the states it declares when it is ready. Positive is kept for what was proven,
never for what was merely not refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType


class Tone(StrEnum):
    NEUTRAL = "neutral"
    INFO = "info"
    PROGRESS = "progress"
    CAUTION = "caution"
    DANGER = "danger"
    POSITIVE = "positive"


class UnknownStateError(LookupError):
    """The value is no state with a badge; a column's text has to become its enum first."""


class StateTakenError(ValueError):
    """A state looks one way, so it is not registered with another look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A state as people see it; the icon is a name of bootstrap-icons."""

    label: str
    tone: Tone
    icon: str
    meaning: str


# A state, its tone and its icon; its meaning where the enum has no sentence for it.
type StateLook = tuple[Enum, Tone, str] | tuple[Enum, Tone, str, str]

# By class first: members of two string enums with one value are equal keys.
_BADGES: dict[type[Enum], dict[Enum, Badge]] = {}

BADGES: Mapping[type[Enum], Mapping[Enum, Badge]] = MappingProxyType(_BADGES)

_MESSAGE_TONES = {
    "debug": Tone.NEUTRAL,
    "warning": Tone.CAUTION,
    "error": Tone.DANGER,
}


def register(looks: Iterable[StateLook]) -> None:
    """Take these states in; each looks one way, which may be said again."""
    for member, tone, icon, *meaning in looks:
        badge = make_badge(member, tone, icon, *meaning)
        if _BADGES.setdefault(type(member), {}).setdefault(member, badge) != badge:
            raise StateTakenError(f"{member!r} was registered before.")


def make_badge(member: Enum, tone: Tone, icon: str, meaning: str = "") -> Badge:
    """The label and the meaning are the enum's own where it speaks for itself."""
    return Badge(
        label=str(getattr(member, "label", "")) or member.name.replace("_", " ").capitalize(),
        tone=tone,
        icon=icon,
        meaning=meaning or str(getattr(member, "sentence", "")),
    )


def badge_for(member: Enum) -> Badge:
    """How the state looks; plain text is refused, for two enums may share a value."""
    family = BADGES.get(type(member), {})
    if member not in family:
        raise UnknownStateError(f"{member!r} has no badge: add it to the badges.py of its app.")
    return family[member]


def as_badge(member: Enum | Badge) -> Badge:
    """The badge itself, or the one of the state."""
    return member if isinstance(member, Badge) else badge_for(member)


def tone_of_message(level: str) -> Tone:
    """A message says what was done; what it proved is for the page it leads to."""
    return _MESSAGE_TONES.get(level, Tone.INFO)
