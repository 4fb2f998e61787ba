import pytest
from django.urls import reverse

from tenants import audit
from tenants.access import capabilities_of, grant_group_role, grant_role, revoke_role
from tenants.capabilities import Capability, Role
from tenants.models import AuditEvent, Membership, Tenant, User, WorkspaceGroup
from tests.factories import ProviderConnectionFactory, UserFactory, WorkspaceGroupFactory


def recorded():
    """The trail without the sign-in of who is at work."""
    return AuditEvent.objects.exclude(action="sign_in.succeeded")


@pytest.fixture
def admin(sign_in, db):
    user = UserFactory(username="root", is_staff=True, is_superuser=True)
    browser = sign_in(user)
    browser.user = user
    return browser


def test_connection_is_read_without_its_credential(admin, tenant):
    connection = ProviderConnectionFactory(tenant=tenant)
    page = reverse("admin:tenants_providerconnection_change", args=[connection.pk])

    read = admin.get(page)
    written = admin.post(page, {"cloud": "china"})

    assert str(connection.directory_id) in read.text
    assert connection.encrypted_credential not in read.text
    assert connection.credential() not in read.text
    assert written.status_code == 403


def test_trail_is_read_only(admin, tenant):
    event = audit.record(action="restore.queued", actor=None, tenant=tenant)
    page = reverse("admin:tenants_auditevent_change", args=[event.pk])

    assert "restore.queued" in admin.get(page).text
    assert [
        admin.post(page, {"action": "x"}).status_code,
        admin.get(reverse("admin:tenants_auditevent_add")).status_code,
        admin.post(reverse("admin:tenants_auditevent_delete", args=[event.pk])).status_code,
    ] == [403, 403, 403]
    assert list(recorded().order_by("pk").values_list("action", flat=True)) == [
        "restore.queued",
        *["request.refused"] * 2,
    ]


def test_new_tenant_is_audited(admin, workspace):
    admin.post(
        reverse("admin:tenants_tenant_add"),
        {"workspace": workspace.pk, "name": "Adatum", "slug": "adatum", "max_evidence_age": ""},
    )

    tenant = Tenant.objects.get(slug="adatum")
    assert [(event.action, event.actor, event.tenant, event.detail) for event in recorded()] == [
        (
            "tenant.added",
            admin.user,
            tenant,
            {"name": "Adatum", "changed": []},
        ),
    ]


def test_tenant_stays_in_its_workspace(admin, tenant, other_workspace):
    admin.post(
        reverse("admin:tenants_tenant_change", args=[tenant.pk]),
        {"workspace": other_workspace.pk, "name": "Contoso Ltd", "slug": "contoso"},
    )

    tenant.refresh_from_db()
    assert (tenant.name, tenant.workspace.slug) == ("Contoso Ltd", "contoso-services")


def test_membership_is_audited_when_it_begins_and_ends(admin, workspace):
    user = UserFactory()
    page = reverse("admin:tenants_workspace_change", args=[workspace.pk])
    whole = {"name": workspace.name, "slug": workspace.slug, "memberships-TOTAL_FORMS": 1}

    admin.post(page, whole | {"memberships-INITIAL_FORMS": 0, "memberships-0-user": user.pk})
    membership = Membership.objects.get(user=user)
    admin.post(
        page,
        whole
        | {
            "memberships-INITIAL_FORMS": 1,
            "memberships-0-id": membership.pk,
            "memberships-0-workspace": workspace.pk,
            "memberships-0-user": user.pk,
            "memberships-0-DELETE": "on",
        },
    )

    assert [
        (event.action, event.actor, event.workspace, event.subject)
        for event in recorded().order_by("pk")
    ] == [
        ("membership.added", admin.user, workspace, f"user:{user.pk}"),
        ("membership.removed", admin.user, workspace, f"user:{user.pk}"),
    ]


def test_every_page_names_its_icon(client, admin):
    for browser, page in ((client, "/admin/login/"), (admin, "/admin/")):
        assert (
            '<link rel="icon" href="/static/restore_safety/favicon.svg"' in browser.get(page).text
        )


def test_person_is_audited_when_added_changed_and_deleted(admin):
    added = {"username": "ada", "password1": "tu5-Zebra-kio", "password2": "tu5-Zebra-kio"}
    admin.post(reverse("admin:tenants_user_add"), added | {"usable_password": "true"})
    person = User.objects.get(username="ada")
    admin.post(
        reverse("admin:tenants_user_change", args=[person.pk]),
        {
            "username": "ada",
            "is_active": "on",
            "is_superuser": "on",
            "time_zone": "UTC",
            "date_joined_0": "2026-11-23",
            "date_joined_1": "10:00:00",
        },
    )
    admin.post(reverse("admin:tenants_user_delete", args=[person.pk]), {"post": "yes"})

    assert [
        (event.action, event.actor, event.workspace, event.subject, event.detail["name"])
        for event in recorded().order_by("pk")
    ] == [
        (f"person.{act}", admin.user, None, f"person:{person.pk}", "ada")
        for act in ("added", "changed", "deleted")
    ]
    assert "Superuser status" in recorded().get(action="person.changed").detail["changed"]
    assert "tu5-Zebra-kio" not in str(list(AuditEvent.objects.values()))


