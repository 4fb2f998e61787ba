import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.truth.scope import (
    ConflictPolicy,
    Scope,
    ScopeChange,
    ScopeField,
    ScopeFormatError,
    ScopeMode,
    changes_between,
    identity,
)
from tests.restore_safety.truth.strategies import SCOPE, raw_texts, scopes


def _replaced(**changes):
    return Scope.from_json(SCOPE.to_json() | changes)


def test_scope_is_kept_in_normal_form():
    scope = Scope(
        tenant=" Contoso ",
        backup_set="SET-1",
        backup_digest="SHA256:AA",
        mode=ScopeMode.ALL,
        items=frozenset({"B", "b ", "a", "  ", ""}),
        group_mapping=(("G2", "T2"), (" g1", "t1"), ("g2", "t2"), ("g3", " "), ("", "t4")),
        include_assignments=True,
        conflict_policy=ConflictPolicy.COPY,
        include_foundations=True,
    )

    assert scope.to_json() == {
        "tenant": "contoso",
        "backup_set": "set-1",
        "backup_digest": "sha256:aa",
        "mode": "all",
        "items": ["a", "b"],
        "group_mapping": [["g1", "t1"], ["g2", "t2"]],
        "include_assignments": True,
        "conflict_policy": "copy",
        "include_foundations": True,
    }


def test_group_mapped_to_itself_is_no_mapping():
    assert _replaced(group_mapping=[["Group-1", "group-1"]]).group_mapping == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tenant": "  "}, "needs its target tenant"),
        ({"backup_set": ""}, "belong together"),
        ({"backup_digest": " "}, "belong together"),
        ({"group_mapping": (("g", "one"), ("G", "two"))}, "one group only"),
        ({"group_mapping": (("g", "g"), ("g", "two"))}, "one group only"),
        ({"items": frozenset({"\ud800"})}, "surrogates"),
    ],
)
def test_scope_that_cannot_be_is_refused(changes, message):
    fields = {name: getattr(SCOPE, name) for name in SCOPE.__slots__}

    with pytest.raises(ValueError, match=message):
        Scope(**fields | changes)


def test_scope_without_a_backup_says_so():
    chosen = _replaced(backup_set="", backup_digest="", items=[])

    assert (chosen.has_backup, chosen.is_empty) == (False, True)
    assert (SCOPE.has_backup, SCOPE.is_empty) == (True, False)


@given(scopes)
def test_scope_survives_json(scope):
    assert Scope.from_json(json.loads(json.dumps(scope.to_json()))) == scope


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": "some"},
        {"conflict_policy": "overwrite"},
        {"include_assignments": 1},
        {"include_foundations": "yes"},
        {"items": "item-1"},
        {"items": [1]},
        {"items": None},
        {"group_mapping": {"a": "b"}},
        {"group_mapping": {"ab": "read as two letters"}},
        {"group_mapping": [["a"]]},
        {"tenant": None},
        {"tenant": ""},
        {"surprise": True},
    ],
)
def test_stored_scope_of_another_form_is_refused(changes):
    with pytest.raises(ScopeFormatError):
        Scope.from_json(SCOPE.to_json() | changes)


@pytest.mark.parametrize("field", [field.value for field in ScopeField])
def test_stored_scope_without_a_field_is_refused(field):
    stored = SCOPE.to_json()
    del stored[field]

    with pytest.raises(ScopeFormatError):
        Scope.from_json(stored)


