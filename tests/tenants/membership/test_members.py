import pytest
from django.utils import timezone

from tenants.access.service import (
    NotAMemberError,
    WorkspaceAccessDeniedError,
    bootstrap_role,
    capabilities_of,
    grant_group_role,
)
from tenants.membership.groups import add_to_group, create_group
from tenants.membership.members import note_activity, remove_member
from tenants.models import AuditEvent, Invitation, Membership, TenantUserPermission
from tenants.models.capabilities import ROLE_CAPABILITIES, Role
from tests.factories import InvitationFactory, MembershipFactory, TenantFactory


def test_removing_takes_every_role_and_group_of_the_workspace(
    owner, operator, tenant, workspace, other_tenant
):
    bootstrap_role(user=operator, tenant=other_tenant, role=Role.AUDITOR)
    group = create_group(actor=owner, workspace=workspace, name="Night shift")
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.MANAGER)
    add_to_group(actor=owner, group=group, user=operator)

    remove_member(actor=owner, workspace=workspace, user=operator)

    assert list(operator.memberships.values_list("workspace__slug", flat=True)) == [
        "fabrikam-services"
    ]
    assert not TenantUserPermission.objects.filter(user=operator, content_object=tenant).exists()
    assert list(operator.groups.all()) == []
    assert capabilities_of(operator, other_tenant) == ROLE_CAPABILITIES[Role.AUDITOR]
    MembershipFactory(workspace=workspace, user=operator)
    assert capabilities_of(operator, tenant) == frozenset()
    events = AuditEvent.objects.filter(actor=owner).order_by("-pk")[:4]
    assert [(event.action, event.detail) for event in events] == [
        ("membership.removed", {"name": "operator"}),
        (
            "access.revoked_through_group",
            {"name": "operator", "group": "Night shift", "before": "manager", "after": None},
        ),
        ("group.member_removed", {"name": "Night shift", "member": "operator"}),
        ("access.revoked", {"name": "operator", "before": "operator", "after": None}),
    ]


@pytest.mark.parametrize("way", ["removed", "deactivated"])
def test_open_invitations_of_who_goes_are_revoked(owner, member, workspace, tenant, way):
    bootstrap_role(user=member, tenant=tenant, role=Role.OWNER)
    made = InvitationFactory(tenant=tenant, invited_by=member, invitee="Ada")
    elsewhere = InvitationFactory(invited_by=member)
    others = InvitationFactory(tenant=tenant, invited_by=owner)
    now = timezone.now()

    if way == "removed":
        remove_member(actor=owner, workspace=workspace, user=member)
    else:
        member.is_active = False
        member.save()
        note_activity(actor=owner, user=member)

    still_open = {others, elsewhere} if way == "removed" else {others}
    assert set(Invitation.objects.open_at(now)) == still_open
    event = AuditEvent.objects.get(action="invitation.revoked", workspace=workspace)
    assert (event.actor, event.tenant, event.subject, event.detail) == (
        owner,
        tenant,
        f"invitation:{made.pk}",
        {"invitee": "Ada", "invited_by": member.username, "role": "auditor"},
    )


def test_who_is_activated_again_loses_no_invitation(owner, member, tenant):
    made = InvitationFactory(tenant=tenant, invited_by=member)

    note_activity(actor=owner, user=member)

    assert list(Invitation.objects.open_at(timezone.now())) == [made]


def test_second_caller_finds_nobody_to_remove(owner, member, workspace):
    remove_member(actor=owner, workspace=workspace, user=member)

    with pytest.raises(NotAMemberError):
        remove_member(actor=owner, workspace=workspace, user=member)


@pytest.mark.parametrize("person", ["manager", "member", "outsider"])
def test_removing_is_refused_without_the_right(request, person, operator, tenant):
    actor = request.getfixturevalue(person)

    with pytest.raises(WorkspaceAccessDeniedError):
        remove_member(actor=actor, workspace=tenant.workspace, user=operator)

    assert capabilities_of(operator, tenant) == ROLE_CAPABILITIES[Role.OPERATOR]
    denied = AuditEvent.objects.get(outcome="denied")
    assert (denied.actor, denied.workspace) == (actor, tenant.workspace)


@pytest.mark.parametrize("way", ["directly", "through a group"])
def test_removing_needs_the_right_wherever_the_person_holds_anything(
    owner, operator, workspace, way
):
    sibling = TenantFactory(workspace=workspace, name="Sibling")
    if way == "directly":
        bootstrap_role(user=operator, tenant=sibling, role=Role.AUDITOR)
    else:
        keeper = MembershipFactory(workspace=workspace).user
        bootstrap_role(user=keeper, tenant=sibling, role=Role.OWNER)
        group = create_group(actor=keeper, workspace=workspace, name="Readers")
        grant_group_role(actor=keeper, group=group.group, tenant=sibling, role=Role.AUDITOR)
        add_to_group(actor=keeper, group=group, user=operator)

    with pytest.raises(WorkspaceAccessDeniedError) as refusal:
        remove_member(actor=owner, workspace=workspace, user=operator)

    assert "Sibling" not in str(refusal.value)
    assert Membership.objects.filter(workspace=workspace, user=operator).exists()
    bootstrap_role(user=owner, tenant=sibling, role=Role.OWNER)
    remove_member(actor=owner, workspace=workspace, user=operator)
    assert capabilities_of(operator, sibling) == frozenset()
