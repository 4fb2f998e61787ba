"""The pages of access: what they say of whom, and what their forms do and refuse."""

import re

import pytest
from django.contrib.auth.models import Group
from django.contrib.messages import get_messages
from django.urls import reverse

from tenants.access.holdings import holding_of, people_on, role_description
from tenants.access.service import bootstrap_role, capabilities_of, grant_group_role, revoke_role
from tenants.models import AuditEvent, TenantGroupPermission, TenantUserPermission, User
from tenants.models.capabilities import ROLE_CAPABILITIES, Capability, Role
from tests.factories import MembershipFactory, UserFactory, WorkspaceGroupFactory

# Whoever adds a query to one of these pages says so here.
ACCESS_QUERIES = 13
PERSON_QUERIES = 9
GROUP_QUERIES = 11
HOSTILE = "<script>alert(1)</script>\u202egnitirw"


@pytest.fixture
def group(workspace, member):
    made = WorkspaceGroupFactory(workspace=workspace, name="Night shift")
    made.group.user_set.add(member)
    return made


def give(group, tenant, role):
    for capability in ROLE_CAPABILITIES[role]:
        TenantGroupPermission.objects.assign_perm(capability.value, group.group, tenant)


def at(name, tenant, *keys):
    return reverse(f"tenants:{name}", args=[tenant.slug, *keys])


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def rows(answer, table="people"):
    return [tuple(cell for _, cell in row.items()) for row in answer.context[table].paginated_rows]


def shown(answer):
    """Each person of the page with their role and why, as the table works them out."""
    tenant = answer.context["page"].tenant
    holdings = [holding_of(row.record, tenant) for row in answer.context["people"].paginated_rows]
    return [(each.person.username, each.role, each.why) for each in holdings]


def untold(answer):
    """The page without what differs from one answer to the next anyway."""
    return re.sub(r"x-csrftoken.*?}", "", answer.text)


def seen(capabilities):
    return " ".join(sorted(capabilities))


# The page of a tenant's access


@pytest.mark.usefixtures("owner")
def test_access_says_who_holds_what_and_why(sign_in, auditor, tenant, group, outsider):
    give(group, tenant, Role.OPERATOR)
    group.group.user_set.add(auditor, outsider)

    answer = sign_in(auditor).get(at("access", tenant))

    assert shown(answer) == [
        ("auditor", "Operator", ["Directly, as auditor", "Through Night shift, as operator"]),
        ("member", "Operator", ["Through Night shift, as operator"]),
        ("owner", "Owner", ["Directly, as owner"]),
    ]
    assert [row[1:] for row in rows(answer, "groups")] == [("Operator", 2)]


def test_access_shows_what_is_not_exactly_a_role(sign_in, owner, member, tenant):
    for capability in (Capability.VIEW, Capability.EXECUTE_RESTORE):
        TenantUserPermission.objects.assign_perm(capability.value, member, tenant)
    loose = MembershipFactory(workspace=tenant.workspace, user=UserFactory(username="loose")).user
    TenantUserPermission.objects.assign_perm(Capability.EXECUTE_RESTORE.value, loose, tenant)

    assert [entry[1] for entry in shown(sign_in(owner).get(at("access", tenant)))] == [
        "No full role (1 of 10 capabilities)",
        "Auditor and 1 more",
        "Owner",
    ]
    assert role_description(frozenset()) == "Nothing"


def test_deactivated_person_is_shown_as_holding_what_does_not_count(
    sign_in, owner, operator, tenant
):
    User.objects.filter(pk=operator.pk).update(is_active=False)
    browser = sign_in(owner)

    listed = shown(browser.get(at("access", tenant)))
    page = browser.get(at("access-person", tenant, operator.pk)).context["page"]

    assert listed[0] == (
        "operator",
        "Operator",
        [
            "Directly, as operator",
            "But the account is deactivated, so none of it counts",
        ],
    )
    assert [line.is_held for line in page.lines] == [False] * len(Capability)


