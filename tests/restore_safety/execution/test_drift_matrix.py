"""Each change by another administrator, at each moment of a run: none of them is overwritten."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection

from restore_safety.models import RestoreWrite, WriteState
from restore_safety.truth.attention import Verification
from tests.restore_safety.execution.scene import (
    CATALOG,
    GROUP,
    TAGS,
    catalog,
    facts,
    id_of,
    pass_by,
    scope_tag,
    to_group,
)
from tests.restore_safety.execution.test_crashes import undone

CATALOGS = "deviceManagement/configurationPolicies"
OTHERS = "5a3f1f0e-0000-4000-8000-000000000002"
POLICY = "Firewall"
NEW_ID = "77777777-0000-4000-8000-000000000007"
NOT_WRITTEN = {"target_changed", "failed", "not_started"}


@dataclass(frozen=True)
class Target:
    """The policy another administrator gets at, wherever it lies by now."""

    scene: object

    @property
    def body(self):
        return self.scene.live(CATALOG)[POLICY]

    @property
    def id(self):
        return self.body["id"]


def change_a_setting(target):
    target.scene.change(CATALOG, target.id, settings=catalog(value=9)["settings"])
    return lambda: target.body["settings"] and value_of(target.body) == 9


def add_an_assignment(target):
    target.scene.change(CATALOG, target.id, assignments=[to_group(GROUP), to_group(OTHERS)])
    return lambda: groups_of(target.body) == {GROUP, OTHERS}


def remove_an_assignment(target):
    target.scene.change(CATALOG, target.id, assignments=[])
    return lambda: groups_of(target.body) == set()


def delete(target):
    target.scene.remove(CATALOG, target.id)
    return lambda: POLICY not in target.scene.live(CATALOG)


def recreate_under_its_name(target):
    delete(target)
    target.scene.add(CATALOG, catalog(POLICY, value=5) | {"id": NEW_ID})
    return lambda: (target.id, value_of(target.body)) == (NEW_ID, 5)


def rename(target):
    object_id = target.id
    target.scene.change(CATALOG, object_id, name="Renamed")
    return lambda: target.scene.live(CATALOG)["Renamed"]["id"] == object_id


def refuse_reading(target):
    target.scene.fault({"status": 403}, method="GET", path=CATALOGS)
    before = target.body
    return lambda: target.body == before


def create_under_its_name(target):
    target.scene.add(CATALOG, catalog(POLICY, value=5) | {"id": NEW_ID})
    return lambda: (target.id, value_of(target.body)) == (NEW_ID, 5)


def value_of(body):
    return body["settings"][0]["settingInstance"]["simpleSettingValue"]["value"]


def groups_of(body):
    return {one["target"]["groupId"] for one in body["assignments"]}


CHANGES = [
    change_a_setting,
    add_an_assignment,
    remove_an_assignment,
    delete,
    recreate_under_its_name,
    rename,
    refuse_reading,
]


class OtherAdministrator:
    """Acts once, and remembers whether what they did still stands."""

    def __init__(self, scene, change):
        self.scene, self.change = scene, change
        self.still_stands = None

    def act(self):
        if self.still_stands is None:
            self.still_stands = self.change(Target(self.scene))
            self.scene.look_from_here()

    @property
    def has_acted(self):
        return self.still_stands is not None


def before_start(scene, run, other):
    other.act()
    return scene.work(run)


def before_the_item(scene, run, other):
    """While the item before it waits."""
    return _worked_acting_in_a_wait(scene, run, other, path="roleScopeTags$", method="POST")


def during_a_throttle_wait(scene, run, other):
    return _worked_acting_in_a_wait(scene, run, other, path=rf"{CATALOGS}/[^/]+$", method="PUT")


def between_two_requests_of_the_item(scene, run, other):
    """The second request waits, after the first was taken."""
    return _worked_acting_in_a_wait(scene, run, other, path="assign$", method="POST")


def right_after_the_first_request(scene, run, other):
    """Nothing was throttled, but the first answer took its time, and it happened meanwhile."""

    def watching(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith('UPDATE "restore_safety_restorewrite"') and WriteState.APPLIED in params:
            row = RestoreWrite.objects.filter(state=WriteState.APPLIED, item__name=POLICY)
            if not other.has_acted and row.exists():
                scene.clock.ahead += timedelta(seconds=10)
                other.act()
        return answer

    with connection.execute_wrapper(watching):
        return scene.work(run)


def while_a_part_of_it_is_waited_for(scene, run, other):
    # It was read before, to be kept.
    return _worked_acting_in_a_wait(
        scene, run, other, path=rf"{CATALOGS}/[^/]+/assignments$", method="GET", skip=1
    )


def _worked_acting_in_a_wait(scene, run, other, **rule):
    scene.fault({"status": 429, "retry_after": 20}, times=1, **rule)

    def sleep(seconds):
        if seconds > 1:
            other.act()
        scene.clock.sleep(seconds)
        pass_by(seconds)

    return scene.work(run, sleep=sleep)


MOMENTS = [
    before_start,
    before_the_item,
    while_a_part_of_it_is_waited_for,
    during_a_throttle_wait,
    between_two_requests_of_the_item,
    right_after_the_first_request,
]


@pytest.fixture
def update(scene):
    """A policy whose setting and assignments both drifted, and a tag that is written before it."""
    scene.fill(
        (CATALOG, catalog(POLICY, value=2)),
        assignments={id_of(POLICY): [to_group()]}.items(),
        groups=[{"id": one, "displayName": one} for one in (GROUP, OTHERS)],
    )
    return scene.queued(
        (TAGS, scope_tag()),
        (CATALOG, catalog(POLICY)),
        assignments={id_of(POLICY): [to_group(OTHERS)]}.items(),
    )


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_change_to_what_is_updated_is_never_overwritten(scene, update, moment):
    for change in CHANGES:
        assert_never_overwritten(scene, update, moment, change)


@pytest.mark.parametrize(
    "moment", [between_two_requests_of_the_item, right_after_the_first_request]
)
def test_a_change_to_what_was_just_created_is_never_overwritten(scene, moment):
    assigned = {id_of(POLICY): [to_group()]}.items()
    run = scene.queued((CATALOG, catalog(POLICY)), assignments=assigned)

    for change in (one for one in CHANGES if one is not remove_an_assignment):
        assert_never_overwritten(scene, run, moment, change)


def assert_never_overwritten(scene, run, moment, change):
    """The change stands, and the item claims nothing that is not so."""
    scene.refill()
    other = OtherAdministrator(scene, change)
    with undone():
        run = moment(scene, run, other)
        outcome, verification, _ = facts(run)[POLICY]
    scene.control.clear_faults()

    assert other.has_acted, change
    assert other.still_stands(), change
    assert outcome != "updated" or verification != Verification.VERIFIED, change
    if outcome in NOT_WRITTEN:
        assert [path for _, path, _ in scene.applied() if path.startswith(CATALOGS)] == [], change


def during_the_wait_of_a_creation(scene, run, other):
    return _worked_acting_in_a_wait(scene, run, other, path=f"{CATALOGS}$", method="POST")


@pytest.mark.parametrize("moment", [before_start, before_the_item, during_the_wait_of_a_creation])
def test_what_appeared_under_the_name_is_never_doubled(scene, moment):
    run = scene.queued((TAGS, scope_tag()), (CATALOG, catalog(POLICY)))
    other = OtherAdministrator(scene, create_under_its_name)

    run = moment(scene, run, other)

    assert other.still_stands()
    assert facts(run)[POLICY] == ("target_changed", "not_attempted", "target_moved")
    held = scene.control.dump_tenant(scene.guid)["objects"][CATALOGS]
    assert [one["name"] for one in held] == [POLICY]
