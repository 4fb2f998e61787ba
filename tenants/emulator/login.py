"""The login service: OpenID discovery, client-credential tokens, and the check of a token."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tenants.emulator.bodies import read_object
from tenants.emulator.clock import now
from tenants.emulator.refusals import Json, RefusedError
from tenants.emulator.signing import ALGORITHM, signing_key, unpadded_base64
from tenants.emulator.state import State

DEFAULT_LIFETIME = 3599
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    tenant: str
    client_id: str
    roles: frozenset[str]


class LoginError(Exception):
    def __init__(self, status: int, error: str, number: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.number = number

    def body(self) -> Json:
        trace, correlation, at = str(uuid.uuid4()), str(uuid.uuid4()), now()
        return {
            "error": self.error,
            "error_description": (
                f"AADSTS{self.number}: {self} Trace ID: {trace} Correlation ID: {correlation}"
                f" Timestamp: {at:%Y-%m-%d %H:%M:%SZ}"
            ),
            "error_codes": [self.number],
            "timestamp": f"{at:%Y-%m-%d %H:%M:%SZ}",
            "trace_id": trace,
            "correlation_id": correlation,
        }


def known_tenant(state: State, tenant: str) -> Json:
    document = state.tenant(tenant.lower())
    if document is None:
        raise LoginError(
            400,
            "invalid_request",
            90002,
            f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID.",
        )
    return document


def discovery(state: State, tenant: str, base: str) -> Json:
    known_tenant(state, tenant)
    login = f"{base}/{tenant}"
    return {
        "issuer": f"{login}/v2.0",
        "token_endpoint": f"{login}/oauth2/v2.0/token",
        "authorization_endpoint": f"{login}/oauth2/v2.0/authorize",
        "jwks_uri": f"{login}/discovery/v2.0/keys",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "tenant_region_scope": None,
        "cloud_instance_name": "emulator",
    }


def published_keys(state: State, tenant: str) -> Json:
    """What a client checks the signature of a token with."""
    known_tenant(state, tenant)
    return {"keys": [signing_key(state).published()]}


def read_form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except ValueError as error:
        raise LoginError(
            400, "invalid_request", 90013, "Invalid input received from the user."
        ) from error


def issue_token(state: State, tenant: str, form: dict[str, str]) -> Json:
    document = known_tenant(state, tenant)
    client = _known_client(document, tenant, form)
    _check_grant(form)
    _check_credential(client, tenant, form)
    lifetime = int(document.get("tokenLifetimeSeconds", DEFAULT_LIFETIME))
    issued = int(time.time())
    claims = {
        "aud": form["scope"].removesuffix("/.default"),
        "iss": f"https://sts.windows.net/{tenant.lower()}/",
        "iat": issued,
        "nbf": issued,
        "exp": issued + lifetime,
        "app_displayname": document["displayName"],
        "appid": client["client_id"],
        "idtyp": "app",
        "roles": sorted(client.get("roles", [])),
        "tid": tenant.lower(),
        "uti": uuid.uuid4().hex,
        "ver": "1.0",
        "revision": document.get("tokenRevision", 0),
    }
    return {
        "token_type": "Bearer",
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": _signed(state, claims),
    }


def identify(state: State, authorization: str) -> Identity:
    """Whom a bearer token stands for; the roles are those it was issued with."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthenticated("Access token is empty.")
    claims = _claims(state, token.strip())
    if claims["exp"] <= time.time():
        raise _unauthenticated("Lifetime validation failed, the token is expired.")
    document = state.tenant(claims["tid"])
    if document is None or document.get("tokenRevision", 0) != claims["revision"]:
        raise _unauthenticated("Access token has been revoked.")
    return Identity(
        tenant=claims["tid"], client_id=claims["appid"], roles=frozenset(claims["roles"])
    )


def _unauthenticated(message: str) -> RefusedError:
    challenge = 'Bearer realm="", authorization_uri="https://login.emulator.invalid/common"'
    return RefusedError(
        401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge}
    )


