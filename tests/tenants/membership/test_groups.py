import pytest
from django.contrib.auth.models import Group

from tenants.access.service import (
    AccessDeniedError,
    NotAMemberError,
    RoleNotHeldError,
    WorkspaceAccessDeniedError,
    bootstrap_role,
    capabilities_of,
    grant_group_role,
    grant_role,
    revoke_group_role,
)
from tenants.membership.groups import (
    GroupMovedError,
    GroupNameTakenError,
    add_to_group,
    create_group,
    delete_group,
    remove_from_group,
    rename_group,
)
from tenants.models import AuditEvent, TenantGroupPermission, WorkspaceGroup
from tenants.models.capabilities import ROLE_CAPABILITIES, Capability, Role
from tests.factories import TenantFactory, WorkspaceGroupFactory


@pytest.fixture
def group(owner, workspace):
    return create_group(actor=owner, workspace=workspace, name="Night shift")


@pytest.fixture
def elsewhere(workspace, group):
    """A tenant of the workspace the owner may not manage, and on which the group is operator."""
    sibling = TenantFactory(workspace=workspace, name="Sibling")
    for capability in ROLE_CAPABILITIES[Role.OPERATOR]:
        TenantGroupPermission.objects.assign_perm(capability, group.group, sibling)
    return sibling


ACTS = {
    "rename": lambda actor, group, user: rename_group(actor=actor, group=group, name="Other"),
    "delete": lambda actor, group, user: delete_group(actor=actor, group=group),
    "add": lambda actor, group, user: add_to_group(actor=actor, group=group, user=user),
    "remove": lambda actor, group, user: remove_from_group(actor=actor, group=group, user=user),
}


def trail(action):
    return list(
        AuditEvent.objects.filter(action=action)
        .order_by("pk")
        .values_list("actor", "workspace", "tenant", "outcome", "subject", "detail")
    )


def test_group_is_the_workspaces_own(owner, group, workspace, other_workspace, outsider):
    namesake = create_group(actor=outsider, workspace=other_workspace, name="Night shift")

    assert list(WorkspaceGroup.objects.in_workspace(workspace)) == [group]
    assert namesake.group.name != group.group.name
    assert list(WorkspaceGroup.objects.managed_by(owner)) == [group]
    subject = f"group:{group.group_id}"
    assert trail("group.added")[0] == (
        owner.pk,
        workspace.pk,
        None,
        "allowed",
        subject,
        {"name": "Night shift"},
    )


def test_name_is_taken_once_in_a_workspace(owner, group, workspace):
    with pytest.raises(GroupNameTakenError):
        create_group(actor=owner, workspace=workspace, name="Night shift")
    other = create_group(actor=owner, workspace=workspace, name="Day shift")
    with pytest.raises(GroupNameTakenError):
        rename_group(actor=owner, group=other, name="Night shift")

    assert Group.objects.count() == 2
    assert list(WorkspaceGroup.objects.values_list("name", flat=True)) == [
        "Day shift",
        "Night shift",
    ]


def test_rename_is_audited_and_the_same_name_is_no_change(owner, group):
    assert rename_group(actor=owner, group=group, name="Late shift")
    assert not rename_group(actor=owner, group=group, name="Late shift")

    assert [detail for *_, detail in trail("group.renamed")] == [
        {"name": "Late shift", "before": "Night shift"}
    ]
    assert Group.objects.get().name.startswith("Late shift [")


def test_members_come_and_go_with_what_the_group_gives(owner, member, group, tenant):
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.OPERATOR)

    assert add_to_group(actor=owner, group=group, user=member)
    assert not add_to_group(actor=owner, group=group, user=member)
    assert capabilities_of(member, tenant) == ROLE_CAPABILITIES[Role.OPERATOR]

    remove_from_group(actor=owner, group=group, user=member)
    assert capabilities_of(member, tenant) == frozenset()
    with pytest.raises(NotAMemberError):
        remove_from_group(actor=owner, group=group, user=member)
    for action in ("group.member_added", "group.member_removed"):
        assert [detail for *_, detail in trail(action)] == [
            {"name": "Night shift", "member": "member"}
        ]


def test_who_is_no_member_of_the_workspace_does_not_get_in(owner, outsider, group):
    with pytest.raises(NotAMemberError):
        add_to_group(actor=owner, group=group, user=outsider)

    assert list(group.group.user_set.all()) == []


