"""The pages of tokens: the list, one sight of a new token, and revoking."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.models import ApiToken, AuditEvent
from tenants.token_scopes import TokenScope
from tenants.tokens import caller_of, create_token

LIST = reverse("tenants:token-list")
CREATE = reverse("tenants:token-create")


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
