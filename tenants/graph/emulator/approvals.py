"""Multi Admin Approval: a gated write is filed first, and done when the same bytes come again."""

import base64
import binascii
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from tenants.graph.emulator.clock import graph_time, now
from tenants.graph.emulator.refusals import Json, RefusedError, bad_request
from tenants.graph.emulator.state import State

CODE_HEADER = "x-msft-approval-code"
JUSTIFICATION_HEADER = "x-msft-approval-justification"
OPEN = ("needsApproval", "approved")
STATUSES = (*OPEN, "rejected", "cancelled", "expired", "completed")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatedWrite:
    """A write as it must come again: an approval is for these very bytes."""

    tenant: str
    method: str
    target: str
    body: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


def require_approval(state: State, write: GatedWrite, headers: Mapping[str, str]) -> str:
    """The code under which this write may proceed; anything else is a refusal that says why."""
    if CODE_HEADER in headers:
        return _granted(state, write, headers[CODE_HEADER])
    if JUSTIFICATION_HEADER not in headers:
        raise bad_request(
            f"Header '{JUSTIFICATION_HEADER}' is required for this operation.", wrapped=True
        )
    raise _filed(state, write, _decoded(headers[JUSTIFICATION_HEADER]))


def complete_approval(state: State, code: str) -> None:
    state.db.execute("UPDATE approvals SET status = 'completed' WHERE code = ?", (code,))


def decide(state: State, *, tenant: str, code: str, status: str) -> bool:
    done = state.db.execute(
        "UPDATE approvals SET status = ? WHERE code = ? AND tenant = ?", (status, code, tenant)
    )
    return done.rowcount > 0


def requests_of(state: State, tenant: str) -> list[Json]:
    rows = state.db.execute(
        "SELECT * FROM approvals WHERE tenant = ? ORDER BY requested_at, code", (tenant,)
    )
    return [
        {
            "id": row["code"],
            "requestDateTime": row["requested_at"],
            "status": row["status"],
            "requestJustification": row["justification"],
            "operation": f"{row['method']} {row['target']}",
        }
        for row in rows
    ]


def _decoded(justification: str) -> str:
    try:
        return base64.b64decode(justification, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise bad_request(
            f"Header '{JUSTIFICATION_HEADER}' must be base64 of UTF-8 text.", wrapped=True
        ) from error


def _filed(state: State, write: GatedWrite, reason: str) -> RefusedError:
    key = (write.tenant, write.method, write.target, write.digest)
    active = state.db.execute(
        "SELECT code FROM approvals WHERE tenant = ? AND method = ? AND target = ?"
        " AND body_sha256 = ? AND status IN (?, ?)",
        (*key, *OPEN),
    ).fetchone()
    if active:
        return RefusedError(
            409, "Conflict", "There is an active approval request for this operation.", wrapped=True
        )
    code = str(uuid.uuid4())
    state.db.execute(
        "INSERT INTO approvals VALUES (?, ?, ?, ?, ?, 'needsApproval', ?, ?)",
        (code, *key, graph_time(now()), reason),
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
        "SELECT * FROM approvals WHERE code = ? AND tenant = ?", (code, write.tenant)
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