def test_people_are_searched_in_the_database(sign_in, owner, auditor, tenant):
    ada = UserFactory(username="al", first_name="Ada", last_name="Lovelace", email="a@example.com")
    bootstrap_role(user=ada, tenant=tenant, role=Role.AUDITOR)
    browser = sign_in(owner)

    found = {
        words: [entry[0] for entry in shown(browser.get(at("access", tenant), {"q": words}))]
        for words in ("love ada", "A@EXAMPLE", "auditor", "nobody")
    }

    assert found == {
        "love ada": ["al"],
        "A@EXAMPLE": ["al"],
        "auditor": ["auditor"],
        "nobody": [],
    }


def test_people_page(sign_in, owner, tenant):
    for number in range(30):
        user = UserFactory(username=f"p{number:02}")
        bootstrap_role(user=user, tenant=tenant, role=Role.AUDITOR)
    browser = sign_in(owner)

    names = [
        entry[0]
        for number in (1, 2)
        for entry in shown(browser.get(at("access", tenant), {"page": number}))
    ]

    assert names == ["owner", *(f"p{number:02}" for number in range(30))]


@pytest.mark.parametrize("count", [1, 3])
def test_pages_cost_the_same_however_many_there_are(
    sign_in, owner, tenant, count, django_assert_num_queries
):
    groups = []
    for number in range(count):
        user = UserFactory()
        bootstrap_role(user=user, tenant=tenant, role=Role.AUDITOR)
        made = WorkspaceGroupFactory(workspace=tenant.workspace, name=f"G{number}")
        give(made, tenant, Role.OPERATOR)
        groups.append(made.group)
    for made in groups:
        made.user_set.add(*User.objects.exclude(pk=owner.pk))
    browser = sign_in(owner)
    browser.get(at("access", tenant))

    with django_assert_num_queries(ACCESS_QUERIES):
        browser.get(at("access", tenant))
    with django_assert_num_queries(PERSON_QUERIES):
        browser.get(at("access-person", tenant, user.pk))
    with django_assert_num_queries(GROUP_QUERIES):
        browser.get(at("access-group", tenant, groups[0].pk))


def test_order_of_people_is_total(tenant):
    assert people_on(tenant).totally_ordered


