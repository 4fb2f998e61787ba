"""The commands that make an installation usable before it can be done in a page."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants.access.service import capabilities_of
from tenants.models import AuditEvent, Membership, Tenant, Workspace
from tenants.models.capabilities import ROLE_CAPABILITIES, Role
from tests.factories import UserFactory, WorkspaceFactory


def told(command, *args, **options):
    answer = StringIO()
    call_command(command, *args, stdout=answer, **options)
    return answer.getvalue()


def create(workspace="Adatum Services", name="Adatum", slug="adatum"):
    return told("create_tenant", workspace=workspace, name=name, slug=slug)


def trail():
    return list(
        AuditEvent.objects.order_by("pk").values_list("action", "subject", "actor", "detail")
    )


def test_first_tenant_opens_its_workspace_and_both_are_audited(db):
    answer = create()

    tenant = Tenant.objects.get()
    assert (tenant.name, tenant.slug) == ("Adatum", "adatum")
    assert (tenant.workspace.name, tenant.workspace.slug) == ("Adatum Services", "adatum-services")
    assert trail() == [
        ("workspace.added", f"workspace:{tenant.workspace_id}", None, {}),
        ("tenant.added", f"tenant:{tenant.pk}", None, {}),
    ]
    assert answer == (
        "The tenant Adatum (adatum) is open in the workspace Adatum Services. "
        "No one sees it before grant_role gives them a role.\n"
    )


@pytest.mark.parametrize("named", ["Contoso Services", "contoso-services"])
def test_next_tenant_joins_the_workspace_there_is(workspace, named):
    create(workspace=named)

    assert Tenant.objects.get().workspace == workspace
    assert list(Workspace.objects.all()) == [workspace]


def test_workspace_that_is_called_like_another_is_asked_by_slug(db):
    for slug in ("one", "two"):
        WorkspaceFactory(name="Same", slug=slug)

    with pytest.raises(CommandError) as refused:
        create(workspace="Same")

    assert str(refused.value) == (
        "Several workspaces are called Same. Name one by its slug: one, two."
    )


@pytest.mark.usefixtures("tenant")
@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"slug": "contoso"}, "slug: Tenant with this Slug already exists."),
        ({"slug": "not a slug"}, "slug: Enter a valid “slug”"),
        ({"name": ""}, "name: This field cannot be blank."),
        ({"workspace": "!"}, "slug: This field cannot be blank."),
    ],
)
def test_tenant_that_cannot_be_opened_leaves_nothing(answers, sentence):
    with pytest.raises(CommandError) as refused:
        create(**answers)

    assert str(refused.value).startswith(f"Nothing was opened. {sentence}")
    assert (Tenant.objects.count(), Workspace.objects.count(), trail()) == (1, 1, [])


@pytest.mark.parametrize("role", Role)
def test_role_makes_a_member_who_may_what_the_role_says(tenant, role):
    ada = UserFactory(username="ada")

    answer = told("grant_role", "ada", role.value, tenant="contoso")

    assert answer == f"ada is {role.value} of Contoso.\n"
    assert capabilities_of(ada, tenant) == ROLE_CAPABILITIES[role]
    assert Membership.objects.filter(user=ada, workspace=tenant.workspace).exists()
    assert trail() == [
        ("access.bootstrapped", f"user:{ada.pk}", None, {"name": "ada", "role": role.value})
    ]


def test_role_takes_the_place_of_the_one_before(tenant, operator):
    told("grant_role", "operator", "auditor", tenant="contoso")

    assert capabilities_of(operator, tenant) == ROLE_CAPABILITIES[Role.AUDITOR]


@pytest.mark.usefixtures("tenant")
@pytest.mark.parametrize(
    ("username", "role", "slug", "sentence"),
    [
        (
            "nobody",
            "owner",
            "contoso",
            "No one signs in as nobody. Add the person first: createsuperuser, or the admin.",
        ),
        (
            "gone",
            "owner",
            "contoso",
            "The account of gone is deactivated, so a role would not count.",
        ),
        (
            "ada",
            "king",
            "contoso",
            "No role is called king. There are: auditor, operator, manager, owner.",
        ),
        ("ada", "owner", "nil", "No tenant has the slug nil. Open it with create_tenant."),
    ],
)
def test_role_that_cannot_be_given_says_why_and_changes_nothing(username, role, slug, sentence):
    UserFactory(username="ada")
    UserFactory(username="gone", is_active=False)

    with pytest.raises(CommandError) as refused:
        told("grant_role", username, role, tenant=slug)

    assert str(refused.value) == sentence
    assert (Membership.objects.count(), trail()) == (0, [])


def test_role_that_would_leave_no_owner_is_refused(tenant, owner):
    with pytest.raises(CommandError, match="Make another active member"):
        told("grant_role", "owner", "auditor", tenant="contoso")

    assert capabilities_of(owner, tenant) == ROLE_CAPABILITIES[Role.OWNER]
