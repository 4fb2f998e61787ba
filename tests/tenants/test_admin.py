import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.urls import NoReverseMatch, reverse

from tenants.access.service import (
    bootstrap_role,
    capabilities_of,
    grant_group_role,
    grant_role,
    revoke_role,
)
from tenants.audit import trail
from tenants.models import AuditEvent, Membership, Tenant, User
from tenants.models.capabilities import ROLE_CAPABILITIES, Capability, Role
from tests.factories import (
    MembershipFactory,
    ProviderConnectionFactory,
    UserFactory,
    WorkspaceGroupFactory,
)


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
    event = trail.record(action="restore.queued", actor=None, tenant=tenant)
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


def test_staff_connect_no_account_for_others(admin, operator):
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


def test_last_owner_through_a_group_stays_in_the_admin_too(admin, owner, member, tenant):
    group = WorkspaceGroupFactory(workspace=tenant.workspace).group
    group.user_set.add(member)
    grant_group_role(actor=owner, group=group, tenant=tenant, role=Role.OWNER)
    revoke_role(actor=owner, user=owner, tenant=tenant, role=Role.OWNER)

    (sentence,) = refused(
        admin,
        reverse("admin:tenants_user_change", args=[member.pk]),
        changed_person(member, is_active=""),
    )

    assert LAST_OWNER in sentence
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


# No right comes or goes but through the services


def since(newest):
    return [
        (event.action, event.actor.username, event.workspace_name, event.tenant_name, event.subject)
        for event in AuditEvent.objects.filter(pk__gt=newest).order_by("pk")
    ]


@pytest.fixture
def night_shift(owner, tenant):
    """A group of the workspace that makes its members operators."""
    group = WorkspaceGroupFactory(workspace=tenant.workspace, name="Night shift")
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.OPERATOR)
    return group


@pytest.mark.parametrize(
    "model",
    [
        "auth_group",
        "auth_permission",
        "tenants_workspacegroup",
        "tenants_membership",
        "tenants_invitation",
        "tenants_apitoken",
        "tenants_tenantuserpermission",
        "tenants_tenantgrouppermission",
        "guardian_userobjectpermission",
        "guardian_groupobjectpermission",
    ],
)
def test_what_gives_rights_has_no_page(model):
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:{model}_changelist")


def test_only_these_pages_of_the_admin_change_anything(admin, rf):
    request = rf.get("/admin/")
    request.user = admin.user

    changed = _pages_with(request, "add") | _pages_with(request, "change")
    deleted = _pages_with(request, "delete")

    assert changed == {"tenants.tenant", "tenants.user", "tenants.workspace"}
    assert deleted == {"mfa.authenticator", "socialaccount.socialaccount", "tenants.user"}


def _pages_with(request, act):
    """The models whose page in the admin allows the act to a superuser."""
    return {
        f"{app['app_label']}.{model['model']._meta.model_name}"
        for app in site.get_app_list(request)
        for model in app["models"]
        if model["perms"][act]
    }


def test_person_is_put_into_no_group_and_given_no_permission(admin, member, tenant, night_shift):
    page = reverse("admin:tenants_user_change", args=[member.pk])
    permission = Permission.objects.get(codename="view_tenant")

    shown = admin.get(page).text
    admin.post(
        page,
        changed_person(
            member,
            last_name="Changed",
            groups=[night_shift.group.pk],
            user_permissions=[permission.pk],
        ),
    )

    member.refresh_from_db()
    assert member.last_name == "Changed"
    assert ('name="groups"' in shown, 'name="user_permissions"' in shown) == (False, False)
    assert list(member.groups.all()) == list(member.user_permissions.all()) == []
    assert capabilities_of(member, tenant) == frozenset()


def test_person_saved_in_the_admin_stays_in_their_groups(admin, member, tenant, night_shift):
    night_shift.group.user_set.add(member)

    admin.post(reverse("admin:tenants_user_change", args=[member.pk]), changed_person(member))

    assert list(member.groups.all()) == [night_shift.group]


def a_member_row(membership, **values):
    """What the admin's form of a workspace posts with one row in place."""
    return {
        "name": membership.workspace.name,
        "slug": membership.workspace.slug,
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": membership.pk,
        "memberships-0-workspace": membership.workspace_id,
        "memberships-0-user": membership.user_id,
    } | values


def test_membership_never_becomes_another_persons(admin, operator, outsider, workspace):
    membership = Membership.objects.get(user=operator)
    page = reverse("admin:tenants_workspace_change", args=[workspace.pk])
    newest = AuditEvent.objects.latest("pk").pk

    admin.post(page, a_member_row(membership, **{"memberships-0-user": outsider.pk}))

    assert list(Membership.objects.filter(workspace=workspace)) == [membership]
    assert Membership.objects.get(pk=membership.pk).user == operator
    assert since(newest) == []


