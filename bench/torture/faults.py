"""Random trouble of the provider: the rules of one run, the same ones for the same seed."""

import random
from collections.abc import Callable
from typing import Any

type Json = dict[str, Any]

ANY = "/(deviceManagement|identity)/"
WRITES = ("POST", "PATCH", "PUT")
# Longer than the client waits for an answer, and well within what settles after a silence.
LATE_MS = (6_000, 9_000)


def _on_writes(rng: random.Random, effect: Json, *, times: int) -> Json:
    match = {"path": ANY, "method": rng.choice(WRITES)}
    return {
        "match": match,
        "effect": effect,
        "times": rng.randint(1, times),
        "probability": rng.uniform(0.1, 0.5),
    }


def _on_reads(rng: random.Random, effect: Json) -> Json:
    match = {"path": ANY, "method": "GET"}
    return {
        "match": match,
        "effect": effect,
        "times": rng.randint(1, 6),
        "probability": rng.uniform(0.02, 0.1),
    }


def _throttled(rng: random.Random) -> Json:
    return _on_writes(rng, {"status": 429, "retry_after": rng.randint(1, 5)}, times=6)


def _throttled_without_header(rng: random.Random) -> Json:
    return _on_writes(rng, {"status": 429}, times=4)


def _throttled_read(rng: random.Random) -> Json:
    return _on_reads(rng, {"status": 429, "retry_after": rng.randint(1, 3)})


def _unavailable(rng: random.Random) -> Json:
    effect = {"status": rng.choice((503, 504))} | rng.choice(({}, {"retry_after": 2}))
    return _on_writes(rng, effect, times=4)


def _applied_in_spite_of(rng: random.Random) -> Json:
    effect = {"status": rng.choice((500, 503, 504)), "after_apply": True}
    return _on_writes(rng, effect, times=4)


def _cut_before(rng: random.Random) -> Json:
    return _on_writes(rng, {"disconnect": "before"}, times=3)


def _cut_after(rng: random.Random) -> Json:
    return _on_writes(rng, {"disconnect": "after_apply"}, times=4)


def _late(rng: random.Random) -> Json:
    return _on_writes(rng, {"latency_ms": rng.randint(*LATE_MS)}, times=2)


def _hidden(rng: random.Random) -> Json:
    rule = _on_writes(rng, {"hide_after_create_ms": rng.randint(500, 4_000)}, times=8)
    return rule | {"match": rule["match"] | {"method": "POST"}}


def _hidden_and_cut(rng: random.Random) -> Json:
    effect = {"disconnect": "after_apply", "hide_after_create_ms": rng.randint(500, 6_000)}
    rule = _on_writes(rng, effect, times=2)
    return rule | {"match": rule["match"] | {"method": "POST"}}


def _throttled_and_cut(rng: random.Random) -> Json:
    """Combined with another rule's 429s, the answer is lost only after a wait."""
    rule = _hidden_and_cut(rng)
    return rule | {"skip": rng.randint(1, 4)}


def _slow(rng: random.Random) -> Json:
    match = {"path": ANY}
    effect = {"latency_ms": rng.randint(100, 700)}
    return {"match": match, "effect": effect, "times": 20, "probability": rng.uniform(0.05, 0.2)}


def _failed_read(rng: random.Random) -> Json:
    return _on_reads(rng, {"status": rng.choice((500, 502, 503))})


def _cut_read(rng: random.Random) -> Json:
    return _on_reads(rng, {"disconnect": "before"})


KINDS: tuple[Callable[[random.Random], Json], ...] = (
    _throttled,
    _throttled_without_header,
    _throttled_read,
    _unavailable,
    _applied_in_spite_of,
    _cut_before,
    _cut_after,
    _late,
    _hidden,
    _hidden_and_cut,
    _throttled_and_cut,
    _slow,
    _failed_read,
    _cut_read,
)


def rules_for(tenant: str, rng: random.Random) -> list[Json]:
    """Three to six kinds of trouble for the next restore into this directory."""
    chosen = rng.sample(KINDS, rng.randint(3, 6))
    rules = (make(rng) for make in chosen)
    return [rule | {"match": rule["match"] | {"tenant": tenant}} for rule in rules]
