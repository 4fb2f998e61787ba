"""What becomes of an audience, as a sentence says it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from restore_safety.checks.findings import counted
from tenants.graph.assignment_changes import AudienceChange, AudienceEvent
from tenants.graph.audience import Audience, AudienceKind, labelled
from tenants.printable import printable

_COUNTED = {
    AudienceKind.USER: ("user", "users"),
    AudienceKind.ROLE: ("role", "roles"),
    AudienceKind.SERVICE_PRINCIPAL: ("service principal", "service principals"),
    AudienceKind.AGENT_IDENTITY: ("agent identity", "agent identities"),
}


def sentence_of(change: AudienceChange, names: Mapping[str, str]) -> str:
    """Every event of one audience in a clause, such as "group Pilots is no longer excluded"."""
    return " and ".join(_clause(event, change, names) for event in change.events)


def plain_label(audience: Audience, names: Mapping[str, str]) -> str:
    """Who is meant, whether included or excluded, with the filter."""
    return labelled(replace(audience, is_excluded=False), names)


def counted_labels(audiences: Iterable[Audience], names: Mapping[str, str]) -> list[str]:
    """The audiences for a title: users, roles and service principals in number, others by name."""
    audiences = list(audiences)
    numbers = Counter(one.kind for one in audiences if one.kind in _COUNTED)
    named = [labelled(one, names) for one in audiences if one.kind not in _COUNTED]
    return named + [counted(number, *_COUNTED[kind]) for kind, number in numbers.items()]


def audience_facts(audiences: Iterable[Audience]) -> list[dict[str, str]]:
    """The audiences as a finding keeps them: each once, in order, by kind and id."""
    keys = sorted({(one.kind.value, one.id) for one in audiences})
    return [{"kind": kind, "id": one} for kind, one in keys]


def _clause(event: AudienceEvent, change: AudienceChange, names: Mapping[str, str]) -> str:
    named = change.audience
    intents, filters = _intents(change), _filters(change, names)
    clauses = {
        AudienceEvent.ADDED: "is excluded" if named.is_excluded else "is added",
        AudienceEvent.REMOVED: "is no longer excluded" if named.is_excluded else "is removed",
        AudienceEvent.INCLUDED: "was excluded and becomes included",
        AudienceEvent.EXCLUDED: "was included and becomes excluded",
        AudienceEvent.FILTER_ADDED: f"gets the filter {filters[1]}",
        AudienceEvent.FILTER_REMOVED: f"loses the filter {filters[0]}",
        AudienceEvent.FILTER_INVERTED: f"has its filter turned from {filters[0]} to {filters[1]}",
        AudienceEvent.FILTER_CHANGED: f"has the filter {filters[1]} in place of {filters[0]}",
        AudienceEvent.INTENT_CHANGED: f"has the intent {intents[1]} in place of {intents[0]}",
        AudienceEvent.SETTINGS_CHANGED: "has another schedule or other settings",
    }
    is_whole = event in {AudienceEvent.ADDED, AudienceEvent.REMOVED}
    label = plain_label(named if is_whole else replace(named, filter=None), names)
    return f"{label} {clauses[event]}"


def _filters(change: AudienceChange, names: Mapping[str, str]) -> tuple[str, str]:
    """The filters before and after, with what they do."""
    used = [one.filter if one else None for one in (change.before, change.after)]
    before, after = (
        f"{printable(names.get(one.id) or one.id)} ({one.mode})" if one else "none" for one in used
    )
    return before, after


def _intents(change: AudienceChange) -> tuple[str, str]:
    before, after = (
        (one.intent if one else "") or "apply" for one in (change.before, change.after)
    )
    return before, after
