"""Capture, delete or change, preview, restore, capture again: for every type of policy."""

import pytest

from tenants.graph.contracts import CONTRACTS, Restorability
from tests.cases import journeys
from tests.cases.journeys import ASSIGNABLE, RESTORABLE, name_of_sample
from tests.cases.makers import as_held
from tests.cases.samples import SAMPLES

CREATE_ONLY = [
    key for key in RESTORABLE if CONTRACTS[key].restorability is Restorability.CREATE_ONLY
]
FULL = [key for key in RESTORABLE if key not in CREATE_ONLY]
BY_HAND = [key for key in CONTRACTS if key not in RESTORABLE]
WRITTEN = {"verified", "not_comparable"}

# A journey is walked by a fixture of the module, of whose database nothing else would speak.
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def journey(django_db_setup, django_db_blocker, emulator, control, tmp_path_factory):
    """Walks each journey once: `journey(walk, assigned=…)`."""
    walked = {}

    def once(walk, **how):
        key = (walk.__name__, *sorted(how.items()))
        if key not in walked:
            folder = tmp_path_factory.mktemp("journey")
            with journeys.undone(django_db_blocker, emulator):
                walked[key] = walk(control, folder, **how)
        return walked[key]

    return once


def is_written(journey, key, outcomes):
    name = name_of_sample(key)
    assert journey.blockers.get(name) is None
    outcome, verification = journey.results[name]
    assert outcome in outcomes, journey.reasons[name]
    assert verification in WRITTEN


@pytest.mark.parametrize("key", RESTORABLE)
@pytest.mark.parametrize("assigned", [False, True], ids=["unassigned", "assigned"])
def test_a_deleted_policy_comes_back_equal(journey, key, assigned):
    if assigned and key not in ASSIGNABLE:
        assigned = False
    walked = journey(journeys.in_the_same_tenant, assigned=assigned, deleted=True)
    name = name_of_sample(key)

    is_written(walked, key, {"created"})
    assert walked.after[key, name] == walked.before[key, name]
    assert walked.digests_after[name] == walked.digests[name]
    assert walked.again[name] == "unchanged"


@pytest.mark.parametrize("key", FULL)
@pytest.mark.parametrize("assigned", [False, True], ids=["unassigned", "assigned"])
def test_a_changed_policy_becomes_equal_again(journey, key, assigned):
    if assigned and key not in ASSIGNABLE:
        assigned = False
    walked = journey(journeys.in_the_same_tenant, assigned=assigned, deleted=False)
    name = name_of_sample(key)

    is_written(walked, key, {"updated"})
    assert walked.after[key, name] == walked.before[key, name]
    assert walked.digests_after[name] == walked.digests[name]
    assert walked.again[name] == "unchanged"


@pytest.mark.parametrize("key", CREATE_ONLY)
def test_a_changed_policy_that_can_only_be_created_is_left_and_said(journey, key):
    walked = journey(journeys.in_the_same_tenant, assigned=False, deleted=False)
    name = name_of_sample(key)

    assert walked.decisions[name] == "blocked"
    assert walked.reasons[name]
    assert not [path for _, path in walked.written if CONTRACTS[key].path in path]


@pytest.mark.parametrize("key", RESTORABLE)
@pytest.mark.parametrize("assigned", [False, True], ids=["unassigned", "assigned"])
def test_another_tenant_gets_an_equal_policy(journey, key, assigned):
    if assigned and key not in ASSIGNABLE:
        assigned = False
    walked = journey(journeys.in_another_tenant, assigned=assigned)
    name = name_of_sample(key)

    is_written(walked, key, {"created"})
    assert walked.again[name] == "unchanged"
    if not assigned:
        assert walked.after[key, name] == walked.before[key, name]


@pytest.mark.parametrize("how", [True, False], ids=["deleted", "changed"])
def test_the_tenant_refuses_nothing(journey, how):
    walked = journey(journeys.in_the_same_tenant, assigned=True, deleted=how)

    assert walked.refused == []


@pytest.mark.parametrize("key", BY_HAND)
def test_what_cannot_be_restored_is_said_and_never_created(walk, key):
    payload = SAMPLES[key].payload
    files = {"it.json": payload | context_of(key)}
    walk.import_files(files)

    walk.preview()

    (item,) = walk.plan.values()
    assert item.decision == "blocked"
    assert item.reason_code == "unsupported_type"
    assert item.writes == []
    assert (
        CONTRACTS[key].restorability_reason
        in f"{item.sentence} {walk.said_before(item.backup_item.name)}"
    )


@pytest.mark.parametrize("key", BY_HAND)
def test_what_cannot_be_restored_is_captured_and_known_to_be_as_it_was(walk, key):
    walk.hold({key: [as_held(SAMPLES[key].payload)]})
    walk.capture()

    walk.preview()

    assert name_of_sample(key) in walk.entries
    assert [item.decision for item in walk.plan.values()] == ["unchanged"]


def context_of(key):
    return {
        "@odata.context": f"https://graph.microsoft.com/beta/$metadata#{CONTRACTS[key].path}/$entity"
    }
