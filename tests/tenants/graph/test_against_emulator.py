"""The real client through a tenant's connection, against the emulator: nothing is scripted."""

from types import SimpleNamespace

import pytest

from tenants.canonical_json import canonical
from tenants.connections.service import reader_for, verify_connection, writer_for
from tenants.graph.batching import BatchRead
from tenants.graph.contracts import CONTRACTS, contract, name_of
from tenants.graph.errors import AuthenticationError, FenceRefusalError, NotFoundError
from tenants.graph.fence import PlannedWrite, WriteFence, WritePurpose, placeholder
from tenants.graph.permissions import missing_permissions
from tenants.models import Verification
from tests.factories import ProviderConnectionFactory
from tests.tenants.emulator.graph_bodies import BODIES, catalog

POLICIES = "deviceManagement/configurationPolicies"
ALL_ROLES = missing_permissions([])
CREATE = PlannedWrite(
    operation_id="a:1",
    purpose=WritePurpose.CREATE,
    method="POST",
    version="beta",
    path=POLICIES,
    body=canonical(catalog("Restored")),
    binds="a",
)
ASSIGN = PlannedWrite(
    operation_id="a:2",
    purpose=WritePurpose.ASSIGN,
    method="POST",
    version="beta",
    path=f"{POLICIES}/{placeholder('a')}/assign",
    body=canonical(
        {
            "assignments": [
                {"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}
            ]
        }
    ),
)


@pytest.fixture
def directory(emulator, tenant, settings):
    """The tenant's own directory: `directory(objects={…}, roles=[…])`."""
    settings.GRAPH_EMULATOR_URL = emulator.url
    connection = ProviderConnectionFactory(tenant=tenant)
    guid = str(connection.directory_id)
    with emulator.control as control:

        def fill(*, roles=ALL_ROLES, secret=None, **document):
            client = {
                "client_id": connection.client_id,
                "client_secret": secret or connection.credential(),
                "roles": roles,
            }
            control.seed_tenant(guid, {"displayName": "Contoso", "clients": [client]} | document)
            return SimpleNamespace(
                guid=guid,
                control=control,
                requests=lambda **asked: control.requests(guid, **asked),
            )

        yield fill
        control.clear_faults()


def throttled_once(control, guid, method, form):
    match = {"method": method, "path": POLICIES, "tenant": guid}
    effect = {"status": 429, "retry_after": 30.25, "retry_after_form": form}
    control.set_faults([{"match": match, "times": 1, "effect": effect}])


def numbered(count):
    return [{"id": f"policy-{n}", **catalog(f"Policy {n}")} for n in range(count)]


def test_every_type_is_read(tenant, directory):
    directory(objects={path.split("/", 2)[2]: [body] for path, body in BODIES.items()})

    with reader_for(tenant) as reader:
        read = {
            key: [name_of(kind, one) for one in reader.list(kind.path, version=kind.version)]
            for key, kind in CONTRACTS.items()
            if not kind.parent_path
        }
    read = {key: names for key, names in read.items() if names}

    assert read == {
        "roleScopeTags": ["Default", "Branch"],
        "assignmentFilters": ["Corporate"],
        "deviceManagementScripts": ["Script"],
        "deviceConfigurations": ["Custom"],
        "windowsDriverUpdateProfiles": ["Drivers"],
        "deviceCompliancePolicies": ["Compliance"],
        "configurationPolicies": ["Catalog"],
        "conditionalAccessPolicies": ["Require MFA"],
    }


def test_every_page_is_read_to_the_last(tenant, directory):
    directory(pageSize=5, objects={POLICIES: numbered(12)})

    with reader_for(tenant) as reader:
        pages = [[one["name"] for one in page["value"]] for page in reader.pages(POLICIES)]

    assert [len(page) for page in pages] == [5, 5, 2]
    assert [name for page in pages for name in page] == [f"Policy {n}" for n in range(12)]


def test_many_items_are_read_in_batches_each_with_its_own_answer(tenant, directory):
    there = directory(objects={POLICIES: numbered(24)})

    with reader_for(tenant) as reader:
        answers = reader.batch([BatchRead(path=f"{POLICIES}/policy-{n}") for n in range(25)])

    *found, gone = answers
    assert [answer.body["name"] for answer in found] == [f"Policy {n}" for n in range(24)]
    assert (gone.status, type(gone.error)) == (404, NotFoundError)
    sent = [one["path"] for one in there.requests() if not one["batch"]]
    assert sent == ["/beta/$batch", "/beta/$batch"]


def test_planned_writes_go_through_the_fence_and_nothing_else_does(tenant, directory):
    there = directory()
    unplanned = PlannedWrite(
        operation_id="b:1",
        purpose=WritePurpose.CREATE,
        method="POST",
        version="beta",
        path=POLICIES,
        body=CREATE.body,
    )

    with writer_for(tenant, WriteFence([CREATE, ASSIGN])) as writer:
        created = writer.send(CREATE)
        assigned = writer.send(ASSIGN)
        for refused in (unplanned, CREATE):
            with pytest.raises(FenceRefusalError):
                writer.send(refused)

    (policy,) = there.control.dump_tenant(there.guid)["objects"][POLICIES]
    assert (created.status, assigned.status, policy["id"]) == (201, 200, created.object_id)
    assert (policy["name"], [one["target"]["@odata.type"] for one in policy["assignments"]]) == (
        "Restored",
        ["#microsoft.graph.allDevicesAssignmentTarget"],
    )
    assert [(one["method"], one["path"], one["bytes"]) for one in there.requests(writes=True)] == [
        ("POST", f"/beta/{POLICIES}", len(CREATE.body)),
        ("POST", f"/beta/{POLICIES}/{created.object_id}/assign", len(ASSIGN.body)),
    ]


@pytest.mark.parametrize(
    ("form", "shortest", "longest"),
    [("seconds", 26, 31), ("fractional", 25.25, 30.25), ("date", 20, 31)],
)
def test_a_throttled_read_waits_as_long_as_it_is_asked_to(
    tenant, directory, form, shortest, longest
):
    there = directory(objects={POLICIES: numbered(1)})
    throttled_once(there.control, there.guid, "GET", form)
    pauses = []

    with reader_for(tenant, sleep=pauses.append) as reader:
        names = [one["name"] for one in reader.list(POLICIES)]

    (pause,) = pauses
    assert names == ["Policy 0"]
    assert shortest <= pause <= longest


@pytest.mark.parametrize(("form", "asked"), [("seconds", 31), ("fractional", 30.25), ("date", 31)])
def test_a_throttled_write_holds_its_next_turn_off_and_is_made_once(tenant, directory, form, asked):
    there = directory()
    throttled_once(there.control, there.guid, "POST", form)
    pauses = []

    with writer_for(tenant, WriteFence([CREATE]), sleep=pauses.append) as writer:
        answer = writer.send(CREATE)

    first, second = pauses
    assert (answer.status, first) == (201, 0)
    assert asked - 6 <= second <= asked
    writes = [(one["status"], one["applied"]) for one in there.requests(writes=True)]
    assert writes == [(429, False), (201, True)]


def test_a_connection_that_answers_is_verified(manager, tenant, directory):
    directory()

    verified = verify_connection(actor=manager, tenant=tenant)

    assert (
        verified.state,
        verified.verification_detail,
        verified.missing_permissions,
        verified.granted_permissions,
    ) == (
        Verification.VERIFIED,
        "Contoso answered; the app registration holds every permission needed.",
        [],
        sorted(ALL_ROLES),
    )


def test_a_verified_connection_names_the_permissions_it_lacks(manager, tenant, directory):
    lacking = contract("deviceManagementScripts").write_permission
    directory(roles=[role for role in ALL_ROLES if role != lacking])

    verified = verify_connection(actor=manager, tenant=tenant)

    assert (verified.state, verified.missing_permissions) == (Verification.VERIFIED, [lacking])


def test_a_wrong_secret_fails_verification_in_the_directorys_words(manager, tenant, directory):
    directory(secret="another")

    failed = verify_connection(actor=manager, tenant=tenant)

    assert failed.state is Verification.FAILED
    assert failed.verification_detail.startswith("AADSTS7000215: Invalid client secret provided.")
    with reader_for(tenant) as reader, pytest.raises(AuthenticationError):
        reader.get("organization", version="v1.0")
