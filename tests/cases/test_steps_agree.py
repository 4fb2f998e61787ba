"""Checks, preview and execution agree on every policy, over generated tenants and backups."""

from random import Random

import pytest

from restore_safety.models import Decision
from tests.cases.makers import (
    CATALOG,
    COMPLIANCE,
    FILTERS,
    SCRIPTS,
    as_held,
    catalog,
    compliance,
    device_filter,
    not_to_group,
    script,
    to_all_devices,
    to_all_users,
    to_group,
)

MAKERS = {CATALOG: catalog, COMPLIANCE: compliance, SCRIPTS: script}
AUDIENCES = [
    to_group("Pilot"),
    to_group("Gone"),
    not_to_group("Guests"),
    to_all_devices(),
    to_all_users(),
    to_all_devices(filter_name="Corporate"),
    to_group("Pilot", filter_name="Nowhere"),
]
OUTCOMES = {
    Decision.CREATE: "created",
    Decision.UPDATE: "updated",
    Decision.UNCHANGED: "unchanged",
    Decision.ASSIGNMENTS_LEFT: "assignments_left",
}
REACHES_OTHERS = {"broad_assignment_added", "assignments_removed", "audience_widened"}


def generated(seed):
    """What the tenant holds by contract key, and the policies of a backup for it."""
    draw = Random(seed)

    def audiences():
        return draw.sample(AUDIENCES, draw.choice((0, 0, 1, 1, 2)))

    held, backed_up = {key: [] for key in MAKERS}, []
    for number in range(8):
        key = draw.choice(list(MAKERS))
        description = draw.choice(("", "As it was"))
        policy = MAKERS[key](f"Policy {number}", description=description, assignments=audiences())
        if draw.random() < 0.7:
            changes = {"description": "Changed since"} if draw.random() < 0.4 else {}
            assigned = policy["assignments"] if draw.random() < 0.4 else audiences()
            held[key].append(as_held(policy | {"assignments": assigned}, **changes))
        backed_up.append(policy)
    return held, backed_up


@pytest.fixture
def previewed(walk):
    def previewed(seed):
        held, backed_up = generated(seed)
        walk.hold(held | {FILTERS: [device_filter("Corporate")]}, groups=["Pilot", "Guests"])
        walk.import_policies(*backed_up)
        walk.preview()
        return {
            one.get("displayName") or one["name"]: one for many in held.values() for one in many
        }

    return previewed


def assigned_by(walk, name):
    """The targets that the plan sets of a policy; None where it leaves them as they are."""
    bodies = [body for purpose, _, _, body in walk.bodies(name) if purpose == "assign"]
    return (
        [one["target"] for body in bodies for one in next(iter(body.values()))] if bodies else None
    )


def unfiltered(targets):
    """The types of the targets that are all users or all devices without a filter."""
    return {
        target["@odata.type"]
        for target in targets
        if target["@odata.type"].endswith(
            ("allDevicesAssignmentTarget", "allLicensedUsersAssignmentTarget")
        )
        and not target.get("deviceAndAppManagementAssignmentFilterId")
    }


@pytest.mark.parametrize("seed", range(8))
def test_what_the_checks_find_is_what_the_preview_plans(walk, previewed, seed):
    live = previewed(seed)

    for name, decision in walk.decisions.items():
        codes, assigned = walk.codes(name), assigned_by(walk, name)
        before = [one["target"] for one in live[name]["assignments"]] if name in live else []
        assert ("created_anew" in codes) is (decision == Decision.CREATE) is (name not in live)
        assert not codes or decision != Decision.UNCHANGED
        if codes & {"group_missing", "filter_missing"}:
            assert assigned is None
        if codes & REACHES_OTHERS:
            assert assigned is not None
        if unfiltered(assigned or []) - unfiltered(before):
            assert codes & {"broad_assignment_added", "broad_assignment_unfiltered"}


@pytest.mark.parametrize("seed", range(8))
def test_what_the_preview_plans_is_what_is_done(walk, previewed, seed):
    previewed(seed)

    results = walk.restore_unblocked()

    left = {name for name in results if "group_missing" in walk.codes(name)}
    for name, decision in walk.decisions.items():
        assert results[name].outcome == (
            "partial" if name in left and walk.plan[name].writes else OUTCOMES[decision]
        )
    assert len(walk.writes()) == sum(len(one.writes) for one in walk.plan.values()) > 0
