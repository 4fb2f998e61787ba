"""The generated parts of a document: replaced between their markers, and nothing else is."""

import pytest

from restore_safety.documentation.blocks import (
    BlocksDifferError,
    last_cells,
    table,
    with_blocks,
)

PAGE = """# Page

By hand.

<!-- generated: fields -->
| old |
<!-- end -->

Also by hand.
"""


def test_what_is_between_the_markers_is_replaced_and_nothing_else():
    anew = with_blocks(PAGE, {"fields": lambda _current: "| new |\n"})

    assert anew == PAGE.replace("| old |", "| new |")


def test_block_is_given_what_stands_in_its_place():
    assert with_blocks(PAGE, {"fields": lambda current: current}) == PAGE


def test_markers_of_yaml_may_be_indented():
    text = "schemas:\n    # generated: sets\n    A: 1\n    # end\n    B: 2\n"

    assert with_blocks(text, {"sets": lambda _current: "    A: 3\n"}) == text.replace("1", "3")


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        (["fields", "members"], "missing: members"),
        ([], "not in the code: fields"),
        (["rows"], "missing: rows; not in the code: fields"),
    ],
)
def test_block_without_its_place_and_place_without_its_block_are_errors(blocks, said):
    with pytest.raises(BlocksDifferError, match=f"^{said}$"):
        with_blocks(PAGE, dict.fromkeys(blocks, str))


def test_two_places_of_one_block_are_an_error():
    with pytest.raises(BlocksDifferError, match="there twice: fields"):
        with_blocks(PAGE + PAGE, {"fields": str})


def test_last_cells_are_found_by_the_first_ones():
    current = table(("model", "name", "meaning"), [("A", "id", "its place"), ("B", "id", "")])

    assert last_cells(current, keys=2) == {("A", "id"): "its place", ("B", "id"): ""}
