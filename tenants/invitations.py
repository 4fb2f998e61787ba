"""Inviting people into a workspace: a link to hand over, and what taking it up gives."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction

from tenants import audit
from tenants.access import (
    has,
    held_by,
    replace_role,
    require,
    require_in_workspace,
)
from tenants.capabilities import ROLE_CAPABILITIES, Capability, Role
from tenants.members import enrol
from tenants.models import Invitation, Tenant, User, Workspace
from tenants.models.invitation import InvitationQuerySet
from tenants.owners import owners_kept

LIFETIME = timedelta(days=7)
_TOKEN_BYTES = 32


class InvitationGoneError(Exception):
    """There is no such invitation, or it is not open any more; which of it, nobody is told."""


class UsernameTakenError(Exception):
    """Somebody signs in by that name, or with that connected account, already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """A role on a tenant, given to whoever takes an invitation up."""

    tenant: Tenant
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What taking up an invitation came to."""

    invitation: Invitation
    is_granted: bool

    @property
    def sentence(self) -> str:
        """What the person is now; a role that was withheld is said, and what to do about it."""
        workspace, tenant = self.invitation.workspace, self.invitation.tenant
        role = self.invitation.role_member
        joined = f"You are a member of {workspace.name}."
        if tenant is None or role is None:
            return f"{joined} Ask an owner of a tenant there for a role on it."
        if self.is_granted:
            return f"{joined} Your role on {tenant.name}: {role.label.lower()}."
        return (
            f"{joined} You have no role on a tenant yet: whoever invited you may not grant one "
            "any more. Ask an owner."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody without an account, and how they want to sign in."""

    username: str
    full_name: str
    password: str | None = None
    email: str = ""
    # Connects the account they sign in with where they have no password.
    connect: Callable[[User], None] | None = None


def invite(
    *, actor: User, workspace: Workspace, invitee: str, gift: Gift | None, now: datetime
) -> tuple[Invitation, str]:
    """An invitation and its token, which nobody can be shown again."""
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
        _record("invitation.created", actor=actor, invitation=invitation)
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
        _record("invitation.revoked", actor=actor, invitation=invitation)


def digest_of(token: str) -> str:
    """All that is kept of a token: whoever reads it cannot make the link of it."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def open_invitation(*, digest: str, now: datetime) -> Invitation | None:
    """The invitation behind a link, in one query whatever became of it."""
    return _open_at(now).filter(token_hash=digest).first()


def invitation_still_open(*, pk: int, now: datetime) -> Invitation | None:
    """The invitation somebody set out with, if it is still open."""
    return _open_at(now).filter(pk=pk).first()


def accept_invitation(*, actor: User, digest: str, now: datetime) -> Acceptance:
    """Make the person a member, and give them the role if the inviter may still grant it.

    Nothing they hold already is taken: a higher role of theirs stays. The second caller loses.
    """
    invitation = open_invitation(digest=digest, now=now)
    if invitation is None:
        raise InvitationGoneError
    workspace = invitation.workspace
    tenants = Tenant.objects.filter(workspace=workspace)
    with owners_kept(tenants, actor=actor), audit.written_last():
        claimed = Invitation.objects.open_at(now).filter(pk=invitation.pk)
        if not claimed.update(accepted_at=now, accepted_by=actor):
            raise InvitationGoneError
        enrol(actor=actor, workspace=workspace, user=actor)
        acceptance = Acceptance(
            invitation=invitation, is_granted=_grant(actor=actor, invitation=invitation)
        )
        _record(
            "invitation.accepted",
            actor=actor,
            invitation=invitation,
            granted=acceptance.is_granted,
        )
    return acceptance


def join(*, newcomer: Newcomer, digest: str, now: datetime) -> tuple[User, Acceptance]:
    """Make the account and accept with it; no open invitation, no account."""
    first_name, _, last_name = newcomer.full_name.partition(" ")
    try:
        with transaction.atomic(), audit.written_last():
            person = User(
                username=newcomer.username,
                first_name=first_name,
                last_name=last_name.strip(),
                email=newcomer.email,
            )
            person.set_password(newcomer.password)
            person.save()
            audit.record(
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


def _grant(*, actor: User, invitation: Invitation) -> bool:
    tenant, role, inviter = invitation.tenant, invitation.role_member, invitation.invited_by
    if tenant is None or role is None or inviter is None:
        return False
    if not has(inviter, Capability.MANAGE_ACCESS, tenant):
        return False
    if not ROLE_CAPABILITIES[role] <= held_by(actor, tenant):
        replace_role(actor=actor, holder=actor, tenant=tenant, role=role)
    return True


def _record(
    action: str, *, actor: User, invitation: Invitation, granted: bool | None = None
) -> None:
    inviter = invitation.invited_by
    audit.record(
        action=action,
        actor=actor,
        tenant=invitation.tenant,
        workspace=invitation.workspace,
        subject=f"invitation:{invitation.pk}",
        detail={
            "invitee": invitation.invitee,
            "invited_by": inviter.get_username() if inviter else None,
            "role": invitation.role or None,
            "granted": granted,
        },
    )
