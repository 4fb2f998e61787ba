import pytest

from restore_safety.backups.primitives import (
    Unreadable,
    is_cut_off_text,
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
        ("binary", "aGk", "aGk="),
        ("binary", "aG\r\nk=", "aGk="),
        ("binary", "", ""),
        ("string", "x", "x"),
        ("guid", "x", "x"),
    ],
)
def test_a_certain_reading_is_made(kind, value, read):
    assert read_primitive(value, kind) == read


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("datetime", "01/05/2026 10:00:00", "holds no date that can be read"),
        ("datetime", "/Date(x)/", "holds no date that can be read"),
        ("datetime", 5, "holds no date that can be read"),
        ("date", "/Date(9999999999999999)/", "holds a date outside the calendar"),
        ("boolean", "yes please", "is neither true nor false"),
        ("boolean", 1, "is neither true nor false"),
        ("integer", True, "is not a whole number"),
        ("integer", "1.5", "is not a whole number"),
        ("number", "many", "is not a number"),
        ("binary", "Write-Host 'plain text'", "is not base64"),
        ("binary", "<enabled/>", "is not base64"),
        ("binary", 5, "is not base64"),
        ("binary", "aGkx1", "is not base64"),
        ("string", {"a": 1}, "is not text"),
        ("string", 5, "is not text"),
    ],
)
def test_anything_else_is_named_and_never_guessed(kind, value, problem):
    with pytest.raises(Unreadable) as refused:
        read_primitive(value, kind)

    assert str(refused.value) == problem
    assert refused.value.is_date is ("date" in problem)


@pytest.mark.parametrize(
    ("text", "is_cut_off"),
    [
        ("@{id=1; actionType=block}", True),
        ("@{}", True),
        ("System.Object[]", True),
        ("System.Object", True),
        ("System.Collections.Hashtable", True),
        ("System.Collections.Generic.Dictionary`2[System.String,System.Object]", True),
        ("System.Management.Automation.PSCustomObject", True),
        ("About @{x}", False),
        ("System.Object[] is a type", False),
        ("System.Security", False),
        (5, False),
    ],
)
def test_what_powershell_cut_off_is_told_from_text(text, is_cut_off):
    assert is_cut_off_text(text) is is_cut_off


def test_only_a_saved_answer_is_unwrapped():
    assert unwrapped({"@odata.context": "x", "value": "clear"}) == "clear"
    for other in ({"value": "x"}, {"@odata.context": "x", "value": 1, "name": 2}, "x", None):
        assert unwrapped(other) == other
