import pytest

from tenants.audit import trail
from tenants.models import AuditEvent, ProviderConnection, Tenant
from tenants.models.capabilities import Capability
from tests.factories import MembershipFactory, ProviderConnectionFactory, UserFactory


@pytest.fixture
def rows(tenant, other_tenant):
    """A connection and an audit event in either workspace, so that either could leak."""
    for each in (tenant, other_tenant):
        ProviderConnectionFactory(tenant=each)
        trail.record(action="probe.written", actor=None, tenant=each)


def seen_by(user, capability=Capability.VIEW):
    return (
        list(Tenant.objects.visible_to(user, capability)),
        [row.tenant for row in ProviderConnection.objects.visible_to(user, capability)],
        [
            row.tenant
            for row in AuditEvent.objects.visible_to(user, capability).filter(
                action="probe.written"
            )
        ],
    )


@pytest.mark.usefixtures("rows")
def test_each_sees_their_own_workspace_and_nothing_of_the_other(
    operator, auditor, outsider, tenant, other_tenant
):
    assert seen_by(operator) == ([tenant], [tenant], [tenant])
    assert seen_by(auditor) == ([tenant], [tenant], [tenant])
    assert seen_by(outsider) == ([other_tenant], [other_tenant], [other_tenant])


@pytest.mark.usefixtures("rows")
def test_member_without_a_role_sees_nothing(member):
    assert seen_by(member) == ([], [], [])


@pytest.mark.usefixtures("rows")
def test_superuser_sees_nothing_by_being_one():
    superuser = UserFactory(is_superuser=True, is_staff=True)

    assert seen_by(superuser) == ([], [], [])


@pytest.mark.usefixtures("rows")
def test_visibility_can_ask_for_a_capability(auditor, operator, tenant):
    assert seen_by(auditor, Capability.EXECUTE_RESTORE) == ([], [], [])
    assert seen_by(operator, Capability.EXECUTE_RESTORE) == ([tenant], [tenant], [tenant])


@pytest.mark.usefixtures("rows")
def test_tenant_rows_are_those_of_the_tenant_alone(tenant):
    assert [row.tenant for row in ProviderConnection.objects.in_tenant(tenant)] == [tenant]
    assert {row.tenant for row in AuditEvent.objects.in_tenant(tenant)} == {tenant}


def test_member_of_both_workspaces_sees_only_where_a_role_is_held(operator, other_tenant, tenant):
    MembershipFactory(user=operator, workspace=other_tenant.workspace)

    assert list(Tenant.objects.visible_to(operator)) == [tenant]


def test_visibility_is_part_of_the_one_query(operator, tenant, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert list(Tenant.objects.visible_to(operator)) == [tenant]