def test_who_is_removed_is_whose_row_it_is_whatever_is_posted_beside(
    admin, operator, auditor, tenant
):
    membership = Membership.objects.get(user=operator)
    page = reverse("admin:tenants_workspace_change", args=[tenant.workspace_id])
    newest = AuditEvent.objects.latest("pk").pk
    values = {"memberships-0-user": auditor.pk, "memberships-0-DELETE": "on"}

    admin.post(page, a_member_row(membership, **values))

    assert since(newest) == [
        ("access.revoked", "root", "Contoso Services", "Contoso", f"user:{operator.pk}"),
        ("membership.removed", "root", "Contoso Services", "", f"user:{operator.pk}"),
    ]
    assert capabilities_of(auditor, tenant) == ROLE_CAPABILITIES[Role.AUDITOR]
    MembershipFactory(workspace=tenant.workspace, user=operator)
    assert capabilities_of(operator, tenant) == frozenset()


def test_member_added_in_the_admin_begins_with_nothing(admin, tenant, workspace, night_shift):
    returning = UserFactory(username="returning")
    bootstrap_role(user=returning, tenant=tenant, role=Role.OWNER)
    night_shift.group.user_set.add(returning)
    Membership.objects.filter(user=returning).delete()
    newest = AuditEvent.objects.latest("pk").pk

    admin.post(
        reverse("admin:tenants_workspace_change", args=[workspace.pk]),
        {
            "name": workspace.name,
            "slug": workspace.slug,
            "memberships-TOTAL_FORMS": 1,
            "memberships-INITIAL_FORMS": 0,
            "memberships-0-user": returning.pk,
        },
    )

    assert Membership.objects.filter(user=returning, workspace=workspace).exists()
    assert capabilities_of(returning, tenant) == frozenset()
    assert [action for action, *_ in since(newest)] == [
        "access.revoked",
        "group.member_removed",
        "access.revoked_through_group",
        "membership.added",
    ]


@pytest.mark.parametrize("way", ["their page", "the action"])
def test_deleting_a_person_ends_their_memberships_in_each_trail(
    admin, operator, other_tenant, night_shift, way
):
    bootstrap_role(user=operator, tenant=other_tenant, role=Role.AUDITOR)
    night_shift.group.user_set.add(operator)
    newest = AuditEvent.objects.latest("pk").pk
    page, values = {
        "their page": (reverse("admin:tenants_user_delete", args=[operator.pk]), {"post": "yes"}),
        "the action": (
            reverse("admin:tenants_user_changelist"),
            {"action": "delete_selected", "_selected_action": [operator.pk], "post": "yes"},
        ),
    }[way]

    admin.post(page, values)

    assert not User.objects.filter(pk=operator.pk).exists()
    user, group = f"user:{operator.pk}", f"group:{night_shift.group_id}"
    assert sorted(since(newest)) == sorted(
        [
            ("access.revoked", "root", "Contoso Services", "Contoso", user),
            ("group.member_removed", "root", "Contoso Services", "", group),
            ("access.revoked_through_group", "root", "Contoso Services", "Contoso", user),
            ("membership.removed", "root", "Contoso Services", "", user),
            ("access.revoked", "root", "Fabrikam Services", "Fabrikam", user),
            ("membership.removed", "root", "Fabrikam Services", "", user),
            ("person.deleted", "root", "", "", f"person:{operator.pk}"),
        ]
    )


def test_deactivating_and_activating_are_told_to_each_workspace(admin, operator, other_workspace):
    MembershipFactory(workspace=other_workspace, user=operator)
    page = reverse("admin:tenants_user_change", args=[operator.pk])
    newest = AuditEvent.objects.latest("pk").pk

    admin.post(page, changed_person(operator, is_active=""))
    admin.post(page, changed_person(operator))
    admin.post(page, changed_person(operator, last_name="Changed"))

    told = [event for event in since(newest) if event[2]]
    assert told == [
        (f"person.{act}", "root", workspace, "", f"user:{operator.pk}")
        for act in ("deactivated", "activated")
        for workspace in ("Contoso Services", "Fabrikam Services")
    ]


@pytest.mark.parametrize("model", ["tenant", "workspace"])
def test_what_has_a_history_is_not_deleted(admin, tenant, workspace, model):
    row = {"tenant": tenant, "workspace": workspace}[model]

    answer = admin.post(reverse(f"admin:tenants_{model}_delete", args=[row.pk]), {"post": "yes"})
    admin.post(
        reverse(f"admin:tenants_{model}_changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
    )

    assert answer.status_code == 403
    row.refresh_from_db()
