import dataclasses
import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.truth.fingerprint import fingerprint_of, is_known_version, short
from restore_safety.truth.scope import ConflictPolicy, Scope, ScopeField, ScopeMode
from tests.restore_safety.truth.strategies import SCOPE, ids, scopes

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


def _other(scope, field, token):
    """The scope with just this field changed to something else."""
    value = getattr(scope, field.value)
    match field:
        case ScopeField.ITEMS:
            return value ^ {token}
        case ScopeField.GROUP_MAPPING:
            kept = tuple(pair for pair in value if pair[0] != f"~{token}")
            return (*kept, (f"~{token}", "target")) if kept == value else kept
        case ScopeField.MODE:
            return next(mode for mode in ScopeMode if mode is not value)
        case ScopeField.CONFLICT_POLICY:
            return next(policy for policy in ConflictPolicy if policy is not value)
        case ScopeField.INCLUDE_ASSIGNMENTS | ScopeField.INCLUDE_FOUNDATIONS:
            return not value
        case _:
            return f"{value}{token}"


@given(scopes, st.sampled_from(ScopeField), ids.filter(str.isdigit))
def test_every_covered_change_changes_it(scope, field, token):
    changed = dataclasses.replace(scope, **{field.value: _other(scope, field, token)})

    assert fingerprint_of(changed) != fingerprint_of(scope)


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
