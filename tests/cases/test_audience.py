"""Who a restore reaches that it did not reach, or reaches no more (b06, b53, b54)."""

import pytest

from restore_safety.models import Severity
from tests.cases.makers import (
    BLOCK,
    CATALOG,
    CONDITIONAL_ACCESS,
    FILTERS,
    all_guests,
    as_held,
    catalog,
    conditional_access,
    device_filter,
    not_to_group,
    to_all_devices,
    to_all_users,
    to_group,
)

WEIGHTY = {"blocker", "warning"}
CORPORATE = {"filter_name": "Corporate"}

GROWS = {
    "all devices lose their filter": ([to_all_devices()], [to_all_devices(**CORPORATE)]),
    "all users lose their filter": ([to_all_users()], [to_all_users(**CORPORATE)]),
    "a group loses its filter": ([to_group("Pilot")], [to_group("Pilot", **CORPORATE)]),
    "a filter flips": (
        [to_group("Pilot", **CORPORATE, filter_type="exclude")],
        [to_group("Pilot", **CORPORATE)],
    ),
    "another filter": (
        [to_all_devices(filter_name="Personal")],
        [to_all_devices(**CORPORATE)],
    ),
    "an exclusion goes": (
        [to_all_devices()],
        [to_all_devices(), not_to_group("Pilot")],
    ),
    "an exclusion turns into an inclusion": ([to_group("Pilot")], [not_to_group("Pilot")]),
    "all devices come": ([to_all_devices()], [to_group("Pilot")]),
    "all users come": ([to_all_users()], []),
    "all devices in place of all users": ([to_all_devices()], [to_all_users()]),
}


@pytest.mark.parametrize(("wanted", "live"), GROWS.values(), ids=GROWS)
def test_an_audience_that_grows_or_flips_is_a_warning(walk, wanted, live):
    there = catalog("Baseline", assignments=live)
    filters = [device_filter("Corporate"), device_filter("Personal")]
    walk.hold({CATALOG: [as_held(there)], FILTERS: filters}, groups=["Pilot"])
    walk.import_policies(catalog("Baseline", assignments=wanted))

    walk.preview()

    assert walk.decisions == {"Baseline": "update"}
    assert walk.codes("Baseline", severity=WEIGHTY)
    assert walk.readiness == "ready_with_caution"


def test_all_devices_without_their_filter_weigh_as_much_as_all_devices_anew(walk):
    there = [
        as_held(catalog("Filtered", assignments=[to_all_devices(**CORPORATE)])),
        as_held(catalog("Anew", assignments=[])),
    ]
    walk.hold({CATALOG: there, FILTERS: [device_filter("Corporate")]})
    walk.import_policies(
        catalog("Filtered", assignments=[to_all_devices()]),
        catalog("Anew", assignments=[to_all_devices()]),
    )

    walk.preview()

    heaviest = {
        name: min(list(Severity).index(one.severity) for one in walk.found(name))
        for name in ("Filtered", "Anew")
    }
    assert heaviest["Filtered"] == heaviest["Anew"]
    assert "reaches_everybody_anew" in walk.plan["Filtered"].impact["effects"]


SHRINKS = {
    "a group leaves": ([to_group("Pilot")], [to_group("Pilot"), to_group("Crew")]),
    "all users leave": ([to_group("Pilot")], [to_group("Pilot"), to_all_users()]),
    "a filter comes": ([to_all_devices(**CORPORATE)], [to_all_devices()]),
    "an exclusion comes": (
        [to_all_devices(), not_to_group("Pilot")],
        [to_all_devices()],
    ),
    "an inclusion turns into an exclusion": (
        [not_to_group("Pilot"), to_all_users()],
        [to_group("Pilot"), to_all_users()],
    ),
    "all leave": ([], [to_group("Pilot")]),
}


@pytest.mark.parametrize(("wanted", "live"), SHRINKS.values(), ids=SHRINKS)
def test_an_audience_that_shrinks_is_never_ready_without_a_word(walk, wanted, live):
    there = catalog("Baseline", assignments=live)
    walk.hold(
        {CATALOG: [as_held(there)], FILTERS: [device_filter("Corporate")]},
        groups=["Pilot", "Crew"],
    )
    walk.import_policies(catalog("Baseline", assignments=wanted))

    walk.preview()

    assert walk.decisions == {"Baseline": "update"}
    assert walk.codes("Baseline", severity=WEIGHTY)
    assert walk.readiness == "ready_with_caution"


def test_assignments_are_replaced_by_those_of_the_backup(walk):
    there = catalog("Otherwise", assignments=[to_all_users()])
    walk.hold({CATALOG: [as_held(there)]})
    walk.import_policies(catalog("Otherwise", assignments=[to_all_devices()]))

    walk.restore()

    (held,) = walk.live(CATALOG)
    assert [one["target"]["@odata.type"] for one in held["assignments"]] == [
        "#microsoft.graph.allDevicesAssignmentTarget"
    ]
    assert walk.results == {"Otherwise": ("updated", "verified")}


def test_the_same_audience_raises_nothing(walk):
    policy = catalog("Baseline", assignments=[to_all_devices(**CORPORATE), not_to_group("Pilot")])
    held = as_held(policy, description="other")
    walk.hold({CATALOG: [held], FILTERS: [device_filter("Corporate")]}, groups=["Pilot"])
    walk.import_policies(policy)

    walk.preview()

    assert not {one for one in walk.codes("Baseline") if "assignments_removed" in one}
    assert "reaches_everybody_anew" not in walk.plan["Baseline"].impact["effects"]


WORKLOADS = {
    "includeServicePrincipals": ["ServicePrincipalsInMyTenant"],
    "excludeServicePrincipals": [],
    "servicePrincipalFilter": None,
}
AUDIENCES = {
    "guests": (
        {"users": {"includeUsers": [], "includeGuestsOrExternalUsers": all_guests()}},
        "guest",
    ),
    "internal guests": (
        {
            "users": {
                "includeUsers": [],
                "includeGuestsOrExternalUsers": all_guests("internalGuest,serviceProvider"),
            }
        },
        "guest",
    ),
    "workload identities": (
        {
            "users": {"includeUsers": ["None"]},
            "conditions": {"clientApplications": WORKLOADS},
            "grant": BLOCK,
        },
        "workload identit",
    ),
}


@pytest.mark.parametrize(("parts", "named"), AUDIENCES.values(), ids=AUDIENCES)
def test_guests_and_workload_identities_are_named_as_the_audience(walk, parts, named):
    walk.import_policies(conditional_access("Policy", **parts))

    walk.preview()

    impact = walk.plan["Policy"].impact
    assert "reaches_nobody" not in impact["effects"]
    assert any(named in one.lower() for one in impact["after"]), impact


def test_none_reaches_nobody(walk):
    policy = conditional_access("Policy", users={"includeUsers": ["None"]})
    walk.hold({CONDITIONAL_ACCESS: [as_held(policy, state="disabled")]})
    walk.import_policies(policy)

    walk.preview()

    assert walk.plan["Policy"].impact["after"] == []
