from uuid import UUID

import pytest

from restore_safety.backups.export import read_export
from restore_safety.backups.not_policies import NOT_DATA
from restore_safety.backups.sources import ImportRefusedError
from restore_safety.policies.completeness import Wholeness
from tests.restore_safety.backups.policies import (
    GROUP,
    ORIGIN,
    REAL,
    assignment,
    catalog,
    compliance,
    kept,
    left_out,
    read,
    written,
)


def test_the_type_is_told_from_the_content_not_from_the_folder(tmp_path):
    reading = read(
        tmp_path,
        {
            "CompliancePolicies/a.json": written(catalog(), "utf-16"),
            "SettingsCatalog/b.json": written(compliance(), "utf-8-sig"),
        },
    )

    assert kept(reading) == [
        ("configurationPolicies", "Catalog 1"),
        ("deviceCompliancePolicies", "Compliance 1"),
    ]
    assert reading.unread == []


def test_a_portal_export_without_a_type_of_its_own_is_recognised(tmp_path):
    native = catalog() | {
        "@odata.context": "https://graph.microsoft.com/beta/$metadata"
        "#deviceManagement/configurationPolicies/$entity"
    }
    del native["@odata.type"]

    reading = read(tmp_path, {"NativeImport/a.json": written(native, "utf-8-sig")})

    assert kept(reading) == [("configurationPolicies", "Catalog 1")]


def test_everything_left_out_is_named_with_its_reason(tmp_path):
    keys = {"@odata.type": "#microsoft.graph.fido2AuthenticationMethodConfiguration", "id": "x"}
    reading = read(
        tmp_path,
        {
            "1.json": written(catalog()),
            "2 copy.json": written(catalog()),
            "3 keys.json": written(keys),
            "4 broken.json": b"{",
            "5_Settings.json": written([{"id": "0"}, {"id": "1"}]),
            "6 empty.json": b"[]",
            "7 text.json": b'"x"',
            "8 tag.json": written(
                {
                    "@odata.type": "#microsoft.graph.roleScopeTag",
                    "id": "0",
                    "displayName": "Default",
                    "isBuiltIn": True,
                }
            ),
            "README.md": b"hello",
            "script.ps1": b"Get-Date",
        },
    )

    assert kept(reading) == [("configurationPolicies", "Catalog 1")]
    assert left_out(reading) == [
        (
            "3 keys.json",
            "Authentication methods policy: not supported",
            True,
        ),
        ("4 broken.json", "not valid JSON at line 1, column 2", True),
        ("6 empty.json", "not a policy: it is empty", True),
        ("7 text.json", "not a policy that can be restored. It is not a JSON object", True),
        (
            "8 tag.json",
            "built in: every tenant has it by itself, and it is never restored",
            False,
        ),
        ("README.md", NOT_DATA, False),
        (
            "5_Settings.json",
            "not a policy that can be restored. Nothing in it says which kind of policy it is",
            True,
        ),
        ("script.ps1", NOT_DATA, False),
        ("2 copy.json", "duplicate: the same policy as “1.json”, which was imported", False),
    ]


@pytest.mark.parametrize("wrap", [lambda entries: entries, lambda entries: {"value": entries}])
def test_each_element_of_an_array_is_considered(tmp_path, wrap):
    reading = read(tmp_path, {"all.json": written(wrap([catalog(1), {"x": 1}, catalog(2)]))})

    assert sorted(kept(reading)) == [
        ("configurationPolicies", "Catalog 1"),
        ("configurationPolicies", "Catalog 2"),
    ]
    assert [entry.name for entry in reading.unread] == ["all.json [2]"]


def test_policies_without_ids_are_duplicates_only_when_equal(tmp_path):
    reading = read(
        tmp_path,
        {
            "1.json": written(catalog(1, id=None)),
            "2.json": written(catalog(1, id=None)),
            "3.json": written(catalog(1, id=None, description="other")),
        },
    )

    assert len(reading.prepared.items) == 2
    assert [entry.name for entry in reading.unread] == ["2.json"]


