import pytest

from restore_safety.backups.formats.envelopes import elements_in, is_bundle
from tests.restore_safety.backups.policies import catalog, compliance, kept, read, written

FILTER = {"displayName": "A", "platform": "iOS", "rule": '(device.model -startsWith "iPhone")'}


@pytest.mark.parametrize(
    ("value", "elements"),
    [
        ({"id": "1"}, [("", {"id": "1"})]),
        ([{"a": 1}, {"b": 2}], [("", {"a": 1}), ("", {"b": 2})]),
        ({"value": [{"a": 1}]}, [("", {"a": 1})]),
        ({"filters": [{"a": 1}], "tags": []}, [("filters", {"a": 1})]),
        ({"@odata.context": "x", "filters": [{"a": 1}]}, [("filters", {"a": 1})]),
        ([], []),
        ({}, [("", {})]),
        ("x", [("", "x")]),
        ([{"definition@odata.bind": "x"}], [("", [{"definition@odata.bind": "x"}])]),
    ],
)
def test_what_holds_several_objects_is_taken_apart(value, elements):
    assert list(elements_in(value)) == elements


@pytest.mark.parametrize(
    "value",
    [
        catalog(),
        {"displayName": "A", "rules": [{"a": 1}]},
        {"@odata.type": "#microsoft.graph.x", "rules": [{"a": 1}]},
        {"rules": ["a"]},
        {"rules": [{"a": 1}], "version": 1},
        {"rules": []},
        [],
    ],
)
def test_an_object_of_its_own_is_no_bundle(value):
    assert not is_bundle(value)


def test_a_bundle_of_policies_gives_each(tmp_path):
    bundle = {"filters": [FILTER, FILTER | {"displayName": "B"}], "policies": [catalog()]}

    reading = read(tmp_path, {"Filters/All.json": written(bundle)})

    assert kept(reading) == [
        ("assignmentFilters", "A"),
        ("assignmentFilters", "B"),
        ("configurationPolicies", "Catalog 1"),
    ]


def test_layouts_may_be_mixed_in_one_folder(tmp_path):
    reading = read(
        tmp_path,
        {
            "All/portal.json": written(catalog(1)),
            "All/several.json": written([catalog(2), compliance(1)]),
            "All/cd.yaml": b"name: Y\nplatforms: windows10\ntechnologies: mdm\nsettings: []\n",
        },
    )

    assert sorted(kept(reading)) == [
        ("configurationPolicies", "Catalog 1"),
        ("configurationPolicies", "Catalog 2"),
        ("configurationPolicies", "Y"),
        ("deviceCompliancePolicies", "Compliance 1"),
    ]
