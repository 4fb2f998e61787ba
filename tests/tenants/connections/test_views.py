from datetime import UTC, datetime

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from tenants.access.service import bootstrap_role
from tenants.models import AuditEvent, Tenant, Verification
from tenants.models.capabilities import Capability, Role
from tests.factories import PASSWORD, ProviderConnectionFactory, TenantFactory

# Whoever adds a query to one of these pages says so here.
LIST_QUERIES = 6
DETAIL_QUERIES = 8

CHANGES = ["tenants:connection-change", "tenants:connection-verify", "tenants:write-gate-set"]


def address(name, tenant):
    return reverse(name, args=[tenant.slug])


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def denials():
    return list(AuditEvent.objects.filter(action="access.denied").values_list("actor", "detail"))


def names_listed(response):
    return [row.record.name for row in response.context["table"].page.object_list]


# Signing in and out


@pytest.mark.parametrize("name", ["tenants:tenant-list", "tenants:preferences", "tenants:sign-out"])
def test_pages_ask_to_sign_in_first(client, db, name):
    response = client.get(reverse(name))

    assert response.status_code == 302
    assert response["Location"] == f"{reverse('tenants:sign-in')}?next={reverse(name)}"


def test_sign_in_leads_on_to_where_one_was_going(client, operator, tenant):
    target = address("tenants:tenant-detail", tenant)

    response = client.post(
        f"{reverse('tenants:sign-in')}?next={target}",
        {"username": "operator", "password": PASSWORD},
    )

    assert (response.status_code, response["Location"]) == (302, target)
    assert client.get(target).context["user"] == operator


def test_sign_in_never_leads_to_another_site(client, operator):
    response = client.post(
        f"{reverse('tenants:sign-in')}?next=https://evil.example/",
        {"username": "operator", "password": PASSWORD},
    )

    assert (response.status_code, response["Location"]) == (302, "/")


def test_wrong_password_says_so_and_keeps_out(client, operator):
    response = client.post(
        reverse("tenants:sign-in"), {"username": "operator", "password": "wrong"}
    )

    assert response.status_code == 200
    assert "Please enter a correct username and password" in response.text
    assert "_auth_user_id" not in client.session


def test_sign_out_is_a_post(sign_in, operator):
    browser = sign_in(operator)

    assert browser.get(reverse("tenants:sign-out")).status_code == 405
    response = browser.post(reverse("tenants:sign-out"))

    assert (response.status_code, response["Location"]) == (302, reverse("tenants:sign-in"))
    assert "_auth_user_id" not in browser.session


# The list


def test_list_shows_the_readers_tenants_alone(sign_in, operator, outsider, tenant, other_tenant):
    address = reverse("tenants:tenant-list")

    assert names_listed(sign_in(operator).get(address)) == ["Contoso"]
    assert names_listed(sign_in(outsider).get(address)) == ["Fabrikam"]


def test_list_is_searched_in_the_database(sign_in, operator, workspace):
    for name in ("Adatum", "Northwind"):
        each = TenantFactory(workspace=workspace, name=name, slug=name.lower())
        bootstrap_role(user=operator, tenant=each, role=Role.AUDITOR)
    browser = sign_in(operator)

    found = browser.get(reverse("tenants:tenant-list"), {"search": "nORTH"})
    none = browser.get(reverse("tenants:tenant-list"), {"search": "nobody"})

    assert names_listed(found) == ["Northwind"]
    assert names_listed(none) == []
    assert "No tenants here" in none.text


def test_list_tells_connected_tenants_from_others(sign_in, operator, workspace, connection):
    lone = TenantFactory(workspace=workspace, name="Lone", slug="lone")
    bootstrap_role(user=operator, tenant=lone, role=Role.AUDITOR)
    browser = sign_in(operator)

    everything = browser.get(reverse("tenants:tenant-list"))
    unverified = browser.get(reverse("tenants:tenant-list"), {"connection": "unverified"})

    assert names_listed(everything) == ["Contoso", "Lone"]
    assert everything.text.count("Not connected") == 1
    assert names_listed(unverified) == ["Contoso"]


def test_list_pages(sign_in, operator, tenant):
    for number in range(30):
        each = TenantFactory(
            workspace=tenant.workspace, name=f"T{number:02}", slug=f"t-{number:02}"
        )
        bootstrap_role(user=operator, tenant=each, role=Role.AUDITOR)
    browser = sign_in(operator)

    first = browser.get(reverse("tenants:tenant-list"))
    second = browser.get(reverse("tenants:tenant-list"), {"page": 2})

    expected = ["Contoso", *(f"T{number:02}" for number in range(30))]
    assert names_listed(first) + names_listed(second) == expected
    assert len(names_listed(first)) == 25


