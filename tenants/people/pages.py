"""What the pages of a workspace's people show: its members, its groups and its invitations."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery
from django.shortcuts import get_object_or_404
from django.utils import timezone

from tenants.access.holders import tenants_of_group, tenants_of_person, touched_by_group
from tenants.access.holdings import (
    held_by_group,
    holding_of,
    members_of,
    role_description,
    with_holdings,
)
from tenants.access.owners import last_owner_obstacle
from tenants.access.pages import Effect
from tenants.access.service import workspace_denial
from tenants.membership.inviters import open_invitations_of
from tenants.models import (
    Invitation,
    InvitationState,
    Membership,
    Tenant,
    TenantGroupPermission,
    TenantUserPermission,
    User,
    Workspace,
    WorkspaceGroup,
)
from tenants.models.capabilities import Capability
from tenants.models.group import WorkspaceGroupQuerySet
from tenants.models.invitation import InvitationQuerySet
from tenants.reauthentication import SECOND_FACTORS

PLACES_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRole:
    """What a person holds on one tenant, in words."""

    tenant: Tenant
    role: str

    @property
    def sentence(self) -> str:
        return f"{self.tenant.name}: {self.role}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPage:
    """A member of a workspace: who it is, and what goes with them when they are removed."""

    workspace: Workspace
    person: User
    places: tuple[TenantRole, ...]
    groups: tuple[str, ...]
    open_invitations: int
    # Why it would be refused: then it is not offered.
    barred: str
    obstacle: str

    @property
    def who(self) -> list[tuple[str, object]]:
        loaded = cast("Any", self.person)
        return [
            ("Signs in as", self.person.get_username()),
            ("E-mail", self.person.email),
            ("Account", account_of(self.person)),
            ("Joined", loaded.joined_at),
            ("Last sign-in", self.person.last_login or "Never"),
            ("Second factor", second_factor_of(self.person)),
        ]

    @property
    def question(self) -> str:
        return f"Remove {self.person} from {self.workspace.name}?"

    @property
    def facts(self) -> list[tuple[str, object]]:
        return [
            ("Signs in as", self.person.get_username()),
            ("Roles", "; ".join(place.sentence for place in self.places)),
            ("Groups", ", ".join(self.groups)),
            ("Open invitations they made", self._invitations),
        ]

    @property
    def _invitations(self) -> str:
        return f"{self.open_invitations}: revoked with it" if self.open_invitations else "None"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceGroupPage:
    group: WorkspaceGroup
    places: tuple[TenantRole, ...]
    member_count: int
    denial: str
    obstacle: str = ""

    @property
    def facts(self) -> list[tuple[str, object]]:
        return [
            ("Roles", "; ".join(place.sentence for place in self.places)),
            ("Members", self.member_count),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMemberPage:
    """A person about to come into a group, or to leave it: what it means on each tenant."""

    group: WorkspaceGroup
    person: User
    effects: tuple[Effect, ...]
    is_joining: bool
    # Why it would be refused: then it is not offered.
    barred: str
    obstacle: str

    @property
    def question(self) -> str:
        if self.is_joining:
            return f"Add {self.person} to {self.group.name}?"
        return f"Take {self.person} out of {self.group.name}?"

    @property
    def act(self) -> str:
        return "Add to the group" if self.is_joining else "Take out of the group"

    @property
    def nothing_sentence(self) -> str:
        return "" if self.effects else "What they can do stays the same on every tenant you see."


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationPage:
    """An invitation, as those see it who may revoke it."""

    invitation: Invitation
    obstacle: str

    @property
    def facts(self) -> list[tuple[str, object]]:
        one = self.invitation
        return [
            ("For", one.invitee),
            ("Gives", gift_of(one)),
            ("Invited by", inviter_of(one)),
            ("Made", one.created_at),
            ("Runs out", one.expires_at),
        ]

    @property
    def offer(self) -> list[tuple[str, object]]:
        """What whoever holds the link sees of it."""
        return [
            ("Invited by", inviter_of(self.invitation)),
            ("You get", gift_of(self.invitation)),
            ("Until", self.invitation.expires_at),
        ]


def visible_tenants(workspace: Workspace, reader: User) -> models.QuerySet[Tenant]:
    return Tenant.objects.visible_to(reader).filter(workspace=workspace)


def members_for(workspace: Workspace, reader: User) -> models.QuerySet[User]:
    """The members, each with what they hold on the tenants the reader may know of."""
    tenants = visible_tenants(workspace, reader)
    membership = Membership.objects.filter(workspace=workspace, user=OuterRef("pk"))
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND_FACTORS)
    people = members_of(workspace.pk).annotate(
        joined_at=Subquery(membership.values("joined_at")), has_second_factor=Exists(factors)
    )
    return with_holdings(people, tenants).order_by("username", "pk")


def groups_for(workspace: Workspace, reader: User) -> WorkspaceGroupQuerySet:
    """The groups, each with what it holds on the tenants the reader may know of."""
    held = TenantGroupPermission.objects.filter(
        content_object__in=visible_tenants(workspace, reader)
    )
    return (
        WorkspaceGroup.objects.in_workspace(workspace)
        .select_related("group")
        .annotate(member_count=_member_count(workspace))
        .prefetch_related(
            Prefetch(
                "group__tenantgrouppermission_set",
                queryset=held.select_related("permission", "content_object").order_by(
                    "content_object__name", "pk"
                ),
                to_attr="held",
            )
        )
        .order_by("name", "pk")
    )


def invitations_for(workspace: Workspace, reader: User) -> InvitationQuerySet:
    return (
        Invitation.objects.visible_to(reader)
        .in_workspace(workspace)
        .select_related("tenant", "invited_by", "accepted_by")
        .order_by("-created_at", "-pk")
        .fetch_mode(models.FETCH_RAISE)
    )


def deciders(workspace: Workspace) -> frozenset[tuple[int, int]]:
    """Who decides on access to which tenant of the workspace, by their keys; in one query."""
    member = {"is_active": True, "memberships__workspace": workspace}
    held = {
        "content_object__workspace": workspace,
        "permission__codename": Capability.MANAGE_ACCESS.value,
    }
    directly = TenantUserPermission.objects.filter(
        **held, **{f"user__{name}": value for name, value in member.items()}
    )
    through_group = TenantGroupPermission.objects.filter(
        **held, **{f"group__user__{name}": value for name, value in member.items()}
    )
    return frozenset(
        directly.values_list("user", "content_object").union(
            through_group.values_list("group__user", "content_object")
        )
    )


def is_backed(invitation: Invitation, deciding: frozenset[tuple[int, int]]) -> bool:
    """Whether whoever made it could make it today: `inviters.may_still_invite` for a whole list."""
    return any(
        person == invitation.invited_by_id and invitation.tenant_id in {None, tenant}
        for person, tenant in deciding
    )


def places_of_person(person: User, tenants: list[Tenant]) -> tuple[TenantRole, ...]:
    """Of a person from `members_for`."""
    given = ((tenant, holding_of(person, tenant).given) for tenant in tenants)
    return tuple(
        TenantRole(tenant=tenant, role=role_description(all_)) for tenant, all_ in given if all_
    )


def places_of_group(group: Group) -> tuple[TenantRole, ...]:
    """Of a group from `groups_for`."""
    tenants = dict.fromkeys(each.content_object for each in cast("Any", group).held)
    return tuple(
        TenantRole(tenant=tenant, role=role_description(held_by_group(group, tenant)))
        for tenant in tenants
    )


def in_short(places: tuple[TenantRole, ...]) -> list[str]:
    """The first few, and how many more there are."""
    said = [place.sentence for place in places[:PLACES_SHOWN]]
    more = len(places) - PLACES_SHOWN
    return [*said, f"and on {more} more"] if more > 0 else said


def inviter_of(invitation: Invitation) -> str:
    return str(invitation.invited_by or "A former member")


def account_of(person: User) -> str:
    return "Active" if person.is_active else "Deactivated: no role counts"


def second_factor_of(person: User) -> str:
    """Of a person from `members_for`: whether an app or a passkey of theirs is set up."""
    return "Set up" if cast("Any", person).has_second_factor else "None"


def gift_of(invitation: Invitation) -> str:
    role = invitation.role_member
    if invitation.tenant is None or role is None:
        return "Membership alone"
    return f"{role.label} of {invitation.tenant.name}"


def member_page(
    *, workspace: Workspace, reader: User, person_id: int, obstacle: str = ""
) -> MemberPage:
    person = get_object_or_404(members_for(workspace, reader), pk=person_id)
    groups = WorkspaceGroup.objects.in_workspace(workspace).filter(group__user=person)
    made = open_invitations_of(person, now=timezone.now(), workspace=workspace)
    return MemberPage(
        workspace=workspace,
        person=person,
        places=places_of_person(person, list(visible_tenants(workspace, reader))),
        groups=tuple(groups.values_list("name", flat=True)),
        open_invitations=made.count(),
        barred=(
            workspace_denial(reader, workspace, everywhere=tenants_of_person(person, workspace))
            or last_owner_obstacle(
                Tenant.objects.filter(workspace=workspace),
                own=Q(user=person),
                through_groups=Q(user=person),
            )
        ),
        obstacle=obstacle,
    )


def workspace_group_page(
    *, workspace: Workspace, reader: User, group_id: int, obstacle: str = ""
) -> WorkspaceGroupPage:
    group = get_object_or_404(groups_for(workspace, reader), group=group_id)
    group.workspace = workspace
    return WorkspaceGroupPage(
        group=group,
        places=places_of_group(group.group),
        member_count=cast("Any", group).member_count,
        denial=workspace_denial(reader, workspace, everywhere=tenants_of_group(group.group)),
        obstacle=obstacle,
    )


def members_of_group(group: WorkspaceGroup) -> models.QuerySet[User]:
    """Who is in the group and in its workspace: no one else counts."""
    people = members_of(group.workspace_id).filter(groups=group.group_id)
    return people.order_by("username", "pk")


def group_member_page(
    *,
    page: WorkspaceGroupPage,
    reader: User,
    person: User,
    is_joining: bool,
    obstacle: str = "",
) -> GroupMemberPage:
    workspace = page.group.workspace
    tenants = list(visible_tenants(workspace, reader))
    loaded = members_for(workspace, reader).get(pk=person.pk)
    effects = []
    for tenant in tenants:
        holding = holding_of(loaded, tenant)
        others = holding.without(page.group.group_id)
        given = held_by_group(page.group.group, tenant) if loaded.is_active else frozenset()
        before, after = (others, others | given) if is_joining else (others | given, others)
        effects.append(Effect(name=tenant.name, before=before, after=after))
    return GroupMemberPage(
        group=page.group,
        person=person,
        effects=tuple(effect for effect in effects if not effect.is_nothing),
        is_joining=is_joining,
        barred=page.denial or ("" if is_joining else _left_without(page.group, Q(user=person))),
        obstacle=obstacle,
    )


def deletion_barred(page: WorkspaceGroupPage) -> str:
    """Why deleting the group would be refused; empty when it would not."""
    return page.denial or _left_without(page.group)


def _left_without(group: WorkspaceGroup, whose: Q | None = None) -> str:
    """Why what the group gives cannot be taken from this person, or from everyone."""
    taken = Q(group=group.group_id)
    return last_owner_obstacle(
        touched_by_group(group), through_groups=taken & whose if whose else taken
    )


def invitation_page(*, invitation: Invitation, now: datetime, obstacle: str = "") -> InvitationPage:
    state = invitation.state_at(now)
    is_open = state is InvitationState.OPEN
    ended = "" if is_open else f"It is {state.label.lower()} already."
    return InvitationPage(invitation=invitation, obstacle=obstacle or ended)


def _member_count(workspace: Workspace) -> Count:
    return Count(
        "group__user",
        filter=Q(group__user__memberships__workspace=workspace),
        distinct=True,
    )
