import dataclasses
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.truth.identity import identity
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    Scope,
    ScopeChange,
    ScopeField,
    ScopeFormatError,
    ScopeMode,
    changes_between,
)
from restore_safety.truth.scope_words import entry_in_words, in_words
from restore_safety.truth.target import Target
from tests.restore_safety.truth.strategies import SCOPE, entry, raw_texts, scopes


def _group(source, target):
    return entry(ReferenceKind.GROUP, source, target)


def _replaced(**changes):
    return Scope.from_json(SCOPE.to_json() | changes)


def _said(change):
    return in_words(change.field, change.before), in_words(change.field, change.after)


def test_scope_is_kept_in_normal_form():
    scope = Scope(
        target=Target(tenant=" 3 ", cloud="Global", directory="D-1 "),
        backup_set="SET-1",
        backup_digest="SHA256:AA",
        mode=ScopeMode.ALL,
        items=frozenset({"B", "b ", "a", "  ", ""}),
        mapping=(
            _group("G2", "T2"),
            _group(" g1", "t1"),
            _group("g2", "t2"),
            _group("g3", " "),
            _group("", "t4"),
            _group("name: ", "t5"),
            entry(ReferenceKind.FILTER, "NAME: Corporate ", "F1"),
        ),
        assignment_mode=AssignmentMode.MERGE,
        conditional_access_state=ConditionalAccessState.REPORT_ONLY,
        conflict_policy=ConflictPolicy.COPY,
        include_foundations=True,
    )

    assert scope.to_json() == {
        "target": {"tenant": "3", "cloud": "global", "directory": "d-1"},
        "backup_set": "set-1",
        "backup_digest": "sha256:aa",
        "mode": "all",
        "items": ["a", "b"],
        "mapping": [
            ["filter", "name:corporate", "f1"],
            ["group", "g1", "t1"],
            ["group", "g2", "t2"],
        ],
        "assignment_mode": "merge",
        "conditional_access_state": "report_only",
        "conflict_policy": "copy",
        "include_foundations": True,
    }


def test_object_mapped_to_itself_is_no_mapping():
    assert _replaced(mapping=[["group", "Group-1", "group-1"]]).mapping == ()


def test_mapping_is_read_by_kind():
    scope = _replaced(mapping=[["filter", "a", "b"], ["group", "a", "c"], ["group", "name:B", "d"]])

    assert scope.mapping_of(ReferenceKind.FILTER) == {"a": "b"}
    assert scope.mapping_of(ReferenceKind.GROUP) == {"a": "c", "name:b": "d"}
    assert scope.mapping_of(ReferenceKind.USER) == {}
    assert scope.group_mapping == (("a", "c"), ("name:b", "d"))


@pytest.mark.parametrize(
    ("mode", "included"), [("replace", True), ("merge", True), ("leave", False)]
)
def test_only_leaving_writes_no_assignments(mode, included):
    assert _replaced(assignment_mode=mode).include_assignments is included


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"backup_set": ""}, "belong together"),
        ({"backup_digest": " "}, "belong together"),
        ({"mapping": (_group("g", "one"), _group("G", "two"))}, "one group only"),
        ({"mapping": (_group("g", "g"), _group("g", "two"))}, "one group only"),
        ({"mapping": (_group("name:g", "a"), _group("Name: G", "b"))}, "one group only"),
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
        {"assignment_mode": "some"},
        {"assignment_mode": None},
        {"conditional_access_state": "on"},
        {"include_foundations": "yes"},
        {"items": "item-1"},
        {"items": [1]},
        {"items": None},
        {"mapping": {"group": {"a": "b"}}},
        {"mapping": {"abc": "read as three letters"}},
        {"mapping": [["group", "a"]]},
        {"mapping": [["planet", "a", "b"]]},
        {"mapping": [["group", 1, "b"]]},
        {"group_mapping": []},
        {"include_assignments": True},
        {"target": None},
        {"target": "tenant 3 in global directory d-1"},
        {"target": {}},
        {"target": {"tenant": "3", "cloud": "global"}},
        {"target": {"tenant": "", "cloud": "", "directory": ""}},
        {"target": {"tenant": "3", "cloud": "global", "directory": ""}},
        {"target": {"tenant": 3, "cloud": "global", "directory": "d-1"}},
        {"tenant": "tenant 3 in global directory d-1"},
        {"surprise": True},
    ],
)
def test_stored_scope_of_another_form_is_refused(changes):
    with pytest.raises(ScopeFormatError):
        Scope.from_json(SCOPE.to_json() | changes)


