"""Multi Admin Approval: a gated write is filed first, and done when the same bytes come again."""

import base64
import binascii
import hashlib
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tenants.emulator.catalogue.administration import APPROVAL_POLICIES
from tenants.emulator.clock import graph_time, now
from tenants.emulator.refusals import Json, RefusedError, bad_request
from tenants.emulator.state import State

CODE_HEADER = "x-msft-approval-code"
JUSTIFICATION_HEADER = "x-msft-approval-justification"
OPEN = ("needsApproval", "approved")
STATUSES = (*OPEN, "rejected", "cancelled", "expired", "completed")
LIFETIME_SECONDS = 3 * 24 * 60 * 60
APPROVER = {"id": "7e0a9c1e-0000-4000-8000-00000000a001", "displayName": "Second administrator"}
# Which policy type of Multi Admin Approval gates writes below a path.
_POLICY_TYPES = {
    "deviceAppManagement/mobileApps": "app",
    "deviceManagement/deviceManagementScripts": "script",
    "deviceManagement/deviceShellScripts": "script",
    "deviceManagement/deviceCustomAttributeShellScripts": "script",
    "deviceManagement/deviceHealthScripts": "script",
    "deviceManagement/roleAssignments": "role",
    "deviceManagement/roleDefinitions": "role",
    "deviceManagement/deviceCategories": "tenantConfiguration",
    "deviceManagement/deviceCompliancePolicies": "compliancePolicy",
    "deviceManagement/compliancePolicies": "compliancePolicy",
    "deviceManagement/configurationPolicies": "configurationPolicy",
}
_NO_POLICY_TYPE = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatedWrite:
    """A write as it must come again: an approval is for these very bytes."""

    tenant: str
    method: str
    target: str
    body: bytes
    client_id: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


def is_gated(state: State, tenant: str, path: str) -> bool:
    """Whether a policy of the tenant asks for a second administrator before a write to a path."""
    kind = policy_type_of(path)
    held = state.objects(tenant, APPROVAL_POLICIES)
    return any(policy.body.get("policyType") == kind for policy in held)


def policy_type_of(path: str) -> str:
    """The policy type that gates writes to a path below the version."""
    return _POLICY_TYPES.get("/".join(path.partition("(")[0].split("/")[:2]), _NO_POLICY_TYPE)


def require_approval(state: State, write: GatedWrite, headers: Mapping[str, str]) -> str:
    """The code under which this write may proceed; anything else is a refusal that says why."""
    _expire(state)
    if CODE_HEADER in headers:
        return _granted(state, write, headers[CODE_HEADER])
    if JUSTIFICATION_HEADER not in headers:
        raise bad_request(
            f"Header '{JUSTIFICATION_HEADER}' is required for this operation.", wrapped=True
        )
    raise _filed(state, write, _decoded(headers[JUSTIFICATION_HEADER]))


def complete_approval(state: State, code: str) -> None:
    state.db.execute(
        "UPDATE approval_requests SET status = 'completed', changed_at = ? WHERE code = ?",
        (graph_time(now()), code),
    )


def decide(state: State, *, tenant: str, code: str, status: str, answer: str = "") -> bool:
    """Give a request its answer, as an approver, its requestor or the time does."""
    done = state.db.execute(
        "UPDATE approval_requests SET status = ?, answer = ?, changed_at = ?"
        " WHERE code = ? AND tenant = ?",
        (status, answer, graph_time(now()), code, tenant),
    )
    return done.rowcount > 0


def requests_of(state: State, tenant: str) -> list[Json]:
    """Every request of the tenant, as Graph shows it and with the operation it is for."""
    _expire(state)
    rows = state.db.execute(
        "SELECT * FROM approval_requests WHERE tenant = ? ORDER BY requested_at, code", (tenant,)
    )
    return [_shown(row) for row in rows]


def _shown(row: sqlite3.Row) -> Json:
    is_decided = row["status"] in ("approved", "rejected", "completed")
    return {
        "id": row["code"],
        "requestDateTime": row["requested_at"],
        "expirationDateTime": row["expires_at"],
        "lastModifiedDateTime": row["changed_at"],
        "requestor": {"user": None, "application": {"id": row["client_id"]}},
        "approver": {"user": dict(APPROVER)} if is_decided else None,
        "status": row["status"],
        "requestJustification": row["justification"],
        "approvalJustification": row["answer"],
        "requiredOperationApprovalPolicyTypes": [row["policy_type"]],
    }


def operations_of(state: State, tenant: str) -> dict[str, str]:
    """Which write each request is for: only the emulator's controls know."""
    rows = state.db.execute("SELECT * FROM approval_requests WHERE tenant = ?", (tenant,))
    return {row["code"]: f"{row['method']} {row['target']}" for row in rows}


def _expire(state: State) -> None:
    moment = graph_time(now())
    state.db.execute(
        "UPDATE approval_requests SET status = 'expired', changed_at = ?"
        " WHERE status IN (?, ?) AND expires_at <= ?",
        (moment, *OPEN, moment),
    )


def _decoded(justification: str) -> str:
    try:
        return base64.b64decode(justification, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise bad_request(
            f"Header '{JUSTIFICATION_HEADER}' must be base64 of UTF-8 text.", wrapped=True
        ) from error


def _filed(state: State, write: GatedWrite, reason: str) -> RefusedError:
    active = state.db.execute(
        "SELECT code FROM approval_requests WHERE tenant = ? AND method = ? AND target = ?"
        " AND body_sha256 = ? AND status IN (?, ?)",
        (write.tenant, write.method, write.target, write.digest, *OPEN),
    ).fetchone()
    if active:
        return RefusedError(
            409, "Conflict", "There is an active approval request for this operation.", wrapped=True
        )
    code = str(uuid.uuid4())
    filed_at = now()
    lives = (state.tenant(write.tenant) or {}).get("approvalLifetimeSeconds", LIFETIME_SECONDS)
    state.db.execute(
        "INSERT INTO approval_requests (code, tenant, method, target, body_sha256, client_id,"
        " policy_type, justification, status, requested_at, changed_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'needsApproval', ?, ?, ?)",
        (
            code,
            write.tenant,
            write.method,
            write.target,
            write.digest,
            write.client_id,
            policy_type_of(write.target.split("/", 2)[2]),
            reason,
            graph_time(filed_at),
            graph_time(filed_at),
            graph_time(filed_at + timedelta(seconds=lives)),
        ),
    )
    return _waiting(code)


def _waiting(code: str) -> RefusedError:
    return RefusedError(
        412,
        "ApprovalRequired",
        "The operation was filed for approval and is carried out once it is approved.",
        wrapped=True,
        headers={CODE_HEADER: code},
    )


def _granted(state: State, write: GatedWrite, code: str) -> str:
    row = state.db.execute(
        "SELECT * FROM approval_requests WHERE code = ? AND tenant = ?", (code, write.tenant)
    ).fetchone()
    if row is None or (row["method"], row["target"], row["body_sha256"]) != (
        write.method,
        write.target,
        write.digest,
    ):
        raise bad_request("The approval code does not belong to this operation.", wrapped=True)
    if row["status"] == "needsApproval":
        raise _waiting(code)
    if row["status"] == "completed":
        raise RefusedError(
            409, "Conflict", "The approved operation was carried out already.", wrapped=True
        )
    if row["status"] != "approved":
        raise RefusedError(
            403, "Forbidden", f"The approval request was {row['status']}.", wrapped=True
        )
    return code
