"""What conditional access depends on beside its policies: defaults, licences, deleted items."""

import pytest

from tenants.emulator.catalogue import COLLECTIONS
from tests.tenants.emulator.graph_bodies import ACCESS, BODIES
from tests.tenants.emulator.minimal import body_of

DEFAULTS = "policies/identitySecurityDefaultsEnforcementPolicy"
POLICIES = "identity/conditionalAccess/policies"
LOCATIONS = "identity/conditionalAccess/namedLocations"
ENABLED = "enabled"
REPORTING = "enabledForReportingButNotEnforced"


def address(path):
    return f"/beta/{path}"


def test_security_defaults_are_off_unless_a_tenant_says_otherwise(graph, tenant):
    before = graph.get(address(DEFAULTS)).json()["isEnabled"]
    tenant.control.change_tenant(tenant.id, {"securityDefaults": True})

    assert (before, graph.get(address(DEFAULTS)).json()["isEnabled"]) == (False, True)


@pytest.mark.parametrize(("state", "status"), [(ENABLED, 400), (REPORTING, 201), ("disabled", 201)])
def test_security_defaults_keep_a_policy_from_being_enabled(graph, tenant, state, status):
    tenant.control.change_tenant(tenant.id, {"securityDefaults": True})

    answer = graph.post(address(POLICIES), json=BODIES[ACCESS] | {"state": state})

    assert answer.status_code == status, answer.text


def test_a_policy_cannot_be_turned_on_under_security_defaults(graph, tenant):
    made = graph.post(address(POLICIES), json=BODIES[ACCESS] | {"state": "disabled"}).json()
    tenant.control.change_tenant(tenant.id, {"securityDefaults": True})
    at = address(f"{POLICIES}/{made['id']}")

    assert graph.patch(at, json={"state": ENABLED}).status_code == 400
    assert graph.patch(at, json={"displayName": "Renamed"}).status_code == 204


def test_a_tenant_has_every_licence_unless_it_says_otherwise(graph, tenant):
    def plans():
        return [
            one["servicePlanName"]
            for sku in graph.get("/v1.0/subscribedSkus").json()["value"]
            for one in sku["servicePlans"]
        ]

    before = plans()
    tenant.control.change_tenant(tenant.id, {"subscribedSkus": []})

    assert "AAD_PREMIUM_P2" in before
    assert plans() == []


@pytest.mark.parametrize(
    ("path", "role"), [(DEFAULTS, "Policy.Read.All"), ("subscribedSkus", "Organization.Read.All")]
)
def test_each_is_read_with_its_own_permission_and_never_written(make_tenant, path, role):
    with make_tenant(roles=["Group.Read.All"]).client() as stranger:
        assert stranger.get(address(path)).status_code == 403
    with make_tenant(roles=[role]).client() as reader:
        assert reader.get(address(path)).status_code == 200
        assert reader.patch(address(path), json={}).status_code == 405


@pytest.mark.parametrize(("path", "kept"), [(POLICIES, "policies"), (LOCATIONS, "namedLocations")])
@pytest.mark.parametrize(
    "by_hand", [False, True], ids=["through Graph", "by another administrator"]
)
def test_what_was_deleted_is_kept_with_its_id(graph, tenant, path, kept, by_hand):
    body = BODIES[ACCESS] if path == POLICIES else body_of(COLLECTIONS[path])
    made = graph.post(address(path), json=body).json()
    deleted = address(f"identity/conditionalAccess/deletedItems/{kept}")
    before = graph.get(deleted).json()["value"]

    if by_hand:
        tenant.control.remove_object(tenant.id, path, made["id"])
    else:
        graph.delete(address(f"{path}/{made['id']}"))

    (found,) = graph.get(deleted).json()["value"]
    assert before == []
    assert (found["id"], found["displayName"]) == (made["id"], made["displayName"])
    assert found["deletedDateTime"]
    assert graph.get(address(f"{path}/{made['id']}")).status_code == 404