@pytest.mark.parametrize(
    ("stated", "captured"),
    [
        ({}, None),
        ({"assignments": None}, None),
        ({"assignments": "x"}, None),
        ({"assignments": []}, []),
        ({"assignments": [assignment()]}, [assignment()]),
        ({"assignments": assignment()}, [assignment()]),
    ],
)
def test_a_missing_key_is_not_the_same_as_no_assignments(tmp_path, stated, captured):
    reading = read(tmp_path, {"1.json": written(catalog(**stated))})

    [item] = reading.prepared.items
    assert item.record.assignments == captured
    assert item.record.completeness.assignments_captured == (captured is not None)


def test_assignments_do_not_change_the_digest_of_the_content(tmp_path):
    bare = read(tmp_path / "a", {"1.json": written(catalog())})
    assigned = read(tmp_path / "b", {"1.json": written(catalog(assignments=[assignment()]))})

    [one], [other] = bare.prepared.items, assigned.prepared.items
    assert one.payload_digest == other.payload_digest
    assert one.digest != other.digest


def test_the_migration_table_names_the_origin_and_the_groups(tmp_path):
    table = {
        "TenantId": ORIGIN,
        "Organization": "Contoso",
        "Objects": [
            {"Id": GROUP.upper(), "DisplayName": "Pilot", "Type": "Group"},
            {"Id": "x", "DisplayName": "Other", "Type": "User"},
        ],
    }

    reading = read(
        tmp_path,
        {
            "A/1.json": written(catalog(assignments=[assignment()])),
            "MigrationTable.json": written(table, "utf-16"),
        },
    )

    [item] = reading.prepared.items
    assert reading.markers.origin == UUID(ORIGIN)
    assert item.record.group_names == {GROUP: "Pilot"}
    assert left_out(reading) == [
        (
            "MigrationTable.json",
            "not a policy: it says which tenant the export came from, and names groups",
            False,
        )
    ]


def test_the_groups_folder_names_groups(tmp_path):
    group = {"id": GROUP, "displayName": "Pilot", "groupTypes": []}

    reading = read(
        tmp_path,
        {
            "Groups/Pilot.json": written(group),
            "A/1.json": written(catalog(assignments=[assignment()])),
        },
    )

    [item] = reading.prepared.items
    assert reading.markers.origin is None
    assert item.record.group_names == {GROUP: "Pilot"}
    assert left_out(reading) == [
        ("Groups/Pilot.json", "not a policy: it is a group, and only its name is used", False)
    ]


def test_a_policy_in_the_groups_folder_is_a_policy(tmp_path):
    unsupported = {"id": "1", "displayName": "Anything", "members": []}
    untyped = compliance() | {
        "@odata.context": "https://graph.microsoft.com/beta/$metadata"
        "#deviceManagement/deviceCompliancePolicies/$entity"
    }
    del untyped["@odata.type"]

    reading = read(
        tmp_path,
        {
            "Groups/1.json": written(catalog()),
            "Groups/2.json": written(unsupported),
            "Groups/3.json": written(untyped),
            "MigrationTable.json": written(catalog(2)),
        },
    )

    assert sorted(kept(reading)) == [
        ("configurationPolicies", "Catalog 1"),
        ("configurationPolicies", "Catalog 2"),
    ]
    assert left_out(reading) == [
        (
            "Groups/2.json",
            "not a policy that can be restored. Nothing in it says which kind of policy it is",
            True,
        ),
        (
            "Groups/3.json",
            (
                "not a policy that can be restored. It has no @odata.type, so it may be any "
                "compliance policy"
            ),
            True,
        ),
    ]


@pytest.mark.parametrize(
    "group",
    [
        {"@odata.type": "#microsoft.graph.group", "id": GROUP, "displayName": "Pilot"},
        {"id": GROUP, "displayName": "Pilot", "description": None},
        {
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#groups(id)/$entity",
            "id": GROUP,
            "displayName": "Pilot",
        },
    ],
)
def test_a_list_of_groups_names_each_and_is_listed_once(tmp_path, group):
    reading = read(
        tmp_path,
        {
            "Groups/all.json": written([group, group | {"id": ORIGIN}]),
            "A/1.json": written(catalog(assignments=[assignment()])),
        },
    )

    [item] = reading.prepared.items
    assert item.record.group_names == {GROUP: "Pilot"}
    assert left_out(reading) == [
        ("Groups/all.json", "not a policy: it is a group, and only its name is used", False)
    ]


