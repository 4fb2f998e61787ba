"""Who a change reaches, and what of it people read before it is written."""

import pytest

from restore_safety.models import Decision
from restore_safety.policies.impact import Effect, Impact, Reach, Reached, summary_of
from restore_safety.truth.scope import ConflictPolicy
from tenants.graph.audience import Audience, AudienceKind
from tests.restore_safety.policies.fakes import (
    PILOTS,
    STAFF,
    TO_ALL_DEVICES,
    FakeReader,
    catalog,
    compliance,
    policy,
    preview,
    refused,
    to_group,
    without_group,
)

CATALOG = "configurationPolicies"
SCRIPTS = "deviceManagementScripts"
ACCESS = "conditionalAccessPolicies"
GROUPS = {PILOTS: "Pilots", STAFF: "Staff"}
TO_ALL_USERS = {"target": {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}}
TO_PILOTS, TO_STAFF = to_group(PILOTS), to_group(STAFF)


FILTER = "ffffffff-0000-4000-8000-000000000001"


def filtered(assignment, mode="include"):
    fields = {
        "deviceAndAppManagementAssignmentFilterId": FILTER,
        "deviceAndAppManagementAssignmentFilterType": mode,
    }
    return {**assignment, "target": {**assignment["target"], **fields}}


def script(content="R2V0LURhdGU=", **properties):
    return {
        "id": "s-1",
        "displayName": "Clean up",
        "fileName": "clean.ps1",
        "runAsAccount": "system",
        "scriptContent": content,
        "roleScopeTagIds": ["0"],
        **properties,
    }


def access(state, **users):
    return {
        "id": "ca-1",
        "displayName": "Require MFA",
        "state": state,
        "conditions": {"users": {"includeUsers": ["All"], **users}},
    }


def impact(payload, live=None, *, key=CATALOG, assigned=(), today=(), **facts):
    """The impact on a tenant that holds the live policy, assigned as it is today."""
    objects = {"assignmentFilters": [{"id": FILTER, "displayName": "Corporate"}]}
    objects |= {key: [live]} if live else {}
    assignments = {live["id"]: list(today)} if live else {}
    reader = FakeReader(objects, assignments=assignments, groups=GROUPS, **facts)
    [item] = preview([policy(payload, key=key, assignments=list(assigned))], reader)
    return item.impact


@pytest.mark.parametrize(
    ("today", "assigned", "effects"),
    [
        ([], [TO_PILOTS], [Effect.REACHES_MORE]),
        ([TO_PILOTS], [TO_PILOTS], []),
        ([TO_PILOTS], [TO_STAFF], [Effect.REACHES_MORE, Effect.TAKES_ASSIGNMENTS_AWAY]),
        ([TO_PILOTS], [], [Effect.TAKES_ASSIGNMENTS_AWAY, Effect.REACHES_NOBODY]),
        ([], [TO_ALL_DEVICES], [Effect.REACHES_EVERYBODY_ANEW]),
        ([TO_ALL_DEVICES], [TO_ALL_DEVICES], [Effect.CHANGES_FOR_EVERYBODY]),
        (
            [TO_ALL_DEVICES],
            [TO_ALL_DEVICES, TO_ALL_USERS],
            [Effect.REACHES_EVERYBODY_ANEW],
        ),
        ([without_group(PILOTS), TO_STAFF], [TO_STAFF], [Effect.REACHES_MORE]),
        ([TO_STAFF], [without_group(PILOTS), TO_STAFF], [Effect.TAKES_ASSIGNMENTS_AWAY]),
        (
            [without_group(PILOTS), TO_STAFF],
            [TO_PILOTS, TO_STAFF],
            [Effect.REACHES_MORE],
        ),
        ([filtered(TO_ALL_DEVICES)], [TO_ALL_DEVICES], [Effect.REACHES_EVERYBODY_ANEW]),
        (
            [TO_ALL_DEVICES],
            [filtered(TO_ALL_DEVICES)],
            [Effect.CHANGES_FOR_EVERYBODY, Effect.TAKES_ASSIGNMENTS_AWAY],
        ),
        (
            [filtered(TO_PILOTS)],
            [filtered(TO_PILOTS, "exclude")],
            [Effect.REACHES_MORE, Effect.TAKES_ASSIGNMENTS_AWAY],
        ),
        ([], [], []),
    ],
)
def test_an_update_says_who_it_reaches_otherwise_than_today(today, assigned, effects):
    found = impact(catalog(), catalog(value="off"), assigned=assigned, today=today)

    assert list(found.effects) == effects


def test_reach_is_shown_by_name_before_and_after():
    found = impact(catalog(), catalog(value="off"), assigned=[TO_STAFF], today=[TO_PILOTS])

    assert (found.before.labels, found.after.labels) == (
        (f"group Pilots ({PILOTS})",),
        (f"group Staff ({STAFF})",),
    )


@pytest.mark.parametrize(
    ("payload", "live", "key", "effects"),
    [
        (catalog(), None, CATALOG, []),
        (script(), None, SCRIPTS, [Effect.RUNS_SCRIPT]),
        (script(), script("RXhpdA=="), SCRIPTS, [Effect.RUNS_SCRIPT]),
        (script(), script(runAsAccount="user"), SCRIPTS, []),
        (compliance(), None, "deviceCompliancePolicies", [Effect.DECIDES_COMPLIANCE]),
    ],
)
def test_what_cannot_be_taken_back_or_is_enforced_is_named(payload, live, key, effects):
    today = [TO_PILOTS] if live else []

    found = impact(payload, live, key=key, assigned=[TO_PILOTS], today=today)

    assert list(found.effects) == effects


