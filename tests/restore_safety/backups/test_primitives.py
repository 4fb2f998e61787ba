import pytest

from restore_safety.backups.primitives import (
    UnreadableDateError,
    as_binary,
    read_primitive,
    unwrapped,
)


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("datetime", "/Date(-62135596800000)/", "0001-01-01T00:00:00Z"),
        ("datetime", "/Date(1704067200000+0100)/", "2024-01-01T00:00:00Z"),
        ("datetime", "/Date(1704067200500)/", "2024-01-01T00:00:00Z"),
        (
            "datetime",
            {"value": "/Date(1704067200000)/", "DisplayHint": 2, "DateTime": "Monday"},
            "2024-01-01T00:00:00Z",
        ),
        ("datetime", "2024-01-01T00:00:00.0000000Z", "2024-01-01T00:00:00.0000000Z"),
        ("date", "/Date(1704067200000)/", "2024-01-01"),
        ("date", "2024-01-01", "2024-01-01"),
        ("boolean", "True", True),
        ("boolean", False, False),
        ("integer", "12", 12),
        ("integer", 12.0, 12),
        ("number", 1.5, 1.5),
        ("binary", "aG\r\nk=", "aGk="),
        ("binary", "", ""),
        ("string", "x", "x"),
        ("guid", "x", "x"),
    ],
)
def test_a_certain_reading_is_made(kind, value, read):
    assert read_primitive(value, kind) == read


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("datetime", 5),
        ("datetime", "2024-01-01 10:00"),
        ("boolean", "yes please"),
        ("boolean", 1),
        ("integer", True),
        ("integer", "1.5"),
        ("integer", 1.5),
        ("number", "many"),
        ("binary", "Write-Host 'plain text'"),
        ("binary", "<enabled/>"),
        ("binary", 5),
        ("binary", "aGkx1"),
        ("string", {"a": 1}),
        ("string", None),
    ],
)
def test_anything_else_is_left_as_it_is_and_never_guessed(kind, value):
    assert read_primitive(value, kind) == value


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("datetime", "01/05/2026 10:00:00", "holds no date that can be read"),
        ("datetime", "/Date(x)/", "holds no date that can be read"),
        ("datetime", {"value": "yesterday"}, "holds no date that can be read"),
        ("date", "/Date(9999999999999999)/", "holds a date outside the calendar"),
    ],
)
def test_a_date_that_could_be_of_several_days_is_refused(kind, value, problem):
    with pytest.raises(UnreadableDateError) as refused:
        read_primitive(value, kind)

    assert str(refused.value) == problem


@pytest.mark.parametrize(
    ("text", "read"), [("<a/>", "PGEvPg=="), ("PGEvPg==", "PGEvPg=="), ("ä", "w6Q=")]
)
def test_what_graph_answered_in_clear_is_encoded(text, read):
    assert as_binary(text) == read


def test_only_a_saved_answer_is_unwrapped():
    assert unwrapped({"@odata.context": "x", "value": "clear"}) == "clear"
    for other in ({"value": "x"}, {"@odata.context": "x", "value": 1, "name": 2}, "x", None):
        assert unwrapped(other) == other
