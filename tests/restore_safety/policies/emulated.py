"""A tenant on the emulator, a backup of it, and a draft that restores all of it."""

import json
import uuid

import pytest
from django.utils import timezone

from restore_safety.drafts import service as drafts
from restore_safety.drafts.service import ScopeChoices
from tenants.graph.contracts import CONTRACTS, name_of
from tests.factories import ProviderConnectionFactory
from tests.restore_safety.factories import (
    BackupItemFactory,
    BackupSetFactory,
    PolicyPayloadFactory,
)
from tests.restore_safety.policies.fakes import PILOTS

SECRET = "emulated-client-secret"
ROLES = [
    "Group.Read.All",
    "Organization.Read.All",
    *sorted({one.write_permission for one in CONTRACTS.values()}),
    *sorted({one.read_permission for one in CONTRACTS.values()}),
]


@pytest.fixture
def connected(emulator, tenant, settings):
    """The tenant, connected; `connected(objects)` fills it."""
    settings.GRAPH_EMULATOR_URL = emulator.url
    connection = ProviderConnectionFactory(tenant=tenant, directory_id=uuid.uuid4(), secret=SECRET)

    def fill(objects=None):
        clients = [
            {"client_id": str(connection.client_id), "client_secret": SECRET, "roles": ROLES}
        ]
        document = {
            "displayName": tenant.name,
            "clients": clients,
            "groups": [{"id": PILOTS, "displayName": "Pilots"}],
            "objects": objects or {},
        }
        with emulator.control as control:
            control.seed_tenant(str(connection.directory_id), document)
        return connection

    return fill


@pytest.fixture
def refusing(emulator):
    """The emulator refuses to read this path of the tenant, until the test is over."""

    def refuse(connection, path):
        match = {"method": "GET", "path": path, "tenant": str(connection.directory_id)}
        with emulator.control as control:
            control.set_faults([{"match": match, "effect": {"status": 403}}], seed=1)

    yield refuse
    with emulator.control as control:
        control.clear_faults()


@pytest.fixture
def draft_of(operator, tenant):
    """A draft that restores these policies: pairs of contract key and payload."""

    def draft(*policies, origin=None, assignments=()):
        backup_set = BackupSetFactory(tenant=tenant, origin_directory_id=origin)
        for position, (key, payload) in enumerate(policies, 1):
            content = PolicyPayloadFactory(tenant=tenant, body=json.dumps(payload))
            BackupItemFactory(
                backup_set=backup_set,
                payload=content,
                position=position,
                contract_key=key,
                object_id=payload.get("id", ""),
                name=name_of(CONTRACTS[key], payload),
                assignments=list(assignments),
            )
        now = timezone.now()
        opened = drafts.open_draft(actor=operator, tenant=tenant, now=now)
        drafts.change_scope(
            actor=operator, draft=opened, choices=ScopeChoices(backup_set=backup_set), now=now
        )
        opened.refresh_from_db()
        return opened

    return draft
