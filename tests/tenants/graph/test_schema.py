import pytest

from tenants.graph import schema
from tenants.graph.contracts import CONTRACTS
from tenants.graph.schema import MemberKind


def test_a_type_has_its_own_members_and_those_it_inherits():
    ring = schema.members("windowsUpdateForBusinessConfiguration")

    assert ring["updateWeeks"].kind is MemberKind.FLAGS
    assert ring["automaticUpdateMode"].kind is MemberKind.ENUM
    assert ring["installationSchedule"].kind is MemberKind.COMPLEX
    assert ring["roleScopeTagIds"].is_collection
    assert ring["qualityUpdatesPauseStartDate"].is_read_only
    assert ring["deviceStatuses"].kind is MemberKind.LINK


def test_derivation_and_not_the_name_says_what_a_type_is():
    assert schema.derives("windows10DeviceFirmwareConfigurationInterface", "deviceConfiguration")
    assert not schema.derives("androidManagedStoreAppConfiguration", "deviceConfiguration")
    assert not schema.derives("groupPolicyConfiguration", "deviceConfiguration")
    assert schema.is_abstract("deviceConfiguration")
    assert "deviceConfiguration" not in schema.concrete_types("deviceConfiguration")
    assert "iosScepCertificateProfile" in schema.concrete_types("deviceConfiguration")


def test_v1_lacks_what_beta_alone_has():
    assert schema.is_beta("deviceManagementConfigurationPolicy")
    assert schema.members("conditionalAccessConditionSet")["agentIdRiskLevels"].is_beta
    assert not schema.members("conditionalAccessConditionSet")["users"].is_beta


def test_nothing_is_known_of_an_unknown_type():
    assert not schema.is_known("bananaPolicy")
    assert schema.lineage("bananaPolicy") == ()
    assert schema.members("bananaPolicy") == {}
    assert schema.is_beta("bananaPolicy")


def test_every_member_has_a_type_the_schema_explains():
    unexplained = [
        (name, member.name, member.type)
        for name in _reachable()
        for member in schema.members(name).values()
        if (member.kind is MemberKind.COMPLEX and not schema.is_known(member.type))
        or (
            member.kind in (MemberKind.ENUM, MemberKind.FLAGS)
            and not schema.enum_values(member.type)
        )
    ]

    assert unexplained == []


@pytest.mark.parametrize("name", ["deviceConfiguration", "namedLocation", "mobileApp"])
def test_what_graph_answers_only_as_a_subtype_is_abstract(name):
    assert schema.is_abstract(name)
    assert schema.concrete_types(name)


def test_the_schema_says_what_it_was_made_from():
    assert [source.split()[0] for source in schema.sources()] == [
        "msgraph_beta_sdk",
        "msgraph_sdk",
    ]


def _reachable():
    waiting = [name for one in CONTRACTS.values() for name in schema.concrete_types(one.declared)]
    reached = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            for member in schema.members(name).values():
                if member.kind is MemberKind.COMPLEX:
                    waiting += schema.concrete_types(member.type)
    return reached
