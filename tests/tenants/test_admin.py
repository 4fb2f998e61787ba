import pytest
from django.urls import reverse

from tenants import audit
from tenants.models import AuditEvent, Membership, Tenant
from tests.factories import ProviderConnectionFactory, UserFactory


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
    assert list(AuditEvent.objects.values_list("action", flat=True)) == ["restore.queued"]


def test_new_tenant_is_audited(admin, workspace):
    admin.post(
        reverse("admin:tenants_tenant_add"),
        {"workspace": workspace.pk, "name": "Adatum", "slug": "adatum", "max_evidence_age": ""},
    )

    tenant = Tenant.objects.get(slug="adatum")
    assert [
        (event.action, event.actor, event.tenant, event.detail)
        for event in AuditEvent.objects.all()
    ] == [
        ("tenant.added", admin.user, tenant, {"changed": ["workspace", "name", "slug"]}),
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
        for event in AuditEvent.objects.order_by("pk")
    ] == [
        ("membership.added", admin.user, workspace, f"user:{user.pk}"),
        ("membership.removed", admin.user, workspace, f"user:{user.pk}"),
    ]


def test_every_page_names_its_icon(client, admin):
    for browser, page in ((client, "/admin/login/"), (admin, "/admin/")):
        assert (
            '<link rel="icon" href="/static/restore_safety/favicon.svg"' in browser.get(page).text
        )
