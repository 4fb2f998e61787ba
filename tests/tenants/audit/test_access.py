"""Who may read a tenant's trail sees how each access to it came about, and no more."""

import json
import random

import pytest
from django.urls import reverse

from tenants.access.service import (
    NotAMemberError,
    RoleNotHeldError,
    bootstrap_role,
    grant_group_role,
    grant_role,
    held_by,
    revoke_group_role,
    revoke_role,
)
from tenants.membership.groups import (
    add_to_group,
    create_group,
    delete_group,
    remove_from_group,
    rename_group,
)
from tenants.membership.members import enrol, note_activity, remove_member
from tenants.models import AuditEvent, Membership, Tenant, User
from tenants.models.capabilities import ROLE_CAPABILITIES, Role
from tests.factories import MembershipFactory, TenantFactory, UserFactory

THROUGH = "_through_group"


@pytest.fixture
def group(owner, workspace):
    return create_group(actor=owner, workspace=workspace, name="Helpers")


@pytest.fixture
def labs(workspace):
    """A tenant of the workspace whose owner is another; the auditor does not know of it."""
    labs = TenantFactory(workspace=workspace, name="Labs", slug="labs")
    bootstrap_role(user=UserFactory(username="keeper"), tenant=labs, role=Role.OWNER)
    return labs


def told(user, *, tenant=None):
    """What the trail shows the person, the oldest first, without how the tests began."""
    events = AuditEvent.objects.readable_by(user)
    if tenant:
        events = events.in_trail_of(Tenant.objects.filter(pk=tenant.pk))
    return [
        (event.action, event.tenant_name, event.subject)
        for event in events.exclude(action="access.bootstrapped").order_by("pk")
    ]


def test_member_of_a_group_gains_and_loses_on_each_tenant_of_it(owner, member, tenant, group):
    more = TenantFactory(workspace=tenant.workspace, name="Labs")
    bootstrap_role(user=owner, tenant=more, role=Role.OWNER)
    for each, role in ((tenant, Role.OPERATOR), (more, Role.AUDITOR)):
        grant_group_role(actor=owner, group=group.group, tenant=each, role=role)

    add_to_group(actor=owner, group=group, user=member)
    remove_from_group(actor=owner, group=group, user=member)

    events = AuditEvent.objects.filter(action__endswith=THROUGH).order_by("pk")
    assert [(one.action, one.actor, one.tenant, one.subject, one.detail) for one in events] == [
        (
            f"access.{act}{THROUGH}",
            owner,
            each,
            f"user:{member.pk}",
            {"name": "member", "group": "Helpers", "before": before, "after": after},
        )
        for act, moves in (
            ("granted", [(tenant, None, "operator"), (more, None, "auditor")]),
            ("revoked", [(tenant, "operator", None), (more, "auditor", None)]),
        )
        for each, before, after in moves
    ]


def test_role_of_a_group_is_told_of_each_of_its_members(owner, member, operator, tenant, group):
    for person in (member, operator):
        add_to_group(actor=owner, group=group, user=person)

    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.AUDITOR)
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.OWNER)
    delete_group(actor=owner, group=group)

    events = AuditEvent.objects.filter(tenant=tenant, detail__has_key="after").order_by("pk")
    assert [(one.action, one.subject) for one in events] == [
        (f"access.{act}{how}", subject)
        for act in ("granted", "changed", "revoked")
        for how, subject in (
            ("", f"group:{group.group_id}"),
            *((THROUGH, f"user:{person.pk}") for person in (member, operator)),
        )
    ]
    assert [one.action for one in AuditEvent.objects.order_by("-pk")[:1]] == ["group.deleted"]


def test_auditor_sees_how_somebody_came_in_and_went(owner, auditor, member, tenant, group):
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.OPERATOR)
    add_to_group(actor=owner, group=group, user=member)
    rename_group(actor=owner, group=group, name="Night shift")
    note_activity(actor=owner, user=member)
    remove_member(actor=owner, workspace=tenant.workspace, user=member)

    whole = told(auditor)

    user, itself = f"user:{member.pk}", f"group:{group.group_id}"
    assert whole == [
        ("group.added", "", itself),
        ("access.granted", "Contoso", itself),
        ("access.granted_through_group", "Contoso", user),
        ("group.renamed", "", itself),
        ("person.activated", "", user),
        ("access.revoked_through_group", "Contoso", user),
        ("membership.removed", "", user),
    ]
    assert told(auditor, tenant=tenant) == whole


def test_who_holds_nothing_there_is_not_told_of(auditor, workspace, labs, group):
    keeper = Membership.objects.get(workspace=workspace, user__username="keeper").user
    newcomer = UserFactory()
    enrol(actor=keeper, workspace=workspace, user=newcomer)
    theirs = create_group(actor=keeper, workspace=workspace, name="Theirs")
    add_to_group(actor=keeper, group=theirs, user=newcomer)
    grant_group_role(actor=keeper, group=theirs.group, tenant=labs, role=Role.MANAGER)
    rename_group(actor=keeper, group=theirs, name="Still theirs")
    remove_member(actor=keeper, workspace=workspace, user=newcomer)

    assert AuditEvent.objects.filter(action="membership.removed").exists()
    assert told(auditor) == []


