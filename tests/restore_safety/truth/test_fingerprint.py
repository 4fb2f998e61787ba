import dataclasses
import hashlib
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.truth.fingerprint import (
    fingerprint_of,
    fingerprint_of_document,
    is_known_version,
    short,
)
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    Scope,
    ScopeField,
    ScopeMode,
    changes_between,
)
from restore_safety.truth.target import Target
from tests.restore_safety.truth.strategies import SCOPE, entry, raw_texts, scopes

KNOWN = "rs3:" + "0f" * 32


def test_fingerprint_is_pinned():
    canonical = (
        '{"assignment_mode":"replace","backup_digest":"sha256:aa","backup_set":"set-1",'
        '"conditional_access_state":"as_backed_up","conflict_policy":"update",'
        '"include_foundations":false,"items":["item-1","item-2"],'
        '"mapping":[["group","group-1","group-9"]],"mode":"selected",'
        '"target":{"cloud":"global","directory":"contoso.example","tenant":"contoso"}}'
    )

    assert fingerprint_of(SCOPE) == "rs3:" + hashlib.sha256(canonical.encode()).hexdigest()


def test_only_an_undo_says_what_it_undoes():
    undo = dataclasses.replace(SCOPE, undoes="run-1")

    assert "undoes" not in SCOPE.to_json()
    assert undo.to_json() == {**SCOPE.to_json(), "undoes": "run-1"}
    assert fingerprint_of(undo) != fingerprint_of(SCOPE)


def _respelt(source, spell):
    """The source in another spelling; a name may have space around it behind its prefix too."""
    name = source.removeprefix("name:")
    return spell(source) if name == source else f"\tNAME:{spell(name)}"


def _disguised(scope, random, form):
    """The same scope as somebody else might have typed it."""

    def spell(text):
        return f" {unicodedata.normalize(form, text)}\t"

    items = [spell(item) for item in scope.items] * 2
    entries = [
        entry(one.kind, _respelt(one.source, spell), spell(one.target)) for one in scope.mapping
    ] * 2
    random.shuffle(entries)
    return Scope(
        target=Target(
            tenant=spell(scope.target.tenant),
            cloud=spell(scope.target.cloud),
            directory=spell(scope.target.directory),
        ),
        backup_set=spell(scope.backup_set),
        backup_digest=spell(scope.backup_digest),
        mode=scope.mode,
        items=frozenset([*items, *(item.upper() for item in items if item.isascii()), "", " "]),
        mapping=(
            entry(ReferenceKind.USER, "", "x"),
            entry(ReferenceKind.USER, "name: ", "x"),
            *entries,
            entry(ReferenceKind.USER, "~blank", "  "),
            entry(ReferenceKind.USER, "~itself", "~ITSELF"),
        ),
        assignment_mode=scope.assignment_mode,
        conditional_access_state=scope.conditional_access_state,
        conflict_policy=scope.conflict_policy,
        include_foundations=scope.include_foundations,
        undoes=spell(scope.undoes),
    )


@given(scopes, st.randoms(use_true_random=False), st.sampled_from(["NFC", "NFD"]))
def test_spelling_order_duplicates_and_blanks_never_change_it(scope, random, form):
    assert fingerprint_of(_disguised(scope, random, form)) == fingerprint_of(scope)


def _with_digit(value, digit):
    return f"{value}{digit}"


def _with_other_item(value, digit):
    return value ^ {digit}


def _with_other_mapping(value, digit):
    """One more entry, one fewer, or the first one led elsewhere or made another kind's."""
    if not value:
        return (entry(ReferenceKind.GROUP, f"~{digit}", "target"),)
    first, *others = value
    if digit < "3":
        return tuple(others)
    if digit < "6":
        return (dataclasses.replace(first, target=f"{first.target}{digit}~"), *others)
    taken = {one.kind for one in others if one.source == first.source} | {first.kind}
    kind = next(kind for kind in ReferenceKind if kind not in taken)
    return (dataclasses.replace(first, kind=kind), *others)


def _with_other_directory(value, digit):
    """Another directory, or another tenant where the first one is not connected."""
    name = "directory" if value.directory else "tenant"
    return dataclasses.replace(value, **{name: f"{getattr(value, name)}{digit}"})


def _negated(value, digit):
    return not value


def _next_of(members):
    def other(value, digit):
        return next(member for member in members if member is not value)

    return other


