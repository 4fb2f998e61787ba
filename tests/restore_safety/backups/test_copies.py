"""The same policy in several files: the copy that is most whole is kept."""

import pytest

from tests.restore_safety.backups.policies import (
    assignment,
    catalog,
    kept,
    left_out,
    only,
    read,
    written,
)

CONTEXT = (
    "https://graph.microsoft.com/beta/$metadata#deviceManagement/configurationPolicies/$entity"
)


def same(kept_name):
    return f"duplicate: the same policy as “{kept_name}”, which was imported"


def portal(**changes):
    policy = catalog(**({"@odata.context": CONTEXT} | changes))
    del policy["@odata.type"]
    return policy


@pytest.mark.parametrize(("whole", "bare"), [("a.json", "b.json"), ("b.json", "a.json")])
def test_a_copy_without_assignments_loses_to_one_that_has_them(tmp_path, whole, bare):
    full = catalog(
        createdDateTime="2026-01-01T00:00:00Z",
        assignments=[assignment()],
        **{"platforms@odata.type": "#microsoft.graph.deviceManagementConfigurationPlatforms"},
    )

    reading = read(tmp_path, {whole: written(full), bare: written(portal())})

    record, _ = only(reading)
    assert record.assignments == [assignment()]
    assert left_out(reading) == [(bare, same(whole), False)]


def test_content_counts_for_more_than_assignments(tmp_path):
    cut = catalog(assignments=[assignment()], settings=["@{id=0}"])

    reading = read(tmp_path, {"a.json": written(cut), "b.json": written(portal())})

    record, content = only(reading)
    assert record.assignments is None
    assert content["settings"] == catalog()["settings"]
    [(name, reason, matters)] = left_out(reading)
    assert (name, matters) == ("a.json", True)
    assert "the contents differ" in reason
    assert "“settings[0]” was cut off" in reason


def test_a_copy_with_a_proven_number_of_settings_wins(tmp_path):
    reading = read(
        tmp_path,
        {
            "a.json": written(catalog(settingCount=None)),
            "b.json": written(catalog()),
        },
    )

    record, _ = only(reading)
    assert record.completeness.settings_proven
    assert left_out(reading) == [("a.json", same("b.json"), False)]


def test_a_policy_without_an_id_is_the_one_of_the_same_content(tmp_path):
    bare = {key: part for key, part in portal(roleScopeTagIds=["0"]).items() if key != "id"}
    full = catalog(roleScopeTagIds=["0"])

    reading = read(tmp_path, {"a.json": written(bare), "b.json": written(full)})

    record, _ = only(reading)
    assert record.object_id == full["id"]
    assert left_out(reading) == [("a.json", same("b.json"), False)]


def test_of_two_policies_of_one_content_and_different_ids_neither_is_a_copy(tmp_path):
    reading = read(
        tmp_path,
        {
            "a.json": written(catalog(1, name="Same")),
            "b.json": written(catalog(1, name="Same", id=catalog(2)["id"])),
            "c.json": written(catalog(1, name="Same", id=None)),
        },
    )

    assert kept(reading) == [("configurationPolicies", "Same")] * 3
    assert left_out(reading) == []


def test_ids_compare_without_case(tmp_path):
    policy = catalog()

    reading = read(
        tmp_path,
        {"a.json": written(policy), "b.json": written(policy | {"id": policy["id"].upper()})},
    )

    assert len(reading.prepared.items) == 1
