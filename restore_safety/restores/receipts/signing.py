"""The installation's signing key: receipts are signed with it, and its public half is pinned."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """An Ed25519 key, named by the fingerprint of its public half."""

    _private: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> str:
        return b64encode(self._private.public_key().public_bytes_raw()).decode()

    @property
    def fingerprint(self) -> str:
        raw = self._private.public_key().public_bytes_raw()
        return f"ed25519:{hashlib.sha256(raw).hexdigest()}"

    def sign(self, message: bytes) -> str:
        return b64encode(self._private.sign(message)).decode()


def installation_key() -> SigningKey:
    return SigningKey(_private=Ed25519PrivateKey.from_private_bytes(settings.RECEIPT_SIGNING_KEY))
