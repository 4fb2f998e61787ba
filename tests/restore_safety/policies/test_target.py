from restore_safety.policies.target import target_digest
from tenants.graph.contracts import contract
from tests.restore_safety.policies.fakes import PILOTS, TO_ALL_DEVICES, catalog, to_group

CATALOG = contract("configurationPolicies")


def test_what_the_service_adds_does_not_move_the_target():
    seen = target_digest(CATALOG, catalog(), [to_group(PILOTS), TO_ALL_DEVICES])
    again = target_digest(
        CATALOG,
        catalog(lastModifiedDateTime="2026-06-06T00:00:00Z", isAssigned=True),
        [TO_ALL_DEVICES, {"id": "1", "source": "direct", **to_group(PILOTS)}],
    )

    assert seen == again


def test_content_and_assignments_move_the_target():
    digests = {
        target_digest(CATALOG, catalog(), []),
        target_digest(CATALOG, catalog(), None),
        target_digest(CATALOG, catalog(value="off"), []),
        target_digest(CATALOG, catalog(), [to_group(PILOTS)]),
    }

    assert len(digests) == 4
