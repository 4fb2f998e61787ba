import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.urls import NoReverseMatch, reverse

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


def test_every_page_names_its_icon(admin):
    icon = '<link rel="icon" href="/static/restore_safety/favicon.svg"'

    assert icon in admin.get("/admin/").text


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


# How people sign in


def test_lost_second_factor_is_taken_away_and_audited(admin, operator):
    data = {"secret": "encrypted-elsewhere"}
    factor = Authenticator.objects.create(user=operator, type="totp", data=data)
    page = reverse("admin:mfa_authenticator_change", args=[factor.pk])

    shown = admin.get(page)
    changed = admin.post(page, {"user": admin.user.pk})
    admin.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})

    event = AuditEvent.objects.get(action="second_factor.deleted")
    assert ("operator" in shown.text, "encrypted-elsewhere" in shown.text) == (True, False)
    assert changed.status_code == 403
    assert not Authenticator.objects.exists()
    assert (event.actor, event.subject) == (admin.user, f"user:{operator.pk}")
    assert event.detail == {"of": "operator", "name": "TOTP Authenticator"}


def test_staff_connect_no_account_for_anybody(admin, operator):
    account = SocialAccount.objects.create(user=operator, provider="entra", uid="subject")

    added = admin.get(reverse("admin:socialaccount_socialaccount_add"))
    admin.post(
        reverse("admin:socialaccount_socialaccount_delete", args=[account.pk]), {"post": "yes"}
    )

    event = AuditEvent.objects.get(action="account.deleted")
    assert added.status_code == 403
    assert (event.actor, event.subject) == (admin.user, f"user:{operator.pk}")


@pytest.mark.parametrize("model", ["account_emailaddress", "socialaccount_socialapp"])
def test_what_allauth_keeps_beside_has_no_page(model):
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:{model}_changelist")


# The last owner

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
