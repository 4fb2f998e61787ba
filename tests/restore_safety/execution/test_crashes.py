"""A worker that dies at any point of a run, and the one that takes the run over."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from operations import lifecycle, reconciliation
from operations.models import RunOutcome, RunStatus
from restore_safety.execution import journal, not_written
from restore_safety.models import BackupSet, BackupSource, ItemState, RestoreRun
from restore_safety.truth.attention import RestoreStatus
from tests.restore_safety.execution.scene import (
    CATALOG,
    COMPLIANCE,
    FILTERS,
    SCRIPTS,
    TAGS,
    Clock,
    catalog,
    compliance,
    device_filter,
    facts,
    id_of,
    scope_tag,
    script,
    to_group,
)

LEASE = timedelta(minutes=5)


class Killed(BaseException):
    """The process is gone: nothing in it may catch this."""


class ChangePoint:
    """Does something before the numbered change of the database.

    That is every point there is: between two of them nothing is stored, and every request that
    could change the tenant has one before it and one after it. Inside a transaction nothing is
    stored yet: dying there is dying before it.
    """

    def __init__(self, number, act):
        self.number = number
        self.act = act
        self.seen = 0
        self.depth = 0

    def __call__(self, execute, sql, params, many, context):
        verb = sql.split(None, 1)[0]
        if self.depth == 0 and verb in {"SAVEPOINT", "INSERT", "UPDATE", "DELETE"}:
            self.seen += 1
            if self.seen == self.number:
                self.act()
        self.depth += {"SAVEPOINT": 1, "RELEASE": -1}.get(verb, 0)
        return execute(sql, params, many, context)


def die():
    raise Killed


def work_until_killed(scene, run, number, clock):
    """Whether the worker died before it was done."""
    try:
        with connection.execute_wrapper(ChangePoint(number, die)):
            scene.work(run, clock=clock)
    except Killed:
        return True
    return False


@contextmanager
def undone():
    """What happens inside leaves no trace in the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def six(scene):
    """Two things to refer to, two to create, two to change."""
    scene.fill(
        (CATALOG, catalog("Drifted", value=2)),
        (COMPLIANCE, compliance("Rules", hours=99, passwordRequired=False)),
    )
    own_filter = id_of("Corporate")
    backup = (
        (TAGS, scope_tag()),
        (FILTERS, device_filter()),
        (COMPLIANCE, compliance("Rules")),
        (COMPLIANCE, compliance("New rules")),
        (CATALOG, catalog("Drifted")),
        (CATALOG, catalog("Firewall", roleScopeTagIds=["7"])),
    )
    assignments = {
        id_of("Rules"): [to_group()],
        id_of("Drifted"): [to_group(filter_id=own_filter)],
        id_of("Firewall"): [to_group(filter_id=own_filter)],
    }
    return scene.queued(*backup, assignments=assignments.items())


def later():
    clock = Clock()
    clock.ahead = LEASE
    return clock


def expected(scene):
    """The requests of an undisturbed run, by what the tenant holds after it."""
    rules, drifted = id_of("Rules"), id_of("Drifted")
    made = scene.live(CATALOG)["Firewall"]["id"]
    compliances = "deviceManagement/deviceCompliancePolicies"
    catalogs = "deviceManagement/configurationPolicies"
    return [
        ("POST", "deviceManagement/roleScopeTags", 200),
        ("POST", "deviceManagement/assignmentFilters", 201),
        ("PATCH", f"{compliances}/{rules}", 204),
        ("POST", f"{compliances}/{rules}/scheduleActionsForRules", 200),
        ("POST", f"{compliances}/{rules}/assign", 200),
        ("POST", compliances, 201),
        ("PUT", f"{catalogs}/{drifted}", 204),
        ("POST", f"{catalogs}/{drifted}/assign", 200),
        ("POST", catalogs, 201),
        ("POST", f"{catalogs}/{made}/assign", 200),
    ]


def assert_as_undisturbed(scene, run):
    """Everything once, nothing left open, and every item proven."""
    assert facts(run) == ENDED
    assert scene.applied() == expected(scene)
    assert [item.writes.exclude(state="applied").count() for item in run.items.all()] == [0] * 6
    assert (run.status, run.operation_run.status, run.operation_run.outcome) == (
        RestoreStatus.COMPLETED,
        RunStatus.COMPLETED,
        RunOutcome.SUCCEEDED,
    )
    assert sorted(run.pre_restore_set.items.values_list("name", flat=True)) == ["Drifted", "Rules"]
    assert BackupSet.objects.filter(source=BackupSource.PRE_RESTORE).count() == 1


ENDED = {
    "Branch": ("created", "verified", "written"),
    "Corporate": ("created", "verified", "written"),
    "Rules": ("updated", "verified", "written"),
    "New rules": ("created", "verified", "written"),
    "Drifted": ("updated", "verified", "written"),
    "Firewall": ("created", "verified", "written"),
}
PARTS = 4


def test_an_undisturbed_run(scene, six):
    assert_as_undisturbed(scene, scene.work(six))


@pytest.mark.parametrize("part", range(PARTS))
def test_a_worker_may_die_at_any_point(scene, six, part):
    number, was_killed = part + 1, True
    while was_killed:
        scene.refill()
        with undone():
            clock = Clock()
            was_killed = work_until_killed(scene, six, number, clock)
            clock.ahead += LEASE
            assert_as_undisturbed(scene, scene.work(six, clock=clock))
        number += PARTS

    assert number > 60


