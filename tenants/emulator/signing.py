"""The key that signs tokens: kept with the state, so tokens outlive a restart as real ones do."""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tenants.emulator.refusals import Json
from tenants.emulator.state import State

ALGORITHM = "RS256"


@dataclass(frozen=True, slots=True)
class SigningKey:
    private: rsa.RSAPrivateKey

    def sign(self, content: str) -> bytes:
        return self.private.sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())

    def has_signed(self, content: str, signature: bytes) -> bool:
        public = self.private.public_key()
        try:
            public.verify(signature, content.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    def published(self) -> Json:
        """The public half as a JSON Web Key; its id is the key's RFC 7638 thumbprint."""
        numbers = self.private.public_key().public_numbers()
        named = {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}
        text = json.dumps(named, separators=(",", ":"), sort_keys=True)
        kid = unpadded_base64(hashlib.sha256(text.encode()).digest())
        return {**named, "use": "sig", "alg": ALGORITHM, "kid": kid}


def signing_key(state: State) -> SigningKey:
    return _loaded(state.kept("token_signing_key", _made))


def unpadded_base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@cache
def _loaded(pem: str) -> SigningKey:
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("tokens are signed with an RSA key")
    return SigningKey(key)


def _made() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _number(value: int) -> str:
    return unpadded_base64(value.to_bytes((value.bit_length() + 7) // 8))
