from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tenants.models import CredentialKind, Membership, ProviderPace, Verification
from tests.factories import (
    MembershipFactory,
    ProviderConnectionFactory,
    TenantFactory,
    UserFactory,
)


def test_person_is_named_in_full_where_the_name_is_known():
    named = UserFactory.build(username="ada", first_name="Ada", last_name="Lovelace")

    assert (str(named), str(UserFactory.build(username="grace"))) == ("Ada Lovelace", "grace")


def test_person_joins_a_workspace_once(member, workspace):
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipFactory(user=member, workspace=workspace)

    assert Membership.objects.filter(user=member).count() == 1


@pytest.mark.parametrize("age", [timedelta(), timedelta(seconds=-1)])
def test_longest_evidence_age_is_positive(workspace, age):
    with pytest.raises(IntegrityError), transaction.atomic():
        TenantFactory(workspace=workspace, max_evidence_age=age)


def test_certificate_needs_a_thumbprint(tenant):
    with pytest.raises(IntegrityError), transaction.atomic():
        ProviderConnectionFactory(
            tenant=tenant, secret=None, credential_kind=CredentialKind.CERTIFICATE
        )


def test_verification_needs_a_time(tenant):
    with pytest.raises(IntegrityError), transaction.atomic():
        ProviderConnectionFactory(tenant=tenant, verification=Verification.VERIFIED)


def test_one_pace_per_directory_app_and_workload(connection):
    pace = {
        "cloud": connection.cloud,
        "directory_id": connection.directory_id,
        "client_id": connection.client_id,
        "workload": "intune",
        "next_free_at": timezone.now(),
        "held_until": timezone.now(),
        "reads_free_at": timezone.now(),
        "reads_held_until": timezone.now(),
    }
    ProviderPace.objects.create(**pace)

    with pytest.raises(IntegrityError), transaction.atomic():
        ProviderPace.objects.create(**pace)