def test_deleting_takes_what_it_gave_and_leaves_the_members(owner, member, group, tenant):
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.OPERATOR)
    add_to_group(actor=owner, group=group, user=member)

    delete_group(actor=owner, group=group)

    assert (Group.objects.count(), WorkspaceGroup.objects.count()) == (0, 0)
    assert capabilities_of(member, tenant) == frozenset()
    assert member.memberships.filter(workspace=tenant.workspace).exists()
    with pytest.raises(GroupMovedError):
        delete_group(actor=owner, group=group)


def test_role_of_a_group_is_granted_changed_and_revoked(owner, group, tenant):
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.OPERATOR)
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.OPERATOR)
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.AUDITOR)
    revoke_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.AUDITOR)

    told = [detail for action in ("granted", "changed", "revoked") for *_, detail in
            trail(f"access.{action}")]  # fmt: skip
    assert told == [
        {"name": "Night shift", "before": None, "after": "operator"},
        {"name": "Night shift", "before": "operator", "after": "auditor"},
        {"name": "Night shift", "before": "auditor", "after": None},
    ]
    with pytest.raises(RoleNotHeldError):
        revoke_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.AUDITOR)


def test_group_of_another_workspace_gets_no_role(owner, tenant, other_workspace):
    for foreign in (
        WorkspaceGroupFactory(workspace=other_workspace).group,
        Group.objects.create(name="Global"),
    ):
        with pytest.raises(NotAMemberError):
            grant_group_role(actor=owner, group=foreign, tenant=tenant, role=Role.AUDITOR)

    assert not TenantGroupPermission.objects.exists()


def test_role_of_a_group_is_refused_without_the_right(manager, group, tenant):
    with pytest.raises(AccessDeniedError):
        grant_group_role(actor=manager, group=group.group, tenant=tenant, role=Role.OWNER)
    with pytest.raises(AccessDeniedError):
        revoke_group_role(actor=manager, group=group.group, tenant=tenant, role=Role.OWNER)

    assert not TenantGroupPermission.objects.exists()


def test_grant_is_refused_when_what_was_seen_is_not_held_any_more(owner, member, tenant, group):
    grant_role(actor=owner, user=member, tenant=tenant, role=Role.OPERATOR)

    with pytest.raises(RoleNotHeldError):
        grant_role(actor=owner, user=member, tenant=tenant, role=Role.MANAGER, seen=frozenset())
    with pytest.raises(RoleNotHeldError):
        grant_group_role(
            actor=owner,
            group=group.group,
            tenant=tenant,
            role=Role.MANAGER,
            seen=frozenset({Capability.VIEW}),
        )

    assert capabilities_of(member, tenant) == ROLE_CAPABILITIES[Role.OPERATOR]


@pytest.mark.parametrize("person", ["manager", "member", "outsider"])
@pytest.mark.parametrize("act", ACTS)
def test_group_is_refused_to_who_decides_on_no_access(request, person, act, group, operator):
    actor = request.getfixturevalue(person)

    with pytest.raises(WorkspaceAccessDeniedError):
        ACTS[act](actor, group, operator)
    with pytest.raises(WorkspaceAccessDeniedError):
        create_group(actor=actor, workspace=group.workspace, name="Mine")

    assert list(WorkspaceGroup.objects.all()) == [group]
    detail = {"capability": "manage_access"}
    expected = (actor.pk, group.workspace_id, None, "denied", "", detail)
    assert trail("access.denied") == [expected] * 2


@pytest.mark.parametrize("act", ACTS)
def test_group_that_gives_more_than_the_actor_may_is_not_theirs(act, owner, group, elsewhere):
    group.group.user_set.add(owner)

    with pytest.raises(WorkspaceAccessDeniedError) as refusal:
        ACTS[act](owner, group, owner)

    assert elsewhere.name not in str(refusal.value)
    assert capabilities_of(owner, elsewhere) == ROLE_CAPABILITIES[Role.OPERATOR]


def test_owner_of_every_tenant_the_group_is_on_may_change_it(owner, group, elsewhere, member):
    bootstrap_role(user=owner, tenant=elsewhere, role=Role.OWNER)

    add_to_group(actor=owner, group=group, user=member)

    assert capabilities_of(member, elsewhere) == ROLE_CAPABILITIES[Role.OPERATOR]
