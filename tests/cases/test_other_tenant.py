"""A backup of one tenant for another: a mapping task, not a wall (b24, import/13)."""

import uuid

import pytest

from tests.cases.makers import (
    CATALOG,
    CONDITIONAL_ACCESS,
    catalog,
    conditional_access,
    id_of,
    not_to_group,
    to_group,
)

ELSEWHERE = str(uuid.UUID(int=99))


def table(**groups):
    objects = [
        {"DisplayName": name, "Id": id_of(old), "Type": "Group"} for old, name in groups.items()
    ]
    return {"TenantId": ELSEWHERE, "Organization": "Other", "Objects": objects}


def baseline():
    return catalog("Baseline", assignments=[to_group("Pilot_A"), not_to_group("Execs_A")])


MARKED = {"MigrationTable.json": table(Pilot_A="Pilot", Execs_A="Executives")}
UNMARKED = {
    f"Groups/{name}.json": {
        "id": id_of(old),
        "displayName": name,
        "@odata.type": "#microsoft.graph.group",
    }
    for old, name in {"Pilot_A": "Pilot", "Execs_A": "Executives"}.items()
}
BOTH = {"Pilot_A": "Pilot", "Execs_A": "Executives"}


@pytest.mark.parametrize("beside", [MARKED, UNMARKED], ids=["marked", "unmarked"])
def test_a_mapped_backup_is_restored_into_the_other_tenant(walk, beside):
    walk.hold(groups=["Pilot", "Executives"])
    walk.import_files({"SettingsCatalog/a.json": baseline()} | beside, origin=None)

    walk.restore(**walk.mapping(BOTH))

    assert walk.results == {"Baseline": ("created", "verified")}
    held = walk.live_named(CATALOG, "Baseline")["assignments"]
    assert {one["target"]["groupId"] for one in held} == {id_of("Pilot"), id_of("Executives")}


def test_another_origin_is_a_warning_and_no_wall(walk):
    walk.hold(groups=["Pilot", "Executives"])
    walk.import_files({"SettingsCatalog/a.json": baseline()} | MARKED, origin=None)

    walk.preview(**walk.mapping(BOTH))

    assert walk.codes(severity="blocker") == set()
    assert {one.severity for one in walk.findings if one.code == "tenant_mismatch"} == {"warning"}
    assert walk.readiness == "ready_with_caution"


def test_an_unknown_origin_is_not_safer_than_a_known_one(walk):
    """Without mapping neither goes through in silence."""
    weights = []
    for origin in (ELSEWHERE, None):
        walk.import_files({"SettingsCatalog/a.json": catalog("Screen lock")}, origin=origin)
        walk.check()
        about = [one for one in walk.findings if one.code in {"tenant_mismatch", "origin_unknown"}]
        weights.append({one.severity for one in about})

    assert weights[0]
    assert weights[0] == weights[1]


@pytest.mark.parametrize("beside", [MARKED, UNMARKED], ids=["marked", "unmarked"])
def test_groups_of_unique_names_are_proposed(walk, beside):
    walk.hold(groups=["Pilot", "Executives"])
    walk.import_files({"SettingsCatalog/a.json": baseline()} | beside, origin=None)

    walk.check()

    said = walk.said_by_checks("Baseline")
    assert "Pilot" in said
    assert "Executives" in said


def test_what_is_resolved_by_a_unique_name_needs_no_mapping(walk):
    walk.hold(groups=["Pilot", "Executives"])
    walk.import_files({"SettingsCatalog/a.json": baseline()} | MARKED, origin=None)

    walk.preview()

    body = walk.sent("Baseline", "assign")
    assert {one["target"]["groupId"] for one in body["assignments"]} == {
        id_of("Pilot"),
        id_of("Executives"),
    }
    assert walk.readiness == "ready_with_caution"


def test_a_name_two_groups_share_is_never_guessed(walk):
    twice = [{"id": id_of(f"Pilot {one}"), "displayName": "Pilot"} for one in (1, 2)]
    walk.hold(groups=["Executives", *twice])
    walk.import_files({"SettingsCatalog/a.json": baseline()} | MARKED, origin=None)

    walk.preview()

    assert [body for kind, _, _, body in walk.bodies("Baseline") if kind == "assign"] == []
    assert walk.codes("Baseline", severity={"blocker", "unknown", "warning"})


def test_named_locations_of_unique_names_are_resolved(walk):
    office = {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "id": id_of("Office here"),
        "displayName": "Office",
        "isTrusted": True,
        "ipRanges": [],
    }
    walk.hold({"identity/conditionalAccess/namedLocations": [office]})
    where = {"includeLocations": ["All"], "excludeLocations": [id_of("Office there")]}
    policy = conditional_access(
        "Away", users={"includeUsers": ["None"]}, conditions={"locations": where}
    )
    walk.import_files(
        {
            "ConditionalAccess/a.json": policy,
            "NamedLocations/Office.json": office | {"id": id_of("Office there")},
        },
        origin=ELSEWHERE,
    )

    walk.restore(only={"Away"})

    assert walk.results == {"Away": ("created", "verified")}
    held = walk.live_named(CONDITIONAL_ACCESS, "Away")["conditions"]["locations"]
    assert held["excludeLocations"] == [id_of("Office here")]