@pytest.mark.parametrize("person", ["auditor", "operator", "manager"])
def test_who_may_not_change_access_reads_it_with_the_reason(request, sign_in, person, tenant):
    reader = request.getfixturevalue(person)
    browser = sign_in(reader)

    answers = [
        browser.get(at("access", tenant)),
        browser.get(at("access-person", tenant, reader.pk)),
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    for answer in answers:
        assert "Your role on this tenant does not include “Manage access”" in answer.text
        assert f"/access/people/{reader.pk}/role/" not in answer.text
        assert "/access/grant/" not in answer.text


def test_hostile_names_are_text(sign_in, owner, tenant, workspace):
    bad = UserFactory(username="bad", first_name=HOSTILE)
    bootstrap_role(user=bad, tenant=tenant, role=Role.AUDITOR)
    group = WorkspaceGroupFactory(workspace=workspace, name=HOSTILE)
    group.group.user_set.add(bad)
    give(group, tenant, Role.OPERATOR)
    browser = sign_in(owner)

    pages = [
        browser.get(at("access", tenant)),
        browser.get(at("access-grant", tenant)),
        browser.get(at("access-person", tenant, bad.pk)),
        browser.get(at("access-group", tenant, group.group_id)),
        browser.get(at("access-person-role", tenant, bad.pk), {"role": "owner"}),
        browser.get(at("access-group-role", tenant, group.group_id), {"role": "none"}),
    ]

    assert [page.status_code for page in pages] == [200] * 6
    assert ["<script>alert" in page.text for page in pages] == [False] * 6
    assert ["&lt;script&gt;" in page.text for page in pages] == [True] * 6


# A person and a group


def test_person_page_says_of_each_capability_why(sign_in, owner, operator, tenant, group):
    group.group.user_set.add(operator)
    give(group, tenant, Role.AUDITOR)

    page = sign_in(owner).get(at("access-person", tenant, operator.pk)).context["page"]

    assert [(line.capability, line.is_held, line.why) for line in page.lines] == [
        (Capability.VIEW, True, "directly, as operator; through Night shift, as auditor"),
        (Capability.CAPTURE_BACKUP, True, "directly, as operator"),
        (Capability.IMPORT_BACKUP, True, "directly, as operator"),
        (Capability.PREPARE_RESTORE, True, "directly, as operator"),
        (Capability.EXECUTE_RESTORE, True, "directly, as operator"),
        (Capability.MANAGE_RESTORES, False, ""),
        (Capability.MANAGE_CONNECTION, False, ""),
        (Capability.APPROVE_RESTORE, False, ""),
        (Capability.OVERRIDE_SAFEGUARDS, False, ""),
        (Capability.MANAGE_ACCESS, False, ""),
    ]
    assert {line.capability for line in page.lines if line.is_held} == capabilities_of(
        operator, tenant
    )


def test_who_holds_nothing_is_known_to_who_could_give_it_alone(
    sign_in, owner, auditor, member, tenant
):
    outsider = MembershipFactory().user
    unknown = User.objects.latest("pk").pk + 1
    statuses = {
        reader.username: [
            sign_in(reader).get(at("access-person", tenant, key)).status_code
            for key in (member.pk, outsider.pk, unknown)
        ]
        for reader in (owner, auditor)
    }

    assert statuses == {"owner": [200, 404, 404], "auditor": [404, 404, 404]}


def test_group_of_another_workspace_is_not_there(sign_in, owner, auditor, tenant, group):
    foreign = WorkspaceGroupFactory().group_id
    statuses = {
        reader.username: [
            sign_in(reader).get(at("access-group", tenant, key)).status_code
            for key in (group.group_id, foreign, foreign + 1)
        ]
        for reader in (owner, auditor)
    }

    assert statuses == {"owner": [200, 404, 404], "auditor": [404, 404, 404]}


def test_group_of_the_administration_can_only_lose_its_role(sign_in, owner, member, tenant):
    # Made outside of the product, by a script of the installation's.
    made = Group.objects.create(name="Everybody")
    made.user_set.add(member)
    TenantGroupPermission.objects.assign_perm(Capability.VIEW.value, made, tenant)
    browser = sign_in(owner)

    page = browser.get(at("access-group", tenant, made.pk)).context["page"]
    refused = browser.post(
        at("access-group-role", tenant, made.pk), {"role": "owner", "seen": "view_tenant"}
    )
    revoked = browser.post(
        at("access-group-role", tenant, made.pk), {"role": "none", "seen": "view_tenant"}
    )

    assert "can only be revoked" in page.change_denial
    assert (refused.status_code, revoked.status_code) == (409, 302)
    assert not TenantGroupPermission.objects.exists()


# Choosing, confirming, doing


@pytest.mark.parametrize("kind", ["person", "group"])
def test_choice_leads_to_its_confirmation(sign_in, owner, tenant, group, kind):
    key = owner.pk if kind == "person" else group.group_id

    answer = sign_in(owner).get(
        at("access-grant", tenant), {"holder": f"{kind}:{key}", "role": "operator"}
    )

    expected = at(f"access-{kind}-role", tenant, key)
    assert (answer.status_code, answer["Location"]) == (302, f"{expected}?role=operator")


def test_choice_is_among_the_workspaces_own_alone(
    sign_in, owner, tenant, outsider, other_workspace
):
    foreign = WorkspaceGroupFactory(workspace=other_workspace)
    unknown = f"person:{User.objects.latest('pk').pk + 1}"
    browser = sign_in(owner)

    answers = [
        browser.get(at("access-grant", tenant), {"holder": holder, "role": "auditor"})
        for holder in (f"person:{outsider.pk}", f"group:{foreign.group_id}", unknown)
    ]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert [list(answer.context["form"].errors) for answer in answers] == [["holder"]] * 3
    assert "outsider" not in answers[0].text.replace(f"person:{outsider.pk}", "")


def test_confirmation_says_what_is_gained_and_lost(sign_in, owner, operator, tenant):
    browser = sign_in(owner)
    address = at("access-person-role", tenant, operator.pk)

    up = browser.get(address, {"role": "manager"}).context["page"]
    down = browser.get(address, {"role": "auditor"}).context["page"]
    out = browser.get(address, {"role": "none"}).context["page"]

    assert (up.question, up.act) == ("Make operator manager of Contoso?", "Change the role")
    assert (up.change.before, up.change.after) == ("Operator", "Manager")
    assert up.effect.gains == [
        "Archive and delete restores",
        "Manage the provider connection",
        "Approve restores",
    ]
    assert up.effect.loses == []
    assert down.effect.loses == [
        "Capture backups",
        "Import backups",
        "Prepare restores",
        "Execute restores",
    ]
    assert (out.question, out.change.after) == ("Revoke the role of operator on Contoso?", None)
    assert out.others_sentence == "No one else is affected."


def test_confirmation_counts_what_groups_give(sign_in, owner, operator, tenant, group):
    group.group.user_set.add(operator)
    give(group, tenant, Role.MANAGER)

    page = (
        sign_in(owner)
        .get(at("access-person-role", tenant, operator.pk), {"role": "none"})
        .context["page"]
    )

    assert page.effect.is_nothing
    assert (
        page.nothing_sentence == "What they can do stays the same: groups of theirs give as much."
    )


def test_confirmation_of_a_group_names_the_members_it_reaches(
    sign_in, owner, operator, tenant, group
):
    group.group.user_set.add(operator, owner)
    give(group, tenant, Role.AUDITOR)

    page = (
        sign_in(owner)
        .get(at("access-group-role", tenant, group.group_id), {"role": "operator"})
        .context["page"]
    )

    gained = ["Capture backups", "Import backups", "Prepare restores", "Execute restores"]
    assert [(effect.name, effect.gains) for effect in page.affected] == [("member", gained)]
    assert page.others_sentence == "For 2 more of its members nothing changes."


def test_owner_grants_changes_and_revokes(sign_in, owner, member, tenant):
    browser = sign_in(owner)
    address = at("access-person-role", tenant, member.pk)

    held = frozenset()
    for role in ("operator", "auditor", "none"):
        answer = browser.post(address, {"role": role, "seen": seen(held)})
        assert (answer.status_code, answer["Location"]) == (302, at("access", tenant))
        held = ROLE_CAPABILITIES[Role(role)] if role != "none" else frozenset()
        assert capabilities_of(member, tenant) == held

    assert said(answer) == [
        "member: operator of Contoso.",
        "member: auditor of Contoso.",
        "member: the role on Contoso is revoked.",
    ]
    assert list(
        AuditEvent.objects.filter(action__startswith="access.", actor=owner)
        .order_by("pk")
        .values_list("action", flat=True)
    ) == ["access.granted", "access.changed", "access.revoked"]


def test_owner_gives_a_group_its_role(sign_in, owner, member, tenant, group):
    answer = sign_in(owner).post(
        at("access-group-role", tenant, group.group_id), {"role": "operator", "seen": ""}
    )

    assert said(answer) == ["Night shift: operator of Contoso."]
    assert capabilities_of(member, tenant) == ROLE_CAPABILITIES[Role.OPERATOR]


def test_confirmation_of_another_time_changes_nothing(sign_in, owner, member, tenant, group):
    browser = sign_in(owner)
    bootstrap_role(user=member, tenant=tenant, role=Role.OPERATOR)
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.AUDITOR)

    answers = [
        browser.post(at("access-person-role", tenant, member.pk), {"role": "owner", "seen": ""}),
        browser.post(at("access-person-role", tenant, member.pk), {"role": "none"}),
        browser.post(
            at("access-group-role", tenant, group.group_id), {"role": "owner", "seen": "x"}
        ),
    ]

    assert [answer.status_code for answer in answers] == [409] * 3
    assert ["What is held changed meanwhile" in answer.text for answer in answers] == [True] * 3
    assert capabilities_of(member, tenant) == ROLE_CAPABILITIES[Role.OPERATOR]


