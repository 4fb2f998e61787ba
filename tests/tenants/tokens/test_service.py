"""Tokens: made with limits, kept as a hash, refused alike, and never more than their person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.access.service import (
    AccessDeniedError,
    ScopeDeniedError,
    bootstrap_role,
    capabilities_of,
    require,
    require_scope,
)
from tenants.models import (
    ApiToken,
    AuditEvent,
    Membership,
    Tenant,
    TenantGroupPermission,
    TenantUserPermission,
    TokenState,
)
from tenants.models.capabilities import Capability, Role
from tenants.models.token_scopes import TokenScope, reach_of
from tenants.tokens.service import (
    TokenNotAcceptedError,
    TokenRefusedError,
    TokenRevokedError,
    caller_of,
    create_token,
    hash_of,
    note_refusal,
    revoke_own_tokens,
    revoke_token,
    revoke_token_reaching,
)
from tests.factories import TenantFactory, WorkspaceGroupFactory

NOW = timezone.now()
YEAR = timedelta(days=365)
MONTH = timedelta(days=30)


def made(person, *scopes, tenant=None, valid_for=MONTH, now=NOW):
    return create_token(
        actor=person,
        name="nightly",
        scopes=scopes or tuple(TokenScope),
        tenant=tenant,
        valid_for=valid_for,
        now=now,
    )


def flaw_of(text, now=NOW):
    """Why the trail says it was refused."""
    with pytest.raises(TokenNotAcceptedError):
        caller_of(text=text, now=now)
    note_refusal(text=text, now=now)
    event = AuditEvent.objects.latest("pk")
    return event.action, event.outcome, event.detail["flaw"]


def test_token_is_kept_as_a_hash_alone(operator):
    new = made(operator)

    row = ApiToken.objects.values().get()
    secret = new.text.removeprefix(f"{new.token.prefix}_")
    assert len(secret) == 43
    assert secret not in str(row)
    assert row["secret_hash"] == hash_of(new.text)
    assert secret not in str(list(AuditEvent.objects.values()))
    assert secret not in repr(new)


def test_making_and_revoking_are_events(operator, tenant):
    new = made(operator, TokenScope.READ, tenant=tenant)
    revoke_token(actor=operator, token=new.token, now=NOW)

    events = AuditEvent.objects.filter(action__startswith="token.").order_by("pk")
    assert [(one.action, one.actor, one.tenant, one.detail["prefix"]) for one in events] == [
        ("token.created", operator, tenant, new.token.prefix),
        ("token.revoked", operator, tenant, new.token.prefix),
    ]


@pytest.mark.parametrize(
    ("scopes", "valid_for"),
    [
        ([TokenScope.READ], YEAR + timedelta(seconds=1)),
        ([TokenScope.READ], timedelta()),
        ([TokenScope.READ], timedelta(days=-1)),
        ([TokenScope.READ, TokenScope.RESTORE], MONTH + timedelta(seconds=1)),
        ([], MONTH),
    ],
)
def test_token_beyond_its_limits_is_not_made(operator, scopes, valid_for):
    with pytest.raises(TokenRefusedError):
        create_token(
            actor=operator,
            name="nightly",
            scopes=scopes,
            tenant=None,
            valid_for=valid_for,
            now=NOW,
        )

    assert not ApiToken.objects.exists()


def test_token_at_its_limits_is_made(operator):
    lives = [
        made(operator, TokenScope.READ, valid_for=YEAR).token.expires_at,
        made(operator, TokenScope.RESTORE, valid_for=MONTH).token.expires_at,
    ]

    assert lives == [NOW + YEAR, NOW + MONTH]


def test_token_for_a_tenant_that_is_not_open_is_not_made(operator, other_tenant):
    with pytest.raises(TokenRefusedError, match="open to you"):
        made(operator, tenant=other_tenant)


def test_token_stands_for_its_person_within_its_scopes(operator, tenant):
    caller = caller_of(text=made(operator, TokenScope.CAPTURE).text, now=NOW)

    assert (caller.actor, caller.reader) == (operator, operator)
    assert capabilities_of(caller.actor, tenant) == {Capability.VIEW, Capability.CAPTURE_BACKUP}
    assert capabilities_of(caller.reader, tenant) == capabilities_of(operator, tenant)


@pytest.mark.parametrize("scope", TokenScope)
@pytest.mark.parametrize("role", ["auditor", "operator", "manager", "owner"])
def test_token_never_does_more_than_its_person(request, tenant, role, scope):
    person = request.getfixturevalue(role)

    caller = caller_of(text=made(person, scope).text, now=NOW)

    held = capabilities_of(person, tenant)
    assert capabilities_of(caller.actor, tenant) == held & scope.capabilities
    seen = {one for one in Capability if Tenant.objects.visible_to(caller.actor, one).exists()}
    assert seen == held & scope.capabilities


def test_every_capability_but_those_of_admins_can_be_reached(operator):
    assert set(Capability) - reach_of(TokenScope) == {
        Capability.APPROVE_RESTORE,
        Capability.OVERRIDE_SAFEGUARDS,
        Capability.MANAGE_CONNECTION,
        Capability.MANAGE_ACCESS,
    }


def test_token_for_one_tenant_knows_of_no_other(operator, tenant, workspace):
    second = TenantFactory(workspace=workspace, slug="second")
    bootstrap_role(user=operator, tenant=second, role=Role.OPERATOR)

    caller = caller_of(text=made(operator, tenant=tenant).text, now=NOW)

    for person in (caller.actor, caller.reader):
        assert list(Tenant.objects.visible_to(person)) == [tenant]
        assert capabilities_of(person, second) == frozenset()
        with pytest.raises(AccessDeniedError):
            require(person, Capability.VIEW, second)
        own = AuditEvent.objects.readable_by(person)
        assert set(own.values_list("tenant__slug", flat=True)) == {"contoso"}


def test_refusal_of_a_scope_is_an_event_that_names_it(operator, tenant):
    with pytest.raises(ScopeDeniedError, match="“restore”"):
        require_scope(
            actor=operator, scopes=[TokenScope.READ], scope=TokenScope.RESTORE, tenant=tenant
        )

    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.outcome, event.tenant, event.detail) == (
        "access.denied",
        "denied",
        tenant,
        {"scope": "restore"},
    )


def test_what_opens_nothing_is_refused_by_name_in_the_trail_alone(operator):
    new = made(operator)
    revoked = made(operator)
    revoke_token(actor=operator, token=revoked.token, now=NOW)

    assert [
        flaw_of("rst_00000000_" + "x" * 43),
        flaw_of("anything"),
        flaw_of(new.text[:-1]),
        flaw_of(new.text, now=NOW + MONTH),
        flaw_of(revoked.text),
    ] == [
        ("token.refused", "denied", flaw)
        for flaw in ("unknown", "unknown", "unknown", "expired", "revoked")
    ]
    assert "anything" not in str(list(AuditEvent.objects.values()))


def test_token_dies_with_its_person(operator):
    new = made(operator)
    operator.is_active = False
    operator.save(update_fields=["is_active"])

    assert flaw_of(new.text) == ("token.refused", "denied", "person_deactivated")


def test_removed_membership_ends_access_at_once(operator, tenant):
    new = made(operator)
    Membership.objects.filter(user=operator).delete()

    caller = caller_of(text=new.text, now=NOW)

    assert capabilities_of(caller.actor, tenant) == frozenset()
    assert not Tenant.objects.visible_to(caller.reader).exists()


def test_use_is_noted_once_a_minute(operator, django_assert_num_queries):
    new = made(operator)

    def used(seconds):
        caller_of(text=new.text, now=NOW + timedelta(seconds=seconds))
        return ApiToken.objects.get().last_used_at

    assert [used(0), used(59), used(60)] == [NOW, NOW, NOW + timedelta(seconds=60)]
    with django_assert_num_queries(1):
        caller_of(text=new.text, now=NOW + timedelta(seconds=61))


def test_nobody_revokes_the_token_of_another_and_nobody_twice(operator, owner):
    new = made(operator)

    with pytest.raises(TokenRevokedError):
        revoke_token(actor=owner, token=new.token, now=NOW)
    revoke_token(actor=operator, token=new.token, now=NOW)
    with pytest.raises(TokenRevokedError):
        revoke_token(actor=operator, token=new.token, now=NOW)

    assert ApiToken.objects.get().state_at(NOW) is TokenState.REVOKED


@pytest.mark.parametrize("way", ["for it", "for every tenant", "through a group"])
def test_token_of_who_may_see_the_tenant_reaches_it(operator, member, tenant, way):
    if way == "through a group":
        group = WorkspaceGroupFactory(workspace=tenant.workspace)
        group.group.user_set.add(member)
        TenantGroupPermission.objects.assign_perm(Capability.VIEW, group.group, tenant)
        new = made(member)
    else:
        new = made(operator, tenant=tenant if way == "for it" else None)

    assert list(ApiToken.objects.reaching(tenant)) == [new.token]
    assert ApiToken.objects.reaching(tenant).usable_at(NOW + MONTH).count() == 0


@pytest.mark.parametrize(
    "lost", ["for another tenant", "no member", "no role", "deactivated", "elsewhere alone"]
)
def test_token_that_opens_nothing_of_the_tenant_does_not_reach_it(
    operator, outsider, tenant, workspace, lost
):
    sibling = TenantFactory(workspace=workspace)
    bootstrap_role(user=operator, tenant=sibling, role=Role.AUDITOR)
    person = outsider if lost == "elsewhere alone" else operator
    made(person, tenant=sibling if lost == "for another tenant" else None)
    if lost == "no member":
        operator.memberships.all().delete()
    elif lost == "no role":
        TenantUserPermission.objects.filter(content_object=tenant).delete()
    elif lost == "deactivated":
        operator.is_active = False
        operator.save()

    assert list(ApiToken.objects.reaching(tenant)) == []


def test_owner_revokes_a_token_that_reaches_their_tenant_and_it_opens_nothing(
    operator, owner, tenant
):
    new = made(operator)

    revoke_token_reaching(actor=owner, token=new.token, tenant=tenant, now=NOW)

    assert flaw_of(new.text)[2] == "revoked"
    token = ApiToken.objects.get()
    assert (token.revoked_at, token.revoked_by) == (NOW, owner)
    event = AuditEvent.objects.get(action="token.revoked")
    assert (event.actor, event.tenant, event.subject, event.detail) == (
        owner,
        tenant,
        f"token:{token.pk}",
        {"prefix": token.prefix, "of": "operator"},
    )
    with pytest.raises(TokenRevokedError):
        revoke_token_reaching(actor=owner, token=new.token, tenant=tenant, now=NOW)


@pytest.mark.parametrize("person", ["manager", "outsider", "operator"])
def test_revoking_for_a_tenants_sake_is_for_who_decides_on_it(request, auditor, tenant, person):
    new = made(auditor)

    with pytest.raises(AccessDeniedError):
        revoke_token_reaching(
            actor=request.getfixturevalue(person), token=new.token, tenant=tenant, now=NOW
        )

    assert ApiToken.objects.get().revoked_at is None


def test_owner_revokes_nothing_that_does_not_reach_their_tenant(owner, outsider, tenant):
    new = made(outsider)

    with pytest.raises(TokenRevokedError):
        revoke_token_reaching(actor=owner, token=new.token, tenant=tenant, now=NOW)

    assert ApiToken.objects.get().revoked_at is None


def test_all_of_ones_own_are_revoked_at_once(operator, owner):
    others, gone = made(owner), made(operator)
    revoke_token(actor=operator, token=gone.token, now=NOW)
    own = [made(operator), made(operator)]

    revoke_own_tokens(actor=operator, now=NOW)

    assert list(ApiToken.objects.usable_at(NOW)) == [others.token]
    told = AuditEvent.objects.filter(action="token.revoked").order_by("pk")
    assert [event.detail["prefix"] for event in told] == [one.token.prefix for one in (gone, *own)]


@pytest.mark.parametrize("scope", TokenScope)
def test_scope_says_what_it_is(scope):
    assert scope.label
    assert scope.sentence.endswith(".")
    assert scope.value in scope.denial
