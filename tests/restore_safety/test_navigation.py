"""The frame shows the ways of the product, where one is, and asks the database only when drawn."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import resolve, reverse
from django.utils import timezone

from operations.models import Notification, OperationRun
from restore_safety.navigation import navigation

WAYS = [
    "Home",
    "Restores",
    "Drafts",
    "Backups",
    "Operations",
    "Tenants",
    "Policy types",
    "Audit trail",
]


def _frame(user, address="/"):
    request = RequestFactory().get(address)
    request.user = user
    request.resolver_match = resolve(address)
    return navigation(request)["navigation"]


def _current(frame):
    return {entry.label: entry.current for entry in frame.entries if entry.current}


def test_frame_lists_the_ways_in_order(operator):
    frame = _frame(operator)

    assert [entry.label for entry in frame.entries] == WAYS


@pytest.mark.parametrize(
    ("route", "label"),
    [
        ("home", "Home"),
        ("restores:run-list", "Restores"),
        ("restores:draft-list", "Drafts"),
        ("backups:set-list", "Backups"),
        ("operations:run-list", "Operations"),
        ("tenants:tenant-list", "Tenants"),
        ("policy-types", "Policy types"),
        ("audit:event-list", "Audit trail"),
    ],
)
def test_the_page_one_is_on_is_marked(operator, route, label):
    assert _current(_frame(operator, reverse(route))) == {label: "page"}


def test_a_page_below_marks_its_way_without_claiming_to_be_it(operator, tenant):
    address = reverse("tenants:tenant-detail", args=[tenant.slug])

    assert _current(_frame(operator, address)) == {"Tenants": "true"}


def test_directory_of_a_tenant_is_below_the_tenants(operator, tenant):
    address = reverse("directory:object-list", args=[tenant.slug])

    assert _current(_frame(operator, address)) == {"Tenants": "true"}


def test_frame_leads_home_to_the_notifications_and_to_the_badges(sign_in, operator):
    page = sign_in(operator).get(reverse("audit:event-list")).text

    header = page[page.index("<header") : page.index("</header>")]
    assert re.findall(r'href="(/[^"]*)"', header) == [
        reverse("home"),
        reverse("operations:notification-list"),
        reverse("tenants:preferences"),
        reverse("mfa_index"),
        reverse("badges"),
        reverse("tenants:roles"),
    ]


def test_page_of_a_tenant_leads_to_its_directory_backups_and_restores(sign_in, operator, tenant):
    page = sign_in(operator).get(tenant.get_absolute_url()).text

    actions = page[page.index("rs-page-actions") : page.index('id="connection"')]
    assert re.findall(r'href="(/[^"]*)"', actions) == [
        reverse("tenants:access", args=[tenant.slug]),
        reverse("directory:object-list", args=[tenant.slug]),
        f"{reverse('backups:set-list')}?tenant={tenant.slug}",
        f"{reverse('restores:run-list')}?tenant={tenant.slug}",
    ]


def test_who_is_not_signed_in_gets_no_frame(rf):
    request = rf.get("/")
    unknown = navigation(request)
    request.user = AnonymousUser()

    assert (unknown, navigation(request)) == ({}, {})


def test_unread_notices_are_counted_once_and_only_when_asked(
    operator, manager, tenant, django_assert_num_queries
):
    for user in (operator, operator, manager):
        run = OperationRun.objects.create(tenant=tenant, kind="x", title="x", initiator=user)
        Notification.objects.create(
            user=user, run=run, tenant=tenant, headline="x", created_at=timezone.now()
        )

    with django_assert_num_queries(0):
        frame = _frame(operator)
    with django_assert_num_queries(1):
        counted = [frame.unread, frame.unread]

    assert counted == [2, 2]


@pytest.mark.parametrize(
    ("first", "last", "initials"),
    [("Ada", "Operator", "AO"), ("Ada Maria", "King Lovelace", "AL"), ("", "", "O")],
)
def test_person_and_initials(operator, first, last, initials):
    operator.first_name, operator.last_name = first, last
    frame = _frame(operator)

    assert (frame.person, frame.initials) == (f"{first} {last}".strip() or "operator", initials)
