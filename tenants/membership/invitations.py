"""Inviting people into a workspace: a link to hand over, and what taking it up gives."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction

from tenants.access.owners import owners_kept
from tenants.access.service import held_by, replace_role, require, require_in_workspace
from tenants.audit import trail
from tenants.membership.inviters import audit_facts_of, may_still_invite
from tenants.membership.members import enrol
from tenants.models import Invitation, Tenant, User, Workspace
from tenants.models.capabilities import ROLE_CAPABILITIES, Capability, Role
from tenants.models.invitation import InvitationQuerySet

LIFETIME = timedelta(days=7)
_TOKEN_BYTES = 32


class InvitationGoneError(Exception):
    """There is no such invitation, it is not open any more, or its maker may not invite any more.

    Which of it, is never said.
    """


class UsernameTakenError(Exception):
    """Another person signs in by that name, or with that connected account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedRole:
    """A role on a tenant, given to whoever takes an invitation up."""

    tenant: Tenant
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What taking up an invitation came to."""

    invitation: Invitation

    @property
    def sentence(self) -> str:
        """What the person is now."""
        workspace, tenant = self.invitation.workspace, self.invitation.tenant
        role = self.invitation.role_member
        joined = f"You are a member of {workspace.name}."
        if tenant is None or role is None:
            return f"{joined} Ask an owner of a tenant there for a role on it."
        return f"{joined} Your role on {tenant.name}: {role.label.lower()}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A person without an account, and how they want to sign in."""

    username: str
    full_name: str
    password: str | None = None
    email: str = ""
    # Connects the account they sign in with where they have no password.
    connect: Callable[[User], None] | None = None


def invite(
    *, actor: User, workspace: Workspace, invitee: str, gift: OfferedRole | None, now: datetime
) -> tuple[Invitation, str]:
    """An invitation and its token, which cannot be shown again."""
    require_in_workspace(actor, workspace)
    if gift:
        require(actor, Capability.MANAGE_ACCESS, gift.tenant)
        if gift.tenant.workspace_id != workspace.pk:
            raise ValueError(f"{gift.tenant} is not a tenant of {workspace}.")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            workspace=workspace,
            invitee=invitee,
            tenant=gift.tenant if gift else None,
            role=gift.role if gift else "",
            token_hash=digest_of(token),
            invited_by=actor,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        trail.record(action="invitation.created", actor=actor, **audit_facts_of(invitation))
    return invitation, token


def revoke_invitation(*, actor: User, invitation: Invitation, now: datetime) -> None:
    """Make the link worthless, or raise if it is not open any more."""
    if invitation.tenant is None:
        require_in_workspace(actor, invitation.workspace)
    else:
        require(actor, Capability.MANAGE_ACCESS, invitation.tenant)
    with transaction.atomic():
        claimed = Invitation.objects.open_at(now).filter(pk=invitation.pk)
        if not claimed.update(revoked_at=now):
            raise InvitationGoneError("It was taken up, revoked or ran out meanwhile.")
        trail.record(action="invitation.revoked", actor=actor, **audit_facts_of(invitation))


def digest_of(token: str) -> str:
    """All that is kept of a token: whoever reads it cannot make the link of it."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def open_invitation(*, digest: str, now: datetime) -> Invitation | None:
    """The invitation behind a link, if it is open; in one query whatever ended it."""
    return _backed(_open_at(now).filter(token_hash=digest).first())


def invitation_still_open(*, pk: int, now: datetime) -> Invitation | None:
    """The invitation that was opened before, if it is still open."""
    return _backed(_open_at(now).filter(pk=pk).first())


def accept_invitation(*, actor: User, digest: str, now: datetime) -> Acceptance:
    """Make the person a member, and give them the role, while the inviter may still do so.

    Nothing they hold already is taken: a higher role of theirs stays. The second caller loses.
    """
    invitation = open_invitation(digest=digest, now=now)
    if invitation is None:
        raise InvitationGoneError
    workspace = invitation.workspace
    tenants = Tenant.objects.filter(workspace=workspace)
    with owners_kept(tenants, actor=actor), trail.written_last():
        claimed = Invitation.objects.open_at(now).filter(pk=invitation.pk)
        is_claimed = claimed.update(accepted_at=now, accepted_by=actor)
        # Asked again: only now do the tenants' locks keep the inviter's right where it is.
        if not is_claimed or not may_still_invite(invitation):
            raise InvitationGoneError
        enrol(actor=actor, workspace=workspace, user=actor)
        _grant(actor=actor, invitation=invitation)
        trail.record(action="invitation.accepted", actor=actor, **audit_facts_of(invitation))
    return Acceptance(invitation=invitation)


def join(*, newcomer: Newcomer, digest: str, now: datetime) -> tuple[User, Acceptance]:
    """Make the account and accept with it; no open invitation, no account."""
    first_name, _, last_name = newcomer.full_name.partition(" ")
    try:
        with transaction.atomic(), trail.written_last():
            person = User(
                username=newcomer.username,
                first_name=first_name,
                last_name=last_name.strip(),
                email=newcomer.email,
            )
            person.set_password(newcomer.password)
            person.save()
            trail.record(
                action="person.added",
                actor=person,
                tenant=None,
                subject=f"person:{person.pk}",
                detail={"name": person.get_username(), "changed": []},
            )
            if newcomer.connect:
                newcomer.connect(person)
            acceptance = accept_invitation(actor=person, digest=digest, now=now)
    except IntegrityError as error:
        raise UsernameTakenError("A user with that username already exists.") from error
    return person, acceptance


def _open_at(now: datetime) -> InvitationQuerySet:
    return Invitation.objects.select_related("workspace", "tenant", "invited_by").open_at(now)


def _backed(invitation: Invitation | None) -> Invitation | None:
    """None too for what whoever made it could not make any more."""
    return invitation if invitation and may_still_invite(invitation) else None


def _grant(*, actor: User, invitation: Invitation) -> None:
    tenant, role, inviter = invitation.tenant, invitation.role_member, invitation.invited_by
    if tenant is None or role is None or inviter is None:
        return
    if not ROLE_CAPABILITIES[role] <= held_by(actor, tenant):
        through = {
            "granted_by": inviter.get_username(),
            "invitation": f"invitation:{invitation.pk}",
        }
        replace_role(actor=actor, holder=actor, tenant=tenant, role=role, through=through)
