"""What the checks read of a tenant beyond its policies, against the emulator."""

import pytest

from restore_safety.checks.tenant_reader import MOST_LOOKED_UP, ChecksReader
from tenants.connections.service import reader_for
from tenants.graph.batching import BatchAnswer
from tenants.graph.errors import ErrorKind

DEFAULTS = "policies/identitySecurityDefaultsEnforcementPolicy"
DEFINITIONS = "deviceManagement/configurationSettings"
HELD = "device_vendor_~_held{x}"
TYPE = "#microsoft.graph.deviceManagementConfigurationSimpleSettingDefinition"
SEEDED = {DEFINITIONS: [{"id": HELD, "@odata.type": TYPE, "name": "Held"}]}


@pytest.fixture
def reading(connected, tenant):
    """A reader of the tenant, which holds these objects and knows all that is there."""
    connection = connected(SEEDED)
    with reader_for(tenant) as client:
        yield ChecksReader(client), connection


def knowing(emulator, connection):
    with emulator.control as control:
        control.change_tenant(str(connection.directory_id), {"knows": ["settingDefinitions"]})


def looked_up(reader, *ids):
    beats = []
    return reader.existence(DEFINITIONS, ids, beats.append), beats


def test_a_singleton_is_asked_for_once(reading, emulator):
    reader, connection = reading
    before = reader.singleton(DEFAULTS)
    with emulator.control as control:
        control.change_tenant(str(connection.directory_id), {"securityDefaults": True})

    assert before["isEnabled"] is False
    assert reader.singleton(DEFAULTS) == before


def test_a_singleton_that_is_refused_is_an_error(reading, refusing):
    reader, connection = reading
    refusing(connection, DEFAULTS)

    assert reader.singleton(DEFAULTS).kind is ErrorKind.PERMISSION


def test_existence_tells_what_is_there(reading, emulator):
    reader, connection = reading
    knowing(emulator, connection)

    assert looked_up(reader, HELD, "gone") == ({HELD: True, "gone": False}, [0])


def test_a_tenant_that_does_not_know_all_has_every_definition(reading):
    reader, _ = reading

    assert looked_up(reader, HELD, "another") == ({HELD: True, "another": True}, [0])


def test_existence_that_is_refused_is_an_error_and_not_an_absence(reading, refusing):
    reader, connection = reading
    refusing(connection, f"{DEFINITIONS}/*")

    found, _ = looked_up(reader, HELD)

    assert found[HELD].kind is ErrorKind.PERMISSION


class Answering(ChecksReader):
    """Answers every read by itself."""

    def _batch(self, reads):
        return [BatchAnswer(status=200, body={}) for _ in reads]


def test_no_more_than_so_many_are_asked_for():
    names = [f"d{number:05}" for number in range(MOST_LOOKED_UP + 1)]

    found, beats = looked_up(Answering(None), *reversed(names))

    assert found == dict.fromkeys(names[:-1], True)
    assert beats == list(range(0, MOST_LOOKED_UP, 200))
