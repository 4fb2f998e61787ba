import dataclasses
import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.truth.fingerprint import fingerprint_of, is_known_version, short
from restore_safety.truth.scope import (
    ConflictPolicy,
    Scope,
    ScopeField,
    ScopeMode,
    changes_between,
)
from tests.restore_safety.truth.strategies import SCOPE, raw_texts, scopes

KNOWN = "rs1:" + "0f" * 32


def test_fingerprint_is_pinned():
    canonical = (
        '{"backup_digest":"sha256:aa","backup_set":"set-1","conflict_policy":"update",'
        '"group_mapping":[["group-1","group-9"]],"include_assignments":true,'
        '"include_foundations":false,"items":["item-1","item-2"],"mode":"selected",'
        '"tenant":"contoso"}'
    )

    assert fingerprint_of(SCOPE) == "rs1:" + hashlib.sha256(canonical.encode()).hexdigest()


def _disguised(scope, random, form):
    """The same scope as somebody else might have typed it."""

    def spell(text):
        return f" {unicodedata.normalize(form, text)}\t"

    items = [spell(item) for item in scope.items] * 2
    pairs = [(spell(source), spell(target)) for source, target in scope.group_mapping] * 2
    random.shuffle(pairs)
    return Scope(
        tenant=spell(scope.tenant),
        backup_set=spell(scope.backup_set),
        backup_digest=spell(scope.backup_digest),
        mode=scope.mode,
        items=frozenset([*items, *(item.upper() for item in items if item.isascii()), "", " "]),
        group_mapping=(("", "x"), *pairs, ("blank", "  "), ("itself", "ITSELF")),
        include_assignments=scope.include_assignments,
        conflict_policy=scope.conflict_policy,
        include_foundations=scope.include_foundations,
    )


@given(scopes, st.randoms(use_true_random=False), st.sampled_from(["NFC", "NFD"]))
def test_spelling_order_duplicates_and_blanks_never_change_it(scope, random, form):
    assert fingerprint_of(_disguised(scope, random, form)) == fingerprint_of(scope)


def _with_digit(value, digit):
    return f"{value}{digit}"


def _with_other_item(value, digit):
    return value ^ {digit}


def _with_other_mapping(value, digit):
    """One more pair, one pair fewer, or the first pair led elsewhere."""
    if not value:
        return ((f"~{digit}", "target"),)
    (source, target), *others = value
    return tuple(others) if digit < "5" else ((source, f"{target}{digit}"), *others)


def _negated(value, digit):
    return not value


def _next_of(members):
    def other(value, digit):
        return next(member for member in members if member is not value)

    return other


# How each field of a scope becomes something else; a new field has no way to and fails below.
OTHERWISE = {
    "tenant": _with_digit,
    "backup_set": _with_digit,
    "backup_digest": _with_digit,
    "mode": _next_of(ScopeMode),
    "items": _with_other_item,
    "group_mapping": _with_other_mapping,
    "include_assignments": _negated,
    "conflict_policy": _next_of(ConflictPolicy),
    "include_foundations": _negated,
}
FIELDS = [field.name for field in dataclasses.fields(Scope)]


def test_every_field_of_a_scope_can_be_named_in_a_change():
    assert [field.value for field in ScopeField] == FIELDS


@pytest.mark.parametrize("name", FIELDS)
@given(scope=scopes, digit=st.sampled_from("0123456789"))
def test_every_covered_change_changes_it(name, scope, digit):
    changed = dataclasses.replace(scope, **{name: OTHERWISE[name](getattr(scope, name), digit)})

    assert fingerprint_of(changed) != fingerprint_of(scope)
    assert [change.field.value for change in changes_between(scope, changed)] == [name]
    assert fingerprint_of(dataclasses.replace(changed, **{name: getattr(scope, name)})) == (
        fingerprint_of(scope)
    )


@pytest.mark.parametrize("policy", ConflictPolicy)
def test_every_conflict_policy_is_another_scope(policy):
    others = [one for one in ConflictPolicy if one is not policy]

    prints = {
        fingerprint_of(dataclasses.replace(SCOPE, conflict_policy=one)) for one in (policy, *others)
    }

    assert len(prints) == len(ConflictPolicy)


@given(
    st.lists(raw_texts, min_size=1, max_size=6),
    st.dictionaries(raw_texts, raw_texts, max_size=4),
    st.sampled_from(["NFC", "NFD"]),
    st.randoms(use_true_random=False),
)
def test_any_text_at_all_may_be_spelt_otherwise(items, mapping, form, random):
    def spell(text):
        return f"\n{unicodedata.normalize(form, text)} "

    typed, pairs = [*items, *map(spell, items)], list(mapping.items())
    random.shuffle(typed)
    try:
        plain = dataclasses.replace(SCOPE, items=frozenset(items), group_mapping=tuple(pairs))
    except ValueError:  # two spellings of one group, led to two places
        return
    pairs += [(spell(source), spell(target)) for source, target in pairs]
    random.shuffle(pairs)
    disguised = dataclasses.replace(SCOPE, items=frozenset(typed), group_mapping=tuple(pairs))

    assert disguised == plain
    assert fingerprint_of(disguised) == fingerprint_of(plain)


@given(scopes, scopes)
def test_equal_exactly_when_the_scopes_are(one, other):
    assert (fingerprint_of(one) == fingerprint_of(other)) is (one == other)


def test_items_count_even_when_all_are_meant():
    everything = dataclasses.replace(SCOPE, mode=ScopeMode.ALL)
    more = dataclasses.replace(everything, items=everything.items | {"item-3"})

    assert fingerprint_of(more) != fingerprint_of(everything)


def test_a_retargeted_mapping_and_a_swapped_one_differ():
    mappings = [
        (),
        (("a", "b"),),
        (("a", "c"),),
        (("b", "a"),),
        (("a", "b"), ("b", "a")),
        (("ab", "c"),),
        (("a", "bc"),),
    ]

    prints = {
        fingerprint_of(dataclasses.replace(SCOPE, group_mapping=mapping)) for mapping in mappings
    }

    assert len(prints) == len(mappings)


@given(scopes)
def test_fingerprint_is_of_a_known_version(scope):
    assert is_known_version(fingerprint_of(scope))


@pytest.mark.parametrize(
    "fingerprint",
    ["", "rs1", "rs1:", KNOWN[:-1], KNOWN + "0", KNOWN + "\n", KNOWN.upper(), "rs2:" + "0f" * 32],
)
def test_fingerprint_of_another_form_is_not_known(fingerprint):
    assert not is_known_version(fingerprint)


def test_short_keeps_the_version_and_the_beginning():
    assert short(KNOWN) == "rs1:0f0f0f0f0f0f"