def test_a_script_that_reaches_nobody_runs_nowhere():
    assert list(impact(script(), key=SCRIPTS).effects) == [Effect.REACHES_NOBODY]


@pytest.mark.parametrize(
    ("wanted", "live", "effects"),
    [
        ("enabled", None, [Effect.STARTS_ENFORCING, Effect.REACHES_EVERYBODY_ANEW]),
        ("enabled", "disabled", [Effect.STARTS_ENFORCING, Effect.CHANGES_FOR_EVERYBODY]),
        ("disabled", "enabled", [Effect.STOPS_ENFORCING, Effect.CHANGES_FOR_EVERYBODY]),
        ("disabled", None, [Effect.REACHES_EVERYBODY_ANEW]),
    ],
)
def test_conditional_access_says_when_it_starts_or_stops_to_decide(wanted, live, effects):
    found = impact(access(wanted), access(live) if live else None, key=ACCESS)

    assert list(found.effects) == effects
    assert found.after.labels == ("all users",)


def test_conditional_access_names_the_groups_and_people_it_holds_itself():
    live = access(
        "disabled", includeUsers=["u-1", "u-2"], includeGroups=[PILOTS], includeRoles=["r"]
    )

    found = impact(
        access("disabled", includeUsers=["u-1"], excludeGroups=[STAFF]),
        live,
        key=ACCESS,
        users={"u-1": "Ada"},
    )

    assert found.before.labels == (
        "user u-1",
        "user u-2",
        f"group Pilots ({PILOTS})",
        "role r",
    )
    assert found.after.labels == ("user u-1", f"not group Staff ({STAFF})")


def test_a_value_the_backup_does_not_hold_is_taken_out():
    extra = [
        *catalog()["settings"],
        {"id": "1", "settingInstance": {"settingDefinitionId": "more"}},
    ]

    found = impact(catalog(), catalog(settings=extra, settingCount=2), assigned=[], today=[])

    assert list(found.effects) == [Effect.REMOVES_SETTINGS]


@pytest.mark.parametrize(
    ("reader", "choices", "decision", "expected"),
    [
        (
            FakeReader({CATALOG: [catalog()]}),
            {},
            Decision.UNCHANGED,
            Impact(before=Reached(), after=Reached()),
        ),
        (
            FakeReader({CATALOG: [catalog()]}),
            {"conflict_policy": ConflictPolicy.SKIP},
            Decision.SKIP,
            Impact(),
        ),
        (FakeReader(errors={CATALOG: refused()}), {}, Decision.NOT_EVALUABLE, Impact()),
    ],
)
def test_what_is_not_written_has_no_effect_and_claims_none(reader, choices, decision, expected):
    [item] = preview([policy(assignments=[])], reader, **choices)

    assert (item.decision, item.impact) == (decision, expected)


def reached(*kinds, **facts):
    audiences = tuple(Audience(kind=kind, **facts) for kind in kinds)
    return Reached(audiences=audiences, labels=tuple(kinds))


@pytest.mark.parametrize(
    ("after", "reach"),
    [
        (None, Reach.NOT_SET),
        (Reached(), Reach.NOBODY),
        (reached(AudienceKind.GROUP, is_excluded=True), Reach.NOBODY),
        (reached(AudienceKind.GROUP), Reach.GROUPS),
        (reached(AudienceKind.GROUP, AudienceKind.ALL_USERS), Reach.ALL_USERS),
        (reached(AudienceKind.ALL_USERS, AudienceKind.ALL_DEVICES), Reach.ALL_DEVICES),
        (reached(AudienceKind.GUESTS), Reach.GUESTS),
        (reached(AudienceKind.WORKLOAD_IDENTITIES), Reach.WORKLOAD_IDENTITIES),
        (reached(AudienceKind.SERVICE_PRINCIPAL), Reach.NAMED),
        (reached(AudienceKind.USER, AudienceKind.ROLE), Reach.NAMED),
    ],
)
def test_the_farthest_reach_counts(after, reach):
    assert Impact(before=Reached(), after=after).reach is reach


@pytest.mark.parametrize(
    ("conditions", "label", "reach"),
    [
        (
            {
                "users": {
                    "includeUsers": [],
                    "includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest"},
                }
            },
            "guests and external users (internalGuest)",
            Reach.GUESTS,
        ),
        (
            {
                "users": {"includeUsers": ["None"]},
                "clientApplications": {"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]},
            },
            "workload identities",
            Reach.WORKLOAD_IDENTITIES,
        ),
    ],
)
def test_guests_and_workload_identities_are_an_audience(conditions, label, reach):
    found = impact({**access("enabled"), "conditions": conditions}, key=ACCESS)

    assert (found.after.labels, found.reach) == ((label,), reach)
    assert Effect.REACHES_NOBODY not in found.effects


def test_a_summary_counts_policies_by_effect_and_by_reach():
    loud = Impact(
        after=reached(AudienceKind.ALL_DEVICES),
        effects=(Effect.RUNS_SCRIPT, Effect.REMOVES_SETTINGS),
    )

    assert summary_of([loud, loud, Impact(after=Reached())]) == {
        "effects": {"runs_script": 2, "removes_settings": 2},
        "reach": {"all_devices": 2, "nobody": 1},
    }