@pytest.mark.parametrize(
    "field", [field.value for field in ScopeField if field is not ScopeField.UNDOES]
)
def test_stored_scope_without_a_field_is_refused(field):
    stored = SCOPE.to_json()
    del stored[field]

    with pytest.raises(ScopeFormatError):
        Scope.from_json(stored)


VERSION_1 = {
    "tenant": "tenant 3 in global directory d-1",
    "backup_set": "set-1",
    "backup_digest": "sha256:aa",
    "mode": "selected",
    "items": ["item-1", "item-2"],
    "group_mapping": [["group-1", "group-9"]],
    "include_assignments": True,
    "conflict_policy": "update",
    "include_foundations": False,
}


@pytest.mark.parametrize(("included", "mode"), [(True, "replace"), (False, "leave")])
def test_scope_of_version_1_is_read_in_the_present_form(included, mode):
    read = Scope.from_json(VERSION_1 | {"include_assignments": included})

    target = Target(before_version_3=VERSION_1["tenant"])
    assert read == dataclasses.replace(_replaced(assignment_mode=mode), target=target)


@pytest.mark.parametrize("undo", [{}, {"undoes": "run-1"}])
def test_scope_of_version_2_is_read_and_its_target_kept_as_it_was_written(undo):
    stored = SCOPE.to_json() | undo | {"tenant": "tenant 3 in global directory d-1"}
    del stored["target"]

    read = Scope.from_json(stored)

    target = Target(before_version_3="tenant 3 in global directory d-1")
    assert read == dataclasses.replace(_replaced(**undo), target=target)


HERE = Target(tenant="3", cloud="global", directory="D-1")
ELSEWHERE = Target(tenant="3", cloud="global", directory="d-2")
ALONE = Target(tenant="3")


@pytest.mark.parametrize(
    ("written", "target"),
    [("tenant 3 in global directory d-1", HERE), ("tenant 3, not connected", ALONE)],
)
def test_what_a_scope_of_before_says_of_its_target_is_still_held_against_it(written, target):
    before = dataclasses.replace(SCOPE, target=Target(before_version_3=written))

    for other in (HERE, ELSEWHERE, ALONE):
        now = dataclasses.replace(SCOPE, target=other)
        is_same = other is target
        assert other.is_target_of({"tenant": written}) is is_same
        assert [one.field for one in changes_between(before, now)] == (
            [] if is_same else [ScopeField.TARGET]
        )


def test_a_stored_scope_is_for_exactly_its_own_target():
    stored = dataclasses.replace(SCOPE, target=HERE).to_json()

    assert HERE.is_target_of(stored)
    assert not ELSEWHERE.is_target_of(stored)
    assert not HERE.is_target_of({})


@pytest.mark.parametrize(
    "changes",
    [
        {"include_assignments": 1},
        {"group_mapping": {"a": "b"}},
        {"group_mapping": [["a"]]},
        {"group_mapping": None},
        {"mapping": []},
    ],
)
def test_scope_of_version_1_in_another_form_is_refused(changes):
    with pytest.raises(ScopeFormatError):
        Scope.from_json(VERSION_1 | changes)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("group_mapping", "mapping"),
        ("include_assignments", "assignment_mode"),
        ("tenant", "target"),
    ],
)
def test_line_of_an_older_ledger_still_names_its_field(before, now):
    assert ScopeField(before) is ScopeField(now)


def test_field_that_never_was_is_refused():
    with pytest.raises(ValueError, match="is not a valid ScopeField"):
        ScopeField("surprise")


@given(raw_texts, st.sampled_from(["NFC", "NFD"]))
def test_identity_is_one_spelling(text, form):
    normal = identity(text)

    assert identity(normal) == normal
    assert identity(f" \t{unicodedata.normalize(form, text)}\n") == normal


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"target": {"tenant": "3", "cloud": "global", "directory": "d-1"}},
            (
                "target",
                "tenant contoso in global directory contoso.example",
                "tenant 3 in global directory d-1",
            ),
        ),
        (
            {"target": {"tenant": "3", "cloud": "", "directory": ""}},
            (
                "target",
                "tenant contoso in global directory contoso.example",
                "tenant 3, not connected",
            ),
        ),
        ({"backup_set": "set-2"}, ("backup_set", "set-1", "set-2")),
        ({"backup_digest": "sha256:bb"}, ("backup_digest", "sha256:aa", "sha256:bb")),
        ({"mode": "all"}, ("mode", "Selected items", "All items")),
        ({"assignment_mode": "merge"}, ("assignment_mode", "Replace", "Merge")),
        ({"assignment_mode": "leave"}, ("assignment_mode", "Replace", "Leave")),
        (
            {"conditional_access_state": "report_only"},
            ("conditional_access_state", "As backed up", "Report-only"),
        ),
        ({"conflict_policy": "skip"}, ("conflict_policy", "Update existing", "Skip existing")),
        ({"include_foundations": True}, ("include_foundations", "left out", "included")),
    ],
)
def test_change_of_one_field_is_told_in_words(changes, expected):
    field, before, after = expected

    (change,) = changes_between(SCOPE, _replaced(**changes))

    assert change.field == field
    assert _said(change) == (before, after)


