"""Pauses and rollbacks of update rings are named and never written (b15, b15c)."""

import pytest

from tests.cases.makers import CONFIGURATION, as_held, to_group, update_ring

NEVER = "0001-01-01T00:00:00Z"
PAUSES = {
    "featureUpdatesPaused": True,
    "qualityUpdatesPaused": True,
    "featureUpdatesPauseStartDate": "2026-01-05",
    "qualityUpdatesPauseStartDate": "2026-01-05",
    "featureUpdatesPauseExpiryDateTime": "2026-02-09T00:00:00Z",
    "qualityUpdatesPauseExpiryDateTime": "2026-02-09T00:00:00Z",
}
ROLLBACKS = {
    "featureUpdatesWillBeRolledBack": True,
    "qualityUpdatesWillBeRolledBack": True,
    "featureUpdatesRollbackStartDateTime": "2026-01-05T00:00:00Z",
    "qualityUpdatesRollbackStartDateTime": "2026-01-05T00:00:00Z",
}
ONE_OFF = PAUSES | ROLLBACKS
CALM = dict.fromkeys(ONE_OFF) | {
    "featureUpdatesPaused": False,
    "qualityUpdatesPaused": False,
    "featureUpdatesPauseExpiryDateTime": NEVER,
    "qualityUpdatesPauseExpiryDateTime": NEVER,
    "featureUpdatesRollbackStartDateTime": NEVER,
    "qualityUpdatesRollbackStartDateTime": NEVER,
}
# Graph calls the start dates read-only: they are no part of what a backup asks for.
ASKED_FOR = [member for member in ONE_OFF if not member.endswith("PauseStartDate")]
# What a ring says of them as a setting, and a restore writes.
SETTINGS = {"featureUpdatesRollbackWindowInDays": 20, "userPauseAccess": "disabled"}


@pytest.mark.parametrize("member", ONE_OFF)
def test_a_new_ring_starts_neither_paused_nor_rolled_back(walk, member):
    walk.hold(groups=["Pilot"])
    walk.import_policies(
        update_ring("Ring", assignments=[to_group("Pilot")], **CALM | {member: ONE_OFF[member]})
    )

    walk.restore()

    body = walk.sent("Ring", "create")
    assert body.get(member) in (None, False, NEVER)
    assert walk.refused() == []
    assert walk.results["Ring"][0] == "created"


@pytest.mark.parametrize("member", ASKED_FOR)
def test_a_pause_that_is_not_written_is_said_in_checks_and_in_the_result(walk, member):
    walk.hold(groups=["Pilot"])
    walk.import_policies(
        update_ring("Ring", assignments=[to_group("Pilot")], **CALM | {member: ONE_OFF[member]})
    )

    walk.restore()

    assert walk.named(member, walk.said_by_checks("Ring"))
    assert walk.named(member, walk.said_by_preview("Ring"))
    assert walk.named(member, walk.said_afterwards("Ring"))


def test_a_paused_ring_is_never_ready_without_a_word(walk):
    walk.import_policies(update_ring("Ring", **CALM | PAUSES))

    walk.preview()

    assert walk.readiness == "ready_with_caution"


@pytest.mark.parametrize("member", ONE_OFF)
def test_a_pause_that_ended_since_is_no_difference(walk, member):
    there = update_ring("Ring", **CALM)
    walk.hold({CONFIGURATION: [as_held(there)]})
    walk.import_policies(update_ring("Ring", **CALM | {member: ONE_OFF[member]}))

    walk.restore()

    assert walk.decisions == {"Ring": "unchanged"}
    assert walk.writes() == []


@pytest.mark.parametrize("member", ONE_OFF)
def test_an_update_leaves_a_pause_of_the_tenant_as_it_is(walk, member):
    there = update_ring("Ring", **CALM | {member: ONE_OFF[member]})
    walk.hold({CONFIGURATION: [as_held(there, qualityUpdatesDeferralPeriodInDays=9)]})
    walk.import_policies(update_ring("Ring", **CALM))

    walk.restore()

    assert walk.results["Ring"][0] == "updated"
    assert walk.live_named(CONFIGURATION, "Ring")[member] == ONE_OFF[member]


def test_a_ring_without_pauses_raises_nothing_about_them(walk):
    walk.import_policies(update_ring("Ring", **CALM | SETTINGS))

    walk.restore()

    assert walk.results == {"Ring": ("created", "verified")}
    assert not walk.named("Paused", walk.said_by_checks("Ring"))
    body = walk.sent("Ring", "create")
    assert {name: body.get(name) for name in SETTINGS} == SETTINGS


SCHEDULES = {
    "active hours": {
        "@odata.type": "#microsoft.graph.windowsUpdateActiveHoursInstall",
        "activeHoursStart": "08:00:00.0000000",
        "activeHoursEnd": "17:00:00.0000000",
    },
    "a day": {
        "@odata.type": "#microsoft.graph.windowsUpdateScheduledInstall",
        "scheduledInstallDay": "everyday",
        "scheduledInstallTime": "03:00:00.0000000",
    },
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_the_schedule_of_a_ring_is_written(walk, schedule):
    walk.import_policies(update_ring("Ring", installationSchedule=schedule))

    walk.restore()

    assert walk.results == {"Ring": ("created", "verified")}
    held = walk.live_named(CONFIGURATION, "Ring")["installationSchedule"]
    assert held["@odata.type"] == schedule["@odata.type"]
