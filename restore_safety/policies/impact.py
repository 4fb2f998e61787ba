"""Who a change would reach, and what of it people have to know before it is written."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from restore_safety.policies.policy import PolicyToRestore
from restore_safety.truth.words import Word
from tenants.graph.assignment_changes import AudienceChange, Extent, audience_changes
from tenants.graph.audience import (
    ACCESS_POLICIES,
    Audience,
    AudienceKind,
    audiences_of,
    labelled,
    reaches_no_one,
)
from tenants.graph.payloads import TYPE, Json

_ENABLED = "enabled"
UPDATE_RINGS = frozenset({"#microsoft.graph.windowsUpdateForBusinessConfiguration"})
SCRIPTS = frozenset(
    {
        "deviceManagementScripts",
        "deviceShellScripts",
        "deviceHealthScripts",
        "deviceCustomAttributeShellScripts",
    }
)
_SCRIPT_CONTENT = "scriptcontent"
_COMPLIANCE = frozenset({"deviceCompliancePolicies", "compliancePolicies"})
UPDATES = frozenset(
    {
        "windowsDriverUpdateProfiles",
        "windowsFeatureUpdateProfiles",
        "windowsQualityUpdateProfiles",
        "windowsQualityUpdatePolicies",
    }
)


class Effect(Word):
    """What a change does beyond the values it sets."""

    STARTS_ENFORCING = (
        "starts_enforcing",
        "Starts to decide about sign-ins",
        "The tenant does not enforce it today. Once written, it decides about sign-ins at once.",
    )
    STOPS_ENFORCING = (
        "stops_enforcing",
        "Stops deciding about sign-ins",
        "The tenant enforces it today. Once written, it no longer holds any sign-in back.",
    )
    RUNS_SCRIPT = (
        "runs_script",
        "Runs a script",
        "The script runs on the devices it reaches. No later restore takes back what it did there.",
    )
    INSTALLS_UPDATES = (
        "installs_updates",
        "Steers Windows updates",
        "Devices install updates by it. No later restore takes an installed update off again.",
    )
    REACHES_EVERYBODY_ANEW = (
        "reaches_everybody_anew",
        "Reaches everybody, newly",
        "It comes to all devices or all users, which it does not reach today, or not all of them.",
    )
    REACHES_MORE = (
        "reaches_more",
        "Reaches more than today",
        "It comes to an audience it does not reach today, or no longer spares one.",
    )
    CHANGES_FOR_EVERYBODY = (
        "changes_for_everybody",
        "Changes what everybody has",
        "It reaches all devices or all users already, and changes for all of them at once.",
    )
    TAKES_ASSIGNMENTS_AWAY = (
        "takes_assignments_away",
        "Takes assignments away",
        "An audience that has it today, and not in the backup, loses it.",
    )
    REACHES_NOBODY = (
        "reaches_nobody",
        "Reaches no one afterwards",
        "No one is assigned to it once it is written.",
    )
    REMOVES_SETTINGS = (
        "removes_settings",
        "Takes settings out",
        "The tenant's policy holds values the backup does not; they are gone once it is written.",
    )
    DECIDES_COMPLIANCE = (
        "decides_compliance",
        "Decides about compliance",
        "Devices may count as not compliant by it, and lose what is only open to compliant ones.",
    )


class Reach(Word):
    """How far a policy reaches, the farthest that is true of it."""

    ALL_DEVICES = "all_devices", "All devices"
    ALL_USERS = "all_users", "All users"
    GUESTS = "guests", "Guests and external users"
    WORKLOAD_IDENTITIES = "workload_identities", "Workload identities"
    GROUPS = "groups", "Named groups"
    NAMED = "named", "Named users, roles or identities"
    NOBODY = "nobody", "No one"
    NOT_SET = "not_set", "Not set by this restore"


# An audience that shifts leaves out what it reached before.
_LOSING = frozenset({Extent.NARROWED, Extent.SHIFTED})
# From the farthest; whatever else is named is one audience of its own.
_REACHES = {
    AudienceKind.ALL_DEVICES: Reach.ALL_DEVICES,
    AudienceKind.ALL_USERS: Reach.ALL_USERS,
    AudienceKind.GUESTS: Reach.GUESTS,
    AudienceKind.WORKLOAD_IDENTITIES: Reach.WORKLOAD_IDENTITIES,
    AudienceKind.AGENT_IDENTITIES: Reach.WORKLOAD_IDENTITIES,
    AudienceKind.GROUP: Reach.GROUPS,
    AudienceKind.COLLECTION: Reach.GROUPS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Who a policy reaches and spares, and how people read it."""

    audiences: tuple[Audience, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def reach(self) -> Reach:
        """The farthest reach that is true of it."""
        included = {one.kind for one in self.audiences if not one.is_excluded}
        if not included:
            return Reach.NOBODY
        return next((far for kind, far in _REACHES.items() if kind in included), Reach.NAMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Who is reached before and after; None where it is not known or no one can be."""

    before: Reached | None = None
    after: Reached | None = None
    effects: tuple[Effect, ...] = ()

    @property
    def reach(self) -> Reach:
        """How far the policy reaches once it is written."""
        return Reach.NOT_SET if self.after is None else self.after.reach

    def to_json(self) -> dict[str, Any]:
        """As a row keeps it; effects are keys, so that a query finds the rows that have one."""
        return {
            "before": None if self.before is None else list(self.before.labels),
            "after": None if self.after is None else list(self.after.labels),
            "effects": dict.fromkeys((one.value for one in self.effects), True),
        }


@dataclass(frozen=True, kw_only=True)
class Change:
    """A policy as it is and as it would be; without a live one it would be new."""

    policy: PolicyToRestore
    live: Json | None
    wanted: Json
    before: Reached | None
    after: Reached | None
    changed: frozenset[str] = frozenset()
    removes_settings: bool = False

    @cached_property
    def audiences(self) -> tuple[AudienceChange, ...]:
        """What becomes of each audience, as far as both sides are known."""
        if self.after is None:
            return ()
        return audience_changes(self.before.audiences if self.before else (), self.after.audiences)

    @property
    def grows(self) -> bool:
        return any(one.grows for one in self.audiences)

    @property
    def is_new(self) -> bool:
        return self.live is None


def reached_by(
    policy: PolicyToRestore,
    payload: Json,
    assignments: Sequence[Json] | None,
    names: Mapping[str, str],
) -> Reached | None:
    """Who a policy reaches; None where that is not known, or no one can be reached."""
    audiences = audiences_of(policy.contract, payload, assignments)
    if audiences is None:
        return None
    return Reached(audiences=audiences, labels=tuple(labelled(one, names) for one in audiences))


def impact_of(change: Change) -> Impact:
    """What the written change comes to, the weightiest effect first."""
    found = frozenset(_effects(change))
    return Impact(
        before=change.before,
        after=change.after,
        effects=tuple(effect for effect in Effect if effect in found),
    )


def summary_of(impacts: Iterable[Impact]) -> dict[str, dict[str, int]]:
    """How many of the written policies have each effect, and how far they reach."""
    impacts = tuple(impacts)
    effects = Counter(effect for one in impacts for effect in one.effects)
    reach = Counter(one.reach for one in impacts)
    return {
        "effects": {effect.value: effects[effect] for effect in Effect if effects[effect]},
        "reach": {far.value: reach[far] for far in Reach if reach[far]},
    }


def _effects(change: Change) -> Iterable[Effect]:
    yield from _enforcement(change)
    yield from _on_devices(change)
    yield from _audience_effects(change)
    if change.removes_settings:
        yield Effect.REMOVES_SETTINGS


def _audience_effects(change: Change) -> Iterable[Effect]:
    if change.after is None:
        return
    changes = change.audiences
    if any(one.makes_broad for one in changes):
        yield Effect.REACHES_EVERYBODY_ANEW
    elif any(one.is_broad for one in change.after.audiences):
        yield Effect.CHANGES_FOR_EVERYBODY
    if not change.is_new and any(one.grows and not one.makes_broad for one in changes):
        yield Effect.REACHES_MORE
    if not change.is_new and any(one.extent in _LOSING for one in changes):
        yield Effect.TAKES_ASSIGNMENTS_AWAY
    had_any = change.before is not None and not reaches_no_one(change.before.audiences)
    if reaches_no_one(change.after.audiences) and (change.is_new or had_any):
        yield Effect.REACHES_NOBODY


def _enforcement(change: Change) -> Iterable[Effect]:
    if change.policy.contract.key != ACCESS_POLICIES:
        return
    is_on = change.live is not None and change.live.get("state") == _ENABLED
    will_be_on = change.wanted.get("state") == _ENABLED
    if will_be_on and not is_on:
        yield Effect.STARTS_ENFORCING
    if is_on and not will_be_on:
        yield Effect.STOPS_ENFORCING


def _on_devices(change: Change) -> Iterable[Effect]:
    if change.after is None or reaches_no_one(change.after.audiences):
        return
    key = change.policy.contract.key
    if key in SCRIPTS and (change.is_new or change.grows or _changes_script(change)):
        yield Effect.RUNS_SCRIPT
    if key in _COMPLIANCE:
        yield Effect.DECIDES_COMPLIANCE
    is_ring = change.policy.payload.get(TYPE) in UPDATE_RINGS
    if key in UPDATES or is_ring:
        yield Effect.INSTALLS_UPDATES


def _changes_script(change: Change) -> bool:
    return any(name.lower().endswith(_SCRIPT_CONTENT) for name in change.changed)
