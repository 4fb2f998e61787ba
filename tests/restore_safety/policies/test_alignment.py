import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.policies.diff.alignment import Pair, pairs

RULES = [{"low": str(n), "high": str(n + 1), "note": f"note {n}"} for n in range(5)]


def paired(before, after):
    return [(pair.name, pair.number, pair.before, pair.after) for pair in pairs(before, after)]


@pytest.mark.parametrize(
    "bearer", ["settingDefinitionId", "omaUri", "ruleName", "actionType", "displayName", "name"]
)
def test_elements_go_by_what_identifies_them(bearer):
    one, other = {bearer: "one", "v": 1}, {bearer: "other", "v": 1}

    assert paired([one, other], [other]) == [("other", "", other, other), ("one", "", one, None)]


def test_a_setting_goes_by_its_instance():
    setting = {"settingInstance": {"settingDefinitionId": "firewall"}}

    assert paired([setting], [setting]) == [("firewall", "", setting, setting)]


def test_scalars_are_their_own_identity():
    assert paired(["a", "b"], ["b", "c"]) == [
        ("", "", "b", "b"),
        ("", "", None, "c"),
        ("", "", "a", None),
    ]


def test_an_insertion_shifts_nothing():
    assert paired(RULES, [RULES[0], {"low": "x"}, *RULES[1:]]) == [("", "#2", None, {"low": "x"})]


def test_beside_a_removal_a_change_finds_its_own_element():
    changed = RULES[3] | {"high": "changed"}

    assert paired(RULES, [RULES[0], RULES[1], changed, RULES[4]]) == [
        ("", "#3", RULES[2], None),
        ("", "#3", RULES[3], changed),
    ]


def test_beside_a_removal_and_an_addition_a_change_finds_its_own_element():
    changed = RULES[1] | {"high": "changed"}

    assert paired(RULES[:2], [changed, RULES[4]]) == [
        ("", "#1", RULES[0], None),
        ("", "#1", RULES[1], changed),
        ("", "#2", None, RULES[4]),
    ]


def test_those_with_the_same_identity_are_distinguished():
    early, late = ({"actionType": "notification", "hours": hours} for hours in (24, 72))
    later = late | {"hours": 96}

    assert paired([early, late], [early, later]) == [("notification", "#2", late, later)]


def test_very_long_arrays_go_by_position():
    before = [{"ranges": {"low": n}} for n in range(120)]
    after = [{"ranges": {"low": n + 1000}} for n in range(110)]

    found = paired(before, after)

    assert len(found) == 120
    assert found[0] == ("", "#1", before[0], after[0])
    assert found[-1] == ("", "#120", before[-1], None)


@given(st.lists(st.text(max_size=3)), st.lists(st.text(max_size=3)))
def test_every_scalar_is_accounted_for(before, after):
    found: list[Pair] = list(pairs(before, after))

    gone = [pair.before for pair in found if pair.after is None]
    come = [pair.after for pair in found if pair.before is None]
    assert sorted([*before, *come]) == sorted([*after, *gone])
