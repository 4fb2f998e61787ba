"""Text that others wrote, made fit to be read: no letter of it turns what stands around it."""

import re

# Marks, embeddings, overrides and isolates of Unicode's bidirectional algorithm, and what a page
# cannot show at all. Tabs and line ends stay: they are read as what they are.
_UNSEEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_INSTEAD = "\ufffd"


def printable(text: str) -> str:
    """The text with a sign that can be seen in place of each that cannot."""
    return _UNSEEN.sub(_INSTEAD, text)