def test_list_heads_its_columns_with_what_they_hold(sign_in, operator):
    table = sign_in(operator).get(reverse("tenants:tenant-list")).context["table"]

    assert [column.header for column in table.columns] == [
        "Tenant",
        "Workspace",
        "Connection",
        "Last verified",
        "Write gate",
    ]


@pytest.mark.parametrize(
    "column", ["name", "workspace", "connection", "last_verified", "write_gate"]
)
def test_list_is_totally_ordered_by_every_column(sign_in, operator, column):
    for order in (column, f"-{column}"):
        response = sign_in(operator).get(reverse("tenants:tenant-list"), {"sort": order})

        assert response.context["table"].data.data.totally_ordered


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_for_any_number_of_rows(
    sign_in, operator, tenant, rows, django_assert_num_queries
):
    for _ in range(rows - 1):
        each = TenantFactory(workspace=tenant.workspace)
        ProviderConnectionFactory(tenant=each)
        bootstrap_role(user=operator, tenant=each, role=Role.AUDITOR)
    browser = sign_in(operator)

    with django_assert_num_queries(LIST_QUERIES):
        response = browser.get(reverse("tenants:tenant-list"))

    assert len(names_listed(response)) == rows


# One tenant


def test_detail_says_who_one_is_here_and_where_to_go(sign_in, operator, tenant, connection):
    response = sign_in(operator).get(address("tenants:tenant-detail", tenant))

    page = response.context["page"]
    assert page.role_sentence == "You are operator here."
    assert [right.capability for right in page.rights if not right.is_held] == [
        Capability.MANAGE_RESTORES,
        Capability.MANAGE_CONNECTION,
        Capability.APPROVE_RESTORE,
        Capability.OVERRIDE_SAFEGUARDS,
        Capability.MANAGE_ACCESS,
    ]
    assert f"{reverse('backups:set-list')}?tenant=contoso" in response.text
    assert f"{reverse('restores:run-list')}?tenant=contoso" in response.text


def test_detail_never_shows_the_secret(sign_in, owner, tenant):
    connection = ProviderConnectionFactory(tenant=tenant, secret="s3cret-s3cret")

    browser = sign_in(owner)
    pages = [
        browser.get(address(name, tenant)).text
        for name in ("tenants:tenant-detail", "tenants:connection-change")
    ]

    assert [page for page in pages if "s3cret" in page] == []
    assert [page for page in pages if connection.encrypted_credential in page] == []
    assert [str(connection.directory_id) in page for page in pages] == [True, True]


@pytest.mark.usefixtures("connection")
@pytest.mark.parametrize(
    ("person", "reason"),
    [
        ("auditor", Capability.MANAGE_CONNECTION.denial),
        ("operator", Capability.MANAGE_CONNECTION.denial),
        ("manager", ""),
        ("owner", ""),
    ],
)
def test_detail_disables_what_one_may_not_do_with_the_reason(
    request, sign_in, tenant, person, reason
):
    user = request.getfixturevalue(person)

    response = sign_in(user).get(address("tenants:tenant-detail", tenant))

    page = response.context["page"]
    assert (page.verify_denial, page.manage_denial) == (reason, reason)
    offered = [address(name, tenant) in response.text for name in CHANGES]
    assert offered == [not reason] * len(CHANGES)
    assert (Capability.MANAGE_CONNECTION.denial in response.text) is bool(reason)


def test_detail_without_a_connection_says_what_is_missing(sign_in, manager, tenant):
    response = sign_in(manager).get(address("tenants:tenant-detail", tenant))

    assert response.context["page"].verify_denial == "There is no connection to verify yet."
    assert "Set up connection" in response.text


def test_detail_names_missing_permissions(sign_in, auditor, tenant):
    ProviderConnectionFactory(
        tenant=tenant,
        verification=Verification.VERIFIED,
        last_verified_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        missing_permissions=["Policy.ReadWrite.ConditionalAccess"],
    )

    response = sign_in(auditor).get(address("tenants:tenant-detail", tenant))

    assert "The app registration lacks permissions" in response.text
    assert "Policy.ReadWrite.ConditionalAccess" in response.text


def test_detail_costs_a_fixed_number_of_queries(
    sign_in, operator, tenant, connection, django_assert_num_queries
):
    browser = sign_in(operator)

    with django_assert_num_queries(DETAIL_QUERIES):
        browser.get(address("tenants:tenant-detail", tenant))


# What may not be known of, and what may not be done


