"""Every policy of a real export: what a preview makes of it, and how it comes back."""

import json
from pathlib import Path

import pytest

from restore_safety.models import Decision
from restore_safety.policies.completeness import completeness_of
from restore_safety.truth.causes import ReasonCode
from restore_safety.truth.scope import ConflictPolicy
from tenants.graph.contracts import recognise
from tests.restore_safety.policies.fakes import DIRECTORY, FakeReader, policy, preview

EXPORT = Path(__file__).parents[4] / "shared/data/openintunebaseline-windows"
pytestmark = pytest.mark.skipif(not EXPORT.is_dir(), reason="the export is not at hand")


@pytest.fixture(scope="module")
def policies():
    read = []
    for position, file in enumerate(sorted(EXPORT.rglob("*.json")), 1):
        payload = json.loads(file.read_bytes().decode("utf-16"))
        contract = recognise(payload, folder=file.parent.name)
        read.append(
            policy(
                payload,
                key=contract.key,
                position=position,
                assignments=payload.get("assignments"),
                completeness=completeness_of(
                    contract, payload, assignments_captured="assignments" in payload
                ),
            )
        )
    return read


@pytest.fixture(scope="module")
def restored(policies):
    """The tenant after a restore: other ids, and what the service writes of its own."""
    objects = {}
    for item in preview(policies, same_origin=False):
        [write] = item.writes
        number = f"{item.policy.position:012}"
        live = {
            **json.loads(write.body),
            "id": f"00000000-0000-0000-0000-{number}",
            "createdDateTime": "2026-03-03T00:00:00Z",
            "lastModifiedDateTime": "2026-03-03T00:00:00Z",
            "version": 1,
            "isAssigned": False,
        }
        objects.setdefault(item.policy.contract.key, []).append(live)
    return FakeReader(objects)


def test_each_is_created_in_an_empty_tenant(policies):
    items = preview(policies, same_origin=False)

    assert {item.decision for item in items} == {Decision.CREATE}
    assert sum(len(item.writes) for item in items) == len(policies) == 70
    assert {(item.policy.assignments is None, item.reason) for item in items} == {
        (True, ReasonCode.ASSIGNMENTS_NOT_CAPTURED),
        (False, None),
    }


def test_each_is_unchanged_once_it_was_created(policies, restored):
    items = preview(policies, restored, same_origin=False)

    assert [(item.policy.name, item.changes) for item in items if item.changes] == []
    assert {item.decision for item in items} == {Decision.UNCHANGED}
    assert [item.writes for item in items] == [()] * 70


def test_each_is_unchanged_where_it_came_from(policies):
    objects = {}
    for one in policies:
        content = json.dumps(one.payload).replace("%OrganizationId%", DIRECTORY)
        objects.setdefault(one.contract.key, []).append(json.loads(content))

    items = preview(policies, FakeReader(objects))

    assert {item.decision for item in items} == {Decision.UNCHANGED}
    assert [item.writes for item in items] == [()] * 70


def test_each_is_copied_beside_what_exists(policies, restored):
    items = preview(policies, restored, same_origin=False, conflict_policy=ConflictPolicy.COPY)

    assert {item.decision for item in items} == {Decision.COPY}
    names = [json.loads(item.writes[0].body) for item in items]
    assert {
        (body.get("name") or body["displayName"]).endswith(" (restored copy)") for body in names
    } == {True}


def test_each_is_skipped_where_it_exists(policies, restored):
    items = preview(policies, restored, same_origin=False, conflict_policy=ConflictPolicy.SKIP)

    assert {item.decision for item in items} == {Decision.SKIP}
