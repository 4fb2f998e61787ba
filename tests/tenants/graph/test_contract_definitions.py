"""Every contract against the published schema: a definition can name nothing that is not there."""

from itertools import chain

import pytest

from tenants.graph import schema
from tenants.graph.contracts import (
    CONTRACTS,
    AssignmentWrite,
    PartRead,
    PartWrite,
    Restorability,
    contract_of_type,
)
from tenants.graph.schema import MemberKind

# Members that older services and exports carry and the schema no longer has.
GONE = {
    "deviceCompliancePolicies": {"deviceSettings"},
    "conditionalAccessPolicies": {"partialEnablementStrategy", "templateId"},
    "roleScopeTags": {"permissions"},
    "assignmentFilters": {"payloads"},
    "deviceEnrollmentConfigurations": {"windowsMobileRestriction"},
}

pytestmark = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)


def test_the_declared_type_is_published(contract):
    assert schema.is_known(contract.declared)
    assert contract.path.split("/")[-1].lower() in contract.key.lower()
    for name in contract.excluded_types:
        assert schema.derives(name, contract.declared)


def test_each_of_its_types_is_recognised_as_it(contract):
    types = schema.concrete_types(contract.declared) - contract.excluded_types

    assert types
    for name in types:
        assert contract_of_type(name) is contract


def test_every_member_it_names_exists(contract):
    named = chain(
        contract.computed,
        contract.not_restored,
        contract.create_only,
        contract.inline_links,
        contract.secrets,
        contract.content,
        contract.shape,
        contract.discriminators,
        [contract.name_property],
        [contract.scope_tags_property] if contract.scope_tags_property else [],
        [part.name for part in contract.parts],
    )
    gone = GONE.get(contract.key, set())

    missing = {path for path in named if not _exists(contract, path)}

    assert missing <= gone | {"version"}


def test_a_part_says_how_it_is_written(contract):
    for part in contract.parts:
        assert (part.write is PartWrite.ACTION) == bool(part.action and part.body_key)
        assert (part.write is PartWrite.EACH) == bool(part.key)
        if part.read is not PartRead.MEMBER:
            assert _member(contract, part.name).kind is MemberKind.LINK


def test_assignments_are_read_where_they_are_written(contract):
    has_assignments = any(
        "assignments" in schema.members(name) for name in schema.concrete_types(contract.declared)
    )

    if contract.assignment_write is not AssignmentWrite.NONE:
        assert has_assignments


def test_what_cannot_be_restored_says_why(contract):
    is_full = contract.restorability is Restorability.FULL

    assert is_full != bool(contract.restorability_reason)


def _exists(contract, path):
    return any(_found(name, path.split(".")) for name in schema.concrete_types(contract.declared))


def _found(type_name, steps):
    member = schema.members(type_name).get(steps[0])
    if member is None:
        return False
    if len(steps) == 1:
        return True
    return any(_found(name, steps[1:]) for name in schema.concrete_types(member.type))


def _member(contract, name):
    return next(
        members[name]
        for one in schema.concrete_types(contract.declared)
        if name in (members := schema.members(one))
    )
