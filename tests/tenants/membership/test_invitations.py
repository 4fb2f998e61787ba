from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils import timezone

from tenants.access.service import (
    AccessDeniedError,
    WorkspaceAccessDeniedError,
    bootstrap_role,
    capabilities_of,
    grant_role,
    revoke_role,
)
from tenants.membership import invitations
from tenants.membership.invitations import (
    InvitationGoneError,
    Newcomer,
    OfferedRole,
    UsernameTakenError,
    accept_invitation,
    digest_of,
    invite,
    join,
    open_invitation,
    revoke_invitation,
)
from tenants.models import AuditEvent, Invitation, Membership, TenantUserPermission, User
from tenants.models.capabilities import ROLE_CAPABILITIES, Role
from tests.factories import TenantFactory, UserFactory

NOW = timezone.now()
NEWCOMER = Newcomer(username="ada", full_name="Ada Lovelace", password="tu5-Zebra-kio")


@pytest.fixture
def invited(owner, workspace, tenant):
    """An open invitation of the owner's to be operator, and its token's digest."""
    invitation, token = invite(
        actor=owner,
        workspace=workspace,
        invitee="ada@example.com",
        gift=OfferedRole(tenant=tenant, role=Role.OPERATOR),
        now=NOW,
    )
    return invitation, digest_of(token)


def used_up(invitation, how):
    when = {"revoked": {"revoked_at": NOW}, "accepted": {"accepted_at": NOW}}
    Invitation.objects.filter(pk=invitation.pk).update(
        **when.get(how, {"expires_at": NOW - timedelta(seconds=1)})
    )


def last_events(count):
    return [
        (event.action, event.actor.username) for event in AuditEvent.objects.order_by("-pk")[:count]
    ][::-1]


def test_invitation_keeps_the_digest_of_its_token_alone(owner, workspace, tenant):
    invitation, token = invite(actor=owner, workspace=workspace, invitee="Ada", gift=None, now=NOW)

    assert invitation.token_hash == sha256(token.encode()).hexdigest()
    assert invitation.expires_at == NOW + timedelta(days=7)
    assert len(token) >= 43
    assert token not in str(list(Invitation.objects.values()) + list(AuditEvent.objects.values()))
    event = AuditEvent.objects.get(action="invitation.created")
    assert (event.actor, event.workspace, event.detail) == (
        owner,
        workspace,
        {"invitee": "Ada", "invited_by": "owner", "role": None},
    )


@pytest.mark.parametrize("person", ["manager", "member", "outsider"])
def test_inviting_is_refused_without_the_right(request, person, workspace, tenant):
    with pytest.raises(WorkspaceAccessDeniedError):
        invite(
            actor=request.getfixturevalue(person),
            workspace=workspace,
            invitee="Ada",
            gift=None,
            now=NOW,
        )

    assert not Invitation.objects.exists()


def test_nobody_gives_away_a_tenant_that_is_not_theirs(owner, workspace, other_tenant):
    sibling = TenantFactory(workspace=workspace)
    for tenant in (sibling, other_tenant):
        with pytest.raises(AccessDeniedError):
            invite(
                actor=owner,
                workspace=workspace,
                invitee="Ada",
                gift=OfferedRole(tenant=tenant, role=Role.AUDITOR),
                now=NOW,
            )
    bootstrap_role(user=owner, tenant=other_tenant, role=Role.OWNER)
    with pytest.raises(ValueError, match="not a tenant of"):
        invite(
            actor=owner,
            workspace=workspace,
            invitee="Ada",
            gift=OfferedRole(tenant=other_tenant, role=Role.AUDITOR),
            now=NOW,
        )

    assert not Invitation.objects.exists()


def test_accepting_makes_a_member_with_the_role(invited, tenant, workspace):
    invitation, digest = invited
    friend = UserFactory(username="friend")

    acceptance = accept_invitation(actor=friend, digest=digest, now=NOW)

    assert acceptance.sentence == (
        "You are a member of Contoso Services. Your role on Contoso: operator."
    )
    assert capabilities_of(friend, tenant) == ROLE_CAPABILITIES[Role.OPERATOR]
    invitation.refresh_from_db()
    assert (invitation.accepted_at, invitation.accepted_by) == (NOW, friend)
    assert last_events(3) == [
        ("membership.added", "friend"),
        ("access.granted", "friend"),
        ("invitation.accepted", "friend"),
    ]


def test_second_caller_finds_the_invitation_gone(invited, member):
    _, digest = invited
    accept_invitation(actor=UserFactory(), digest=digest, now=NOW)

    with pytest.raises(InvitationGoneError):
        accept_invitation(actor=member, digest=digest, now=NOW)

    assert not TenantUserPermission.objects.filter(user=member).exists()


@pytest.mark.parametrize("how", ["revoked", "accepted", "expired"])
def test_invitation_that_is_not_open_gives_nothing(invited, how):
    invitation, digest = invited
    used_up(invitation, how)

    assert open_invitation(digest=digest, now=NOW) is None
    with pytest.raises(InvitationGoneError):
        join(newcomer=NEWCOMER, digest=digest, now=NOW)
    with pytest.raises(InvitationGoneError):
        accept_invitation(actor=UserFactory(), digest=digest, now=NOW)

    assert not User.objects.filter(username="ada").exists()


