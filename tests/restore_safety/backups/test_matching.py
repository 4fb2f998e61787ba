import pytest

from restore_safety.backups.matching import Match, MatchKind, match
from tenants.graph.contracts import contract
from tests.restore_safety.backups.policies import catalog, compliance

CATALOG = contract("configurationPolicies")
HERE = catalog(1)
RENAMED = catalog(1, name="Renamed")
NAMESAKE = catalog(2, name=" CATALOG 1 ")
OTHER_PLATFORM = catalog(3, name="Catalog 1", platforms="macOS")


@pytest.mark.parametrize(
    ("listing", "same_origin", "expected"),
    [
        ([], True, Match(kind=MatchKind.ABSENT)),
        ([HERE], True, Match(kind=MatchKind.BY_ID, candidates=(HERE,))),
        ([RENAMED, NAMESAKE], True, Match(kind=MatchKind.BY_ID, candidates=(RENAMED,))),
        ([RENAMED, NAMESAKE], False, Match(kind=MatchKind.BY_NAME, candidates=(NAMESAKE,))),
        ([RENAMED], False, Match(kind=MatchKind.ABSENT)),
        ([OTHER_PLATFORM], True, Match(kind=MatchKind.ABSENT)),
        (
            [HERE, NAMESAKE],
            False,
            Match(kind=MatchKind.AMBIGUOUS, candidates=(HERE, NAMESAKE)),
        ),
    ],
)
def test_ids_count_at_home_only_and_names_must_be_unique(listing, same_origin, expected):
    found = match(
        contract=CATALOG,
        payload=catalog(1),
        object_id=HERE["id"],
        same_origin=same_origin,
        listing=listing,
    )

    assert found == expected


def test_an_id_that_names_another_type_now_is_no_match():
    moved = compliance(1, **{"@odata.type": "#microsoft.graph.macOSCompliancePolicy"})

    found = match(
        contract=contract("deviceCompliancePolicies"),
        payload=compliance(1),
        object_id=moved["id"],
        same_origin=True,
        listing=[moved],
    )

    assert found == Match(kind=MatchKind.ABSENT)


def test_only_one_candidate_is_a_target():
    assert Match(kind=MatchKind.BY_NAME, candidates=(HERE,)).target == HERE
    assert Match(kind=MatchKind.AMBIGUOUS, candidates=(HERE, NAMESAKE)).target is None