def test_a_change_holds_the_values_themselves():
    after = _replaced(conflict_policy="skip", include_foundations=True)

    assert changes_between(SCOPE, after) == (
        ScopeChange(field=ScopeField.CONFLICT_POLICY, before="update", after="skip"),
        ScopeChange(field=ScopeField.INCLUDE_FOUNDATIONS, before=False, after=True),
    )


def test_a_line_of_a_ledger_of_before_is_shown_as_it_was_written():
    for field in ScopeField:
        assert in_words(field, {"text": "as it was"}) == "as it was"


def test_change_of_items_names_what_came_and_went():
    after = _replaced(items=["item-1", "item-3", "item-4"])

    assert changes_between(SCOPE, after) == (
        ScopeChange(
            field=ScopeField.ITEMS,
            before={"count": 2},
            after={"count": 3, "added": 2, "removed": 1},
            added=("item-3", "item-4"),
            removed=("item-2",),
        ),
    )


def test_items_that_only_came_or_only_went_are_named_too():
    (came,) = changes_between(SCOPE, _replaced(items=["item-1", "item-2", "item-3"]))
    (went,) = changes_between(SCOPE, _replaced(items=["item-1"]))

    assert (_said(came)[1], came.added, came.removed) == (
        "3 items (1 added, 0 removed)",
        ("item-3",),
        (),
    )
    assert (_said(went)[1], went.added, went.removed) == (
        "1 item (0 added, 1 removed)",
        (),
        ("item-2",),
    )


def test_what_came_and_went_is_told_of_its_own_field_only():
    mapping, option = changes_between(SCOPE, _replaced(mapping=[], assignment_mode="leave"))

    assert mapping.removed == (_group("group-1", "group-9"),)
    assert option == ScopeChange(field=ScopeField.ASSIGNMENT_MODE, before="replace", after="leave")


def test_change_of_mapping_names_the_objects():
    after = _replaced(mapping=[["group", "group-1", "group-8"], ["filter", "name:Mine", "f"]])

    (change,) = changes_between(SCOPE, after)

    assert _said(change) == (
        "Group group-1 → group-9",
        "Filter “mine” → f, Group group-1 → group-8",
    )
    assert [entry_in_words(one) for one in change.added] == [
        "Filter “mine” → f",
        "Group group-1 → group-8",
    ]
    assert change.removed == (_group("group-1", "group-9"),)


@pytest.mark.parametrize(("count", "ending"), [(20, ""), (23, " and 3 more")])
def test_mapping_is_shown_in_order_and_none_is_said_to_be_none(count, ending):
    entries = [["group", f"group-{number:02}", f"target-{number}"] for number in range(count)]
    (change,) = changes_between(_replaced(mapping=[]), _replaced(mapping=entries))

    shown = [f"Group {source} → {target}" for _, source, target in entries[:20]]
    assert _said(change) == ("nothing mapped", ", ".join(shown) + ending)
    assert len(change.added) == count


def test_another_backup_set_is_one_change_though_its_content_differs_too():
    after = _replaced(backup_set="set-2", backup_digest="sha256:bb")

    fields = [change.field for change in changes_between(SCOPE, after)]

    assert fields == [ScopeField.BACKUP_SET]


def test_digest_is_shortened_and_a_missing_backup_named():
    before = _replaced(backup_digest="sha256:" + "0123456789abcdef" * 4)
    after = _replaced(backup_set="", backup_digest="")

    (content,) = changes_between(before, SCOPE)
    (gone,) = changes_between(SCOPE, after)

    assert _said(content)[0] == "sha256:0123456789ab"
    assert _said(gone) == ("set-1", "none chosen")


@given(scopes, scopes)
def test_changes_are_empty_exactly_when_scopes_are_equal(before, after):
    assert (changes_between(before, after) == ()) is (before == after)


@given(scopes, scopes)
def test_changes_back_mirror_the_changes(before, after):
    there, back = changes_between(before, after), changes_between(after, before)

    assert [(one.field, one.added, one.removed) for one in there] == [
        (one.field, one.removed, one.added) for one in back
    ]