@pytest.mark.parametrize("lost", ["the right", "the membership", "the account", "the person"])
@pytest.mark.parametrize("gift", ["a role", "membership alone"])
def test_nobody_comes_in_when_the_inviter_may_not_invite_any_more(
    invited, owner, member, tenant, lost, gift
):
    invitation, digest = invited
    if gift == "membership alone":
        Invitation.objects.filter(pk=invitation.pk).update(tenant=None, role="")
    grant_role(actor=owner, user=member, tenant=tenant, role=Role.OWNER)
    if lost == "the right":
        revoke_role(actor=member, user=owner, tenant=tenant, role=Role.OWNER)
    elif lost == "the membership":
        Membership.objects.filter(user=owner).delete()
    elif lost == "the account":
        User.objects.filter(pk=owner.pk).update(is_active=False)
    else:
        Invitation.objects.filter(pk=invitation.pk).update(invited_by=None)
    friend = UserFactory()

    with pytest.raises(InvitationGoneError):
        accept_invitation(actor=friend, digest=digest, now=NOW)
    with pytest.raises(InvitationGoneError):
        join(newcomer=NEWCOMER, digest=digest, now=NOW)

    assert open_invitation(digest=digest, now=NOW) is None
    assert not User.objects.filter(username="ada").exists()
    assert not friend.memberships.exists()
    assert not AuditEvent.objects.filter(action="invitation.accepted").exists()


def test_right_is_asked_for_again_under_the_locks(invited, owner, member, tenant, monkeypatch):
    invitation, digest = invited
    monkeypatch.setattr(invitations, "open_invitation", lambda **asked: invitation)
    grant_role(actor=owner, user=member, tenant=tenant, role=Role.OWNER)
    revoke_role(actor=member, user=owner, tenant=tenant, role=Role.OWNER)

    with pytest.raises(InvitationGoneError):
        accept_invitation(actor=UserFactory(), digest=digest, now=NOW)

    invitation.refresh_from_db()
    assert invitation.accepted_at is None


def test_trail_says_who_gave_the_role(invited, owner, tenant):
    invitation, digest = invited
    friend = UserFactory(username="friend")

    accept_invitation(actor=friend, digest=digest, now=NOW)

    event = AuditEvent.objects.get(action="access.granted")
    assert (event.actor, event.tenant, event.detail) == (
        friend,
        tenant,
        {
            "name": "friend",
            "before": None,
            "after": "operator",
            "granted_by": "owner",
            "invitation": f"invitation:{invitation.pk}",
        },
    )


def test_accepting_takes_no_higher_role_away(invited, manager, tenant):
    _, digest = invited

    accept_invitation(actor=manager, digest=digest, now=NOW)

    assert capabilities_of(manager, tenant) == ROLE_CAPABILITIES[Role.MANAGER]


def test_what_was_left_of_an_earlier_membership_does_not_come_back(invited, owner, tenant):
    _, digest = invited
    friend = UserFactory()
    bootstrap_role(user=friend, tenant=tenant, role=Role.OWNER)
    Membership.objects.filter(user=friend).delete()

    accept_invitation(actor=friend, digest=digest, now=NOW)

    assert capabilities_of(friend, tenant) == ROLE_CAPABILITIES[Role.OPERATOR]


def test_newcomer_gets_an_account_and_the_role(invited, tenant):
    _, digest = invited

    person, _ = join(newcomer=NEWCOMER, digest=digest, now=NOW)

    assert (person.username, person.get_full_name()) == ("ada", "Ada Lovelace")
    assert person.check_password("tu5-Zebra-kio")
    assert (person.is_staff, person.is_superuser) == (False, False)
    assert capabilities_of(person, tenant) == ROLE_CAPABILITIES[Role.OPERATOR]
    assert last_events(4)[0] == ("person.added", "ada")
    assert "tu5-Zebra-kio" not in str(list(AuditEvent.objects.values()))


def test_taken_username_leaves_the_invitation_open(invited):
    _, digest = invited
    UserFactory(username="ada")

    with pytest.raises(UsernameTakenError):
        join(newcomer=NEWCOMER, digest=digest, now=NOW)

    assert open_invitation(digest=digest, now=NOW) is not None


def test_revoking_ends_it_once(invited, owner):
    invitation, digest = invited

    revoke_invitation(actor=owner, invitation=invitation, now=NOW)

    assert open_invitation(digest=digest, now=NOW) is None
    assert last_events(1) == [("invitation.revoked", "owner")]
    with pytest.raises(InvitationGoneError):
        revoke_invitation(actor=owner, invitation=invitation, now=NOW)


def test_revoking_is_refused_without_the_right(invited, manager, owner, workspace):
    invitation, _ = invited
    with pytest.raises(AccessDeniedError):
        revoke_invitation(actor=manager, invitation=invitation, now=NOW)
    bare, _ = invite(actor=owner, workspace=workspace, invitee="Bob", gift=None, now=NOW)
    with pytest.raises(WorkspaceAccessDeniedError):
        revoke_invitation(actor=manager, invitation=bare, now=NOW)

    assert Invitation.objects.open_at(NOW).count() == 2


def test_invitation_is_seen_by_who_decides_on_its_tenant(invited, owner, workspace):
    invitation, _ = invited
    sibling = TenantFactory(workspace=workspace)
    keeper = UserFactory()
    bootstrap_role(user=keeper, tenant=sibling, role=Role.OWNER)
    bare, _ = invite(actor=owner, workspace=workspace, invitee="Bob", gift=None, now=NOW)

    assert list(Invitation.objects.visible_to(owner).order_by("pk")) == [invitation, bare]
    assert list(Invitation.objects.visible_to(keeper)) == [bare]