@given(raw_texts, st.sampled_from(["NFC", "NFD"]))
def test_identity_is_one_spelling(text, form):
    normal = identity(text)

    assert identity(normal) == normal
    assert identity(f" \t{unicodedata.normalize(form, text)}\n") == normal


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"tenant": "fabrikam"}, ("tenant", "contoso", "fabrikam")),
        ({"backup_set": "set-2"}, ("backup_set", "set-1", "set-2")),
        ({"backup_digest": "sha256:bb"}, ("backup_digest", "sha256:aa", "sha256:bb")),
        ({"mode": "all"}, ("mode", "Selected items", "All items")),
        ({"include_assignments": False}, ("include_assignments", "included", "left out")),
        ({"conflict_policy": "skip"}, ("conflict_policy", "Update existing", "Skip existing")),
        ({"include_foundations": True}, ("include_foundations", "left out", "included")),
    ],
)
def test_change_of_one_field_is_told_in_words(changes, expected):
    field, before, after = expected

    assert changes_between(SCOPE, _replaced(**changes)) == (
        ScopeChange(field=ScopeField(field), before=before, after=after),
    )


def test_change_of_items_names_what_came_and_went():
    after = _replaced(items=["item-1", "item-3", "item-4"])

    assert changes_between(SCOPE, after) == (
        ScopeChange(
            field=ScopeField.ITEMS,
            before="2 items",
            after="3 items (2 added, 1 removed)",
            added=("item-3", "item-4"),
            removed=("item-2",),
        ),
    )


def test_items_that_only_came_or_only_went_are_named_too():
    (came,) = changes_between(SCOPE, _replaced(items=["item-1", "item-2", "item-3"]))
    (went,) = changes_between(SCOPE, _replaced(items=["item-1"]))

    assert (came.after, came.added, came.removed) == (
        "3 items (1 added, 0 removed)",
        ("item-3",),
        (),
    )
    assert (went.after, went.added, went.removed) == (
        "1 item (0 added, 1 removed)",
        (),
        ("item-2",),
    )


def test_what_came_and_went_is_told_of_its_own_field_only():
    mapping, option = changes_between(SCOPE, _replaced(group_mapping=[], include_assignments=False))

    assert mapping.removed == ("group-1 → group-9",)
    assert option == ScopeChange(
        field=ScopeField.INCLUDE_ASSIGNMENTS, before="included", after="left out"
    )


def test_change_of_mapping_names_the_groups():
    after = _replaced(group_mapping=[["group-1", "group-8"]])

    assert changes_between(SCOPE, after) == (
        ScopeChange(
            field=ScopeField.GROUP_MAPPING,
            before="group-1 → group-9",
            after="group-1 → group-8",
            added=("group-1 → group-8",),
            removed=("group-1 → group-9",),
        ),
    )


def test_mapped_groups_are_shown_in_order_and_none_is_said_to_be_none():
    pairs = [[f"group-{number}", f"target-{number}"] for number in range(9)]
    (change,) = changes_between(_replaced(group_mapping=[]), _replaced(group_mapping=pairs))

    assert change.before == "no group mapped"
    assert change.after == ", ".join(f"{source} → {target}" for source, target in pairs)


def test_another_backup_set_is_one_change_though_its_content_differs_too():
    after = _replaced(backup_set="set-2", backup_digest="sha256:bb")

    fields = [change.field for change in changes_between(SCOPE, after)]

    assert fields == [ScopeField.BACKUP_SET]


def test_digest_is_shortened_and_a_missing_backup_named():
    before = _replaced(backup_digest="sha256:" + "0123456789abcdef" * 4)
    after = _replaced(backup_set="", backup_digest="")

    (content,) = changes_between(before, SCOPE)
    (gone,) = changes_between(SCOPE, after)

    assert content.before == "sha256:0123456789ab"
    assert (gone.before, gone.after) == ("set-1", "none chosen")


@given(scopes, scopes)
def test_changes_are_empty_exactly_when_scopes_are_equal(before, after):
    assert (changes_between(before, after) == ()) is (before == after)


@given(scopes, scopes)
def test_changes_back_mirror_the_changes(before, after):
    there, back = changes_between(before, after), changes_between(after, before)

    assert [(one.field, one.added, one.removed) for one in there] == [
        (one.field, one.removed, one.added) for one in back
    ]
