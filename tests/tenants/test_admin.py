import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.urls import NoReverseMatch, reverse

from tenants import audit
from tenants.models import AuditEvent, Membership, Tenant, User
from tests.factories import ProviderConnectionFactory, UserFactory


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
