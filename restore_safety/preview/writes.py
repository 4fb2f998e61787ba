"""The requests that carry a decision out: method, path and the exact bytes of the body."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from restore_safety.preview.plan import body_digest
from restore_safety.preview.policies import PolicyToRestore
from tenants.graph.contracts import (
    Contract,
    assign_body,
    creation_body,
    update_body,
)
from tenants.graph.fence import placeholder
from tenants.graph.payloads import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRequest:
    """One request; `binds` names the item whose placeholder stands for the id it answers with."""

    id: str = ""
    purpose: str
    method: str
    version: str
    path: str
    body: str
    binds: str = ""

    def to_json(self) -> dict[str, str]:
        return {
            "id": self.id,
            "purpose": self.purpose,
            "method": self.method,
            "version": self.version,
            "path": self.path,
            "body": self.body,
            "body_digest": body_digest(self.body),
            "binds": self.binds,
        }


def creating(
    policy: PolicyToRestore, assignments: Sequence[Json] | None
) -> tuple[PlannedRequest, ...]:
    """Create the policy; then, on the object that came of it, what a creation cannot carry."""
    contract = policy.contract
    create = _request(
        contract,
        purpose="create",
        method="POST",
        path=contract.path,
        body=creation_body(contract, policy.payload),
        binds=policy.id,
    )
    requests = [create]
    if assignments:
        requests.append(_assigning(contract, placeholder(policy.id), assignments))
    return _numbered(policy, requests)


def updating(
    policy: PolicyToRestore,
    *,
    object_id: str,
    changed: frozenset[str],
    assignments: Sequence[Json] | None,
) -> tuple[PlannedRequest, ...]:
    """Bring the properties that differ in line; assignments are set last, and as a whole."""
    contract = policy.contract
    item = f"{contract.path}/{object_id}"
    actions = [action for action in contract.update_actions if action.name in changed]
    requests = []
    if changed - {action.name for action in actions}:
        requests.append(
            _request(
                contract,
                purpose="replace" if contract.update_method == "PUT" else "update",
                method=contract.update_method,
                path=item,
                body=update_body(contract, policy.payload),
            )
        )
    whole = creation_body(contract, policy.payload)
    requests += [
        _request(
            contract,
            purpose="schedule",
            method="POST",
            path=f"{item}/{action.action}",
            body={action.body_key: whole[action.name]},
        )
        for action in actions
        if action.name in whole
    ]
    if assignments is not None:
        requests.append(_assigning(contract, object_id, assignments))
    return _numbered(policy, requests)


def _assigning(contract: Contract, object_id: str, assignments: Sequence[Json]) -> PlannedRequest:
    return _request(
        contract,
        purpose="assign",
        method="POST",
        path=f"{contract.path}/{object_id}/assign",
        body=assign_body(contract, assignments),
    )


def _request(  # noqa: PLR0913 -- one argument per part of a request
    contract: Contract,
    *,
    purpose: str,
    method: str,
    path: str,
    body: Json,
    binds: str = "",
) -> PlannedRequest:
    return PlannedRequest(
        purpose=purpose,
        method=method,
        version=contract.version,
        path=path,
        body=_exact(body),
        binds=binds,
    )


def _numbered(
    policy: PolicyToRestore, requests: Sequence[PlannedRequest]
) -> tuple[PlannedRequest, ...]:
    return tuple(
        replace(request, id=f"{policy.id}:{number}") for number, request in enumerate(requests, 1)
    )


def _exact(body: Json) -> str:
    """The one text for a body: compact, in key order, with every number as it is.

    Key order also puts `@odata.type` before the properties it governs, which Graph relies on.
    """
    return json.dumps(
        body, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
    )
