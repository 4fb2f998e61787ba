import pytest

from restore_safety.policies.matching import Identities, LiveListing, Match, MatchKind, match
from tenants.graph.contracts import contract
from tests.restore_safety.backups.policies import catalog, compliance

CATALOG = contract("configurationPolicies")
HERE = catalog(1)
RENAMED = catalog(1, name="Renamed")
NAMESAKE = catalog(2, name=" CATALOG 1 ")
OTHER_NAMESAKE = catalog(4, name="catalog 1")
TWIN = catalog(5, name="Catalog 1")
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
            # One bears exactly this name, the other only without its blanks and its case.
            Match(kind=MatchKind.BY_NAME, candidates=(HERE,)),
        ),
        (
            [NAMESAKE, OTHER_NAMESAKE],
            False,
            Match(kind=MatchKind.AMBIGUOUS, candidates=(NAMESAKE, OTHER_NAMESAKE)),
        ),
        (
            [HERE, TWIN],
            False,
            Match(kind=MatchKind.AMBIGUOUS, candidates=(HERE, TWIN)),
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


class Counted(list):
    """A list that knows how often a person went through it."""

    times = 0

    def __iter__(self):
        self.times += 1
        return super().__iter__()


def test_a_listing_is_gone_through_for_all_policies_and_not_for_each():
    objects = Counted(catalog(number) for number in range(30))
    listing = LiveListing(CATALOG, objects)

    for number in range(30):
        listing.match(payload=catalog(number), object_id=f"gone-{number}", same_origin=True)
        listing.ids_named(f"Catalog {number}")

    assert objects.times == 3  # by id, by name and type, by name alone
    assert (len(listing), listing.ids_named(" catalog 7 ")) == (30, [catalog(7)["id"]])


FIRST, SECOND, MADE = "first", "second", "made"


def meant(live, object_id, identities, *, same_origin=True):
    found = LiveListing(CATALOG, live, identities).match(
        payload=catalog(1), object_id=object_id, same_origin=same_origin
    )
    return found.kind, [one["id"] for one in found.candidates]


def held(object_id, number=1):
    return {**catalog(number), "id": object_id}


@pytest.mark.parametrize("same_origin", [True, False])
def test_what_was_created_from_a_policy_is_that_policy_whatever_it_is_called_now(same_origin):
    identities = Identities(made={(CATALOG.key, MADE): FIRST})
    live = [held(MADE, number=9), held("by hand")]

    assert meant(live, FIRST.upper(), identities, same_origin=same_origin) == (
        MatchKind.BY_ID,
        [MADE],
    )


def test_what_was_created_from_a_policy_is_never_the_target_of_another():
    identities = Identities(made={(CATALOG.key, MADE): FIRST})

    assert meant([held(MADE)], SECOND, identities) == (MatchKind.ABSENT, [])
    assert meant([held(MADE), held("by hand")], SECOND, identities) == (
        MatchKind.BY_NAME,
        ["by hand"],
    )


def test_what_was_created_and_is_gone_leaves_the_name_to_decide():
    identities = Identities(made={(CATALOG.key, MADE): FIRST})

    assert meant([held("by hand")], FIRST, identities) == (MatchKind.BY_NAME, ["by hand"])


def test_the_object_of_another_policy_of_the_backup_is_not_meant_by_its_name():
    identities = Identities(backed_up=frozenset({(CATALOG.key, FIRST), (CATALOG.key, SECOND)}))

    assert meant([held(FIRST)], FIRST, identities) == (MatchKind.BY_ID, [FIRST])
    assert meant([held(FIRST)], SECOND, identities) == (MatchKind.ABSENT, [])


def test_of_a_policy_without_an_id_only_the_name_is_known():
    identities = Identities(made={(CATALOG.key, MADE): FIRST})

    assert meant([held(MADE)], "", identities) == (MatchKind.BY_NAME, [MADE])
