"""The one spelling under which two texts are the same identity."""

import unicodedata


def identity(text: str) -> str:
    """One spelling per identity: Unicode's canonical caseless form, without outer space."""
    folded = unicodedata.normalize("NFD", text).casefold()
    normal = unicodedata.normalize("NFC", folded).strip()
    normal.encode()  # a lone surrogate has no UTF-8 form, so it could never be fingerprinted
    return normal
