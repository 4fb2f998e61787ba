"""One emulator process for the session; every test has a directory of its own."""

import uuid

import pytest
from django.utils import timezone

from tenants.models import Verification
from tests.factories import ProviderConnectionFactory
from tests.restore_safety.execution.scene import SECRET, Scene


@pytest.fixture
def scene(emulator, control, tenant, operator, settings):
    settings.GRAPH_EMULATOR_URL = emulator.url
    connection = ProviderConnectionFactory(
        tenant=tenant,
        directory_id=uuid.uuid4(),
        secret=SECRET,
        verification=Verification.VERIFIED,
        last_verified_at=timezone.now(),
    )
    made = Scene(control=control, connection=connection, tenant=tenant, operator=operator)
    made.fill()
    yield made
    control.clear_faults()
