"""Scope tags and filters that are gone, renamed, empty or of another platform (b23, b55)."""

import pytest

from tests.cases.makers import (
    CATALOG,
    COMPLIANCE,
    CONFIGURATION,
    FILTERS,
    SCRIPTS,
    TAGS,
    as_held,
    catalog,
    compliance,
    configuration,
    device_filter,
    id_of,
    scope_tag,
    script,
    to_all_users,
    to_group,
)

WEIGHTY = {"blocker", "warning"}
UNTAGGED = {
    CATALOG: catalog("No tags", roleScopeTagIds=[]),
    CONFIGURATION: configuration("No tags", roleScopeTagIds=[]),
    COMPLIANCE: compliance("No tags", roleScopeTagIds=[]),
    SCRIPTS: script("No tags", roleScopeTagIds=[]),
}


@pytest.mark.parametrize("key", UNTAGGED)
def test_no_scope_tags_become_the_default_tag_when_created(walk, key):
    walk.import_policies(UNTAGGED[key])

    walk.restore()

    assert walk.refused() == []
    assert walk.results == {"No tags": ("created", "verified")}
    assert walk.live_named(key, "No tags")["roleScopeTagIds"] == ["0"]


@pytest.mark.parametrize("key", UNTAGGED)
def test_no_scope_tags_become_the_default_tag_when_updated(walk, key):
    there = as_held(UNTAGGED[key], roleScopeTagIds=["0"], description="changed")
    walk.hold({key: [there]})
    walk.import_policies(UNTAGGED[key])

    walk.restore()

    assert walk.refused() == []
    assert walk.results == {"No tags": ("updated", "verified")}
    assert walk.live_named(key, "No tags")["roleScopeTagIds"] == ["0"]


@pytest.mark.parametrize("key", UNTAGGED)
def test_no_scope_tags_equal_the_default_tag(walk, key):
    walk.hold({key: [as_held(UNTAGGED[key], roleScopeTagIds=["0"])]})
    walk.import_policies(UNTAGGED[key])

    walk.preview()

    assert walk.decisions == {"No tags": "unchanged"}


TEXTS = {"17": "17", "one tag": "0", "a name": "Helpdesk"}


@pytest.mark.parametrize("tags", TEXTS.values(), ids=TEXTS)
def test_a_text_is_never_read_letter_by_letter(walk, tags):
    walk.import_policies(catalog("Tag as text", roleScopeTagIds=tags), catalog("Beside it"))

    walk.preview()

    said = walk.said_by_checks("Tag as text") if "Tag as text" in walk.entries else ""
    is_read_by_letter = all(f"tag {letter}" in said for letter in tags) and len(tags) > 1
    assert not is_read_by_letter
    is_left_out = "Tag as text" not in walk.entries and walk.unread
    assert is_left_out or walk.codes("Tag as text", severity=WEIGHTY)


def test_a_tag_is_found_by_its_unique_name(walk):
    there = [scope_tag("Something else", "7"), scope_tag("Helpdesk", "9")]
    walk.hold({TAGS: there})
    walk.import_files(
        {
            "SettingsCatalog/a.json": catalog("Tagged", roleScopeTagIds=["0", "7"]),
            "ScopeTags/Helpdesk.json": scope_tag("Helpdesk", "7")
            | {"@odata.type": "#microsoft.graph.roleScopeTag", "isBuiltIn": False},
        }
    )

    walk.restore()

    assert walk.results["Tagged"] == ("created", "verified")
    assert walk.live_named(CATALOG, "Tagged")["roleScopeTagIds"] == ["0", "9"]


def test_a_renamed_filter_is_found_by_its_id(walk):
    renamed = device_filter("Corporate", displayName="Renamed since")
    walk.hold({FILTERS: [renamed]}, groups=["Pilot"])
    walk.import_policies(
        catalog("Filtered", assignments=[to_group("Pilot", filter_name="Corporate")])
    )

    walk.restore()

    assert walk.results == {"Filtered": ("created", "verified")}


def test_a_filter_of_another_platform_is_named(walk):
    walk.hold({FILTERS: [device_filter("Windows only")]}, groups=["Pilot"])
    walk.import_policies(
        catalog(
            "For iOS",
            platforms="iOS",
            technologies="mdm,appleRemoteManagement",
            assignments=[to_group("Pilot", filter_name="Windows only")],
        )
    )

    walk.preview()

    assert walk.codes("For iOS", severity=WEIGHTY)
    assert "Windows only" in walk.said_by_checks("For iOS")


def test_a_filter_that_is_gone_never_widens_an_assignment(walk):
    walk.hold(groups=["Pilot"])
    walk.import_policies(
        catalog(
            "Filtered",
            assignments=[
                to_group("Pilot", filter_name="gone", filter_type="exclude"),
                to_all_users(),
            ],
        )
    )

    walk.preview()

    assert walk.codes("Filtered", severity=WEIGHTY)
    assert [body for kind, _, _, body in walk.bodies("Filtered") if kind == "assign"] == []


def test_filters_and_tags_of_the_backup_are_restored_along(walk):
    walk.hold(groups=["Pilot"])
    walk.import_files(
        {
            "SettingsCatalog/a.json": catalog(
                "Filtered",
                roleScopeTagIds=["7"],
                assignments=[to_group("Pilot", filter_name="Corporate")],
            ),
            "AssignmentFilters/Corporate.json": device_filter("Corporate"),
            "ScopeTags/Branch.json": scope_tag("Branch") | {"isBuiltIn": False},
        }
    )

    walk.restore()

    assert set(walk.results.values()) == {("created", "verified")}
    (tag,), (corporate,) = walk.live(TAGS), walk.live(FILTERS)
    held = walk.live_named(CATALOG, "Filtered")
    assert held["roleScopeTagIds"] == [tag["id"]]
    target = held["assignments"][0]["target"]
    assert target["deviceAndAppManagementAssignmentFilterId"] == corporate["id"]


def test_a_name_that_two_filters_of_the_backup_have_means_neither(walk):
    entry = to_group("Pilot", filter_name="Corporate")
    named = {"deviceAndAppManagementAssignmentFilterId": "name:Corporate"}
    walk.hold(groups=["Pilot"])
    walk.import_policies(
        device_filter("Corporate"),
        device_filter("Corporate", id=id_of("another"), rule='(device.model -eq "X")'),
        catalog("Lock", assignments=[entry | {"target": entry["target"] | named}]),
    )

    walk.preview()

    assert "filter_missing" in walk.codes("Lock", severity="blocker")
    assert not any("/assign" in write["path"] for write in walk.plan["Lock"].writes)
