"""Requests and policies of Multi Admin Approval, as the client reads them."""

import base64
from datetime import UTC, datetime

import httpx
import pytest

from tenants.graph import approvals
from tenants.graph.approvals import ApprovalPolicy, ApprovalRequest
from tenants.graph.clouds import Cloud
from tenants.graph.errors import ApprovalRequiredError, ErrorKind, GraphError
from tenants.graph.fence import PlannedWrite, WriteFence, WritePurpose
from tenants.graph.filing import ApprovalStatus
from tenants.graph.writer import GraphWriter
from tests.tenants.graph.scripted import BASE, CREATE, CREDENTIALS, ID, Pacer, Service

SHOWN = {
    "id": "code-1",
    "status": "approved",
    "requestDateTime": "2026-11-29T08:00:00.1234567Z",
    "expirationDateTime": "2026-12-02T08:00:00.1234567Z",
    "requestor": {"user": None, "application": {"id": "app", "displayName": "Restore"}},
    "approver": {"user": {"id": "u", "displayName": "Ada"}},
    "requestJustification": "CHG-1 [a:1]",
    "approvalJustification": "Agreed",
    "requiredOperationApprovalPolicyTypes": ["configurationPolicy"],
}
REQUIRED = "Header 'x-msft-approval-justification' is required for this operation."


def refusal(status, message="No.", headers=None):
    error = {"error": {"code": "Code", "message": message}}
    return httpx.Response(status, headers=headers, json=error)


@pytest.fixture
def client(settings):
    settings.GRAPH_EMULATOR_URL = BASE

    def make(*answers):
        service = Service(*answers)
        writer = GraphWriter(
            cloud=Cloud.EMULATOR,
            credentials=CREDENTIALS,
            fence=WriteFence((CREATE,)),
            pacer=Pacer(),
            transport=httpx.MockTransport(service),
            justification="CHG-1",
        )
        return writer, service

    return make


def test_a_request_is_read_with_all_that_people_need(client):
    reader, service = client(httpx.Response(200, json=SHOWN))

    assert approvals.read_request(reader, "code-1") == ApprovalRequest(
        code="code-1",
        status=ApprovalStatus.APPROVED,
        requested_at=datetime(2026, 11, 29, 8, 0, 0, 123456, tzinfo=UTC),
        expires_at=datetime(2026, 12, 2, 8, 0, 0, 123456, tzinfo=UTC),
        client_id="app",
        justification="CHG-1 [a:1]",
        approver="Ada",
        answer="Agreed",
        policy_types=("configurationPolicy",),
    )
    assert service.urls == [f"{BASE}/beta/deviceManagement/operationApprovalRequests/code-1"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "unknownFutureValue"}, ApprovalStatus.UNKNOWN),
        ({"status": None, "expirationDateTime": None, "requestor": None}, ApprovalStatus.UNKNOWN),
        ({"expirationDateTime": "soon", "approver": {"user": None}}, ApprovalStatus.APPROVED),
        ({"requiredOperationApprovalPolicyTypes": "script"}, ApprovalStatus.APPROVED),
    ],
)
def test_what_a_tenant_leaves_out_or_names_anew_is_not_guessed(changes, status):
    request = approvals.request_in({**SHOWN, **changes})

    assert (request.status, request.status.is_open) == (status, True)


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        ("needsApproval", True),
        ("approved", True),
        ("rejected", False),
        ("cancelled", False),
        ("expired", False),
        ("completed", False),
    ],
)
def test_an_open_request_may_still_be_carried_out(status, is_open):
    assert ApprovalStatus(status).is_open is is_open


def test_the_groups_that_may_approve_are_those_of_the_gating_policies():
    one, two, three = (
        approvals.policy_in({"displayName": kind, "policyType": kind, "approverGroupIds": groups})
        for kind, groups in (("script", ["a", "b"]), ("app", ["c"]), ("script", ["b", "d"]))
    )

    assert one == ApprovalPolicy(name="script", policy_type="script", approver_group_ids=("a", "b"))
    assert approvals.approver_groups_of([one, two, three], ["script"]) == ("a", "b", "d")


def test_a_policy_without_a_type_is_of_an_unknown_one():
    assert approvals.policy_in({}).policy_type == approvals.UNKNOWN_TYPE


def test_a_filing_says_which_write_it_is_for(client):
    filed = refusal(412, headers={"x-msft-approval-code": "q"})
    writer, service = client(refusal(400, REQUIRED), filed)

    with pytest.raises(ApprovalRequiredError) as refused:
        writer.send(CREATE)

    assert refused.value.approval_code == "q"
    reason = service.requests[1].headers["x-msft-approval-justification"]
    assert base64.b64decode(reason).decode() == "CHG-1 [a:1]"


def test_an_approved_write_is_the_same_request_with_its_code(client):
    writer, service = client(
        refusal(400, REQUIRED),
        refusal(412, headers={"x-msft-approval-code": "q"}),
        httpx.Response(201, json={"id": ID}),
    )
    with pytest.raises(ApprovalRequiredError):
        writer.send(CREATE)

    assert writer.send(CREATE, approval_code="q").object_id == ID
    filed, done = service.requests[1:]
    assert (done.method, done.url, done.content) == (filed.method, filed.url, filed.content)
    assert done.headers["x-msft-approval-code"] == "q"
    assert "x-msft-approval-justification" not in done.headers


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(412, headers={"x-msft-approval-code": "q"}), ErrorKind.APPROVAL_REQUIRED),
        (refusal(400, REQUIRED), ErrorKind.APPROVAL_REQUIRED),
        (refusal(403, "The approval request was rejected."), ErrorKind.PERMISSION),
        (refusal(409, "The approved operation was carried out already."), ErrorKind.CONFLICT),
    ],
)
def test_a_write_with_a_code_is_never_filed_again_by_the_way(client, answer, kind):
    writer, service = client(answer)

    with pytest.raises(GraphError) as refused:
        writer.send(CREATE, approval_code="q")

    assert (refused.value.kind, len(service.requests)) == (kind, 1)


def test_an_approved_write_passes_the_fence_like_any_other(client):
    other = PlannedWrite(
        operation_id="a:1",
        purpose=WritePurpose.CREATE,
        method="POST",
        version="beta",
        path=CREATE.path,
        body=b'{"name":"b"}',
    )
    writer, service = client(httpx.Response(201, json={"id": ID}))

    with pytest.raises(GraphError) as refused:
        writer.send(other, approval_code="q")

    assert (refused.value.kind, service.requests) == (ErrorKind.FENCE, [])