def test_membership_elsewhere_of_who_holds_something_here_is_not_told(
    auditor, operator, outsider, other_workspace, other_tenant
):
    enrol(actor=outsider, workspace=other_workspace, user=operator)
    grant_role(actor=outsider, user=operator, tenant=other_tenant, role=Role.AUDITOR)
    remove_member(actor=outsider, workspace=other_workspace, user=operator)

    assert told(auditor) == []
    assert [action for action, *_ in told(outsider)] == [
        "membership.added",
        "access.granted",
        "access.revoked",
        "membership.removed",
    ]


def test_nothing_of_another_tenant_stands_in_what_is_told_of_both(
    owner, auditor, tenant, labs, group
):
    bootstrap_role(user=owner, tenant=labs, role=Role.OWNER)
    member = MembershipFactory(workspace=tenant.workspace).user
    for each in (tenant, labs):
        grant_group_role(actor=owner, group=group.group, tenant=each, role=Role.OPERATOR)
    add_to_group(actor=owner, group=group, user=member)
    delete_group(actor=owner, group=group)

    shown = AuditEvent.objects.readable_by(auditor)

    assert shown.filter(action="access.revoked_through_group").count() == 1
    assert "labs" not in str(list(shown.values())).lower()
    assert {event.tenant_id for event in shown} == {tenant.pk, None}


@pytest.mark.parametrize("seed", range(5))
def test_trail_replayed_is_who_holds_what(owner, tenant, workspace, seed):
    """Whatever people do, each access stands in the tenant's trail, and each end of one."""
    rng = random.Random(seed)
    tenants = [tenant, TenantFactory(workspace=workspace, name="Labs")]
    bootstrap_role(user=owner, tenant=tenants[1], role=Role.OWNER)
    people = [MembershipFactory(workspace=workspace).user for _ in range(3)]
    groups = [create_group(actor=owner, workspace=workspace, name=name) for name in "AB"]

    for _ in range(40):
        _do_something(rng, owner, tenants, people, groups)

    held = [_held(each) for each in tenants]
    assert [_replayed(each) for each in tenants] == held
    assert sum(map(len, held)) > 3


# In the order of the acts; who is removed has to come in again before anything can be given.
WEIGHTS = (4, 1, 4, 1, 6, 2, 1, 4)


def _do_something(rng, owner, tenants, people, groups):
    user, tenant = rng.choice(people), rng.choice(tenants)
    group, role = rng.choice(groups), rng.choice(list(Role))
    acts = {
        "grant": lambda: grant_role(actor=owner, user=user, tenant=tenant, role=role),
        "revoke": lambda: revoke_role(actor=owner, user=user, tenant=tenant, role=role),
        "group": lambda: grant_group_role(actor=owner, group=group.group, tenant=tenant, role=role),
        "group revoke": lambda: revoke_group_role(
            actor=owner, group=group.group, tenant=tenant, role=role
        ),
        "join": lambda: add_to_group(actor=owner, group=group, user=user),
        "leave": lambda: remove_from_group(actor=owner, group=group, user=user),
        "remove": lambda: remove_member(actor=owner, workspace=tenant.workspace, user=user),
        "enrol": lambda: enrol(actor=owner, workspace=tenant.workspace, user=user),
    }
    try:
        acts[rng.choices(list(acts), WEIGHTS)[0]]()
    except (NotAMemberError, RoleNotHeldError):
        return


def _replayed(tenant):
    """What the events of one tenant say is held now: by whom, through what."""
    held = {}
    for event in AuditEvent.objects.filter(tenant=tenant, action__startswith="access."):
        if event.subject.startswith("user:"):
            key = (event.subject, event.detail.get("group"))
            held.setdefault(key, event.detail.get("after", event.detail.get("role")))
    return {key: after for key, after in held.items() if after}


def _held(tenant):
    found = {}
    for user in User.objects.filter(memberships__workspace=tenant.workspace):
        ways = [(None, held_by(user, tenant))]
        ways += [
            (group.workspace_group.name, held_by(group, tenant))
            for group in user.groups.select_related("workspace_group")
        ]
        for name, capabilities in ways:
            if capabilities:
                found[f"user:{user.pk}", name] = NAMES[capabilities]
    return found


NAMES = {ROLE_CAPABILITIES[role]: role.value for role in Role}


def test_filter_by_tenant_tells_how_access_to_it_came_about(sign_in, owner, auditor, tenant, group):
    grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.OPERATOR)
    rename_group(actor=owner, group=group, name="Night shift")

    page = sign_in(auditor).get(reverse("audit:event-json"), {"tenant": "contoso"})

    told = [event["action"] for event in json.loads(page.getvalue())["events"]]
    assert [one for one in told if one not in {"access.bootstrapped", "audit.exported"}] == [
        "group.renamed",
        "access.granted",
        "group.added",
    ]
