"""A tenant that is really there: an emulated directory behind a provider connection."""

from types import SimpleNamespace
from uuid import uuid4

import pytest

from tenants.graph.contracts import CONTRACTS
from tests.factories import ProviderConnectionFactory

READ_ROLES = sorted(
    {contract.read_permission for contract in CONTRACTS.values()}
    | {"Group.Read.All", "Organization.Read.All"}
)


@pytest.fixture
def directory(emulator, tenant, settings):
    """Connects the tenant to a directory of its own: `directory(objects={…}, roles=[…])`."""
    settings.GRAPH_EMULATOR_URL = emulator.url
    guid = uuid4()
    with emulator.control as control:

        def connect(*, roles=READ_ROLES, **document):
            connection = ProviderConnectionFactory(tenant=tenant, directory_id=guid)
            client = {
                "client_id": connection.client_id,
                "client_secret": connection.credential(),
                "roles": roles,
            }
            control.seed_tenant(
                str(guid), {"displayName": "Contoso", "clients": [client]} | document
            )
            return SimpleNamespace(guid=guid, control=control, connection=connection)

        yield connect
        control.clear_faults()
