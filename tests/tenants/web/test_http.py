import pytest
import structlog
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from tenants.access.service import AccessDeniedError
from tenants.access.shortcuts import tenant_or_404
from tenants.models import AuditEvent
from tenants.models.capabilities import Capability
from tenants.web.http import RequestIdMiddleware, TimeZoneMiddleware, client_address
from tenants.web.request_origin import RequestOrigin, request_origin
from tests.factories import UserFactory


def request_of(user, **extra):
    request = RequestFactory().get("/", **extra)
    request.user = user
    return request


@pytest.mark.parametrize(
    "address",
    [
        "/?q=%00",
        "/?%00=q",
        "/?q=a&page=%001",
        "/badges/?tenant=%00",
        "/tenants/con%00toso/",
        "/%00",
    ],
)
def test_address_with_a_nul_is_a_friendly_400(sign_in, operator, address):
    for browser in (Client(), sign_in(operator)):
        response = browser.get(address)

        assert response.status_code == 400
        assert "This request could not be understood" in response.text
        assert "Content-Security-Policy" in response.headers


def test_cookie_with_a_nul_is_a_400(client):
    client.cookies["sessionid"] = "session\0session"

    assert client.get("/").status_code == 400


@pytest.mark.django_db
def test_percent_sign_and_two_zeros_are_no_nul(client):
    assert client.get("/sign-in/?next=%2500").status_code == 200


def test_form_refuses_a_nul_itself(client, db):
    response = client.post("/sign-in/", {"username": "a\0b", "password": "c"})

    assert response.context["form"].errors["login"] == ["Null characters are not allowed."]


def test_request_id_is_in_the_answer_the_trail_and_the_logs():
    seen = {}

    def view(request):
        seen["origin"] = request_origin.get()
        seen["log"] = structlog.contextvars.get_contextvars()
        return HttpResponse()

    response = RequestIdMiddleware(view)(RequestFactory().get("/", REMOTE_ADDR="192.0.2.7"))

    request_id = response["X-Request-ID"]
    assert seen == {
        "origin": RequestOrigin(request_id=request_id, address="192.0.2.7"),
        "log": {"request_id": request_id},
    }
    assert request_origin.get() == RequestOrigin()


def test_request_id_is_new_each_time_whatever_the_client_claims():
    middleware = RequestIdMiddleware(lambda request: HttpResponse())

    ids = {
        middleware(RequestFactory().get("/", headers={"X-Request-ID": "forged"}))["X-Request-ID"]
        for _ in range(2)
    }

    assert len(ids) == 2
    assert "forged" not in ids


def test_request_leaves_no_trace_when_the_view_fails():
    def view(request):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        RequestIdMiddleware(view)(RequestFactory().get("/"))

    assert request_origin.get() == RequestOrigin()
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.1", "192.0.2.7"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (2, "203.0.113.9, 198.51.100.1", "203.0.113.9"),
        (2, "198.51.100.1", "198.51.100.1"),
        (1, "not-an-address", ""),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_address_counts_only_the_trusted_proxies(settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get(
        "/", REMOTE_ADDR="192.0.2.7", headers={"X-Forwarded-For": forwarded}
    )

    assert client_address(request) == expected


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("Europe/Berlin", "Europe/Berlin"), ("UTC", "UTC"), ("Mars/Olympus", "UTC"), ("../x", "UTC")],
)
def test_times_are_in_the_readers_zone_for_the_request_alone(settings, zone, shown):
    settings.TIME_ZONE = "UTC"
    seen = []

    def view(request):
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    TimeZoneMiddleware(view)(request_of(UserFactory.build(time_zone=zone)))

    assert (seen, timezone.get_current_timezone_name()) == ([shown], "UTC")


def test_tenant_is_found_by_who_may_see_it(operator, tenant):
    assert tenant_or_404(request_of(operator), "contoso") == tenant


@pytest.mark.parametrize("person", ["outsider", "member"])
def test_tenant_does_not_exist_for_who_may_not_know_it(request, tenant, person):
    user = request.getfixturevalue(person)

    with pytest.raises(Http404):
        tenant_or_404(request_of(user), "contoso", Capability.EXECUTE_RESTORE)

    assert list(AuditEvent.objects.filter(action="access.denied")) == []


def test_no_tenant_has_a_nul_in_its_slug(operator):
    with pytest.raises(Http404):
        tenant_or_404(request_of(operator), "contoso\0")


def test_missing_capability_is_refused_and_audited(auditor, tenant):
    with pytest.raises(AccessDeniedError):
        tenant_or_404(request_of(auditor), "contoso", Capability.EXECUTE_RESTORE)

    assert [
        (event.actor, event.tenant, event.detail)
        for event in AuditEvent.objects.filter(action="access.denied")
    ] == [(auditor, tenant, {"capability": "execute_restore"})]
