"""What the checks look at, made up in memory."""

from dataclasses import replace

from restore_safety.backups.matching import match
from restore_safety.checks.context import CheckContext, CheckedPolicy
from restore_safety.truth.scope import AssignmentMode, ConditionalAccessState, ConflictPolicy
from tenants.graph.contracts import CONTRACTS, contract, name_of
from tests.restore_safety.preview.fakes import DIRECTORY, WHOLE, FakeReader, catalog

WRITES = frozenset(one.write_permission for one in CONTRACTS.values())


def checked(payload=None, *, key="configurationPolicies", assignments=None, **facts):
    payload = catalog() if payload is None else payload
    return CheckedPolicy(
        **{
            "id": f"item-{payload.get('id')}",
            "name": name_of(contract(key), payload),
            "object_id": payload.get("id", ""),
            "contract": contract(key),
            "payload": payload,
            "assignments": assignments,
            "completeness": WHOLE,
            **facts,
        }
    )


def context(*policies, reader=None, groups=(), **changes):
    """The context for these policies, matched and read through the reader."""
    reader = reader or FakeReader()
    facts = {
        "tenant_name": "Contoso",
        "directory_id": DIRECTORY,
        "origin_directory_id": DIRECTORY,
        "assignment_mode": AssignmentMode.REPLACE,
        "conditional_access_state": ConditionalAccessState.AS_BACKED_UP,
        "conflict_policy": ConflictPolicy.UPDATE,
        "mapping": {},
        "group_names": {},
        "groups": reader.groups(groups),
        "filters": reader.filters(),
        "scope_tags": reader.scope_tags(),
        "foundations": {},
        "roles": WRITES,
        "organization": reader.organization(),
        **changes,
    }
    same_origin = facts["origin_directory_id"] == facts["directory_id"]
    return CheckContext(
        policies=tuple(_seen(policy, reader, same_origin=same_origin) for policy in policies),
        listings={policy.contract.key: reader.collection(policy.contract) for policy in policies},
        **facts,
    )


def told(issues):
    """Severity, code and the names of the policies: what a finding comes to."""
    return [
        (issue.severity, issue.code, [subject.name for subject in issue.subjects])
        for issue in issues
    ]


def _seen(policy, reader, *, same_origin):
    listing = reader.collection(policy.contract)
    if listing.error:
        return policy
    found = match(
        contract=policy.contract,
        payload=policy.payload,
        object_id=policy.object_id,
        same_origin=same_origin,
        listing=listing.objects,
    )
    live = None
    if found.target:
        live = reader.policies(policy.contract, [found.target["id"]])[found.target["id"]]
    return replace(policy, match=found, live=live)