@pytest.mark.parametrize("part", range(PARTS))
def test_a_worker_that_was_replaced_adds_nothing(scene, six, part):
    """It wakes up at any point after another worker has brought the run to its end."""
    number, point = part + 1, None
    while point is None or point.seen >= point.number:
        scene.refill()
        with undone():
            point = ChangePoint(number, lambda: scene.work(six, clock=later()))
            with connection.execute_wrapper(point):
                run = scene.work(six)
            assert_as_undisturbed(scene, run)
        number += 3 * PARTS

    assert number > 60


@given(deaths=st.lists(st.integers(1, 40), max_size=4))
@hypothesis_settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_workers_may_die_one_after_the_other(scene, six, deaths):
    scene.refill()
    with undone():
        clock = Clock()
        for number in deaths:
            work_until_killed(scene, six, number, clock)
            clock.ahead += LEASE
        assert_as_undisturbed(scene, scene.work(six, clock=clock))


@pytest.fixture
def filtered(scene):
    """A policy that refers to a filter, both to create."""
    assignments = {id_of("Firewall"): [to_group(filter_id=id_of("Corporate"))]}
    return scene.queued(
        (FILTERS, device_filter()), (CATALOG, catalog()), assignments=assignments.items()
    )


@pytest.mark.parametrize("stays", [True, False])
def test_a_worker_may_die_when_it_finds_what_another_administrator_created(scene, filtered, stays):
    """What it found may be gone again when the next worker comes."""
    number, was_killed, adopted = 1, True, 0
    while was_killed:
        scene.refill()
        other = scene.add(FILTERS, device_filter() | {"id": id_of("By another")})["id"]
        with undone():
            clock = Clock()
            was_killed = work_until_killed(scene, filtered, number, clock)
            is_found = filtered.items.filter(name="Corporate", state=ItemState.SETTLED).exists()
            if not (is_found or stays):
                scene.remove(FILTERS, other)
            clock.ahead += LEASE
            reported = facts(scene.work(filtered, clock=clock))
            recorded = filtered.items.get(name="Corporate").target_object_id
        adopted += is_found
        assert reported == {
            "Corporate": ("unchanged", "verified", "as_wanted")
            if is_found or stays
            else ("created", "verified", "written"),
            "Firewall": ("created", "verified", "written"),
        }, number
        (target,) = [one["target"] for one in scene.live(CATALOG)["Firewall"]["assignments"]]
        assert target["deviceAndAppManagementAssignmentFilterId"] == recorded, number
        assert scene.live(FILTERS)["Corporate"]["id"] == recorded, number
        number += 1

    assert 0 < adopted < number - 1


def test_what_a_run_that_cannot_go_on_says_is_what_its_journal_proves(scene):
    """A worker died at some point, and the next one finds that the plan is another one."""
    assignments = {id_of("Firewall"): [to_group()]}
    run = scene.queued((CATALOG, catalog()), assignments=assignments.items())
    number, was_killed, reported = 1, True, {}
    while was_killed:
        scene.refill()
        with undone():
            clock = Clock()
            was_killed = work_until_killed(scene, run, number, clock)
            item = run.items.get()
            states = tuple(item.writes.order_by("position").values_list("state", flat=True))
            RestoreRun.objects.update(plan_hash="another")
            clock.ahead += LEASE
            ended = scene.work(run, clock=clock)
            if item.state != ItemState.SETTLED:
                reported.setdefault(states, set()).add(facts(ended)["Firewall"])
        number += 1

    assert reported == {
        ("planned", "planned"): {("not_started", "not_attempted", "write_fence")},
        ("in_flight", "planned"): {("outcome_unknown", "unreadable", "outcome_unestablished")},
        ("applied", "planned"): {("partial", "not_attempted", "write_fence")},
        ("applied", "in_flight"): {("outcome_unknown", "unreadable", "outcome_unestablished")},
        ("applied", "applied"): {("created", "not_attempted", "verification_unreadable")},
    }


def test_workers_that_die_and_come_further_do_not_give_the_run_up(scene, monkeypatch):
    """Each settles one item and dies."""
    run = scene.queued(*((SCRIPTS, script(f"Script {number}")) for number in range(7)))
    settle, clock = journal.settle, Clock()

    def settle_and_die(**kinds):
        settle(**kinds)
        raise Killed

    monkeypatch.setattr(reconciliation, "send", lambda *_, **__: False)
    for _ in range(7):
        monkeypatch.setattr(journal, "settle", settle_and_die)
        with pytest.raises(Killed):
            scene.work(run, clock=clock)
        clock.ahead += LEASE
        assert reconciliation.reconcile(now=clock()).ended == ()

    monkeypatch.setattr(journal, "settle", settle)
    assert set(facts(scene.work(run, clock=clock)).values()) == {("created", "verified", "written")}


def test_the_same_result_once_more_brings_a_run_no_further(scene):
    run = scene.queued((SCRIPTS, script()))
    item, clock = run.items.get(), Clock()
    attempts = []
    for _ in range(3):
        lease = lifecycle.start(run_id=run.operation_run_id, now=clock())
        journal.settle(lease=lease, item=item, settlement=not_written.moved(), now=clock())
        run.operation_run.refresh_from_db()
        attempts.append(run.operation_run.attempts)
        clock.ahead += LEASE

    assert attempts == [1, 2, 3]
