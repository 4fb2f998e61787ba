"""Faulty engines against the fence: whatever they try to send, only the plan leaves."""

import json
import random
import re
from contextlib import suppress
from dataclasses import replace

import pytest

from operations import lifecycle
from restore_safety.execution.freshness import Freshness
from restore_safety.execution.plan import fence_for, planned_writes
from restore_safety.execution.sending import ItemPutOffError
from restore_safety.execution.writer import ItemWriter
from tenants.connections.service import writer_for
from tenants.graph.errors import FenceRefusalError
from tenants.graph.fence import PLACEHOLDER
from tests.restore_safety.execution.scene import (
    CATALOG,
    COMPLIANCE,
    FILTERS,
    TAGS,
    catalog,
    compliance,
    device_filter,
    id_of,
    scope_tag,
    to_group,
)
from tests.restore_safety.execution.test_crashes import undone

OTHER = "11111111-0000-4000-8000-000000000001"
METHODS = ("POST", "PATCH", "PUT", "DELETE")


@pytest.fixture
def run(scene):
    """Creates, updates and assignments, with ids that only the run itself can know."""
    scene.fill(
        (CATALOG, catalog("Drifted", value=2)),
        (CATALOG, catalog("Bystander", value=5)),
        (COMPLIANCE, compliance("Rules", hours=99, passwordRequired=False)),
    )
    backup = (
        (TAGS, scope_tag()),
        (FILTERS, device_filter()),
        (COMPLIANCE, compliance("Rules")),
        (CATALOG, catalog("Drifted")),
        (CATALOG, catalog("Firewall", roleScopeTagIds=["7"])),
    )
    assignments = {
        id_of("Rules"): [to_group()],
        id_of("Drifted"): [to_group(), to_group(filter_id=id_of("Corporate"))],
        id_of("Firewall"): [to_group(filter_id=id_of("Corporate"))],
    }
    return scene.queued(*backup, assignments=assignments.items())


def fence_around(run):
    return fence_for(list(run.items.order_by("position")), is_dry_run=False)


def plan_of(run):
    return [
        write for item in run.items.order_by("position") for write in planned_writes(item.plan_item)
    ]


def body_of(write):
    return json.loads(write.body or b"{}")


def with_body(write, body):
    return replace(write, body=json.dumps(body, separators=(",", ":")).encode())


def reordered(value):
    """The same body with its keys and its lists the other way round."""
    if isinstance(value, dict):
        return {key: reordered(one) for key, one in reversed(value.items())}
    if isinstance(value, list):
        return [reordered(one) for one in reversed(value)]
    return value


def misbehaviours_of(write, others):
    """What could be wrong about sending this one write, by name."""
    collection, _, last = write.path.rpartition("/")
    body = body_of(write)
    yield "under an id of no plan", replace(write, operation_id="made-up:1")
    for method in METHODS:
        if method != write.method:
            yield f"with {method}", replace(write, method=method)
    yield "to the other version", replace(write, version="v1.0")
    yield "to the object beside it", replace(write, path=f"{collection}/{id_of('Bystander')}")
    yield "to an object no one knows", replace(write, path=f"{collection}/{OTHER}")
    yield "to what contains it", replace(write, path=collection)
    yield "to what lies below it", replace(write, path=f"{write.path}/assign")
    yield "with a query", replace(write, path=f"{write.path}?$select=id")
    yield "with a slash too many", replace(write, path=f"{write.path}/")
    yield "to an address in capitals", replace(write, path=write.path.upper())
    yield "to its last segment twice", replace(write, path=f"{write.path}/{last}")
    yield "without its body", replace(write, body=None)
    yield "with an empty body", replace(write, body=b"{}")
    yield "with blanks in its body", replace(write, body=b" " + (write.body or b""))
    yield "with one member more", with_body(write, body | {"priority": 0})
    yield "with one member less", with_body(write, dict(list(body.items())[1:]))
    yield "with a null", with_body(write, body | {next(iter(body), "x"): None})
    if reordered(body) != body or list(reordered(body)) != list(body):
        yield "in another order", with_body(write, reordered(body))
    for other in others:
        if other.operation_id != write.operation_id:
            yield f"as {other.operation_id}", replace(write, operation_id=other.operation_id)
            if other.body != write.body:
                yield f"with the body of {other.operation_id}", replace(write, body=other.body)


def garbled(write, rng):
    """One byte of the body or of the address is another one."""
    if write.body and rng.random() < 0.7:
        body = bytearray(write.body)
        position = rng.randrange(len(body))
        body[position] = (body[position] + rng.randint(1, 255)) % 256
        return replace(write, body=bytes(body))
    position = rng.randrange(len(write.path))
    letter = rng.choice([one for one in "abcdef0123456789-/" if one != write.path[position]])
    return replace(write, path=f"{write.path[:position]}{letter}{write.path[position + 1 :]}")


