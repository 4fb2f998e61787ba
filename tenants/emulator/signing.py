"""The key that signs tokens: kept with the state, so tokens outlive a restart as real ones do."""

from dataclasses import dataclass
from functools import cache

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import SubjectKeyIdentifier
from jwt.algorithms import RSAAlgorithm

from tenants.emulator.refusals import Json
from tenants.emulator.state import State

ALGORITHM = "RS256"


@dataclass(frozen=True, slots=True)
class SigningKey:
    private: rsa.RSAPrivateKey
    key_id: str

    def token(self, claims: Json) -> str:
        return jwt.encode(claims, self.private, algorithm=ALGORITHM, headers={"kid": self.key_id})

    def claims(self, token: str) -> Json:
        """What a token of this key says; raises jwt.PyJWTError where it does not hold."""
        return jwt.decode(
            token,
            self.private.public_key(),
            algorithms=[ALGORITHM],
            options={"verify_aud": False},
        )

    def published(self) -> Json:
        """The public half as a JSON Web Key."""
        numbers = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        named = {name: numbers[name] for name in ("kty", "n", "e")}
        return {**named, "use": "sig", "alg": ALGORITHM, "kid": self.key_id}


def signing_key(state: State) -> SigningKey:
    return _loaded(state.kept("token_signing_key", _made))


@cache
def _loaded(pem: str) -> SigningKey:
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("tokens are signed with an RSA key")
    return SigningKey(key, SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex())


def _made() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