@pytest.mark.parametrize("role", ["manager", "none"])
@pytest.mark.parametrize("way", ["directly", "through a group"])
def test_last_owner_reads_it_before_they_try(sign_in, owner, member, tenant, group, role, way):
    if way == "directly":
        address = at("access-person-role", tenant, owner.pk)
    else:
        give(group, tenant, Role.OWNER)
        revoke_role(actor=owner, user=owner, tenant=tenant, role=Role.OWNER)
        address = at("access-group-role", tenant, group.group_id)
    browser = sign_in(owner if way == "directly" else member)
    sentence = "This would leave no one who may manage access to Contoso."

    asked = browser.get(address, {"role": role})
    bootstrap_role(user=UserFactory(), tenant=tenant, role=Role.OWNER)
    with_another = browser.get(address, {"role": role})

    assert [sentence in page.text for page in (asked, with_another)] == [True, False]
    assert [
        '<button type="submit" class="btn btn-' in page.text for page in (asked, with_another)
    ] == [
        False,
        True,
    ]


def test_role_that_is_held_already_is_not_offered(sign_in, owner, operator, tenant):
    browser = sign_in(owner)

    page = browser.get(at("access-person", tenant, operator.pk))
    asked = browser.get(at("access-person-role", tenant, operator.pk), {"role": "operator"})

    form = page.context["form"]
    assert form["role"].value() is None
    assert [value for value, _ in form.fields["role"].choices] == ["auditor", "manager", "owner"]
    assert "This is the role held already: operator." in asked.text
    assert '<button type="submit" class="btn btn-' not in asked.text


