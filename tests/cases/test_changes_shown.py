"""What a preview shows of a change is the change (ui: a list setting reads as cleared)."""

import pytest

from tests.cases.makers import CATALOG, LOCAL_LOG_ON, as_held, catalog, texts

ADMINISTRATORS, USERS, REMOTE = "*S-1-5-32-544", "*S-1-5-32-545", "*S-1-5-32-555"
LISTS = {
    "one leaves": ([ADMINISTRATORS, USERS, REMOTE], [ADMINISTRATORS, USERS]),
    "the first leaves": ([ADMINISTRATORS, USERS, REMOTE], [USERS, REMOTE]),
    "one comes": ([ADMINISTRATORS], [ADMINISTRATORS, USERS]),
    "one is replaced": ([ADMINISTRATORS, USERS], [ADMINISTRATORS, REMOTE]),
}


@pytest.mark.parametrize(("there", "mine"), LISTS.values(), ids=LISTS)
def test_a_list_shows_what_it_holds_before_and_after(walk, there, mine):
    walk.hold({CATALOG: [as_held(catalog("Rights", texts(LOCAL_LOG_ON, *there)))]})
    walk.import_policies(catalog("Rights", texts(LOCAL_LOG_ON, *mine)))

    walk.preview()

    rows = walk.plan["Rights"].changes
    before = " ".join(one["before"] for one in rows)
    after = " ".join(one["after"] for one in rows)
    stays = set(there) & set(mine)
    assert {sid for sid in there if sid in before} >= set(there) - set(mine)
    assert {sid for sid in mine if sid in after} >= set(mine) - set(there)
    is_cleared = any(one["before"] and not one["after"] for one in rows)
    assert not (is_cleared and stays and not any(sid in after for sid in stays))


def test_a_list_that_is_emptied_reads_as_cleared(walk):
    walk.hold({CATALOG: [as_held(catalog("Rights", texts(LOCAL_LOG_ON, USERS)))]})
    walk.import_policies(catalog("Rights"))

    walk.preview()

    rows = walk.plan["Rights"].changes
    assert any(USERS in one["before"] for one in rows)
    assert not any(USERS in one["after"] for one in rows)
