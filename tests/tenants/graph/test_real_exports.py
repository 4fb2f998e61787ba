"""The contracts against real exports of a live tenant, where they are at hand."""

import json
from pathlib import Path

import pytest

from tenants.canonical_json import digest_of
from tenants.graph.contracts import (
    assign_body,
    creation_body,
    match_key,
    name_of,
    recognise,
    update_body,
)
from tenants.graph.contracts.projection import COMPUTED
from tenants.graph.normal_form import covers, differences, normal_form, wanted_form
from tenants.graph.payloads import TYPE, is_annotation

EXPORTS = Path(__file__).parents[4] / "shared" / "data" / "openintunebaseline-windows"
FILES = sorted(EXPORTS.glob("*/*.json"))
FOLDERS = {
    "SettingsCatalog": "configurationPolicies",
    "CompliancePolicies": "deviceCompliancePolicies",
    "DeviceConfiguration": "deviceConfigurations",
    "UpdatePolicies": "deviceConfigurations",
    "DriverUpdateProfiles": "windowsDriverUpdateProfiles",
}

pytestmark = pytest.mark.skipif(not FILES, reason="the exports are not part of the repository")


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def export(request):
    return request.param, json.loads(request.param.read_bytes().decode("utf-16"))


def test_export_is_recognised_by_its_content(export):
    file, payload = export

    found = recognise(payload)

    assert found.key == FOLDERS[file.parent.name]
    assert name_of(found, payload).strip()


def test_export_is_recognised_without_its_context(export):
    _, payload = export
    bare = {key: part for key, part in payload.items() if key != "@odata.context"}

    assert recognise(bare) == recognise(payload)


def test_bodies_carry_nothing_graph_refuses(export):
    _, payload = export
    contract = recognise(payload)

    for body in (creation_body(contract, payload), update_body(contract, payload)):
        assert not [key for key in _keys(body) if is_annotation(key)]
        assert not COMPUTED & body.keys()
        assert (TYPE in body) == contract.polymorphic
        assert not _has_null(creation_body(contract, payload))


def test_normal_form_is_idempotent_and_survives_a_read_back(export):
    _, payload = export
    contract = recognise(payload)
    normal = normal_form(contract, payload)

    read_back = _answered(creation_body(contract, payload), contract)

    assert normal_form(contract, normal) == normal
    assert normal_form(contract, read_back) == normal
    assert digest_of(normal_form(contract, read_back)) == digest_of(normal)
    assert differences(normal, normal_form(contract, read_back)) == ()
    assert covers(wanted_form(contract, payload), normal_form(contract, read_back)) == []
    assert match_key(contract, read_back) == match_key(contract, payload)


def test_assignments_make_a_body(export):
    _, payload = export
    contract = recognise(payload)

    assert assign_body(contract, payload.get("assignments", [])) == {contract.assign_key: []}


def _answered(body, contract):
    """The body as Graph reads it back: an id and dates, in another order, declared types gone."""
    created = _minimal(body)
    created["id"] = "0f0f0f0f-0000-4000-8000-000000000000"
    created["createdDateTime"] = "2026-01-01T00:00:00Z"
    created["@odata.context"] = (
        f"https://graph.microsoft.com/beta/$metadata#{contract.path}/$entity"
    )
    created["description"] = body.get("description", "")
    if "settings" in created:
        settings = reversed(created["settings"])
        created["settings"] = [{**one, "id": str(at)} for at, one in enumerate(settings)]
    return created


def _minimal(value):
    if isinstance(value, list):
        return [_minimal(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {key: _minimal(part) for key, part in reversed(value.items())}


def _keys(value):
    if isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from _keys(member)
    elif isinstance(value, list):
        for member in value:
            yield from _keys(member)


def _has_null(value):
    if isinstance(value, dict):
        return any(_has_null(member) for member in value.values())
    if isinstance(value, list):
        return any(_has_null(member) for member in value)
    return value is None