def test_group_is_audited(admin):
    admin.post(reverse("admin:auth_group_add"), {"name": "Night shift"})

    event = recorded().get()
    assert (event.action, event.detail["name"]) == ("group.added", "Night shift")


def test_password_changed_by_staff_is_audited_without_it(admin, member):
    page = reverse("admin:auth_user_password_change", args=[member.pk])
    admin.post(page, {"password1": "tu5-Zebra-kio", "password2": "tu5-Zebra-kio"})

    assert recorded().get().detail["changed"] == ["password"]
    assert "tu5-Zebra-kio" not in str(list(AuditEvent.objects.values()))


LAST_OWNER = "Make another active member of the workspace owner there first."


def changed_person(person, **values):
    """What the admin's form of a person posts."""
    return {
        "username": person.username,
        "is_active": "on",
        "time_zone": "UTC",
        "date_joined_0": "2026-11-23",
        "date_joined_1": "10:00:00",
    } | values


def without_member(membership):
    workspace = membership.workspace
    return {
        "name": workspace.name,
        "slug": workspace.slug,
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": membership.pk,
        "memberships-0-workspace": workspace.pk,
        "memberships-0-user": membership.user_id,
        "memberships-0-DELETE": "on",
    }


def refused(admin, page, values):
    """Post what would take the last owner away; what the admin then says, and the trail."""
    newest = AuditEvent.objects.latest("pk").pk
    answer = admin.post(page, values, follow=True)
    events = AuditEvent.objects.filter(pk__gt=newest).values_list("action", "actor", "outcome")
    assert list(events) == [("access.last_owner_kept", admin.user.pk, "denied")]
    return [str(message) for message in answer.context["messages"]]


@pytest.mark.parametrize("path", ["deactivated", "deleted", "deleted with others", "no member"])
def test_last_owner_stays_in_the_admin_too(admin, owner, tenant, workspace, path):
    membership = Membership.objects.get(user=owner)
    page, values = {
        "deactivated": (
            reverse("admin:tenants_user_change", args=[owner.pk]),
            changed_person(owner, is_active=""),
        ),
        "deleted": (reverse("admin:tenants_user_delete", args=[owner.pk]), {"post": "yes"}),
        "deleted with others": (
            reverse("admin:tenants_user_changelist"),
            {"action": "delete_selected", "_selected_action": [owner.pk], "post": "yes"},
        ),
        "no member": (
            reverse("admin:tenants_workspace_change", args=[workspace.pk]),
            without_member(membership),
        ),
    }[path]

    (sentence,) = refused(admin, page, values)

    assert LAST_OWNER in sentence
    owner.refresh_from_db()
    assert capabilities_of(owner, tenant) == frozenset(Capability)


@pytest.mark.parametrize("path", ["out of the group", "group deleted", "group deleted with others"])
def test_last_owner_through_a_group_stays_in_the_admin_too(admin, owner, member, tenant, path):
    group = WorkspaceGroupFactory(workspace=tenant.workspace).group
    group.user_set.add(member)
    grant_group_role(actor=owner, group=group, tenant=tenant, role=Role.OWNER)
    revoke_role(actor=owner, user=owner, tenant=tenant, role=Role.OWNER)
    page, values = {
        "out of the group": (
            reverse("admin:tenants_user_change", args=[member.pk]),
            changed_person(member),
        ),
        "group deleted": (reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"}),
        "group deleted with others": (
            reverse("admin:auth_group_changelist"),
            {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"},
        ),
    }[path]

    (sentence,) = refused(admin, page, values)

    assert LAST_OWNER in sentence
    assert WorkspaceGroup.objects.filter(group=group).exists()
    assert capabilities_of(member, tenant) == frozenset(Capability)


def test_owner_goes_in_the_admin_while_another_is_there(admin, owner, member, tenant):
    grant_role(actor=owner, user=member, tenant=tenant, role=Role.OWNER)

    admin.post(
        reverse("admin:tenants_user_change", args=[owner.pk]),
        changed_person(owner, is_active=""),
    )

    owner.refresh_from_db()
    assert not owner.is_active


def test_member_removed_in_the_admin_keeps_no_role(admin, owner, operator, tenant, workspace):
    membership = Membership.objects.get(user=operator)
    page = reverse("admin:tenants_workspace_change", args=[workspace.pk])

    admin.post(page, without_member(membership))
    Membership.objects.create(workspace=workspace, user=operator)

    assert capabilities_of(operator, tenant) == frozenset()
