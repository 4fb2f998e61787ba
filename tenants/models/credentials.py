"""Provider credentials at rest: encrypted with the first key, read with any of them."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

_UNREADABLE = "The stored credential can't be read with the configured keys. Enter it again."


class UnreadableCredentialError(Exception):
    """None of the configured keys opens the credential; it has to be entered again."""


def encrypt(text: str) -> str:
    return _keys().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    try:
        return _keys().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise UnreadableCredentialError(_UNREADABLE) from error


def rotate(token: str) -> str:
    """The same credential, encrypted with the first key."""
    try:
        return _keys().rotate(token.encode()).decode()
    except InvalidToken as error:
        raise UnreadableCredentialError(_UNREADABLE) from error


def _keys() -> MultiFernet:
    # Stretching lets any random string serve as a key; its entropy is the operator's to bring.
    digests = (sha256(key.encode()).digest() for key in settings.CREDENTIAL_KEYS)
    return MultiFernet([Fernet(urlsafe_b64encode(digest)) for digest in digests])
