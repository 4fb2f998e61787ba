"""Distinguish XML from any other text: well formed from its first character to its last."""

import re
from xml.parsers import expat

_OPENS = re.compile(r"\ufeff?\s*<[?!A-Za-z_:]")
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
# Far more than any profile holds.
_LONGEST = 4 * 1024 * 1024


class _RefusedError(Exception):
    """Something that no profile needs, and that parsers are attacked with."""


def is_xml(text: str) -> bool:
    """Whether the text is an XML document or a run of elements, and encoded in UTF-8 at that.

    What was cut off is not well formed, and is no XML here.
    """
    if len(text) > _LONGEST or not _OPENS.match(text):
        return False
    bare = text.removeprefix("\ufeff").strip()
    if not bare.endswith(">"):
        return False
    return _is_well_formed(bare) or _is_well_formed(f"<r>{bare}</r>")


def _is_well_formed(text: str) -> bool:
    # The encoding is that of the bytes below, whatever the text says of it.
    parser = expat.ParserCreate("utf-8")
    parser.XmlDeclHandler = _refuse_other_encoding
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(text.encode(), True)  # noqa: FBT003 -- that it is all there is
    except (expat.ExpatError, UnicodeEncodeError, _RefusedError):
        return False
    return True


def _refuse_other_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding and encoding.casefold() not in _UTF_8:
        raise _RefusedError


def _refuse_entity(*_declared: object) -> None:
    raise _RefusedError
