from datetime import UTC, datetime

from django.contrib.messages import get_messages
from django.urls import reverse

from tenants.access.service import bootstrap_role
from tenants.models import Verification
from tenants.models.capabilities import Role
from tests.factories import ProviderConnectionFactory, UserFactory

ADDRESS = reverse("tenants:preferences")


def test_times_follow_the_chosen_zone(sign_in, tenant):
    user = UserFactory(username="traveller")
    bootstrap_role(user=user, tenant=tenant, role=Role.AUDITOR)
    ProviderConnectionFactory(
        tenant=tenant,
        verification=Verification.VERIFIED,
        last_verified_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    )
    browser = sign_in(user)

    saved = browser.post(ADDRESS, {"time_zone": "Asia/Tokyo"})
    page = browser.get(tenant.get_absolute_url())

    assert saved["Location"] == ADDRESS
    assert [str(message) for message in get_messages(saved.wsgi_request)] == [
        "Your preferences are saved."
    ]
    assert "2 Jan 2026, 12:04" in page.text


def test_unknown_zone_is_refused(sign_in, member):
    response = sign_in(member).post(ADDRESS, {"time_zone": "Mars/Olympus"})

    assert list(response.context["form"].errors) == ["time_zone"]
    member.refresh_from_db()
    assert member.time_zone == "UTC"