@pytest.mark.parametrize("name", ["tenants:tenant-detail", *CHANGES])
@pytest.mark.parametrize("person", ["member", "outsider"])
def test_tenant_is_not_there_for_who_may_not_know_it(request, sign_in, tenant, name, person):
    browser = sign_in(request.getfixturevalue(person))

    responses = [browser.get(address(name, tenant)), browser.post(address(name, tenant))]

    assert {response.status_code for response in responses} <= {404, 405}
    assert 404 in {response.status_code for response in responses}
    assert denials() == []


@pytest.mark.usefixtures("connection")
@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("person", ["auditor", "operator"])
def test_change_without_the_capability_is_403_and_audited(request, sign_in, tenant, name, person):
    user = request.getfixturevalue(person)

    response = sign_in(user).post(address(name, tenant), {"gate": "closed"})

    assert response.status_code == 403
    page = f"POST {address(name, tenant).replace(tenant.slug, '…')}"
    assert denials() == [(user.pk, {"capability": "manage_connection", "page": page})]
    tenant.refresh_from_db()
    assert tenant.writes_enabled


@pytest.mark.parametrize("name", ["tenants:connection-verify", "tenants:write-gate-set"])
def test_changes_are_posts(sign_in, owner, tenant, name):
    assert sign_in(owner).get(address(name, tenant)).status_code == 405


# Changing


def test_manager_closes_and_opens_the_write_gate(sign_in, manager, tenant):
    browser = sign_in(manager)

    closing = browser.post(address("tenants:write-gate-set", tenant), {"gate": "closed"})
    tenant.refresh_from_db()
    closed = tenant.writes_enabled
    opening = browser.post(address("tenants:write-gate-set", tenant), {"gate": "open"})
    tenant.refresh_from_db()

    assert (closed, tenant.writes_enabled) == (False, True)
    assert closing["Location"] == opening["Location"] == tenant.get_absolute_url()
    assert said(closing) == ["The write gate is closed."]


def test_unclear_gate_answer_closes_it(sign_in, manager, tenant):
    sign_in(manager).post(address("tenants:write-gate-set", tenant), {"gate": "?"})

    tenant.refresh_from_db()
    assert not tenant.writes_enabled


def test_connection_is_set_up_and_verified_from_the_page(sign_in, manager, tenant, settings):
    settings.GRAPH_EMULATOR_URL = "http://127.0.0.1:9"  # where nobody answers

    response = sign_in(manager).post(
        address("tenants:connection-change", tenant),
        {
            "cloud": "emulator",
            "directory_id": "3a1ac8e2-b9f6-4d2a-8b0e-6a1b1f4f8a01",
            "client_id": "1c6fdbbb-6b3e-4c0f-9f62-0e5a1b5d7c02",
            "credential_kind": "secret",
            "secret": "s3cret",
        },
    )

    assert (response.status_code, response["Location"]) == (302, tenant.get_absolute_url())
    tenant.refresh_from_db()
    connection = tenant.connection
    assert (connection.cloud, str(connection.directory_id), connection.client_id) == (
        "emulator",
        "3a1ac8e2-b9f6-4d2a-8b0e-6a1b1f4f8a01",
        "1c6fdbbb-6b3e-4c0f-9f62-0e5a1b5d7c02",
    )
    assert connection.credential() == "s3cret"
    assert connection.state is Verification.FAILED
    assert said(response) == ["The connection is saved.", connection.verification_detail]
    trail = AuditEvent.objects.filter(subject=f"connection:{connection.pk}").order_by("pk")
    assert [event.action for event in trail] == [
        "connection.changed",
        "connection.verification_failed",
    ]


def test_detail_holds_what_is_granted_against_what_is_needed(sign_in, auditor, tenant):
    ProviderConnectionFactory(
        tenant=tenant,
        verification=Verification.VERIFIED,
        last_verified_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        missing_permissions=["Policy.ReadWrite.ConditionalAccess"],
        granted_permissions=[
            "DeviceManagementConfiguration.ReadWrite.All",
            "DeviceManagementManagedDevices.Read.All",
            "Directory.Read.All",
            "Mail.Send",
        ],
    )

    page = sign_in(auditor).get(address("tenants:tenant-detail", tenant))

    told = {one.name: one.granted_as for one in page.context["page"].permissions}
    assert told == {
        "Agreement.Read.All": "",
        "Application.Read.All": "Directory.Read.All",
        "CloudPC.ReadWrite.All": "",
        "DeviceManagementApps.ReadWrite.All": "",
        "DeviceManagementConfiguration.ReadWrite.All": (
            "DeviceManagementConfiguration.ReadWrite.All"
        ),
        "DeviceManagementManagedDevices.ReadWrite.All": "",
        "DeviceManagementRBAC.ReadWrite.All": "",
        "DeviceManagementScripts.ReadWrite.All": "",
        "DeviceManagementServiceConfig.ReadWrite.All": "",
        "Group.Read.All": "Directory.Read.All",
        "Organization.Read.All": "Directory.Read.All",
        "Policy.Read.All": "",
        "Policy.ReadWrite.ConditionalAccess": "",
        "RoleManagement.Read.Directory": "Directory.Read.All",
        "User.Read.All": "Directory.Read.All",
    }
    assert page.context["page"].needless_permissions == ["Mail.Send"]
    assert page.text.count("<strong>Missing</strong>") == 9
    assert "Mail.Send" in page.text
    assert "DeviceManagementManagedDevices.Read.All" not in page.text


