import pytest

from restore_safety.policies.completeness import Completeness
from restore_safety.policies.reading import CollectionReading, GroupReading, TargetReader, reason_of
from tenants.connections.service import reader_for
from tenants.graph.contracts import contract
from tenants.graph.errors import ErrorKind, GraphError
from tests.restore_safety.backups.conftest import READ_ROLES
from tests.restore_safety.backups.policies import GROUP

CATALOG = contract("configurationPolicies")
SCRIPTS = contract("deviceManagementScripts")
ABSENT = "aaaaaaaa-9999-9999-9999-000000000001"
SCRIPT = {
    "id": "cccccccc-0000-0000-0000-000000000001",
    "displayName": "Script",
    "fileName": "script.ps1",
    "runAsAccount": "system",
    "enforceSignatureCheck": False,
    "scriptContent": "V3JpdGUtSG9zdCAxDQo=",
}


@pytest.fixture
def reader(directory, tenant):
    """`reader(objects={…})` gives a reader of the tenant and its emulated directory."""
    clients = []

    def connect(**document):
        seen = directory(**document)
        clients.append(reader_for(tenant))
        return TargetReader(clients[-1]), seen

    yield connect
    for client in clients:
        client.close()


def test_a_list_is_asked_for_once(reader):
    target, seen = reader(objects={SCRIPTS.path: [SCRIPT]})

    first, second = target.collection(SCRIPTS), target.collection(SCRIPTS)

    assert first is second
    assert [live["displayName"] for live in first.objects] == ["Script"]
    asked = [one for one in seen.control.requests(str(seen.guid)) if SCRIPTS.path in one["path"]]
    assert len(asked) == 1


def test_a_refused_list_is_an_error_and_not_an_empty_one(reader):
    target, _ = reader(roles=["Group.Read.All"], objects={SCRIPTS.path: [SCRIPT]})

    reading = target.collection(SCRIPTS)

    assert reading == CollectionReading(error=reading.error)
    assert reading.error.kind is ErrorKind.PERMISSION


def test_a_script_is_read_with_its_content(reader):
    target, _ = reader(objects={SCRIPTS.path: [SCRIPT]})

    reading = target.policies(SCRIPTS, [SCRIPT["id"]])[SCRIPT["id"]]

    assert reading.payload["scriptContent"] == SCRIPT["scriptContent"]
    assert reading.assignments == []
    assert reading.completeness == Completeness()


def test_only_a_proven_absence_is_absent(reader):
    target, seen = reader(objects={CATALOG.path: []})

    absent = target.policies(CATALOG, [ABSENT])[ABSENT]
    seen.control.set_faults(
        [
            {
                "match": {"path": ABSENT, "tenant": str(seen.guid)},
                "effect": {"status": 403, "message": "Forbidden"},
            }
        ]
    )
    refused = target.policies(CATALOG, [ABSENT])[ABSENT]

    assert (absent.is_absent, absent.payload) == (True, None)
    assert (refused.is_absent, refused.error.kind) == (False, ErrorKind.PERMISSION)


def test_groups_are_found_missing_or_unknown(reader):
    target, _ = reader(groups=[{"id": GROUP, "displayName": "Pilot"}])

    assert target.groups([GROUP, ABSENT, "../users"]) == GroupReading(
        found={GROUP: "Pilot"}, missing=frozenset({ABSENT, "../users"})
    )


def test_groups_that_may_not_be_read_are_unknown(reader):
    target, _ = reader(
        roles=[role for role in READ_ROLES if role != "Group.Read.All"],
        groups=[{"id": GROUP, "displayName": "Pilot"}],
    )

    reading = target.groups([GROUP])

    assert reading == GroupReading(unknown=frozenset({GROUP}), error=reading.error)
    assert reading.error.kind is ErrorKind.PERMISSION


def test_the_organization_says_which_directory_answers(reader):
    target, seen = reader()

    assert target.organization()["id"] == str(seen.guid)


def test_a_directory_that_does_not_know_the_app_answers_nothing(reader):
    target, seen = reader()
    seen.control.delete_tenant(str(seen.guid))

    assert isinstance(target.organization(), GraphError)
    assert target.collection(CATALOG).error is not None
    assert not target.policies(CATALOG, [ABSENT])[ABSENT].is_absent
    assert target.groups([GROUP]).unknown == {GROUP}


def test_a_refusal_says_which_permission_is_missing():
    error = GraphError("No.", kind=ErrorKind.PERMISSION, status=403)

    assert reason_of(error, CATALOG) == (
        "the tenant refused the read (403): grant the app DeviceManagementConfiguration.Read.All "
        "and consent to it. Graph said: No"
    )
    assert reason_of(error) == "could not be read (403): No"
