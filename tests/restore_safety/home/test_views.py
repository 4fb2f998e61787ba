from django.urls import reverse

from tests.factories import ProviderConnectionFactory
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    ApprovalRequestFactory,
    DraftFactory,
    RestoreRunFactory,
    item_of,
)


def text_of(response):
    return " ".join(response.content.decode().split())


def test_home_says_first_what_asks_for_the_reader(sign_in, operator, tenant):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator)
    item_of(run, REFUSED)
    draft = DraftFactory(tenant=tenant, owner=operator)

    text = text_of(sign_in(operator).get(reverse("home")))

    assert "1 restore needs follow-up, 1 connection is not verified, 1 draft waits for you" in text
    assert f'href="{reverse("restores:run-detail", args=[run.pk])}">Nothing was restored' in text
    assert reverse("restores:draft-resume", args=[draft.pk]) in text
    assert text.count("btn btn-primary") == 1


def test_home_shows_an_auditor_the_restore_disabled(sign_in, auditor, tenant):
    ProviderConnectionFactory(tenant=tenant, verification="verified", last_verified_at=NOW)

    text = text_of(sign_in(auditor).get(reverse("home")))

    assert "btn-primary" not in text
    assert "Your role on this tenant does not include “Prepare restores”." in text


def test_home_keeps_the_new_restore_beside_what_is_more_urgent(sign_in, operator, tenant):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator)
    item_of(run, REFUSED)

    text = text_of(sign_in(operator).get(reverse("home")))

    urgent = reverse("restores:run-detail", args=[run.pk])
    assert f'<a class="btn btn-primary rs-next-action" href="{urgent}">' in text
    assert (
        f'<a class="btn btn-outline-secondary" href="{reverse("restores:draft-create")}">' in text
    )


def test_home_asks_to_sign_in(client, db):
    response = client.get(reverse("home"))

    assert response.url == f"{reverse('tenants:sign-in')}?next=/"


def test_home_links_to_the_request_that_waits(sign_in, manager, operator, tenant):
    tenant.needs_approval = True
    tenant.save()
    request = ApprovalRequestFactory(draft__tenant=tenant, requested_by=operator)

    text = text_of(sign_in(manager).get(reverse("home")))

    assert "Waiting for your approval" in text
    assert f'href="{request.get_absolute_url()}">Approve or reject' in text
    assert f"Asked by {operator}: {request.reason}" in text
