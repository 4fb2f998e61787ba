"""Every type in every format that keeps it: nothing differs but what is named as lost."""

import pytest

from restore_safety.policies.completeness import Completeness
from tenants.graph.contracts import CONTRACTS, Restorability
from tenants.graph.normal_form import differences, normal_form
from tests.cases.layouts import GROUP, LAYOUTS
from tests.cases.samples import BESIDE, SAMPLES


def taken_in(walk, layout):
    """The items by type, after an import of a tool's files into a tenant that knows the group."""
    files, keys = LAYOUTS[layout]
    walk.hold(BESIDE, groups=[GROUP])
    walk.import_files(files(), origin=None)
    return {item.contract_key: item for item in walk.entries.values()}, keys


def is_whole(item):
    return Completeness.from_json(item.completeness).is_complete


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_policy_is_what_it_was(walk, layout):
    items, keys = taken_in(walk, layout)

    assert set(items) == set(keys)
    changed = {
        key: [one.place for one in differences(wanted(key), held(item))]
        for key, item in items.items()
        if is_whole(item) and differences(wanted(key), held(item))
    }
    assert changed == {}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_policy_that_is_whole_is_written_as_it_was(walk, layout):
    items, _ = taken_in(walk, layout)

    walk.restore_unblocked()

    assert walk.refused() == []
    left = {
        item.contract_key
        for item in items.values()
        if item.name not in walk.items or walk.items[item.name].outcome not in WRITTEN
    }
    assert left <= {key for key, item in items.items() if not is_whole(item)} | NOT_CREATED


WRITTEN = {"created", "unchanged"}
NOT_CREATED = {
    key
    for key, one in CONTRACTS.items()
    if one.restorability in {Restorability.MANUAL, Restorability.METADATA_ONLY}
}


def wanted(key):
    return normal_form(CONTRACTS[key], SAMPLES[key].payload)


def held(item):
    return normal_form(CONTRACTS[item.contract_key], item.payload.content)
