"""The generated parts of a document: found between their markers, and written anew."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

# The markers of Markdown and of YAML; what is between them belongs to `manage.py document`.
_BLOCK = re.compile(
    r"(?P<opening>^[ ]*(?:<!-- generated: (?P<markdown>[^>]+?) -->|# generated: (?P<yaml>.+?))\n)"
    r"(?P<body>.*?)"
    r"(?P<closing>^[ ]*(?:<!-- end -->|# end)$)",
    re.MULTILINE | re.DOTALL,
)

type Block = Callable[[str], str]


class BlocksDifferError(Exception):
    """A document lacks a generated part, or has one of something that does not exist."""


def with_blocks(text: str, blocks: Mapping[str, Block]) -> str:
    """Return the document with each generated part written anew.

    A block is given what stands in its place now, because a table keeps the column people write.
    """
    there = [_name(match) for match in _BLOCK.finditer(text)]
    if sorted(there) != sorted(blocks):
        raise BlocksDifferError(_difference(there, blocks))

    def anew(match: re.Match[str]) -> str:
        return match["opening"] + blocks[_name(match)](match["body"]) + match["closing"]

    return _BLOCK.sub(anew, text)


def _name(match: re.Match[str]) -> str:
    return match["markdown"] or match["yaml"]


def _difference(there: Sequence[str], blocks: Iterable[str]) -> str:
    missing = sorted(set(blocks) - set(there))
    unknown = sorted(set(there) - set(blocks))
    twice = sorted({name for name in there if there.count(name) > 1})
    parts = (("missing", missing), ("not in the code", unknown), ("there twice", twice))
    return "; ".join(f"{word}: {', '.join(names)}" for word, names in parts if names)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [_line(head), "|" + "---|" * len(head), *map(_line, rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def last_cells(current: str, *, keys: int = 1) -> dict[tuple[str, ...], str]:
    """Return the last cell of each row of a table as it stands, by the row's first cells.

    People write that column. A row that is new has no cell yet, and an empty one fails the suite.
    """
    lines = [line for line in current.splitlines() if line.startswith("|")]
    rows = [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines[2:]]
    return {row[:keys]: row[-1] for row in rows}