def test_detail_has_no_table_before_permissions_are_known(sign_in, auditor, tenant, connection):
    page = sign_in(auditor).get(address("tenants:tenant-detail", tenant))

    assert page.context["page"].permissions == ()
    assert "Graph permissions" not in page.text


def test_directory_of_another_tenant_is_refused_beside_its_field(
    sign_in, manager, tenant, connection, settings
):
    settings.GRAPH_EMULATOR_URL = "http://127.0.0.1:9"
    neighbour = TenantFactory(workspace=tenant.workspace, name="Contoso again")
    bootstrap_role(user=manager, tenant=neighbour, role=Role.MANAGER)

    response = sign_in(manager).post(
        address("tenants:connection-change", neighbour),
        {
            "cloud": "emulator",
            "directory_id": str(connection.directory_id),
            "client_id": "app-1",
            "credential_kind": "secret",
            "secret": "s3cret-s3cret",
        },
    )

    refusal = (
        "Contoso, a tenant of this workspace, is already connected to this directory. Restore "
        "and capture there, or connect that tenant to another directory first."
    )
    assert response.context["form"].errors == {"directory_id": [refusal]}
    assert "s3cret-s3cret" not in response.text
    assert not hasattr(Tenant.objects.get(pk=neighbour.pk), "connection")


def test_detail_warns_of_tenants_that_are_the_same_directory(
    sign_in, auditor, tenant, connection, other_tenant
):
    seen, unseen = (
        TenantFactory(workspace=tenant.workspace, name=name) for name in ("Fellow", "Hidden")
    )
    bootstrap_role(user=auditor, tenant=seen, role=Role.AUDITOR)
    for sharing in (seen, unseen, other_tenant):
        ProviderConnectionFactory(tenant=sharing, directory_id=connection.directory_id)

    response = sign_in(auditor).get(address("tenants:tenant-detail", tenant))

    assert response.context["page"].sharing_sentence.startswith(
        "Fellow and 1 tenant you do not see are connected to this directory too."
    )
    assert "One directory, several tenants" in response.text
    assert "Hidden" not in response.text
    assert other_tenant.name not in response.text


def test_wrong_connection_is_explained_and_nothing_is_kept(sign_in, manager, tenant):
    response = sign_in(manager).post(
        address("tenants:connection-change", tenant),
        {
            "cloud": "global",
            "directory_id": "not-a-guid",
            "client_id": "x",
            "credential_kind": "secret",
            "secret": "s3cret",
        },
    )

    assert response.context["form"].errors == {"directory_id": ["Enter a valid UUID."]}
    assert "s3cret" not in response.text
    assert not hasattr(Tenant.objects.get(pk=tenant.pk), "connection")


def test_secrets_are_not_shown_again_where_the_form_has_to_be_corrected(sign_in, manager, tenant):
    entered = "-----BEGIN PRIVATE KEY-----canary-----END PRIVATE KEY-----"

    response = sign_in(manager).post(
        address("tenants:connection-change", tenant),
        {"cloud": "emulator", "secret": "s3cret", "private_key": entered, "thumbprint": "x"},
    )

    assert "private_key" in response.context["form"].errors
    assert "canary" not in response.text
    assert "s3cret" not in response.text


def test_verifying_without_a_connection_says_what_to_do(sign_in, manager, tenant):
    response = sign_in(manager).post(address("tenants:connection-verify", tenant))

    assert response["Location"] == tenant.get_absolute_url()
    assert said(response) == ["Contoso is not connected: set up its provider connection."]


# Every answer


def test_answer_and_trail_carry_the_same_request_id(sign_in, auditor, tenant):
    response = sign_in(auditor).post(
        address("tenants:connection-verify", tenant), REMOTE_ADDR="192.0.2.7"
    )

    event = AuditEvent.objects.get(action="access.denied")
    assert (event.request_id, event.address) == (response["X-Request-ID"], "192.0.2.7")
