"""A row of the trail says in one sentence who did what, for which person, and where."""

import re

import pytest
from django.urls import reverse

from tenants.access.service import grant_group_role, grant_role, revoke_role
from tenants.audit import trail
from tenants.audit.actions import LABELS, SENTENCES
from tenants.audit.sentences import sentence_of
from tenants.membership.groups import add_to_group, create_group, remove_from_group, rename_group
from tenants.membership.members import remove_member
from tenants.models import AuditEvent, AuditOutcome
from tenants.models.capabilities import Role
from tests.factories import UserFactory

LIST = reverse("audit:event-list")


def sentences():
    return [sentence_of(event) for event in AuditEvent.objects.order_by("pk")]


def test_every_action_has_its_sentence():
    assert [action for action in LABELS if not SENTENCES.get(action)] == []


@pytest.mark.parametrize("action", SENTENCES)
@pytest.mark.parametrize("is_known", [True, False])
def test_sentence_is_whole_whatever_the_event_holds(action, is_known):
    facts = set(re.findall(r"\{([a-z_]+)\}", SENTENCES[action])) - {"who", "where", "subject"}
    event = AuditEvent(
        action=action,
        actor_name="ada" if is_known else "",
        tenant_name="Contoso" if is_known else "",
        subject="user:1" if is_known else "",
        detail={fact: f"<{fact}>" for fact in facts} if is_known else {},
    )

    said = sentence_of(event)

    assert not re.search(r"[\[\]{}]", said)
    told = facts - {"actor", "reach"} if is_known else set()
    assert {fact for fact in told if f"<{fact}>" not in said} == set()


def test_roles_and_groups_in_sentences(owner, operator, member, tenant, workspace):
    group = create_group(actor=owner, workspace=workspace, name="Helpers")
    add_to_group(actor=owner, group=group, user=member)
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.AUDITOR)
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.MANAGER)
    remove_from_group(actor=owner, group=group, user=member)
    rename_group(actor=owner, group=group, name="Night shift")
    grant_role(actor=owner, user=operator, tenant=tenant, role=Role.OWNER)
    revoke_role(actor=owner, user=operator, tenant=tenant, role=Role.OWNER)
    remove_member(actor=owner, workspace=workspace, user=operator)

    assert sentences() == [
        "owner was made owner of Contoso from the command line",
        "operator was made operator of Contoso from the command line",
        "owner made the group Helpers in Contoso Services",
        "owner added member to the group Helpers",
        "owner made Helpers auditor of Contoso",
        "owner made member auditor of Contoso through Helpers",
        "owner made Helpers manager of Contoso, before: auditor",
        "owner made member manager of Contoso through Helpers, before: auditor",
        "owner removed member from the group Helpers",
        "owner took from member the role manager on Contoso through Helpers",
        "owner renamed the group Helpers to Night shift",
        "owner made operator owner of Contoso, before: operator",
        "owner took from operator the role owner on Contoso",
        "owner removed operator from Contoso Services",
    ]


def test_refusal_says_what_was_refused(sign_in, auditor, tenant):
    sign_in(auditor).post(reverse("tenants:write-gate-set", args=[tenant.slug]))

    assert sentence_of(AuditEvent.objects.get(outcome=AuditOutcome.DENIED)) == (
        "auditor was refused on Contoso: “Manage the provider connection” "
        "(POST /tenants/…/write-gate/)"
    )


def test_name_that_looks_like_a_template_is_a_name(owner, tenant):
    trail.record(
        action="access.granted", actor=owner, tenant=tenant, detail={"name": "{who}[{page}]"}
    )

    assert sentence_of(AuditEvent.objects.latest("pk")).startswith("owner made {who}[{page}] ")


def test_action_of_another_time_is_said_by_its_label(tenant):
    trail.record(action="restore.long_gone", actor=None, tenant=tenant)

    assert sentences() == ["The product: Restore long gone"]


def test_row_holds_the_sentence_and_one_list_of_facts(sign_in, owner, operator, tenant):
    grant_role(actor=owner, user=operator, tenant=tenant, role=Role.MANAGER)
    event = AuditEvent.objects.latest("pk")

    page = sign_in(owner).get(LIST, {"action": "access.changed"}).text

    row = page[page.index("<tbody>") : page.index("</tbody>")]
    assert "owner made operator manager of Contoso, before: operator" in row
    assert re.search(r"<dt>Hash</dt>\s*<dd><code class=\"rs-digest\"", row)
    assert row.count(event.hash) == 1


# Search


@pytest.fixture
def history(owner, member, tenant, workspace):
    group = create_group(actor=owner, workspace=workspace, name="Helpers")
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.AUDITOR)
    add_to_group(actor=owner, group=group, user=member)
    grant_role(actor=owner, user=member, tenant=tenant, role=Role.OPERATOR)
    return group


def found(browser, word):
    table = browser.get(LIST, {"q": word}).context["table"]
    return [sentence_of(event) for event in reversed(table.data.data)]


@pytest.mark.usefixtures("history")
def test_everything_done_to_a_person_is_found_by_their_name(sign_in, owner):
    assert found(sign_in(owner), "member") == [
        "owner added member to the group Helpers",
        "owner made member auditor of Contoso through Helpers",
        "owner made member operator of Contoso",
    ]


@pytest.mark.usefixtures("history")
def test_everything_about_a_group_is_found_by_its_name(sign_in, owner):
    assert found(sign_in(owner), "helpers") == [
        "owner made the group Helpers in Contoso Services",
        "owner made Helpers auditor of Contoso",
        "owner added member to the group Helpers",
        "owner made member auditor of Contoso through Helpers",
    ]


def test_who_has_another_name_by_now_is_found_under_both(sign_in, owner, member, history):
    member.username = "renamed-person"
    member.save()
    rename_group(actor=owner, group=history, name="Night shift")
    browser = sign_in(owner)

    assert found(browser, "RENAMED-person") == [
        "owner made member auditor of Contoso through Helpers",
        "owner made member operator of Contoso",
    ]
    assert found(browser, "night shift") == [
        "owner made the group Helpers in Contoso Services",
        "owner made Helpers auditor of Contoso",
        "owner added member to the group Helpers",
        "owner renamed the group Helpers to Night shift",
    ]


def test_name_in_another_alphabet_is_found(sign_in, owner, tenant):
    ada = UserFactory(username="zoë")
    trail.record(
        action="access.granted",
        actor=owner,
        tenant=tenant,
        subject="group:7",
        detail={"name": "Größe zoë", "after": "owner"},
    )

    assert found(sign_in(owner), "Größe") == ["owner made Größe zoë owner of Contoso"]
    assert found(sign_in(owner), ada.username) == ["owner made Größe zoë owner of Contoso"]


# The installation's head


def test_head_of_the_installation_is_shown_to_staff_alone(sign_in, owner, operator):
    operator.is_staff = True
    operator.save()
    staff, other = sign_in(operator), sign_in(owner)
    command = "manage.py verify_audit --expect-head "

    pages = [browser.get(LIST).text for browser in (staff, other)]

    assert [command in page for page in pages] == [True, False]
    head = AuditEvent.objects.filter(workspace=None).latest("pk").hash
    assert f"{command}{head}" in pages[0]
    assert "The installation: 2 events" in pages[0]


def test_what_was_changed_of_a_connection_is_told_in_words():
    event = AuditEvent(
        action="connection.changed",
        actor_name="ada",
        tenant_name="Contoso",
        detail={"changed": ["directory_id", "client_id", "credential"]},
    )

    assert sentence_of(event) == (
        "ada changed the connection of Contoso: directory, app registration, credential"
    )
