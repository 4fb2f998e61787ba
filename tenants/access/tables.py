"""Who has access to a tenant, as tables; each order ends in the key, so pages never overlap."""

from typing import Any

import django_tables2 as tables
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tenants.access.holdings import held_by_group, holding_of, name_of, role_description
from tenants.models import Tenant, User


class PersonTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """A table of people, whatever it says of them."""

    empty_icon = "people"

    username = tables.Column(verbose_name="Person", order_by=("username", "pk"))

    class Meta:
        model = User
        fields: tuple[str, ...] = ("username",)
        order_by = "username"

    def render_username(self, record: User) -> SafeString:
        return both_names(record, self.address_of(record))

    def address_of(self, person: User) -> str:
        """Where more of the person is shown; empty where there is no such page."""
        return ""


class PeopleTable(PersonTable):
    caption = "People with access"
    empty_hint = "No one holds a role here, or no one matches your search."

    role = tables.Column(verbose_name="Role", empty_values=(), orderable=False)
    why = tables.Column(verbose_name="Why", empty_values=(), orderable=False)

    class Meta(PersonTable.Meta):
        fields = ("username", "role", "why")
        empty_text = "No people"

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant

    def address_of(self, person: User) -> str:
        return reverse("tenants:access-person", args=[self.tenant.slug, person.pk])

    def render_role(self, record: User) -> str:
        return holding_of(record, self.tenant).role

    def render_why(self, record: User) -> SafeString:
        return lines(holding_of(record, self.tenant).why)


class GroupsTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    caption = "Groups with access"
    empty_hint = "A role given to a group is each member's."
    empty_icon = "diagram-3"
    prefix = "groups-"

    name = tables.Column(verbose_name="Group", orderable=False)
    role = tables.Column(verbose_name="Role", empty_values=(), orderable=False)
    member_count = tables.Column(verbose_name="Members", orderable=False)

    class Meta:
        model = Group
        fields = ("name", "role", "member_count")
        empty_text = "No group has a role here"

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant

    def render_name(self, record: Group) -> SafeString:
        address = reverse("tenants:access-group", args=[self.tenant.slug, record.pk])
        return format_html('<a href="{}"><bdi>{}</bdi></a>', address, name_of(record))

    def render_role(self, record: Group) -> str:
        return role_description(held_by_group(record, self.tenant))


def both_names(person: User, address: str = "") -> SafeString:
    """The name people know, and beneath it the one that signs in where it is another."""
    name = format_html("<bdi>{}</bdi>", str(person))
    if address:
        name = format_html('<a href="{}">{}</a>', address, name)
    if not person.get_full_name():
        return name
    return format_html(
        '{}<div class="text-body-secondary small"><bdi>{}</bdi></div>', name, person.get_username()
    )


def lines(sentences: list[str]) -> SafeString:
    """One beneath the other, in one element: on a narrow screen the cell is a grid."""
    said = format_html_join("", "<div>{}</div>", ((sentence,) for sentence in sentences))
    return format_html("<div>{}</div>", said)
