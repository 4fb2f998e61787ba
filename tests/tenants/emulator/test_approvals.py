"""Multi Admin Approval, as a tenant plays it: filing, answers, expiry and carrying out."""

import base64
from datetime import datetime, timedelta

import pytest

from tests.tenants.emulator.graph_bodies import BODIES, CATALOG, FILTERS, SCRIPTS, catalog

REQUESTS = "/beta/deviceManagement/operationApprovalRequests"
POLICIES = "/beta/deviceManagement/operationApprovalPolicies"
ASKING = {"x-msft-approval-justification": base64.b64encode(b"restore").decode()}
APPROVERS = "5a3f1f0e-0000-4000-8000-00000000aaaa"
SCRIPT_POLICY = {
    "id": "5a3f1f0e-0000-4000-8000-00000000bbbb",
    "displayName": "Scripts need two",
    "policyType": "script",
    "approverGroupIds": [APPROVERS],
}


def with_code(code):
    return {"x-msft-approval-code": code}


@pytest.fixture
def gated(make_tenant):
    """A tenant whose scripts need a second administrator."""
    return make_tenant(objects={POLICIES.removeprefix("/beta/"): [SCRIPT_POLICY]})


@pytest.fixture
def filed(graph, faulty):
    """The code under which the creation of a policy was filed."""
    faulty(effect={"approval": True})
    return graph.post(CATALOG, json=catalog(), headers=ASKING).headers["x-msft-approval-code"]


def test_a_gated_write_waits_for_approval_and_is_done_by_the_same_bytes(graph, tenant, faulty):
    faulty(effect={"approval": True})

    bare = graph.post(CATALOG, json=catalog())
    filed = graph.post(CATALOG, json=catalog(), headers=ASKING)
    again = graph.post(CATALOG, json=catalog(), headers=ASKING)
    code = filed.headers["x-msft-approval-code"]
    early = graph.post(CATALOG, json=catalog(), headers=with_code(code))
    tenant.control.approve(tenant.id, code)
    other = graph.post(CATALOG, json=catalog("Other"), headers=with_code(code))
    done = graph.post(CATALOG, json=catalog(), headers=with_code(code))
    twice = graph.post(CATALOG, json=catalog(), headers=with_code(code))

    answers = (bare, filed, again, early, other, done, twice)
    assert [one.status_code for one in answers] == [400, 412, 409, 412, 400, 201, 409]
    assert "'x-msft-approval-justification' is required" in bare.text
    assert "active approval request" in again.text
    shown = graph.get(f"{REQUESTS}/{code}").json()
    assert (shown["status"], shown["requestJustification"]) == ("completed", "restore")
    assert len(graph.get(CATALOG).json()["value"]) == 1


def test_a_request_says_who_filed_it_until_when_and_who_answered(graph, tenant, filed):
    tenant.control.decide(tenant.id, filed, "approved", answer="Agreed in CAB")

    (shown,) = graph.get(REQUESTS).json()["value"]

    until, since = shown["expirationDateTime"], shown["requestDateTime"]
    assert datetime.fromisoformat(until) - datetime.fromisoformat(since) == timedelta(days=3)
    assert shown["requestor"]["application"]["id"] == tenant.client_id
    assert shown["approver"]["user"]["displayName"] == "Second administrator"
    assert shown["approvalJustification"] == "Agreed in CAB"
    assert shown["requiredOperationApprovalPolicyTypes"] == ["configurationPolicy"]
    assert "operation" not in shown


@pytest.mark.parametrize("status", ["rejected", "cancelled", "expired"])
def test_a_request_that_was_not_approved_lets_nothing_through(graph, tenant, filed, status):
    tenant.control.decide(tenant.id, filed, status)

    refused = graph.post(CATALOG, json=catalog(), headers=with_code(filed))
    again = graph.post(CATALOG, json=catalog(), headers=ASKING)

    assert (refused.status_code, status in refused.text) == (403, True)
    assert graph.get(CATALOG).json()["value"] == []
    assert again.status_code == 412
    assert again.headers["x-msft-approval-code"] != filed


@pytest.mark.parametrize("decision", ["needsApproval", "approved"])
def test_a_request_expires_by_the_clock(graph, tenant, faulty, decision):
    faulty(effect={"approval": True})
    tenant.control.change_tenant(tenant.id, {"approvalLifetimeSeconds": 0})
    code = graph.post(CATALOG, json=catalog(), headers=ASKING).headers["x-msft-approval-code"]
    tenant.control.decide(tenant.id, code, decision)

    late = graph.post(CATALOG, json=catalog(), headers=with_code(code))

    assert (late.status_code, graph.get(f"{REQUESTS}/{code}").json()["status"]) == (403, "expired")


def test_an_approved_write_that_is_refused_may_come_again(graph, tenant, faulty):
    faulty(effect={"approval": True})
    wrong = {**catalog(), "nonsense": 1}
    code = graph.post(CATALOG, json=wrong, headers=ASKING).headers["x-msft-approval-code"]
    tenant.control.approve(tenant.id, code)

    refused = graph.post(CATALOG, json=wrong, headers=with_code(code))

    assert refused.status_code == 400
    assert graph.get(f"{REQUESTS}/{code}").json()["status"] == "approved"


def test_a_policy_of_the_tenant_gates_the_types_it_is_for(gated):
    with gated.client() as graph:
        script = graph.post(SCRIPTS, json=BODIES[SCRIPTS])
        other = graph.post(FILTERS, json=BODIES[FILTERS])
        read = graph.get(SCRIPTS)
        (policy,) = graph.get(POLICIES).json()["value"]

    assert [one.status_code for one in (script, other, read)] == [400, 201, 200]
    assert "'x-msft-approval-justification' is required" in script.text
    assert (policy["policyType"], policy["approverGroupIds"]) == ("script", [APPROVERS])
