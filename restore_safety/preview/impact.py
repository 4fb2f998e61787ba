"""Whom a change would reach, and what of it people have to know before it is written."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from restore_safety.preview.assignments import ALL_DEVICES, ALL_USERS, NOT, audience_label
from restore_safety.preview.policies import PolicyToRestore
from restore_safety.truth.words import Word
from tenants.graph.payloads import TYPE, Json, value_at
from tenants.legible import legible

_ENABLED = "enabled"
_UPDATES = frozenset({"#microsoft.graph.windowsUpdateForBusinessConfiguration"})
_USERS = {"All": ALL_USERS, "GuestsOrExternalUsers": "guests and external users"}


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
        "It comes to all devices or all users, which it does not reach today.",
    )
    CHANGES_FOR_EVERYBODY = (
        "changes_for_everybody",
        "Changes what everybody has",
        "It reaches all devices or all users already, and changes for all of them at once.",
    )
    TAKES_ASSIGNMENTS_AWAY = (
        "takes_assignments_away",
        "Takes assignments away",
        "Whom it is assigned to today, and not in the backup, loses it.",
    )
    REACHES_NOBODY = (
        "reaches_nobody",
        "Reaches nobody afterwards",
        "Nobody is assigned to it once it is written.",
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
    GROUPS = "groups", "Named groups"
    NOBODY = "nobody", "Nobody"
    NOT_SET = "not_set", "Not set by this restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Who is reached before and after, in words; None where nobody knows or nobody can be."""

    before: tuple[str, ...] | None = None
    after: tuple[str, ...] | None = None
    effects: tuple[Effect, ...] = ()

    @property
    def reach(self) -> Reach:
        """How far the policy reaches once it is written."""
        if self.after is None:
            return Reach.NOT_SET
        if any(one.startswith(ALL_DEVICES) for one in self.after):
            return Reach.ALL_DEVICES
        if any(one.startswith(ALL_USERS) for one in self.after):
            return Reach.ALL_USERS
        return Reach.GROUPS if self.after else Reach.NOBODY

    def to_json(self) -> dict[str, Any]:
        """As a row keeps it; effects are keys, so that a query finds the rows that have one."""
        return {
            "before": None if self.before is None else list(self.before),
            "after": None if self.after is None else list(self.after),
            "effects": dict.fromkeys((one.value for one in self.effects), True),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A policy as it is and as it would be; without a live one it would be new."""

    policy: PolicyToRestore
    live: Json | None
    wanted: Json
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None
    changed: frozenset[str] = frozenset()
    removes_settings: bool = False

    @property
    def added(self) -> frozenset[str]:
        return frozenset(self.after or ()) - frozenset(self.before or ())

    @property
    def removed(self) -> frozenset[str]:
        return frozenset(self.before or ()) - frozenset(self.after or ())

    @property
    def is_new(self) -> bool:
        return self.live is None


def reached_by(
    policy: PolicyToRestore,
    payload: Json,
    assignments: Sequence[Json] | None,
    names: Mapping[str, str],
) -> tuple[str, ...] | None:
    """Whom a policy reaches, as people read it; None for what reaches nobody by its nature."""
    contract = policy.contract
    if contract.key == "conditionalAccessPolicies":
        return tuple(_named_inside(policy, payload, names))
    if contract.unassigned or assignments is None:
        return None
    return tuple(audience_label(one, names) for one in assignments)


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
    broad = {one for one in change.after or () if _is_everybody(one)}
    if broad & change.added:
        yield Effect.REACHES_EVERYBODY_ANEW
    elif broad:
        yield Effect.CHANGES_FOR_EVERYBODY
    if any(not one.startswith(NOT) for one in change.removed):
        yield Effect.TAKES_ASSIGNMENTS_AWAY
    if change.after == () and (change.is_new or change.before):
        yield Effect.REACHES_NOBODY
    if change.removes_settings:
        yield Effect.REMOVES_SETTINGS


def _enforcement(change: Change) -> Iterable[Effect]:
    if change.policy.contract.key != "conditionalAccessPolicies":
        return
    is_on = change.live is not None and change.live.get("state") == _ENABLED
    will_be_on = change.wanted.get("state") == _ENABLED
    if will_be_on and not is_on:
        yield Effect.STARTS_ENFORCING
    if is_on and not will_be_on:
        yield Effect.STOPS_ENFORCING


def _on_devices(change: Change) -> Iterable[Effect]:
    if not change.after:
        return
    match change.policy.contract.key:
        case "deviceManagementScripts":
            if change.is_new or change.added or "scriptContent" in change.changed:
                yield Effect.RUNS_SCRIPT
        case "deviceCompliancePolicies":
            yield Effect.DECIDES_COMPLIANCE
        case "windowsDriverUpdateProfiles":
            yield Effect.INSTALLS_UPDATES
        case "deviceConfigurations" if change.policy.payload.get(TYPE) in _UPDATES:
            yield Effect.INSTALLS_UPDATES


def _is_everybody(label: str) -> bool:
    return label.startswith((ALL_DEVICES, ALL_USERS))


def _named_inside(
    policy: PolicyToRestore, payload: Json, names: Mapping[str, str]
) -> Iterable[str]:
    """Whom a policy names in itself, as conditional access does."""
    users = value_at(payload, "conditions.users")
    users = users if isinstance(users, Mapping) else {}
    included = [str(one) for one in users.get("includeUsers") or ()]
    yield from (_USERS[one] for one in included if one in _USERS)
    if single := [one for one in included if one not in _USERS and one != "None"]:
        yield "1 user" if len(single) == 1 else f"{len(single)} users"
    if roles := users.get("includeRoles"):
        yield "1 role" if len(roles) == 1 else f"{len(roles)} roles"
    for member, prefix in (("includeGroups", ""), ("excludeGroups", NOT)):
        for group in users.get(member) or ():
            name = legible(names.get(str(group)) or names.get(str(group).lower()) or "")
            yield f"{prefix}group {name} ({group})" if name else f"{prefix}group {group}"
