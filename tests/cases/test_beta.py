"""A view that cannot express an object proves nothing about it (b26, b27, b52, import/03)."""

import pytest

from restore_safety.policies.completeness import Completeness, Wholeness
from tests.cases.between import altering
from tests.cases.makers import (
    CONDITIONAL_ACCESS,
    NO_USERS,
    as_held,
    conditional_access,
    id_of,
    only_group,
)

PREVIEW = {
    "strict location": {"session": {"continuousAccessEvaluation": {"mode": "strictLocation"}}},
    "risky agents": {"conditions": {"agentIdRiskLevels": "high"}},
    "a traffic profile": {
        "session": {
            "globalSecureAccessFilteringProfile": {
                "isEnabled": True,
                "profileId": id_of("profile"),
            }
        }
    },
}


def access(name="Strict", **parts):
    return conditional_access(name, users=parts.pop("users", only_group("Pilot")), **parts)


def held_whole(held, parts):
    """Whether the policy holds every value of the parts."""
    places = {"session": "sessionControls", "conditions": "conditions"}
    return all(
        held_in(held[places[part]][name], value)
        for part, members in parts.items()
        for name, value in members.items()
    )


def held_in(held, value):
    if isinstance(value, dict):
        return all(held[key] == one for key, one in value.items())
    return held == value


@pytest.mark.parametrize("parts", PREVIEW.values(), ids=PREVIEW)
def test_preview_members_are_captured(walk, parts):
    walk.hold({CONDITIONAL_ACCESS: [as_held(access(**parts))]}, groups=["Pilot"])

    walk.capture()

    item = walk.entries["Strict"]
    assert Completeness.from_json(item.completeness).wholeness is Wholeness.COMPLETE
    assert held_whole(item.payload.content, parts)


@pytest.mark.parametrize("parts", PREVIEW.values(), ids=PREVIEW)
def test_a_policy_with_preview_members_is_found_and_not_made_twice(walk, parts):
    walk.hold({CONDITIONAL_ACCESS: [as_held(access(**parts))]}, groups=["Pilot"])
    walk.import_policies(access(), access("Ordinary"))

    walk.preview()

    assert walk.decisions["Ordinary"] == "create"
    # The backup says that there were no session controls, and does not mention the condition: what
    # is not mentioned is not compared, and neither is a reason for a second policy.
    assert walk.decisions["Strict"] == ("update" if "session" in parts else "unchanged")


@pytest.mark.parametrize("parts", PREVIEW.values(), ids=PREVIEW)
def test_preview_members_are_restored(walk, parts):
    walk.hold({CONDITIONAL_ACCESS: [as_held(access())]}, groups=["Pilot"])
    walk.import_policies(access(**parts))

    walk.restore()

    assert walk.refused() == []
    assert walk.results == {"Strict": ("updated", "verified")}
    assert held_whole(walk.live(CONDITIONAL_ACCESS)[0], parts)


def test_conditional_access_is_asked_through_beta_alone(walk):
    walk.hold({CONDITIONAL_ACCESS: [as_held(access())]}, groups=["Pilot"])
    walk.capture()
    walk.import_policies(access(state="disabled"))
    walk.restore()

    paths = {one["path"] for one in walk.asked() if "conditionalAccess" in one["path"]}

    assert paths
    assert all(path.lstrip("/").startswith("beta/") for path in paths), paths


def test_a_page_that_is_full_and_leads_nowhere_is_not_the_whole(walk, monkeypatch):
    def without_next(path, body):
        if "conditionalAccess/policies" in path and "top" in path:
            body.pop("@odata.nextLink", None)
        return body

    many = [access(f"CA{number:03}", users=NO_USERS) for number in range(130)]
    walk.hold({CONDITIONAL_ACCESS: [as_held(one) for one in many]}, pageSize=100)
    altering(monkeypatch, without_next)
    renamed = access("CA125", id=id_of("elsewhere"), users=NO_USERS)
    walk.import_policies(renamed)

    walk.preview()

    assert walk.decisions["CA125"] != "create"


def test_a_capture_of_a_full_page_alone_is_not_called_whole(walk, monkeypatch):
    def without_next(path, body):
        if "conditionalAccess/policies" in path and "top" in path:
            body.pop("@odata.nextLink", None)
        return body

    many = [access(f"CA{number:03}", users=NO_USERS) for number in range(130)]
    walk.hold({CONDITIONAL_ACCESS: [as_held(one) for one in many]}, pageSize=100)
    altering(monkeypatch, without_next)

    walk.capture()

    assert walk.backup.item_count == 130 or walk.unread


EVERY_TIME = {
    "signInFrequency": {
        "isEnabled": True,
        "type": None,
        "value": None,
        "authenticationType": "primaryAndSecondaryAuthentication",
        "frequencyInterval": "everyTime",
    },
    "disableResilienceDefaults": False,
    "persistentBrowser": None,
    "cloudAppSecurity": None,
    "applicationEnforcedRestrictions": None,
    "secureSignInSession": None,
    "continuousAccessEvaluation": None,
    "globalSecureAccessFilteringProfile": None,
}
HOURLY = {
    "signInFrequency": {
        "isEnabled": True,
        "type": "hours",
        "value": 8,
        "authenticationType": "primaryAndSecondaryAuthentication",
        "frequencyInterval": "timeBased",
    }
}


def test_a_session_as_tools_export_it_is_written(walk):
    policy = access(session=EVERY_TIME)
    walk.hold({CONDITIONAL_ACCESS: [as_held(policy, sessionControls=None)]}, groups=["Pilot"])
    walk.import_policies(policy)

    walk.restore()

    assert walk.refused() == []
    assert walk.results == {"Strict": ("updated", "verified")}
    held = walk.live(CONDITIONAL_ACCESS)[0]["sessionControls"]["signInFrequency"]
    assert held["frequencyInterval"] == "everyTime"


def test_a_session_the_backup_does_not_hold_is_taken_out(walk):
    policy = access()
    walk.hold({CONDITIONAL_ACCESS: [as_held(policy, sessionControls=HOURLY)]}, groups=["Pilot"])
    walk.import_policies(policy)

    walk.restore()

    assert walk.refused() == []
    assert walk.results == {"Strict": ("updated", "verified")}
    held = walk.live(CONDITIONAL_ACCESS)[0]["sessionControls"]
    assert not (held or {}).get("signInFrequency")


NULLS = {"times": None, "deviceStates": None, "clientApplications": None, "devices": None}
DEVICES = {
    "includeDeviceStates": [],
    "excludeDeviceStates": [],
    "includeDevices": [],
    "excludeDevices": [],
    "deviceFilter": {"mode": "exclude", "rule": "device.isCompliant -eq True"},
}
BETA = {
    "empty members": NULLS,
    "devices by a filter": NULLS | {"devices": DEVICES},
    "devices by names": NULLS | {"devices": DEVICES | {"deviceFilter": None}},
}


@pytest.mark.parametrize("conditions", BETA.values(), ids=BETA)
def test_members_of_beta_are_neither_refused_nor_lost(walk, conditions):
    policy = conditional_access(
        "Beta",
        users=NO_USERS,
        state="disabled",
        conditions=conditions,
        partialEnablementStrategy=None,
        deletedDateTime=None,
    )
    walk.import_policies(policy)

    walk.restore()

    assert walk.refused() == []
    assert walk.results == {"Beta": ("created", "verified")}
    walk.restore()
    assert walk.results == {"Beta": ("unchanged", "verified")}
