"""Multi Admin Approval as a tenant shows it: its policies, its requests and who may approve."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tenants.graph.client import GraphClient
from tenants.graph.filing import ApprovalStatus
from tenants.graph.payloads import Json, moment_of

REQUESTS = "deviceManagement/operationApprovalRequests"
POLICIES = "deviceManagement/operationApprovalPolicies"
# What the type of a policy is called that gates what this product does not know.
UNKNOWN_TYPE = "unknownFutureValue"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    """A write that was filed, and what the tenant's people made of it."""

    code: str
    status: ApprovalStatus
    requested_at: datetime | None
    expires_at: datetime | None
    # The application that filed it; empty where a person did.
    client_id: str
    justification: str
    approver: str
    answer: str
    policy_types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy:
    """Which writes of a tenant wait for a second administrator, and of which groups."""

    name: str
    policy_type: str
    approver_group_ids: tuple[str, ...]


def request_in(answer: Json) -> ApprovalRequest:
    """The request that an answer of Graph shows."""
    return ApprovalRequest(
        code=_text(answer.get("id")),
        status=_status(answer.get("status")),
        requested_at=moment_of(answer.get("requestDateTime")),
        expires_at=moment_of(answer.get("expirationDateTime")),
        client_id=_identity(answer.get("requestor"), "application", "id"),
        justification=_text(answer.get("requestJustification")),
        approver=_identity(answer.get("approver"), "user", "displayName"),
        answer=_text(answer.get("approvalJustification")),
        policy_types=_texts(answer.get("requiredOperationApprovalPolicyTypes")),
    )


def policy_in(answer: Json) -> ApprovalPolicy:
    """The policy that an answer of Graph shows."""
    return ApprovalPolicy(
        name=_text(answer.get("displayName")),
        policy_type=_text(answer.get("policyType")) or UNKNOWN_TYPE,
        approver_group_ids=_texts(answer.get("approverGroupIds")),
    )


def read_request(client: GraphClient, code: str) -> ApprovalRequest:
    """The request with this code as it is now; raises GraphError where it cannot be read."""
    return request_in(client.get(f"{REQUESTS}/{code}"))


def read_requests(client: GraphClient) -> list[ApprovalRequest]:
    """Every request that the tenant shows; raises GraphError where they cannot be read."""
    return [request_in(one) for one in client.list(REQUESTS)]


def read_policies(client: GraphClient) -> list[ApprovalPolicy]:
    """Every policy of Multi Admin Approval; raises GraphError where they cannot be read."""
    return [policy_in(one) for one in client.list(POLICIES)]


def approver_groups_of(policies: Iterable[ApprovalPolicy], types: Sequence[str]) -> tuple[str, ...]:
    """The ids of the groups whose members may approve a write that these types gate."""
    gating = [one for one in policies if one.policy_type in types]
    return tuple(dict.fromkeys(group for one in gating for group in one.approver_group_ids))


def _status(value: Any) -> ApprovalStatus:
    try:
        return ApprovalStatus(value)
    except ValueError:
        return ApprovalStatus.UNKNOWN


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _identity(value: Any, kind: str, key: str) -> str:
    one = value.get(kind) if isinstance(value, dict) else None
    return _text(one.get(key)) if isinstance(one, dict) else ""
