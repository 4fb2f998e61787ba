"""A policy of every type, in the form of every tool, comes back as it was."""

import json

import pytest
import yaml

from tenants.emulator.catalogue import COLLECTIONS
from tenants.graph import schema
from tenants.graph.contracts import CONTRACTS
from tests.restore_safety.backups.policies import GROUP, only, read, written
from tests.tenants.emulator.minimal import body_of

EVERY = pytest.mark.parametrize("key", sorted(CONTRACTS))
# The members by which an export that states no type is told, for types of few required ones.
_TELLING = {
    "androidDeviceOwnerEnrollmentProfiles": {"enrollmentMode": "corporateOwnedWorkProfile"},
}


def policy_of(key, **changes):
    contract = CONTRACTS[key]
    collection = next((one for one in COLLECTIONS.values() if one.path == contract.path), None)
    policy = body_of(collection) if collection else {}
    policy.setdefault(contract.name_property, "Policy")
    kind = policy.get("@odata.type", f"#microsoft.graph.{_concrete(contract.declared)}")
    return {"@odata.type": kind, "id": GROUP, **policy, **_TELLING.get(key, {})} | changes


def _concrete(declared):
    if not schema.is_abstract(declared):
        return declared
    return min(schema.concrete_types(declared))


def context_of(key, suffix):
    return {
        "@odata.context": (
            f"https://graph.microsoft.com/beta/$metadata#{CONTRACTS[key].path}{suffix}"
        )
    }


def kept(tmp_path, files):
    record, content = only(read(tmp_path, files))
    return record.contract_key, content


@EVERY
def test_intunemanagement(tmp_path, key):
    policy = context_of(key, "(assignments())/$entity") | policy_of(key)

    files = {"Any folder/P.json": written(policy, "utf-16")}
    assert kept(tmp_path, files) == (key, policy)


@EVERY
def test_portal(tmp_path, key):
    policy = context_of(key, "/$entity") | policy_of(key)

    assert kept(tmp_path, {"P.json": written(policy, "utf-8-sig")}) == (key, policy)


@EVERY
@pytest.mark.parametrize("encode", [json.dumps, yaml.safe_dump])
def test_intunecd(tmp_path, key, encode):
    policy = policy_of(key)
    del policy["id"]
    ending = "json" if encode is json.dumps else "yaml"

    assert kept(tmp_path, {f"Any folder/P.{ending}": encode(policy).encode()}) == (key, policy)


@EVERY
def test_intunebackupandrestore(tmp_path, key):
    policy = policy_of(key)
    files = {
        "Any folder/P.json": written(policy),
        "Any folder/Assignments/Other.json": written({"target": {}}),
    }

    assert kept(tmp_path, files) == (key, policy)


@EVERY
def test_cipp(tmp_path, key):
    policy = policy_of(key)
    name = CONTRACTS[key].name_property
    held = {"Displayname": policy[name], "RAWJson": json.dumps(policy), "Type": "any"}

    found, content = kept(tmp_path, {"P.json": written(held)})

    assert found == key
    assert content.items() >= {name: policy[name], "id": GROUP}.items()
