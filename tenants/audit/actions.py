"""The one registry of what the trail records: each action, in the words people read.

Each app registers its own actions when it is ready. A label names the kind of act, a sentence says
what one event did: a word in braces is a fact of the event; what stands in square brackets is left
out where the event does not have the fact in it.

A stored action never changes its meaning; what is no longer recorded stays registered, for the
trail outlives the code.
"""

from collections.abc import Mapping
from types import MappingProxyType

# Of each action its label and its sentence.
type ActionWords = Mapping[str, tuple[str, str]]

_LABELS: dict[str, str] = {}
_SENTENCES: dict[str, str] = {}

LABELS: Mapping[str, str] = MappingProxyType(_LABELS)
SENTENCES: Mapping[str, str] = MappingProxyType(_SENTENCES)


class ActionTakenError(ValueError):
    """An action has one meaning, so only one app can register it."""


def register(actions: ActionWords) -> None:
    """Take these actions in; each belongs to one app, which may say the same of it again."""
    taken = sorted(
        action
        for action in actions.keys() & _LABELS.keys()
        if (_LABELS[action], _SENTENCES[action]) != actions[action]
    )
    if taken:
        raise ActionTakenError(f"Registered before: {', '.join(taken)}")
    for action, (label, sentence) in actions.items():
        _LABELS[action] = label
        _SENTENCES[action] = sentence


def label_of(action: str) -> str:
    """The action in words; one that is not in the registry is spelt out from its name."""
    return LABELS.get(action) or action.replace(".", " ").replace("_", " ").capitalize()
