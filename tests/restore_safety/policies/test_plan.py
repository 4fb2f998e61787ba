from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.policies.plan import body_digest, plan_hash


@dataclass(frozen=True)
class Row:
    backup_item_id: str = "item"
    decision: str = "update"
    target_object_id: str = "target"
    target_digest: str = "sha256:1"
    absence: dict[str, Any] | None = None
    writes: list[dict[str, Any]] = field(default_factory=list)


def write(body, **parts):
    return {
        "id": "item:1",
        "purpose": "update",
        "method": "PATCH",
        "version": "beta",
        "path": "deviceManagement/x/1",
        "body": body,
        "body_digest": body_digest(body),
        "binds": "",
        **parts,
    }


rows = st.builds(
    Row,
    backup_item_id=st.uuids().map(str),
    decision=st.sampled_from(["create", "update", "skip"]),
    target_object_id=st.text(max_size=5),
    writes=st.lists(st.text(min_size=1, max_size=20).map(write), max_size=3),
)
plans = st.lists(rows, max_size=4)


@given(plans)
def test_a_plan_keeps_its_hash(plan):
    assert plan_hash(plan) == plan_hash(list(plan))


@given(plans, rows, st.text(min_size=1, max_size=20), st.data())
def test_any_byte_of_a_body_changes_the_hash(plan, row, body, data):
    at = data.draw(st.integers(0, len(body) - 1))
    letters = st.characters(exclude_categories=["Cs"])
    other = data.draw(letters.filter(lambda letter: letter != body[at]))
    altered = body[:at] + other + body[at + 1 :]
    one = Row(**{**vars(row), "writes": [write(body)]})
    two = Row(**{**vars(row), "writes": [{**write(body), "body": altered}]})

    assert plan_hash([*plan, one]) != plan_hash([*plan, two])


@given(rows, st.sampled_from(["id", "method", "version", "path", "binds"]))
def test_any_other_part_of_a_write_changes_the_hash(row, part):
    one = Row(**{**vars(row), "writes": [write("{}")]})
    two = Row(**{**vars(row), "writes": [write("{}", **{part: "other"})]})

    assert plan_hash([one]) != plan_hash([two])


@given(plans.filter(lambda plan: len({row.backup_item_id for row in plan}) > 1))
def test_the_order_of_a_plan_is_part_of_it(plan):
    turned = plan[::-1]

    assert (plan_hash(plan) == plan_hash(turned)) is (plan == turned)


def test_a_request_without_a_body_has_no_digest():
    assert body_digest(None) == ""


@pytest.mark.parametrize(
    "other", [{"purpose": "unassign"}, {"member": "settings"}, {"method": "DELETE"}]
)
def test_what_a_request_is_for_is_part_of_the_hash(other):
    planned = write("{}", purpose="set_part", member="rules")

    assert plan_hash([Row(writes=[planned | other])]) != plan_hash([Row(writes=[planned])])


def test_plan_of_before_keeps_the_hash_it_was_confirmed_with():
    before = write("{}")
    today = before | {"member": ""}

    assert plan_hash([Row(writes=[before | {"purpose": "other"}])]) == plan_hash(
        [Row(writes=[before])]
    )
    assert plan_hash([Row(writes=[today])]) != plan_hash([Row(writes=[before])])
