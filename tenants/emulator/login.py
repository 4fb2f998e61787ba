"""The login service: OpenID discovery, client-credential tokens, and the check of a token."""

import base64
import hashlib
import hmac
import time
import uuid
from dataclasses import dataclass
from urllib.parse import parse_qsl

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from tenants.emulator.clock import now
from tenants.emulator.refusals import Json, RefusedError
from tenants.emulator.signing import ALGORITHM, signing_key
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
        "access_token": signing_key(state).token(claims),
    }


def identify(state: State, authorization: str) -> Identity:
    """The application a bearer token stands for; the roles are those it was issued with."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthenticated("Access token is empty.")
    try:
        claims = signing_key(state).claims(token.strip())
    except jwt.ExpiredSignatureError as error:
        raise _unauthenticated("Lifetime validation failed, the token is expired.") from error
    except (jwt.PyJWTError, RecursionError) as error:
        raise _unauthenticated("CompactToken parsing failed with error code: 80049217") from error
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
        claims = _asserted(client, assertion)
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError) as error:
        raise _bad_assertion("Client assertion contains an invalid signature.") from error
    except (
        jwt.ExpiredSignatureError,
        jwt.InvalidIssuerError,
        jwt.MissingRequiredClaimError,
    ) as error:
        raise _bad_assertion("Client assertion is not within its valid time range.") from error
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise _bad_assertion("Client assertion is malformed.") from error
    audience = str(claims.get("aud", "")).lower()
    if not audience.endswith(f"/{tenant.lower()}/oauth2/v2.0/token"):
        raise _bad_assertion("Client assertion audience does not match the token endpoint.")


def _bad_assertion(message: str) -> LoginError:
    return LoginError(401, "invalid_client", 700027, message)


def _asserted(client: Json, assertion: str) -> Json:
    """What the registered certificate signed; a client seeded by thumbprint alone is believed."""
    certificate = client.get("certificate")
    if certificate is None and not _names_thumbprint(client, assertion):
        raise jwt.InvalidSignatureError
    return jwt.decode(
        assertion,
        _public_key(certificate) if certificate else "",
        algorithms=["RS256", "PS256"],
        issuer=client["client_id"],
        options={
            "verify_signature": certificate is not None,
            "verify_exp": True,
            "verify_iss": True,
            "verify_aud": False,
            "require": ["exp", "iss"],
        },
    )


def _public_key(certificate: str) -> rsa.RSAPublicKey:
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise jwt.InvalidSignatureError
    return key


def _names_thumbprint(client: Json, assertion: str) -> bool:
    header = jwt.get_unverified_header(assertion)
    claimed = {header.get("kid", ""), _hex(header.get("x5t")), _hex(header.get("x5t#S256"))}
    thumbprint = str(client.get("certificate_thumbprint", "")).replace(":", "").lower()
    return bool(thumbprint) and thumbprint in {value.lower() for value in claimed}


def _hex(encoded: str | None) -> str:
    return base64.urlsafe_b64decode(f"{encoded}==").hex() if encoded else ""
