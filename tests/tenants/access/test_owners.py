"""However the last owner of a tenant would be lost, it is refused, and the refusal is on record."""

import threading

import pytest
from django.db import connection

from tenants.access.owners import LastOwnerError
from tenants.access.service import (
    bootstrap_role,
    capabilities_of,
    grant_group_role,
    grant_role,
    has,
    revoke_group_role,
    revoke_role,
)
from tenants.membership.groups import add_to_group, create_group, delete_group, remove_from_group
from tenants.membership.members import remove_member
from tenants.models import AuditEvent, User
from tenants.models.capabilities import Capability, Role
from tests.factories import MembershipFactory, TenantFactory, UserFactory

SENTENCE = (
    "This would leave no one who may manage access to Contoso. "
    "Make another active member of the workspace owner there first."
)


@pytest.fixture
def owners(owner, member, tenant):
    """A group through which the member alone owns the tenant; nobody does directly."""
    group = create_group(actor=owner, workspace=tenant.workspace, name="Owners")
    add_to_group(actor=owner, group=group, user=member)
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.OWNER)
    revoke_role(actor=member, user=owner, tenant=tenant, role=Role.OWNER)
    return group


PATHS = {
    "revoke": lambda tenant, owner: revoke_role(
        actor=owner, user=owner, tenant=tenant, role=Role.OWNER
    ),
    "demote": lambda tenant, owner: grant_role(
        actor=owner, user=owner, tenant=tenant, role=Role.MANAGER
    ),
    "leave": lambda tenant, owner: remove_member(
        actor=owner, workspace=tenant.workspace, user=owner
    ),
    "command line": lambda tenant, owner: bootstrap_role(
        user=owner, tenant=tenant, role=Role.AUDITOR
    ),
}
GROUP_PATHS = {
    "revoke": lambda tenant, member, group: revoke_group_role(
        actor=member, group=group.group, tenant=tenant, role=Role.OWNER
    ),
    "demote": lambda tenant, member, group: grant_group_role(
        actor=member, group=group.group, tenant=tenant, role=Role.OPERATOR
    ),
    "take out": lambda tenant, member, group: remove_from_group(
        actor=member, group=group, user=member
    ),
    "delete": lambda tenant, member, group: delete_group(actor=member, group=group),
    "leave": lambda tenant, member, group: remove_member(
        actor=member, workspace=tenant.workspace, user=member
    ),
}


def refusals():
    return list(
        AuditEvent.objects.filter(outcome="denied").values_list("action", "actor", "tenant")
    )


@pytest.mark.parametrize("path", PATHS)
def test_last_owner_is_kept(owner, tenant, path):
    with pytest.raises(LastOwnerError) as refusal:
        PATHS[path](tenant, owner)

    assert str(refusal.value) == SENTENCE
    assert capabilities_of(owner, tenant) == frozenset(Capability)
    actor = None if path == "command line" else owner.pk
    assert refusals() == [("access.last_owner_kept", actor, tenant.pk)]


@pytest.mark.parametrize("path", PATHS)
def test_last_owner_but_one_may_go(owner, tenant, member, path):
    grant_role(actor=owner, user=member, tenant=tenant, role=Role.OWNER)

    PATHS[path](tenant, owner)

    assert not has(owner, Capability.MANAGE_ACCESS, tenant)
    assert refusals() == []


@pytest.mark.parametrize("path", GROUP_PATHS)
def test_last_owner_through_a_group_is_kept(owners, tenant, member, path):
    with pytest.raises(LastOwnerError) as refusal:
        GROUP_PATHS[path](tenant, member, owners)

    assert str(refusal.value) == SENTENCE
    assert capabilities_of(member, tenant) == frozenset(Capability)
    assert refusals() == [("access.last_owner_kept", member.pk, tenant.pk)]


@pytest.mark.parametrize("path", GROUP_PATHS)
def test_owner_through_a_group_may_go_while_another_is_there(owners, owner, tenant, member, path):
    grant_role(actor=member, user=owner, tenant=tenant, role=Role.OWNER)

    GROUP_PATHS[path](tenant, member, owners)

    assert not has(member, Capability.MANAGE_ACCESS, tenant)
    assert refusals() == []


@pytest.mark.parametrize("gone", ["deactivated", "of another workspace"])
def test_owner_who_does_not_count_keeps_nobody(owner, tenant, outsider, gone):
    if gone == "deactivated":
        other = MembershipFactory(workspace=tenant.workspace, user=UserFactory(is_active=False))
        grant_role(actor=owner, user=other.user, tenant=tenant, role=Role.OWNER)
    else:
        bootstrap_role(user=outsider, tenant=tenant, role=Role.OWNER)
        outsider.memberships.filter(workspace=tenant.workspace).delete()

    with pytest.raises(LastOwnerError):
        revoke_role(actor=owner, user=owner, tenant=tenant, role=Role.OWNER)


def test_tenant_nobody_owns_stands_in_nobodys_way(tenant, owner, workspace):
    orphan = TenantFactory(workspace=workspace, name="Orphan")
    fellow = UserFactory()
    bootstrap_role(user=fellow, tenant=orphan, role=Role.AUDITOR)
    bootstrap_role(user=fellow, tenant=orphan, role=Role.OPERATOR)

    assert has(fellow, Capability.EXECUTE_RESTORE, orphan)


def test_refusal_names_the_first_tenants_and_counts_the_rest(owner, tenant, workspace):
    for number in range(4):
        each = TenantFactory(workspace=workspace, name=f"T{number}")
        bootstrap_role(user=owner, tenant=each, role=Role.OWNER)

    with pytest.raises(LastOwnerError) as refusal:
        remove_member(actor=owner, workspace=workspace, user=owner)

    assert "to Contoso, T0, T1 and 2 more. Make" in str(refusal.value)
    assert owner.memberships.filter(workspace=workspace).exists()


def test_second_of_two_removals_with_what_was_read_before_is_refused(owner, tenant, member):
    grant_role(actor=owner, user=member, tenant=tenant, role=Role.OWNER)
    # Each browser read its page while both were owners.
    stale = User.objects.get(pk=member.pk)

    revoke_role(actor=owner, user=owner, tenant=tenant, role=Role.OWNER)
    with pytest.raises(LastOwnerError):
        revoke_role(actor=stale, user=stale, tenant=tenant, role=Role.OWNER)

    assert capabilities_of(member, tenant) == frozenset(Capability)


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite's tests share one connection in memory"
)
@pytest.mark.django_db(transaction=True)
def test_of_two_removals_at_once_one_is_refused(tenant, owner, member):
    grant_role(actor=owner, user=member, tenant=tenant, role=Role.OWNER)
    together = threading.Barrier(2)
    said = []

    def leave(user):
        together.wait()
        try:
            revoke_role(actor=user, user=user, tenant=tenant, role=Role.OWNER)
            said.append("gone")
        except LastOwnerError:
            said.append("kept")
        finally:
            connection.close()

    leaving = [threading.Thread(target=leave, args=(user,)) for user in (owner, member)]
    for thread in leaving:
        thread.start()
    for thread in leaving:
        thread.join()

    assert sorted(said) == ["gone", "kept"]
