import pytest
from django.contrib.auth.models import Group

from tenants.access.service import (
    AccessDeniedError,
    NotAMemberError,
    RoleNotHeldError,
    bootstrap_role,
    capabilities_of,
    grant_role,
    has,
    require,
    revoke_role,
    role_with,
)
from tenants.models import AuditEvent, AuditOutcome, Membership, TenantGroupPermission
from tenants.models.capabilities import ROLE_CAPABILITIES, Capability, Role
from tests.factories import MembershipFactory, TenantFactory, UserFactory


def trail(action):
    return list(
        AuditEvent.objects.filter(action=action).values_list(
            "actor", "tenant", "outcome", "subject", "detail"
        )
    )


def test_grant_gives_the_role_and_is_audited(owner, member, tenant):
    grant_role(actor=owner, user=member, tenant=tenant, role=Role.OPERATOR)

    assert capabilities_of(member, tenant) == ROLE_CAPABILITIES[Role.OPERATOR]
    assert trail("access.granted") == [
        (
            owner.pk,
            tenant.pk,
            "allowed",
            f"user:{member.pk}",
            {"name": "member", "before": None, "after": "operator"},
        )
    ]


def test_grant_takes_the_place_of_the_role_held_before(owner, manager, tenant):
    grant_role(actor=owner, user=manager, tenant=tenant, role=Role.AUDITOR)

    assert capabilities_of(manager, tenant) == ROLE_CAPABILITIES[Role.AUDITOR]
    assert trail("access.changed") == [
        (
            owner.pk,
            tenant.pk,
            "allowed",
            f"user:{manager.pk}",
            {"name": "manager", "before": "manager", "after": "auditor"},
        )
    ]


def test_grant_is_refused_without_the_right_and_the_refusal_is_audited(manager, member, tenant):
    with pytest.raises(AccessDeniedError) as refusal:
        grant_role(actor=manager, user=member, tenant=tenant, role=Role.AUDITOR)

    assert (refusal.value.capability, refusal.value.tenant) == (Capability.MANAGE_ACCESS, tenant)
    assert capabilities_of(member, tenant) == frozenset()
    assert trail("access.denied") == [
        (manager.pk, tenant.pk, "denied", "", {"capability": "manage_access"})
    ]


def test_grant_is_refused_for_who_is_no_member(owner, outsider, tenant):
    with pytest.raises(NotAMemberError):
        grant_role(actor=owner, user=outsider, tenant=tenant, role=Role.AUDITOR)

    assert capabilities_of(outsider, tenant) == frozenset()


def test_revoke_leaves_nothing_and_the_second_caller_loses(owner, operator, tenant):
    revoke_role(actor=owner, user=operator, tenant=tenant, role=Role.OPERATOR)

    assert capabilities_of(operator, tenant) == frozenset()
    assert trail("access.revoked") == [
        (
            owner.pk,
            tenant.pk,
            "allowed",
            f"user:{operator.pk}",
            {"name": "operator", "before": "operator", "after": None},
        )
    ]
    with pytest.raises(RoleNotHeldError):
        revoke_role(actor=owner, user=operator, tenant=tenant, role=Role.OPERATOR)


def test_revoke_refuses_a_role_the_person_does_not_hold(owner, manager, tenant):
    with pytest.raises(RoleNotHeldError):
        revoke_role(actor=owner, user=manager, tenant=tenant, role=Role.OPERATOR)

    assert capabilities_of(manager, tenant) == ROLE_CAPABILITIES[Role.MANAGER]


def test_revoke_is_refused_without_the_right(operator, auditor, tenant):
    with pytest.raises(AccessDeniedError):
        revoke_role(actor=operator, user=auditor, tenant=tenant, role=Role.AUDITOR)

    assert capabilities_of(auditor, tenant) == ROLE_CAPABILITIES[Role.AUDITOR]


def test_bootstrap_brings_the_membership_it_needs(tenant):
    user = UserFactory()

    bootstrap_role(user=user, tenant=tenant, role=Role.OWNER)
    bootstrap_role(user=user, tenant=tenant, role=Role.OWNER)

    assert list(Membership.objects.values_list("workspace", "user")) == [
        (tenant.workspace_id, user.pk)
    ]
    assert capabilities_of(user, tenant) == frozenset(Capability)


def test_permission_without_membership_gives_nothing(operator, tenant):
    Membership.objects.filter(user=operator).delete()

    assert capabilities_of(operator, tenant) == frozenset()
    assert not has(operator, Capability.VIEW, tenant)


def test_membership_of_another_workspace_does_not_help(operator, tenant, other_workspace):
    Membership.objects.filter(user=operator).delete()
    MembershipFactory(user=operator, workspace=other_workspace)

    assert capabilities_of(operator, tenant) == frozenset()
    assert not has(operator, Capability.VIEW, tenant)


def test_superuser_holds_nothing_by_being_one(member, tenant):
    member.is_superuser = True
    member.save()

    assert capabilities_of(member, tenant) == frozenset()
    assert not has(member, Capability.VIEW, tenant)


def test_inactive_person_holds_nothing(operator, tenant):
    operator.is_active = False
    operator.save()

    assert capabilities_of(operator, tenant) == frozenset()
    assert not has(operator, Capability.VIEW, tenant)


def test_role_on_one_tenant_says_nothing_of_its_sibling(operator, tenant):
    sibling = TenantFactory(workspace=tenant.workspace)

    assert capabilities_of(operator, sibling) == frozenset()


def test_group_gives_its_members_what_it_holds(member, operator, outsider, tenant):
    group = Group.objects.create(name="Night shift")
    group.user_set.add(member, outsider)
    for capability in (Capability.VIEW, Capability.CAPTURE_BACKUP):
        TenantGroupPermission.objects.assign_perm(capability.value, group, tenant)

    assert capabilities_of(member, tenant) == {Capability.VIEW, Capability.CAPTURE_BACKUP}
    assert has(member, Capability.CAPTURE_BACKUP, tenant)
    assert capabilities_of(operator, tenant) == ROLE_CAPABILITIES[Role.OPERATOR]
    assert capabilities_of(outsider, tenant) == frozenset()
    assert not has(outsider, Capability.VIEW, tenant)


def test_capabilities_cost_one_query(operator, tenant, django_assert_num_queries):
    with django_assert_num_queries(1):
        capabilities_of(operator, tenant)


def test_require_lets_pass_in_silence(operator, tenant):
    require(operator, Capability.EXECUTE_RESTORE, tenant)

    assert list(AuditEvent.objects.filter(outcome=AuditOutcome.DENIED)) == []


@pytest.mark.parametrize("role", Role)
def test_role_is_told_from_its_capabilities(role):
    assert role_with(ROLE_CAPABILITIES[role]) is role


def test_capabilities_short_of_every_role_are_none():
    assert role_with(frozenset({Capability.EXECUTE_RESTORE})) is None
