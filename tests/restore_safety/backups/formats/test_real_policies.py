"""Real policies, written as each tool writes them, come back as the same policies."""

import json

import pytest
import yaml

from restore_safety.backups.decoding import decode_json
from restore_safety.policies.completeness import Wholeness
from tenants.graph.contracts import contract
from tenants.graph.normal_form import normal_form
from tests.restore_safety.backups.policies import REAL, left_out, read, written

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real export is not here")
_OF_INTUNECD = frozenset({"id", "version", "@odata.context", "createdDateTime", "isAssigned"})


def real_policies():
    return [decode_json(path.read_bytes()).value for path in sorted(REAL.rglob("*.json"))]


def as_exported(policies):
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        yield {f"{n}.json": written(policy, encoding) for n, policy in enumerate(policies)}
    yield {"all.json": written(policies)}
    yield {"all.json": written({"value": policies})}
    yield {"all.json": written({"policies": policies})}


def as_templates(policies):
    rows = [
        {"PartitionKey": "IntuneTemplate", "RowKey": str(n), "JSON": json.dumps(_template(policy))}
        for n, policy in enumerate(policies)
    ]
    return {"templates.json": written(rows)}


def _template(policy):
    return {"Displayname": "x", "RAWJson": json.dumps(policy), "Type": "AppProtection"}


def as_yaml(policies):
    return {
        f"{n}.yaml": yaml.dump(policy, sort_keys=False, allow_unicode=True).encode("utf-16")
        for n, policy in enumerate(policies)
    }


def as_intunecd(policies):
    """Without ids and annotations, and with names: of scope tags, and of the group."""
    files = {}
    for number, policy in enumerate(policies):
        stripped = {key: part for key, part in policy.items() if key not in _OF_INTUNECD}
        files[f"Export/{number}.yaml"] = yaml.dump(
            stripped | {"roleScopeTagIds": ["Default"]}, sort_keys=False
        ).encode()
    return files


def normal(key, policy):
    return normal_form(contract(key), policy)


def imported(reading):
    return {
        item.name: normal(
            item.contract_key, json.loads(reading.prepared.body_of(item.payload_digest))
        )
        for item in reading.prepared.items
    }


def test_every_encoding_and_envelope_gives_every_policy_unchanged(tmp_path):
    policies = real_policies()
    forms = [*as_exported(policies), as_yaml(policies), as_templates(policies)]

    readings = [read(tmp_path / str(n), files) for n, files in enumerate(forms)]

    by_name = {policy.get("name") or policy["displayName"]: policy for policy in policies}
    for reading in readings:
        assert left_out(reading) == []
        found = imported(reading)
        assert found.keys() == by_name.keys()
        for item in reading.prepared.items:
            assert found[item.name] == normal(item.contract_key, by_name[item.name])


def test_no_policy_has_a_fault_or_a_member_that_is_not_known(tmp_path):
    reading = read(tmp_path, {"all.json": written(real_policies())})

    for item in reading.prepared.items:
        facts = item.record.completeness
        assert (facts.cut_off, facts.shape_faults, facts.unknown_members) == ((), (), ()), item.name
        assert facts.wholeness in {Wholeness.COMPLETE, Wholeness.ASSIGNMENTS_UNKNOWN}


def test_without_ids_and_with_names_the_content_is_the_same(tmp_path):
    policies = real_policies()

    reading = read(tmp_path, as_intunecd(policies))

    found = imported(reading)
    by_name = {policy.get("name") or policy["displayName"]: policy for policy in policies}
    assert found.keys() == by_name.keys()
    for item in reading.prepared.items:
        expected = by_name[item.name] | {"roleScopeTagIds": ["0"]}
        assert found[item.name] == normal(item.contract_key, expected)
