"""The pages of a workspace's people: members, groups and invitations."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from tenants.access.service import bootstrap_role, capabilities_of
from tenants.membership.invitations import digest_of
from tenants.membership.inviters import may_still_invite
from tenants.models import (
    Invitation,
    Membership,
    TenantGroupPermission,
    TenantUserPermission,
    User,
    WorkspaceGroup,
)
from tenants.models.capabilities import ROLE_CAPABILITIES, Role
from tenants.people.pages import groups_for, invitations_for, members_for
from tests.factories import (
    InvitationFactory,
    MembershipFactory,
    TenantFactory,
    UserFactory,
    WorkspaceGroupFactory,
)

# Whoever adds a query to one of these pages says so here.
LIST_QUERIES = {"member-list": 11, "group-list": 8, "invitation-list": 8}
GROUP_QUERIES = 11
HOSTILE = "<script>alert(1)</script>"
TURNED = "admin\u202etxt.exe"


@pytest.fixture
def group(workspace, member):
    made = WorkspaceGroupFactory(workspace=workspace, name="Night shift")
    made.group.user_set.add(member)
    return made


@pytest.fixture
def sibling(workspace):
    """A tenant of the workspace the owner knows nothing of."""
    return TenantFactory(workspace=workspace, name="Sibling", slug="sibling")


def give(group, tenant, role):
    for capability in ROLE_CAPABILITIES[role]:
        TenantGroupPermission.objects.assign_perm(capability.value, group.group, tenant)


def at(name, *keys, slug="contoso-services"):
    return reverse(f"tenants:{name}", args=[slug, *keys])


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def untold(answer):
    """The page without what differs from one answer to the next anyway."""
    return re.sub(r'x-csrftoken.*?}|name="csrfmiddlewaretoken" value="\w+"', "", answer.text)


def cells(answer, column):
    return [
        re.sub(r"<[^>]*>", "", str(row.get_cell(column)))
        for row in answer.context["table"].paginated_rows
    ]


# Every list


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_however_many_there_are(
    sign_in, owner, tenant, count, django_assert_num_queries
):
    for number in range(count):
        each = TenantFactory(workspace=tenant.workspace)
        bootstrap_role(user=owner, tenant=each, role=Role.OWNER)
        user = UserFactory()
        bootstrap_role(user=user, tenant=each, role=Role.AUDITOR)
        made = WorkspaceGroupFactory(workspace=tenant.workspace, name=f"G{number}")
        made.group.user_set.add(user)
        give(made, tenant, Role.OPERATOR)
        InvitationFactory(tenant=each)
    browser = sign_in(owner)
    browser.get(at("member-list"))

    for name, queries in LIST_QUERIES.items():
        with django_assert_num_queries(queries):
            browser.get(at(name))
    with django_assert_num_queries(GROUP_QUERIES):
        browser.get(at("group-detail", made.group_id))


def test_every_list_has_a_total_order(owner, workspace):
    lists = (members_for, groups_for, invitations_for)

    assert [each(workspace, owner).totally_ordered for each in lists] == [True] * 3


# Members


def test_members_are_shown_with_what_the_reader_may_know(sign_in, owner, operator, member, sibling):
    bootstrap_role(user=operator, tenant=sibling, role=Role.OWNER)

    answer = sign_in(owner).get(at("member-list"))

    assert cells(answer, "username") == ["member", "operator", "owner"]
    assert cells(answer, "roles") == ["No role you can see", "Contoso: Operator", "Contoso: Owner"]
    assert "Sibling" not in answer.text


def test_members_are_shown_with_what_an_owner_looks_for(sign_in, owner, operator, member):
    Authenticator.objects.create(user=operator, type=Authenticator.Type.TOTP, data={})
    Authenticator.objects.create(user=member, type=Authenticator.Type.RECOVERY_CODES, data={})
    User.objects.exclude(pk=operator.pk).update(last_login=None)
    User.objects.filter(pk=operator.pk).update(last_login=datetime(2026, 11, 20, 9, tzinfo=UTC))
    Membership.objects.filter(user=member).update(joined_at=None)
    Membership.objects.exclude(user=member).update(joined_at=datetime(2026, 1, 5, tzinfo=UTC))
    browser = sign_in(owner)

    answer = browser.get(at("member-list"))
    page = browser.get(at("member-detail", operator.pk))

    assert cells(answer, "second_factor") == ["None", "Set up", "None"]
    assert ["Never" in each for each in cells(answer, "last_login")][:2] == [True, False]
    assert ["—" in each for each in cells(answer, "joined_at")] == [True, False, False]
    assert at("member-detail", operator.pk) in answer.text
    who = dict(page.context["page"].who)
    assert (who["Signs in as"], who["Account"], who["Second factor"]) == (
        "operator",
        "Active",
        "Set up",
    )
    assert reverse("tenants:access-person", args=["contoso", operator.pk]) in page.text


def test_new_membership_knows_when_it_began(member):
    assert timezone.now() - member.memberships.get().joined_at < timedelta(minutes=1)


def test_members_are_searched_and_many_roles_are_counted(sign_in, owner, workspace):
    for number in range(4):
        each = TenantFactory(workspace=workspace, name=f"T{number}")
        bootstrap_role(user=owner, tenant=each, role=Role.OWNER)

    answer = sign_in(owner).get(at("member-list"), {"q": "OWN"})

    assert cells(answer, "username") == ["owner"]
    assert cells(answer, "roles") == ["Contoso: OwnerT0: OwnerT1: Ownerand on 2 more"]


def test_removing_is_asked_first_and_then_done(sign_in, owner, operator, tenant, group):
    group.group.user_set.add(operator)
    InvitationFactory(tenant=tenant, invited_by=operator)
    browser = sign_in(owner)

    asked = browser.get(at("member-remove", operator.pk))
    done = browser.post(at("member-remove", operator.pk))

    assert dict(asked.context["page"].facts) == {
        "Signs in as": "operator",
        "Roles": "Contoso: Operator",
        "Groups": "Night shift",
        "Open invitations they made": "1: revoked with it",
    }
    assert done["Location"] == at("member-list")
    assert said(done) == ["operator is not a member of Contoso Services any more."]
    assert capabilities_of(operator, tenant) == frozenset()
    assert browser.post(at("member-remove", operator.pk)).status_code == 404


def test_removing_somebody_who_holds_more_elsewhere_is_refused_without_saying_where(
    sign_in, owner, operator, sibling
):
    bootstrap_role(user=operator, tenant=sibling, role=Role.AUDITOR)
    browser = sign_in(owner)

    asked = browser.get(at("member-remove", operator.pk))
    done = browser.post(at("member-remove", operator.pk))

    assert "This also concerns tenants to which you may not manage access." in asked.text
    assert "btn-outline-danger" not in asked.text
    assert "Sibling" not in asked.text + done.text
    assert done.status_code == 403
    assert Membership.objects.filter(user=operator).exists()


def test_last_owner_is_not_removed(sign_in, owner):
    answer = sign_in(owner).post(at("member-remove", owner.pk))

    assert answer.status_code == 409
    assert "Make another active member of the workspace owner there first." in answer.text
    assert Membership.objects.filter(user=owner).exists()


def test_last_owner_reads_it_before_they_try(sign_in, owner, member, tenant, group):
    browser = sign_in(owner)
    sentence = "Make another active member of the workspace owner there first."

    alone = [browser.get(at(name, owner.pk)).text for name in ("member-remove", "member-detail")]
    give(group, tenant, Role.OWNER)
    with_another = browser.get(at("member-remove", owner.pk)).text
    TenantUserPermission.objects.filter(user=owner, content_object=tenant).delete()
    group.group.user_set.add(owner)
    group.group.user_set.remove(member)
    through_group = [
        browser.get(at("group-delete", group.group_id)).text,
        browser.get(at("group-member-remove", group.group_id, owner.pk)).text,
        browser.get(at("member-remove", owner.pk)).text,
    ]

    assert [sentence in text for text in (*alone, *through_group)] == [True] * 5
    assert ["btn-outline-danger" in text for text in (*alone, *through_group)] == [False] * 5
    assert (sentence in with_another, "btn-outline-danger" in with_another) == (False, True)


def test_owner_who_removes_themselves_is_led_out(sign_in, owner, member, tenant):
    bootstrap_role(user=member, tenant=tenant, role=Role.OWNER)

    answer = sign_in(owner).post(at("member-remove", owner.pk), follow=True)

    assert answer.redirect_chain == [(reverse("tenants:tenant-list"), 302)]


# Groups


def test_group_is_made_named_anew_and_deleted(sign_in, owner):
    browser = sign_in(owner)

    browser.post(at("group-create"), {"name": "  Night   shift "})
    group = WorkspaceGroup.objects.get()
    renamed = browser.post(at("group-rename", group.group_id), {"name": "Day shift"})
    group.refresh_from_db()
    deleted = browser.post(at("group-delete", group.group_id))

    assert group.name == "Day shift"
    assert renamed["Location"] == at("group-detail", group.group_id)
    assert deleted["Location"] == at("group-list")
    assert not WorkspaceGroup.objects.exists()


@pytest.mark.parametrize("name", ["", "Night shift", TURNED, "a\tb\x07", "x" * 101, "\0"])
def test_name_that_is_taken_or_illegible_is_explained(sign_in, owner, group, name):
    other = WorkspaceGroupFactory(workspace=group.workspace, name="Other")
    browser = sign_in(owner)

    answers = [
        browser.post(at("group-create"), {"name": name}),
        browser.post(at("group-rename", other.group_id), {"name": name}),
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [list(answer.context["form"].errors) for answer in answers] == [["name"]] * 2
    assert set(WorkspaceGroup.objects.values_list("name", flat=True)) == {"Night shift", "Other"}


def test_member_is_added_after_seeing_what_they_get(sign_in, owner, operator, tenant, group):
    give(group, tenant, Role.MANAGER)
    browser = sign_in(owner)

    asked = browser.get(at("group-member-add", group.group_id), {"person": operator.pk})
    done = browser.post(at("group-member-add", group.group_id), {"person": operator.pk})

    page = asked.context["page"]
    assert page.question == "Add operator to Night shift?"
    assert [(effect.name, effect.gains) for effect in page.effects] == [
        (
            "Contoso",
            ["Archive and delete restores", "Manage the provider connection", "Approve restores"],
        )
    ]
    assert said(done) == ["operator is in Night shift."]
    assert capabilities_of(operator, tenant) == ROLE_CAPABILITIES[Role.MANAGER]


def test_member_is_taken_out_after_seeing_what_they_lose(sign_in, owner, member, tenant, group):
    give(group, tenant, Role.AUDITOR)
    browser = sign_in(owner)

    asked = browser.get(at("group-member-remove", group.group_id, member.pk))
    done = browser.post(at("group-member-remove", group.group_id, member.pk))

    assert [effect.loses for effect in asked.context["page"].effects] == [["View the tenant"]]
    assert said(done) == ["member is not any more in Night shift."]
    assert capabilities_of(member, tenant) == frozenset()


def test_foreign_person_in_a_post_is_answered_like_an_unknown_one(
    sign_in, owner, outsider, member, group
):
    unknown = User.objects.latest("pk").pk + 1000
    browser = sign_in(owner)
    address = at("group-member-add", group.group_id)

    answers = [browser.post(address, {"person": key}) for key in (outsider.pk, unknown, "x\0")]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert [list(answer.context["form"].errors) for answer in answers] == [["person"]] * 3
    assert untold(answers[0]) == untold(answers[1])
    assert list(group.group.user_set.all()) == [member]


def test_foreign_group_and_invitation_are_answered_like_unknown_ones(sign_in, owner):
    group, invitation = WorkspaceGroupFactory(), InvitationFactory()
    group.group.user_set.add(owner)
    browser = sign_in(owner)

    pairs = [
        [browser.post(at(name, key, *more), {"name": "Mine"}) for key in (known, 999_999_999)]
        for name, known, *more in (
            ("group-rename", group.group_id),
            ("group-delete", group.group_id),
            ("group-member-add", group.group_id),
            ("group-member-remove", group.group_id, owner.pk),
            ("invitation-revoke", invitation.pk),
        )
    ]

    for known, unknown in pairs:
        assert (known.status_code, untold(known)) == (404, untold(unknown))
    assert WorkspaceGroup.objects.get().name == group.name
    assert Invitation.objects.open_at(timezone.now()).count() == 1


def test_group_that_gives_what_is_not_the_owners_is_only_read(sign_in, owner, group, sibling):
    give(group, sibling, Role.OPERATOR)
    browser = sign_in(owner)

    page = browser.get(at("group-detail", group.group_id))
    posts = [
        browser.post(at(name, group.group_id), {"name": "Mine", "person": owner.pk})
        for name in ("group-rename", "group-delete", "group-member-add")
    ]

    assert "This also concerns tenants to which you may not manage access." in page.text
    assert "Sibling" not in page.text
    assert [answer.status_code for answer in posts] == [403] * 3
    assert WorkspaceGroup.objects.get().name == "Night shift"


def test_hostile_names_are_text(sign_in, owner, workspace, tenant):
    group = WorkspaceGroupFactory(workspace=workspace, name=HOSTILE)
    bad = MembershipFactory(workspace=workspace, user=UserFactory(first_name=HOSTILE)).user
    group.group.user_set.add(bad)
    invitation = InvitationFactory(tenant=tenant, invitee=HOSTILE, invited_by=bad)
    browser = sign_in(owner)

    pages = [
        browser.get(at("member-list")),
        browser.get(at("member-remove", bad.pk)),
        browser.get(at("group-list")),
        browser.get(at("group-detail", group.group_id)),
        browser.get(at("group-rename", group.group_id)),
        browser.get(at("group-delete", group.group_id)),
        browser.get(at("group-member-remove", group.group_id, bad.pk)),
        browser.get(at("invitation-list")),
        browser.get(at("invitation-revoke", invitation.pk)),
    ]

    assert [page.status_code for page in pages] == [200] * 9
    assert [HOSTILE in page.text for page in pages] == [False] * 9
    assert ["&lt;script&gt;" in page.text for page in pages] == [True] * 9


# Invitations


def test_link_is_in_one_answer_and_nowhere_else(sign_in, owner, tenant):
    browser = sign_in(owner)

    made = browser.post(
        at("invitation-create"),
        {"invitee": "ada@example.com", "tenant": tenant.slug, "role": "operator"},
    )
    later = browser.get(at("invitation-list"))

    link = made.context["link"]
    token = link.rstrip("/").rpartition("/")[2]
    invitation = Invitation.objects.get()
    assert link in made.text
    assert "no-store" in made["Cache-Control"]
    assert invitation.token_hash == digest_of(token)
    assert (invitation.tenant, invitation.role) == (tenant, "operator")
    assert token not in later.text + str(list(Invitation.objects.values()))
    assert cells(later, "gift") == ["Operator of Contoso"]


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, "invitee"),
        ({"invitee": TURNED}, "invitee"),
        ({"invitee": "Ada", "tenant": "contoso"}, "role"),
        ({"invitee": "Ada", "role": "owner"}, "tenant"),
        ({"invitee": "Ada", "role": "emperor", "tenant": "contoso"}, "role"),
        ({"invitee": "Ada", "role": "owner", "tenant": "sibling"}, "tenant"),
        ({"invitee": "Ada", "role": "owner", "tenant": "fabrikam"}, "tenant"),
        ({"invitee": "Ada", "role": "owner", "tenant": "nowhere"}, "tenant"),
    ],
)
@pytest.mark.usefixtures("sibling", "other_tenant")
def test_wrong_invitation_is_explained(sign_in, owner, values, wrong):
    answer = sign_in(owner).post(at("invitation-create"), values)

    assert list(answer.context["form"].errors) == [wrong]
    assert not Invitation.objects.exists()


def test_invitation_is_revoked_once(sign_in, owner, tenant):
    invitation = InvitationFactory(tenant=tenant)
    browser = sign_in(owner)

    asked = browser.get(at("invitation-revoke", invitation.pk))
    done = browser.post(at("invitation-revoke", invitation.pk))
    again = browser.post(at("invitation-revoke", invitation.pk))

    assert "The link stops working at once." in asked.text
    assert (done.status_code, done["Location"]) == (302, at("invitation-list"))
    assert again.status_code == 409
    assert "It was taken up, revoked or ran out meanwhile." in again.text


@pytest.mark.parametrize("gift", ["a role", "membership alone"])
def test_list_says_which_link_opens_nothing_as_its_maker_may_not_invite(
    sign_in, owner, manager, group, tenant, gift
):
    given = {"role": "auditor"} if gift == "a role" else {"tenant": None, "role": ""}
    in_group = UserFactory()
    MembershipFactory(workspace=tenant.workspace, user=in_group)
    group.group.user_set.add(in_group)
    give(group, tenant, Role.OWNER)
    made = [
        InvitationFactory(
            **{"tenant": tenant, "workspace": tenant.workspace} | given, invited_by=one
        )
        for one in (owner, manager, in_group)
    ]

    said_of = cells(sign_in(owner).get(at("invitation-list")), "invited_by")[::-1]

    unbacked = ["opens nothing" in each for each in said_of]
    assert unbacked == [False, True, False]
    assert unbacked == [not may_still_invite(each) for each in made]


def test_invitation_to_a_tenant_that_is_not_the_readers_is_not_there(sign_in, owner, sibling):
    invitation = InvitationFactory(tenant=sibling)
    browser = sign_in(owner)

    assert cells(browser.get(at("invitation-list")), "invitee") == []
    assert browser.post(at("invitation-revoke", invitation.pk)).status_code == 404
