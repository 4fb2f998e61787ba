"""The pages of tokens: the list, one sight of a new token, and revoking."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.models import ApiToken, AuditEvent
from tenants.models.token_scopes import TokenScope
from tenants.tokens.service import caller_of, create_token

LIST = reverse("tenants:token-list")
CREATE = reverse("tenants:token-create")
REACHING_QUERIES = 7


def make(person, **values):
    chosen = {
        "name": "nightly",
        "scopes": [TokenScope.READ],
        "tenant": None,
        "valid_for": timedelta(days=7),
        "now": timezone.now(),
    }
    return create_token(actor=person, **chosen | values)


def test_token_is_shown_once_and_opens_something(sign_in, operator, tenant):
    browser = sign_in(operator)

    page = browser.post(
        CREATE, {"name": "CI", "scopes": ["read", "capture"], "tenant": "contoso", "days": "30"}
    )

    text = re.search(r"rst_[0-9a-f]{8}_[\w-]{43}", page.text)[0]
    token = caller_of(text=text, now=timezone.now()).token
    assert (token.user, token.scopes, token.tenant) == (operator, ["read", "capture"], tenant)
    assert "no-store" in page.headers["Cache-Control"]
    assert text not in browser.get(LIST).text
    assert text not in browser.get(CREATE).text
    assert text not in str(dict(browser.session))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scopes": []}, "Choose at least one"),
        ({"scopes": ["admin"]}, "admin is not one of the available choices"),
        ({"days": "366"}, "less than or equal to 365"),
        ({"scopes": ["restore"], "days": "31"}, "at most 30 days"),
        ({"tenant": "fabrikam"}, "not one of the available choices"),
        ({"name": ""}, "This field is required"),
        ({"name": "a\0b"}, "Null characters are not allowed"),
    ],
)
def test_token_that_is_not_to_be_made_is_explained(sign_in, operator, other_tenant, changes, said):
    values = {"name": "CI", "scopes": ["read"], "tenant": "", "days": "7"} | changes

    page = sign_in(operator).post(CREATE, values)

    assert said in page.text
    assert not ApiToken.objects.exists()


def test_list_shows_own_tokens_alone_in_a_constant_number_of_queries(
    sign_in, operator, owner, tenant, django_assert_num_queries
):
    make(owner, name="token-x")
    make(operator, name="token-a", tenant=tenant)
    browser = sign_in(operator)
    browser.get(LIST)

    with django_assert_num_queries(5):
        one = browser.get(LIST)
    for name in ("token-b", "token-c"):
        make(operator, name=name, tenant=tenant)
    with django_assert_num_queries(5):
        three = browser.get(LIST)

    assert [name in one.text for name in ("token-a", "token-b", "token-x")] == [
        True,
        False,
        False,
    ]
    assert [name in three.text for name in ("token-a", "token-b", "token-c", "token-x")] == [
        True,
        True,
        True,
        False,
    ]


def test_revoking_asks_first_and_ends_the_token(sign_in, operator):
    new = make(operator)
    browser = sign_in(operator)
    address = reverse("tenants:token-revoke", args=[new.token.pk])

    asked = browser.get(address)
    usable = ApiToken.objects.get().revoked_at is None
    done = browser.post(address, follow=True)
    again = browser.post(address, follow=True)

    assert (asked.status_code, usable) == (200, True)
    assert "It opens nothing any more." in done.text
    assert "had been revoked before" in again.text
    assert ApiToken.objects.get().revoked_at is not None
    assert AuditEvent.objects.filter(action="token.revoked").count() == 1


def test_token_of_another_does_not_exist(sign_in, operator, owner):
    address = reverse("tenants:token-revoke", args=[make(operator).token.pk])
    browser = sign_in(owner)

    answers = [browser.get(address).status_code, browser.post(address).status_code]

    assert answers == [404, 404]
    assert ApiToken.objects.get().revoked_at is None


# Tokens that reach a tenant


def at(tenant, *keys):
    name = "access-token-revoke" if keys else "access-tokens"
    return reverse(f"tenants:{name}", args=[tenant.slug, *keys])


def test_owner_sees_whose_tokens_reach_the_tenant(sign_in, owner, operator, outsider, tenant):
    wide = make(operator, name="secret-name-of-theirs").token
    narrow = make(operator, tenant=tenant, scopes=[TokenScope.READ, TokenScope.DRY_RUN]).token
    make(outsider)

    page = sign_in(owner).get(at(tenant))

    rows = [
        [str(row.get_cell(name)) for name in ("prefix", "scopes", "tenant", "last_used_at")]
        for row in page.context["table"].rows
    ]
    assert [[cell.strip() for cell in row[:3]] for row in rows] == [
        [f"<code>{narrow.prefix}</code>", "Read, Queue dry runs", "This tenant alone"],
        [f"<code>{wide.prefix}</code>", "Read", "Every tenant open to its person"],
    ]
    assert ["Never" in row[3] for row in rows] == [True, True]
    assert "secret-name-of-theirs" not in page.text
    assert reverse("tenants:access-person", args=["contoso", operator.pk]) in page.text


def test_page_of_reaching_tokens_costs_the_same_however_many(
    sign_in, owner, operator, tenant, django_assert_num_queries
):
    make(operator)
    browser = sign_in(owner)
    browser.get(at(tenant))

    with django_assert_num_queries(REACHING_QUERIES):
        browser.get(at(tenant))
    make(operator)
    make(owner, tenant=tenant)
    with django_assert_num_queries(REACHING_QUERIES):
        three = browser.get(at(tenant))

    assert len(three.context["table"].rows) == 3


def test_owner_revokes_after_reading_what_it_means_and_the_person_is_notified(
    sign_in, owner, operator, tenant
):
    token = make(operator).token
    browser = sign_in(owner)

    asked = browser.get(at(tenant, token.pk))
    usable = ApiToken.objects.get().revoked_at is None
    done = browser.post(at(tenant, token.pk), follow=True)
    theirs = sign_in(operator).get(LIST)

    assert "neither on Contoso nor on any other tenant" in asked.text
    assert usable
    assert f"The token {token.prefix} of operator is revoked." in done.text
    assert "No token reaches it" in done.text
    assert "by <bdi>owner</bdi>" in theirs.text
    assert browser.post(at(tenant, token.pk)).status_code == 404


def test_own_revocation_is_not_told_to_oneself(sign_in, operator):
    token = make(operator).token
    browser = sign_in(operator)

    browser.post(reverse("tenants:token-revoke", args=[token.pk]))

    assert "by <bdi>" not in browser.get(LIST).text


def test_token_that_does_not_reach_the_tenant_is_not_there(sign_in, owner, outsider, tenant):
    browser = sign_in(owner)
    foreign, unknown = at(tenant, make(outsider).token.pk), at(tenant, 999_999)

    answers = [(browser.get(each), browser.post(each)) for each in (foreign, unknown)]

    assert [[one.status_code for one in pair] for pair in answers] == [[404, 404]] * 2
    assert ApiToken.objects.get().revoked_at is None


def test_access_page_leads_to_the_tokens_for_who_may_see_them(sign_in, owner, auditor, tenant):
    access = reverse("tenants:access", args=["contoso"])

    shown = [at(tenant) in sign_in(one).get(access).text for one in (owner, auditor)]

    assert shown == [True, False]