def assert_held_back(scene, run, tried, *, spent=()):
    """None of these leaves, through the door that a worker would use."""
    fence = fence_around(run)
    for operation_id in spent:
        fence.spend(operation_id)
    with writer_for(run.tenant, fence, sleep=scene.clock.sleep) as client:
        for write in tried:
            with pytest.raises((FenceRefusalError, ValueError)):
                client.send(write)
    assert scene.writes() == []


def known_at_once(run):
    """The requests whose address and body need no id that the run has yet to learn."""
    return [write for write in plan_of(run) if not is_waiting(write)]


def is_waiting(write):
    return PLACEHOLDER in f"{write.path} {(write.body or b'').decode()}"


def test_no_misbehaviour_of_an_engine_gets_past_the_fence(scene, run):
    known = known_at_once(run)
    tried = [wrong for write in known for _, wrong in misbehaviours_of(write, known)]

    assert_held_back(scene, run, tried)

    assert len(tried) > 50


def test_no_single_wrong_byte_gets_past_the_fence(scene, run):
    rng = random.Random(9)
    known = known_at_once(run)

    assert_held_back(scene, run, [garbled(rng.choice(known), rng) for _ in range(200)])


def test_nothing_leaves_before_the_id_it_needs_is_known(scene, run):
    waiting = [write for write in plan_of(run) if is_waiting(write)]

    assert_held_back(scene, run, waiting)

    assert len(waiting) == 2


def test_nothing_leaves_with_an_id_of_the_engines_own_choice(scene, run):
    """It fills the places itself, with what it takes for the new object."""
    token = re.compile(re.escape(PLACEHOLDER) + "[0-9a-f-]+")
    filled = [
        replace(
            write,
            path=token.sub(id_of("Bystander"), write.path),
            body=token.sub(id_of("Bystander"), write.body.decode()).encode(),
        )
        for write in plan_of(run)
        if is_waiting(write)
    ]

    assert_held_back(scene, run, filled)

    assert len(filled) == 2


def test_nothing_that_was_carried_out_leaves_again(scene, run):
    plan = plan_of(run)

    assert_held_back(scene, run, plan, spent=[write.operation_id for write in plan])


class FaultyClient:
    """Between the engine and the door: now and then what is sent is not what was meant."""

    def __init__(self, client, plan, seed):
        self.client, self.plan, self.rng = client, plan, random.Random(seed)
        self.spoiled = 0

    def __getattr__(self, name):
        return getattr(self.client, name)

    def send(self, write, **keywords):
        if self.rng.random() < 0.4:
            self.spoiled += 1
            _, write = self.rng.choice(list(misbehaviours_of(write, self.plan)))
        answer = self.client.send(write, **keywords)
        if self.rng.random() < 0.2:
            # A bug that repeats itself.
            self.client.send(write, **keywords)
        return answer


@pytest.mark.parametrize("seed", range(6))
def test_a_faulty_engine_writes_nothing_but_the_plan(scene, run, seed):
    plan = plan_of(run)
    with undone():
        fence = fence_around(run)
        lease = lifecycle.start(run_id=run.operation_run_id, now=scene.clock())
        with writer_for(run.tenant, fence, sleep=scene.clock.sleep) as client:
            faulty = FaultyClient(client, plan, seed)
            writer = ItemWriter(
                run=run,
                lease=lease,
                freshness=Freshness(),
                client=faulty,
                fence=fence,
                kept=frozenset(
                    (item.contract_key, item.target_object_id) for item in run.items.all()
                ),
                clock=scene.clock,
                sleep=scene.clock.sleep,
            )
            items = list(run.items.order_by("position"))
            for item in items:
                # What nothing can be said of yet is put off; no one takes it up again here.
                with suppress(ItemPutOffError):
                    writer.write(item)
        made = {f"{PLACEHOLDER}{item.backup_item_id}": item.target_object_id for item in items}

    allowed = {(write.method, _filled(write.path, made)) for write in plan}
    applied = [(method, path) for method, path, _ in scene.applied()]
    assert faulty.spoiled
    assert set(applied) <= allowed
    assert len(applied) == len(set(applied))
    assert (
        scene.live(CATALOG)["Bystander"]["settings"][0]["settingInstance"]["simpleSettingValue"][
            "value"
        ]
        == 5
    )


def _filled(path, made):
    for token, object_id in made.items():
        path = path.replace(token, object_id)
    return path