def _known_client(document: Json, tenant: str, form: dict[str, str]) -> Json:
    if not form.get("client_id"):
        raise LoginError(
            400,
            "invalid_request",
            900144,
            "The request body must contain the following parameter: 'client_id'.",
        )
    clients: list[Json] = document.get("clients", [])
    for client in clients:
        if client["client_id"].lower() == form["client_id"].lower():
            return client
    raise LoginError(
        400,
        "unauthorized_client",
        700016,
        f"Application with identifier '{form['client_id']}' was not found in the directory"
        f" '{tenant}'.",
    )


def _check_grant(form: dict[str, str]) -> None:
    if form.get("grant_type") != "client_credentials":
        raise LoginError(
            400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type."
        )
    if not form.get("scope", "").endswith("/.default") or " " in form["scope"]:
        raise LoginError(
            400,
            "invalid_scope",
            70011,
            "The provided value for the input parameter 'scope' is not valid.",
        )


def _check_credential(client: Json, tenant: str, form: dict[str, str]) -> None:
    if form.get("client_assertion_type") == _ASSERTION_TYPE:
        _check_assertion(client, tenant, form.get("client_assertion", ""))
        return
    given = hashlib.sha256(form.get("client_secret", "").encode()).hexdigest()
    if not hmac.compare_digest(given, client.get("secret_sha256", "")):
        raise LoginError(
            401,
            "invalid_client",
            7000215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the"
            " client secret value, not the client secret ID.",
        )


def _check_assertion(client: Json, tenant: str, assertion: str) -> None:
    try:
        header, claims = (_decoded(part) for part in assertion.split(".")[:2])
        trusted = _is_signed_by(client, header, assertion)
        expires = float(claims.get("exp", 0))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _bad_assertion("Client assertion is malformed.") from error
    if not trusted:
        raise _bad_assertion("Client assertion contains an invalid signature.")
    audience = str(claims.get("aud", "")).lower()
    if not audience.endswith(f"/{tenant.lower()}/oauth2/v2.0/token"):
        raise _bad_assertion("Client assertion audience does not match the token endpoint.")
    if expires <= time.time() or claims.get("iss") != client["client_id"]:
        raise _bad_assertion("Client assertion is not within its valid time range.")


def _bad_assertion(message: str) -> LoginError:
    return LoginError(401, "invalid_client", 700027, message)


def _is_signed_by(client: Json, header: Json, assertion: str) -> bool:
    """By the registered certificate; a client seeded by thumbprint alone is believed."""
    if "certificate" not in client:
        claimed = {header.get("kid", ""), _hex(header.get("x5t")), _hex(header.get("x5t#S256"))}
        thumbprint = str(client.get("certificate_thumbprint", "")).replace(":", "").lower()
        return bool(thumbprint) and thumbprint in {value.lower() for value in claimed}
    certificate = x509.load_pem_x509_certificate(client["certificate"].encode())
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    content, _, signature = assertion.rpartition(".")
    scheme: padding.AsymmetricPadding = padding.PKCS1v15()
    if header["alg"] == "PS256":
        scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.AUTO)
    try:
        key.verify(_unpadded(signature), content.encode(), scheme, hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _hex(encoded: str | None) -> str:
    return _unpadded(encoded).hex() if encoded else ""


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _decoded(part: str) -> Json:
    return read_object(_unpadded(part))


def _encoded(document: Any) -> str:
    return unpadded_base64(json.dumps(document, separators=(",", ":")).encode())


def _signed(state: State, claims: Json) -> str:
    key = signing_key(state)
    header = {"typ": "JWT", "alg": ALGORITHM, "kid": key.published()["kid"]}
    content = f"{_encoded(header)}.{_encoded(claims)}"
    return f"{content}.{unpadded_base64(key.sign(content))}"


def _claims(state: State, token: str) -> Json:
    content, _, signature = token.rpartition(".")
    try:
        is_genuine = signing_key(state).has_signed(content, _unpadded(signature))
    except ValueError:
        is_genuine = False
    if not is_genuine:
        raise _unauthenticated("CompactToken parsing failed with error code: 80049217")
    return _decoded(content.partition(".")[2])