def test_a_page_whose_next_was_not_saved_says_that_the_rest_is_missing(tmp_path):
    link = "https://graph.microsoft.com/beta/deviceManagement/configurationPolicies?$skiptoken=1"
    page = {"value": [catalog(1), catalog(2)], "@odata.nextLink": link}

    reading = read(
        tmp_path,
        {
            "1.json": written(page),
            "2.json": written(page | {"value": []}),
            "3.json": written(page | {"value": [catalog(3)], "@odata.nextLink": None}),
        },
    )

    assert [name for _, name in kept(reading)] == ["Catalog 1", "Catalog 2", "Catalog 3"]
    reason = "one page of a longer list: what followed it was not saved in this file"
    assert left_out(reading) == [("1.json", reason, True), ("2.json", reason, True)]


@pytest.mark.parametrize(
    ("changes", "content_is_whole", "assignments"),
    [
        ({"settings@odata.nextLink": "https://x"}, False, [assignment()]),
        ({"@odata.nextLink": "https://x"}, False, [assignment()]),
        ({"settings@odata.nextLink": None}, True, [assignment()]),
        ({"assignments@odata.nextLink": "https://x"}, True, None),
        ({"settingCount": None}, True, [assignment()]),
        ({"settingCount": None, "settings": [{}] * 24}, True, [assignment()]),
        ({"settingCount": None, "settings": [{}] * 25}, False, [assignment()]),
        ({"settingCount": 25, "settings": [{}] * 25}, True, [assignment()]),
    ],
)
def test_a_policy_that_goes_on_elsewhere_is_not_whole(
    tmp_path, changes, content_is_whole, assignments
):
    policy = catalog(**({"assignments": [assignment()]} | changes))

    reading = read(tmp_path, {"1.json": written(policy)})

    [item] = reading.prepared.items
    facts = item.record.completeness
    assert (facts.is_complete, facts.would_delete_uncaptured) == (
        content_is_whole,
        not content_is_whole,
    )
    assert item.record.assignments == assignments


def test_malformed_assignments_are_not_captured_and_named(tmp_path):
    reading = read(tmp_path, {"1.json": written(catalog(assignments=[{"target": "x"}]))})

    [item] = reading.prepared.items
    assert item.record.assignments is None
    [problem] = item.record.completeness.problems
    assert problem == (
        "Its assignments were not captured (number 1 has no target): a restore leaves those in "
        "the tenant untouched."
    )
    [entry] = reading.unread
    assert (str(entry), entry.matters, entry.in_part) == (
        "1.json: its assignments are not in this backup: number 1 has no target",
        True,
        True,
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": "x" * 101}, "its id is longer than 100 characters"),
        ({"id": ["x"]}, "its id is not text"),
        ({"description": "a\x00b"}, "it holds a broken or zero character"),
        ({"name": "a\x00b"}, "it holds a broken or zero character"),
        ({"a\x00b": 1}, "it holds a broken or zero character"),
    ],
)
def test_what_no_database_keeps_is_refused_by_name_and_the_rest_imported(tmp_path, changes, reason):
    policy = catalog(2) | changes

    reading = read(tmp_path, {"1.json": written(catalog()), "2.json": written(policy)})

    assert kept(reading) == [("configurationPolicies", "Catalog 1")]
    assert left_out(reading) == [("2.json", reason, True)]


def test_one_id_with_two_contents_or_assignments_is_said_and_the_first_is_kept(tmp_path):
    reading = read(
        tmp_path,
        {
            "b.json": written(catalog(description="other")),
            "a.json": written(catalog(assignments=[])),
            "c.json": written(catalog(assignments=[assignment()])),
            "d.json": written(catalog(assignments=[])),
        },
    )

    differs = (
        "the same id as “a.json”, but the contents differ: “a.json” was imported, this was not"
    )
    assert kept(reading) == [("configurationPolicies", "Catalog 1")]
    assert left_out(reading) == [
        ("b.json", differs, True),
        (
            "c.json",
            (
                "the same policy as “a.json”, but assigned differently: “a.json” was imported, "
                "this was not"
            ),
            True,
        ),
        ("d.json", "duplicate: the same policy as “a.json”, which was imported", False),
    ]


