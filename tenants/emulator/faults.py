"""Trouble on order: rules that make the emulator misbehave, the same way for the same seed."""

import json
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from tenants.emulator.clock import now
from tenants.emulator.refusals import Json
from tenants.emulator.state import State


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_status(value: Any) -> bool:
    return type(value) is int and 400 <= value <= 599  # noqa: PLR2004 -- HTTP's failures


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_limit(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"requests", "seconds"}
        and _is_count(value["requests"])
        and _is_amount(value["seconds"])
    )


_RULE = {
    "times": _is_count,
    "skip": _is_count,
    "probability": _is_amount,
    # Fires only for what goes beyond so many requests in so many seconds.
    "beyond": _is_limit,
}
_MATCH = {"method": _is_text, "path": _is_text, "tenant": _is_text}
_EFFECT = {
    "status": _is_status,
    "code": _is_text,
    "message": _is_text,
    "retry_after": _is_amount,
    "retry_after_form": lambda value: value in ("seconds", "date", "fractional", "absent"),
    "after_apply": _is_flag,
    "latency_ms": _is_amount,
    "disconnect": lambda value: value in ("before", "after_apply"),
    "ignore_properties": _is_names,
    "approval": _is_flag,
    "hide_after_create_ms": _is_amount,
}

# What a rule says of the one answer a request gets.
_ANSWER = frozenset(
    {"after_apply", "code", "disconnect", "message", "retry_after", "retry_after_form", "status"}
)


class FaultRuleError(ValueError):
    """A rule that would never do what its author means."""


def set_rules(state: State, document: Json) -> int:
    rules, seed = document.get("rules", []), document.get("seed", 0)
    if not isinstance(rules, list) or type(seed) is not int:
        raise FaultRuleError("the rules are a list, and their seed is a whole number")
    for rule in rules:
        _check(rule)
    with state.transaction():
        clear(state)
        state.db.executemany(
            "INSERT INTO faults (position, rule, seed) VALUES (?, ?, ?)",
            [(n, json.dumps(rule), seed) for n, rule in enumerate(rules)],
        )
    return len(rules)


def _check(rule: Any) -> None:
    if not isinstance(rule, dict):
        raise FaultRuleError("a fault rule is an object")
    match, effect = rule.get("match", {}), rule.get("effect")
    if not isinstance(match, dict) or not isinstance(effect, dict) or not effect:
        raise FaultRuleError("a fault rule has an effect, and its match is an object")
    _check_parts({key: one for key, one in rule.items() if key not in ("match", "effect")}, _RULE)
    _check_parts(match, _MATCH)
    _check_parts(effect, _EFFECT)
    try:
        re.compile(match.get("path", ""))
    except re.error as error:
        raise FaultRuleError(f"the path of a fault rule is no pattern: {error}") from error


def _check_parts(given: Json, known: Mapping[str, Callable[[Any], bool]]) -> None:
    strange = sorted(key for key, one in given.items() if key not in known or not known[key](one))
    if strange:
        raise FaultRuleError(f"unknown or unusable parts in a fault rule: {', '.join(strange)}")


def clear(state: State) -> None:
    state.db.execute("DELETE FROM faults")
    state.db.execute("DELETE FROM fault_passes")


def rules(state: State) -> list[Json]:
    rows = state.db.execute("SELECT * FROM faults ORDER BY position")
    return [
        {**json.loads(row["rule"]), "matched": row["matched"], "fired": row["fired"]}
        for row in rows
    ]


def effect_on(state: State, *, method: str, path: str, tenant: str | None) -> Json:
    """Every rule that fires adds its effect; where two say the same thing, the first one counts."""
    effect: Json = {}
    for row in state.db.execute("SELECT * FROM faults ORDER BY position").fetchall():
        rule = json.loads(row["rule"])
        if not _matches(rule.get("match", {}), method, path, tenant):
            continue
        fires = _fires(rule, row["seed"], row["position"], row["matched"], row["fired"])
        if fires and "beyond" in rule:
            fires = not _passes(state, row["position"], **rule["beyond"])
        state.db.execute(
            "UPDATE faults SET matched = matched + 1, fired = fired + ? WHERE position = ?",
            (fires, row["position"]),
        )
        if fires:
            effect = {**_beside(rule["effect"], effect), **effect}
    return effect


def _beside(added: Json, effect: Json) -> Json:
    """What one more rule adds; one request has one answer, so parts of two are never mixed."""
    if not effect.keys() & _ANSWER:
        return added
    return {key: one for key, one in added.items() if key not in _ANSWER}


def _matches(match: Json, method: str, path: str, tenant: str | None) -> bool:
    return (
        match.get("method", method).upper() == method
        and re.search(match.get("path", ""), path) is not None
        and match.get("tenant", tenant) == tenant
    )


def _fires(rule: Json, seed: int, position: int, matched: int, fired: int) -> bool:
    times = rule.get("times")
    if matched < rule.get("skip", 0) or (times is not None and fired >= times):
        return False
    # Drawn from the seed and the count alone, so neither a restart nor other rules change it.
    draw = random.Random(f"{seed}:{position}:{matched}").random()  # noqa: S311 -- no secret
    return bool(draw < rule.get("probability", 1))


def _passes(state: State, position: int, *, requests: int, seconds: float) -> bool:
    """Whether one more request stays within the limit of a window that slides along."""
    at = now().timestamp()
    state.db.execute(
        "DELETE FROM fault_passes WHERE position = ? AND at <= ?", (position, at - seconds)
    )
    (used,) = state.db.execute(
        "SELECT COUNT(*) FROM fault_passes WHERE position = ?", (position,)
    ).fetchone()
    if used >= requests:
        return False
    state.db.execute("INSERT INTO fault_passes (position, at) VALUES (?, ?)", (position, at))
    return True
