"""Text in the cells of a CSV file, so that no spreadsheet takes it for a formula."""

from tenants.printable import printable

# What begins like this is run, in its full-width forms too.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 -- the full-width forms are meant


def harmless(cell: str) -> str:
    """The text, legible; where a spreadsheet would run it, an apostrophe keeps it text."""
    return printable(f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell)
