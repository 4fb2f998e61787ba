"""A workspace's people as tables; each order ends in the key, so pages never overlap."""

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.contrib.auth.models import Group
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tenants.access.tables import PersonTable, lines
from tenants.models import Invitation, Tenant, User, Workspace, WorkspaceGroup
from tenants.models.invitation import InvitationState
from tenants.people.pages import (
    PLACES_SHOWN,
    deciders,
    gift_of,
    in_short,
    inviter_of,
    is_backed,
    places_of_group,
    places_of_person,
    second_factor_of,
)


class MemberTable(PersonTable):
    caption = "Members"
    empty_hint = "No one matches your search."

    account = tables.TemplateColumn(
        "{{ record.is_active|yesno:'Active,Deactivated' }}", order_by=("is_active", "pk")
    )
    roles = tables.Column(verbose_name="Holds", empty_values=(), orderable=False)
    second_factor = tables.Column(
        verbose_name="Second factor", empty_values=(), order_by=("has_second_factor", "pk")
    )
    last_login = tables.TemplateColumn(
        "{% moment record.last_login missing='Never' %}",
        verbose_name="Last sign-in",
        order_by=("last_login", "pk"),
    )
    joined_at = tables.TemplateColumn(
        "{% moment record.joined_at %}", verbose_name="Joined", order_by=("joined_at", "pk")
    )
    act = tables.Column(verbose_name="Change", empty_values=(), orderable=False)

    class Meta(PersonTable.Meta):
        fields = (
            "username",
            "account",
            "roles",
            "second_factor",
            "last_login",
            "joined_at",
            "act",
        )
        empty_text = "No people"

    def __init__(
        self, *args: Any, workspace: Workspace, tenants: list[Tenant], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace
        self.tenants = tenants

    def address_of(self, person: User) -> str:
        return reverse("tenants:member-detail", args=[self.workspace.slug, person.pk])

    def render_second_factor(self, record: User) -> str:
        return second_factor_of(record)

    def render_roles(self, record: User) -> SafeString:
        places = places_of_person(record, self.tenants)
        shown = [
            (reverse("tenants:access-person", args=[place.tenant.slug, record.pk]), place)
            for place in places[:PLACES_SHOWN]
        ]
        links = format_html_join(
            "",
            '<div><a href="{}">{}</a>: {}</div>',
            ((address, place.tenant.name, place.role) for address, place in shown),
        )
        more = len(places) - len(shown)
        rest = format_html("<div>and on {} more</div>", more) if more else ""
        return format_html("<div>{}{}</div>", links or "No role you can see", rest)

    def render_act(self, record: User) -> SafeString:
        address = reverse("tenants:member-remove", args=[self.workspace.slug, record.pk])
        return _act(address, "Remove", str(record))


class WorkspaceGroupTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    caption = "Groups"
    empty_hint = "A group gives its role to each of its members."
    empty_icon = "diagram-3"

    name = tables.Column(verbose_name="Group", order_by=("name", "pk"))
    member_count = tables.Column(verbose_name="Members", order_by=("member_count", "pk"))
    roles = tables.Column(verbose_name="Holds", empty_values=(), orderable=False)

    class Meta:
        model = WorkspaceGroup
        fields = ("name", "member_count", "roles")
        order_by = "name"
        empty_text = "No groups yet"

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace

    def render_name(self, record: WorkspaceGroup) -> SafeString:
        address = reverse("tenants:group-detail", args=[self.workspace.slug, record.group_id])
        return format_html('<a href="{}"><bdi>{}</bdi></a>', address, record.name)

    def render_roles(self, record: WorkspaceGroup) -> SafeString:
        return lines(in_short(places_of_group(record.group)) or ["No role you can see"])


class GroupMemberTable(PersonTable):
    caption = "Members of the group"
    empty_hint = "Add a member of the workspace."

    act = tables.Column(verbose_name="Change", empty_values=(), orderable=False)

    class Meta(PersonTable.Meta):
        fields = ("username", "act")
        empty_text = "No members"

    def __init__(
        self, *args: Any, workspace: Workspace, group: Group, denial: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace
        self.group = group
        self.denial = denial

    def render_act(self, record: User) -> SafeString | str:
        if self.denial:
            return "—"
        keys = [self.workspace.slug, self.group.pk, record.pk]
        return _act(reverse("tenants:group-member-remove", args=keys), "Take out", str(record))


class InvitationTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    caption = "Invitations"
    empty_hint = "Whoever is invited gets a link that works once, for seven days."
    empty_icon = "envelope"

    invitee = tables.Column(verbose_name="For", order_by=("invitee", "pk"))
    gift = tables.Column(verbose_name="Gives", empty_values=(), orderable=False)
    state = tables.Column(verbose_name="State", empty_values=(), orderable=False)
    invited_by = tables.Column(verbose_name="Invited by", empty_values=(), orderable=False)
    created_at = tables.TemplateColumn(
        "{% moment record.created_at %}", verbose_name="Made", order_by=("created_at", "pk")
    )
    act = tables.Column(verbose_name="Change", empty_values=(), orderable=False)

    class Meta:
        model = Invitation
        fields = ("invitee", "gift", "state", "invited_by", "created_at", "act")
        order_by = "-created_at"
        empty_text = "No invitations"

    def __init__(self, *args: Any, workspace: Workspace, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace
        self.now = now
        self.deciding = deciders(workspace)

    def render_state(self, record: Invitation) -> str:
        return render_to_string("tenants/_state.html", {"state": record.state_at(self.now)})

    def render_invitee(self, value: str) -> SafeString:
        return format_html("<bdi>{}</bdi>", value)

    def render_gift(self, record: Invitation) -> str:
        return gift_of(record)

    def render_invited_by(self, record: Invitation) -> SafeString:
        inviter = inviter_of(record)
        is_open = record.state_at(self.now) is InvitationState.OPEN
        if not is_open or is_backed(record, self.deciding):
            return format_html("<bdi>{}</bdi>", inviter)
        return format_html(
            '<div><bdi>{}</bdi><div class="text-body-secondary small">Who may not invite to this '
            "any more: the link opens nothing</div></div>",
            inviter,
        )

    def render_act(self, record: Invitation) -> SafeString | str:
        if record.state_at(self.now) is not InvitationState.OPEN:
            return "—"
        address = reverse("tenants:invitation-revoke", args=[self.workspace.slug, record.pk])
        return _act(address, "Revoke", f"the one for {record.invitee}")


def _act(address: str, act: str, name: str) -> SafeString:
    """The way to an act; who it is done to stands in the row, and is said to who hears the link."""
    return format_html(
        '<a href="{}">{}<span class="visually-hidden"> {}</span></a>', address, act, name
    )
