"""What becomes of each audience: named apart, and whether the policy reaches more by it."""

import pytest

from tenants.graph.assignment_changes import (
    AudienceEvent,
    Extent,
    assignment_changes,
    audience_changes,
)
from tenants.graph.assignments import normal_assignments
from tenants.graph.audience import sign_in_audiences

A, B = (f"aaaaaaaa-0000-4000-8000-00000000000{one}" for one in "ab")
F, H = (f"ffffffff-0000-4000-8000-00000000000{one}" for one in "ab")
G = "#microsoft.graph."


def target(kind, group="", filter_id="", mode="", **envelope):
    fields = {"@odata.type": f"{G}{kind}"}
    if group:
        fields["groupId"] = group
    if filter_id:
        fields["deviceAndAppManagementAssignmentFilterId"] = filter_id
        fields["deviceAndAppManagementAssignmentFilterType"] = mode
    return {"target": fields, **envelope}


def devices(filter_id="", mode="include"):
    return target("allDevicesAssignmentTarget", "", filter_id, mode)


def users():
    return target("allLicensedUsersAssignmentTarget")


def group(one, filter_id="", mode="include", **envelope):
    return target("groupAssignmentTarget", one, filter_id, mode, **envelope)


def without(one, filter_id="", mode="include"):
    return target("exclusionGroupAssignmentTarget", one, filter_id, mode)


E = AudienceEvent


@pytest.mark.parametrize(
    ("before", "after", "events", "extent"),
    [
        ([], [devices()], [E.ADDED], Extent.WIDENED),
        ([devices()], [], [E.REMOVED], Extent.NARROWED),
        ([], [without(A)], [E.ADDED], Extent.NARROWED),
        ([without(A)], [], [E.REMOVED], Extent.WIDENED),
        ([group(A)], [without(A)], [E.EXCLUDED], Extent.NARROWED),
        ([without(A)], [group(A)], [E.INCLUDED], Extent.WIDENED),
        ([devices(F)], [devices()], [E.FILTER_REMOVED], Extent.WIDENED),
        ([devices()], [devices(F)], [E.FILTER_ADDED], Extent.NARROWED),
        ([devices(F)], [devices(F, "exclude")], [E.FILTER_INVERTED], Extent.SHIFTED),
        ([devices(F)], [devices(H)], [E.FILTER_CHANGED], Extent.SHIFTED),
        ([without(A, F)], [without(A)], [E.FILTER_REMOVED], Extent.NARROWED),
        (
            [group(A, intent="available")],
            [group(A, intent="required")],
            [E.INTENT_CHANGED],
            Extent.SHIFTED,
        ),
        (
            [group(A, F, intent="available")],
            [group(A, intent="available")],
            [E.FILTER_REMOVED],
            Extent.WIDENED,
        ),
        (
            [group(A, F), without(B)],
            [without(B), group(A, H, intent="remove")],
            [E.FILTER_CHANGED, E.INTENT_CHANGED],
            Extent.SHIFTED,
        ),
        (
            [group(A) | {"runSchedule": {"interval": 1}}],
            [group(A) | {"runSchedule": {"interval": 2}}],
            [E.SETTINGS_CHANGED],
            Extent.SAME,
        ),
    ],
)
def test_each_change_has_its_name_and_its_extent(before, after, events, extent):
    [found] = assignment_changes(before, after)

    assert (list(found.events), found.extent) == (events, extent)
    assert found.grows is (extent in {Extent.WIDENED, Extent.SHIFTED})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], []),
        ([devices(F), without(A)], [without(A), devices(F)]),
        ([group(A)], [group(A.upper())]),
        ([devices(F)], [devices(F.upper())]),
        ([devices()], [devices(F, "none")]),
        ([group(A)], [group(A, intent="apply")]),
    ],
)
def test_the_same_audiences_do_not_change(before, after):
    assert assignment_changes(normal_assignments(before), normal_assignments(after)) == ()


def test_every_audience_is_told_by_itself():
    found = assignment_changes([devices(F), group(A), without(B)], [devices(), group(B), users()])

    assert [(one.audience.kind, list(one.events)) for one in found] == [
        ("all_devices", [E.FILTER_REMOVED]),
        ("group", [E.INCLUDED]),
        ("all_users", [E.ADDED]),
        ("group", [E.REMOVED]),
    ]


def test_a_group_included_and_excluded_at_once_is_paired_the_same_way_round():
    found = assignment_changes([group(A), without(A)], [without(A), group(A)])

    assert found == ()


@pytest.mark.parametrize(
    ("before", "after", "makes_broad"),
    [
        ([], [devices()], True),
        ([], [devices(F)], True),
        ([devices(F)], [devices()], True),
        ([devices(F)], [devices(F, "exclude")], True),
        ([devices()], [devices(F)], False),
        ([group(A, F)], [group(A)], False),
        ([], [without(A)], False),
    ],
)
def test_all_devices_without_their_filter_weighs_like_all_devices_anew(before, after, makes_broad):
    [found] = assignment_changes(before, after)

    assert found.makes_broad is makes_broad


@pytest.mark.parametrize(
    ("before", "after", "extents"),
    [
        ({"includeUsers": ["u"]}, {"includeUsers": ["All"]}, [Extent.WIDENED, Extent.NARROWED]),
        (
            {"includeUsers": ["All"], "excludeUsers": ["u"]},
            {"includeUsers": ["All"]},
            [Extent.WIDENED],
        ),
        (
            {"includeUsers": ["All"], "excludeGroups": [A]},
            {"includeUsers": ["All"], "excludeGroups": [A.upper()]},
            [],
        ),
        (
            {"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest"}},
            {"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "serviceProvider"}},
            [Extent.SHIFTED],
        ),
    ],
)
def test_conditional_access_is_compared_the_same_way(before, after, extents):
    found = audience_changes(
        *(sign_in_audiences({"conditions": {"users": one}}) for one in (before, after))
    )

    assert [one.extent for one in found] == extents