def test_last_owner_stays_and_the_page_says_what_to_do(sign_in, owner, tenant):
    answer = sign_in(owner).post(
        at("access-person-role", tenant, owner.pk),
        {"role": "none", "seen": seen(ROLE_CAPABILITIES[Role.OWNER])},
    )

    assert answer.status_code == 409
    assert "Make another active member of the workspace owner there first." in answer.text
    assert capabilities_of(owner, tenant) == frozenset(Capability)


@pytest.mark.parametrize("role", ["", "emperor", "OWNER", "\0"])
def test_role_that_does_not_exist_is_not_found(sign_in, owner, member, tenant, role):
    browser = sign_in(owner)

    answers = [
        browser.post(at("access-person-role", tenant, member.pk), {"role": role, "seen": ""}),
        browser.get(at("access-person-role", tenant, member.pk) + f"?role={role.strip(chr(0))}x"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert capabilities_of(member, tenant) == frozenset()


@pytest.mark.parametrize("person", ["auditor", "operator", "manager"])
def test_changing_access_without_the_right_is_403_and_audited(
    request, sign_in, person, member, tenant
):
    actor = request.getfixturevalue(person)
    newest = AuditEvent.objects.latest("pk").pk

    answer = sign_in(actor).post(
        at("access-person-role", tenant, member.pk), {"role": "owner", "seen": ""}
    )

    assert answer.status_code == 403
    assert capabilities_of(member, tenant) == frozenset()
    denied = AuditEvent.objects.get(pk__gt=newest, outcome="denied")
    assert (denied.action, denied.actor, denied.tenant) == ("access.denied", actor, tenant)


def test_foreign_person_and_group_are_answered_like_unknown_ones(
    sign_in, owner, outsider, tenant, other_workspace
):
    browser = sign_in(owner)
    foreign = WorkspaceGroupFactory(workspace=other_workspace).group_id
    given = {"role": "auditor", "seen": ""}

    pairs = [
        (
            browser.post(at(name, tenant, key), given),
            browser.post(at(name, tenant, 999_999_999), given),
        )
        for name, key in (("access-person-role", outsider.pk), ("access-group-role", foreign))
    ]

    for known, unknown in pairs:
        assert (known.status_code, untold(known)) == (404, untold(unknown))
    assert not TenantGroupPermission.objects.exists()
    assert capabilities_of(outsider, tenant) == frozenset()


# The matrix


def test_matrix_is_the_registry(sign_in, member):
    answer = sign_in(member).get(reverse("tenants:roles"))

    matrix = {
        line.capability: {role for role, is_held in line.cells if is_held}
        for line in answer.context["matrix"]
    }
    assert matrix == {
        capability: {role for role in Role if capability in ROLE_CAPABILITIES[role]}
        for capability in Capability
    }
    assert all(capability.meaning.endswith(".") for capability in Capability)
    assert len({capability.meaning for capability in Capability}) == len(Capability)
