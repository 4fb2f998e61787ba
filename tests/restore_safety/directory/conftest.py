"""A tenant whose directory the emulator holds."""

from uuid import UUID, uuid5

import pytest

from tenants.graph.permissions import missing_permissions
from tests.restore_safety.backups.conftest import directory  # noqa: F401 -- a fixture

EVERY_ROLE = missing_permissions([])
LOCATIONS = "identity/conditionalAccess/namedLocations"
FILTERS = "deviceManagement/assignmentFilters"
TAGS = "deviceManagement/roleScopeTags"
ACCESS = "identity/conditionalAccess/policies"
CONFIGURATIONS = "deviceManagement/deviceConfigurations"
_OURS = UUID("0d3c3f3e-47a1-4b0c-9a57-d1a3a8c3e111")


def id_of(name):
    return str(uuid5(_OURS, name))


def group(name, **more):
    return {"id": id_of(name), "displayName": name, "securityEnabled": True} | more


def access_policy(name, *users):
    return {
        "id": id_of(name),
        "displayName": name,
        "state": "disabled",
        "conditions": {
            "applications": {"includeApplications": ["All"]},
            "users": {"includeUsers": ["All"], "excludeUsers": list(users)},
        },
    }


@pytest.fixture
def connected(directory):  # noqa: F811 -- the fixture
    """`connected(objects={…}, groups=[…])`: the tenant's directory, with every permission."""

    def connect(**document):
        return directory(**({"roles": EVERY_ROLE} | document))

    return connect