def test_a_damaged_copy_never_displaces_one_that_is_whole(tmp_path):
    damaged = written(catalog(name="Kaputt")).replace(b"Kaputt", b"Kap\xc3\xff\xfe")
    reading = read(
        tmp_path,
        {
            "a.json": damaged,
            "b.json": written(catalog(name="Über", assignments="x", settingCount=2)),
            "c.json": written(catalog(name="Über"), "utf-16-le"),
            "d.json": written(catalog(name="Über"), "cp1252"),
            "e.json": written(catalog(name="Über")),
            "f.json": written(catalog(name="Other")),
        },
    )

    differs = (
        "the same id as “c.json”, but the contents differ: “c.json” was imported, this was not"
    )
    guessed = "Its file is not in a Unicode encoding: letters beyond plain ASCII may be wrong"
    same = "duplicate: the same policy as “c.json”, which was imported"
    assert kept(reading) == [("configurationPolicies", "Über")]
    assert reading.prepared.items[0].record.completeness.is_complete
    assert reading.prepared.payload_digests == [reading.prepared.items[0].payload_digest]
    assert sorted(left_out(reading)) == [
        ("a.json", f"{differs}. {guessed}", True),
        ("b.json", same, False),
        ("d.json", same, False),
        ("e.json", same, False),
        ("f.json", differs, True),
    ]


def test_a_guess_of_letters_that_a_clean_copy_confirms_is_not_kept(tmp_path):
    reading = read(
        tmp_path,
        {
            "a.json": written(catalog(name="Über"), "cp1252"),
            "b.json": written(catalog(name="Über")),
        },
    )

    [item] = reading.prepared.items
    assert item.record.completeness.is_complete
    assert reading.prepared.body_of(item.payload_digest)
    same = "duplicate: the same policy as “b.json”, which was imported"
    assert left_out(reading) == [("a.json", same, False)]


def test_of_copies_that_are_all_damaged_the_first_by_name_is_kept(tmp_path):
    reading = read(
        tmp_path,
        {
            "a.json": written(catalog(name="Über"), "cp1252"),
            "b.json": written(catalog(settingCount=2)),
        },
    )

    assert kept(reading) == [("configurationPolicies", "Über")]


def test_a_nest_of_brackets_refuses_the_import(tmp_path):
    with pytest.raises(ImportRefusedError) as refused:
        read(tmp_path, {"1.json": written(catalog()), "deep.json": b"[" * 100_000})

    assert "“deep.json” nests deeper than any policy does" in str(refused.value)


def test_an_export_without_a_policy_is_refused(tmp_path):
    with pytest.raises(ImportRefusedError) as refused:
        read(tmp_path, {"a.json": b"{", "README.md": b""})

    assert str(refused.value) == (
        "It holds no policy that can be imported. Import the folder a backup tool exported to, "
        "or a zip of it. Found: a.json: not valid JSON at line 1, column 2."
    )


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ImportRefusedError, match="It is empty"):
        read(tmp_path, {})


def test_numbers_are_kept_exactly(tmp_path):
    number = 2**63 + 1
    reading = read(tmp_path, {"1.json": written(catalog(description=number))})

    [item] = reading.prepared.items
    assert f'"description":{number}' in reading.prepared.body_of(item.payload_digest)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real export is not here")
def test_a_real_export_gives_every_policy_and_names_the_rest():
    reading = read_export(REAL, watch=lambda done, total: None)

    assert len(reading.prepared.items) == 70
    assert left_out(reading) == [("LICENSE", NOT_DATA, False), ("README.md", NOT_DATA, False)]
    assert {item.record.completeness.wholeness for item in reading.prepared.items} == {
        Wholeness.COMPLETE,
        Wholeness.ASSIGNMENTS_UNKNOWN,
    }