# How each field of a scope becomes something else; a new field has no way to and fails below.
OTHERWISE = {
    "target": _with_other_directory,
    "backup_set": _with_digit,
    "backup_digest": _with_digit,
    "mode": _next_of(ScopeMode),
    "items": _with_other_item,
    "mapping": _with_other_mapping,
    "assignment_mode": _next_of(AssignmentMode),
    "conditional_access_state": _next_of(ConditionalAccessState),
    "conflict_policy": _next_of(ConflictPolicy),
    "include_foundations": _negated,
    "undoes": _with_digit,
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


@pytest.mark.parametrize(
    ("field", "choices"),
    [
        ("conflict_policy", ConflictPolicy),
        ("assignment_mode", AssignmentMode),
        ("conditional_access_state", ConditionalAccessState),
    ],
)
def test_every_choice_is_another_scope(field, choices):
    prints = {fingerprint_of(dataclasses.replace(SCOPE, **{field: one})) for one in choices}

    assert len(prints) == len(choices)


def test_every_kind_maps_apart_from_the_others():
    prints = {
        fingerprint_of(dataclasses.replace(SCOPE, mapping=(entry(kind, "a", "b"),)))
        for kind in ReferenceKind
    }

    assert len(prints) == len(ReferenceKind)


@given(scopes)
def test_document_has_the_fingerprint_of_its_scope(scope):
    assert fingerprint_of_document(scope.to_json()) == fingerprint_of(scope)


def test_document_of_version_1_keeps_the_fingerprint_it_had():
    canonical = (
        '{"backup_digest":"sha256:aa","backup_set":"set-1","conflict_policy":"update",'
        '"group_mapping":[["group-1","group-9"]],"include_assignments":true,'
        '"include_foundations":false,"items":["item-1","item-2"],"mode":"selected",'
        '"tenant":"contoso"}'
    )

    fingerprint = fingerprint_of_document(json.loads(canonical))

    assert fingerprint == "rs1:" + hashlib.sha256(canonical.encode()).hexdigest()
    assert not is_known_version(fingerprint)


@pytest.mark.parametrize("undo", ["", ',"undoes":"run-1"'])
def test_document_of_version_2_keeps_the_fingerprint_it_had(undo):
    canonical = (
        '{"assignment_mode":"replace","backup_digest":"sha256:aa","backup_set":"set-1",'
        '"conditional_access_state":"as_backed_up","conflict_policy":"update",'
        '"include_foundations":false,"items":["item-1","item-2"],"mapping":[],"mode":"selected",'
        f'"tenant":"tenant 3 in global directory d-1"{undo}}}'
    )

    fingerprint = fingerprint_of_document(json.loads(canonical))

    assert fingerprint == "rs2:" + hashlib.sha256(canonical.encode()).hexdigest()
    assert not is_known_version(fingerprint)


@given(
    st.lists(raw_texts, min_size=1, max_size=6),
    st.dictionaries(
        st.tuples(
            st.sampled_from(ReferenceKind), raw_texts | raw_texts.map(lambda name: f"name:{name}")
        ),
        raw_texts,
        max_size=4,
    ),
    st.sampled_from(["NFC", "NFD"]),
    st.randoms(use_true_random=False),
)
def test_any_text_at_all_may_be_spelt_otherwise(items, mapping, form, random):
    def spell(text):
        return f"\n{unicodedata.normalize(form, text)} "

    typed = [*items, *map(spell, items)]
    entries = [entry(*key, target) for key, target in mapping.items()]
    random.shuffle(typed)
    try:
        plain = dataclasses.replace(SCOPE, items=frozenset(items), mapping=tuple(entries))
    except ValueError:  # two spellings of one object, led to two places
        return
    entries += [entry(one.kind, _respelt(one.source, spell), spell(one.target)) for one in entries]
    random.shuffle(entries)
    disguised = dataclasses.replace(SCOPE, items=frozenset(typed), mapping=tuple(entries))

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
        fingerprint_of(
            dataclasses.replace(
                SCOPE, mapping=tuple(entry(ReferenceKind.GROUP, *pair) for pair in mapping)
            )
        )
        for mapping in mappings
    }

    assert len(prints) == len(mappings)


@given(scopes)
def test_fingerprint_is_of_a_known_version(scope):
    assert is_known_version(fingerprint_of(scope))


@pytest.mark.parametrize(
    "fingerprint",
    ["", "rs3", "rs3:", KNOWN[:-1], KNOWN + "0", KNOWN + "\n", KNOWN.upper(), "rs2:" + "0f" * 32],
)
def test_fingerprint_of_another_form_is_not_known(fingerprint):
    assert not is_known_version(fingerprint)


def test_short_keeps_the_version_and_the_beginning():
    assert short(KNOWN) == "rs3:0f0f0f0f0f0f"
