"""Tokens for one app registration in one directory, from MSAL's own client-credentials flow."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import msal  # type: ignore[import-untyped]  # MSAL ships without types
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msal.exceptions import MsalServiceError  # type: ignore[import-untyped]  # likewise

from tenants.graph.answers import unreachable
from tenants.graph.clouds import CloudEndpoints
from tenants.graph.errors import AuthenticationError, ErrorKind
from tenants.graph.secrecy import concealed_in

_SHORT_LINE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An app registration and its secret, or its certificate's private key and thumbprint."""

    directory_id: str
    client_id: str
    secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    thumbprint: str = ""

    def __post_init__(self) -> None:
        if bool(self.secret) == bool(self.private_key):
            raise ValueError("Credentials have either a secret or a certificate.")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be repeated, in every spelling an answer could repeat it in."""
        # A key that is repeated in part is repeated by its lines.
        key_lines = [line for line in self.private_key.splitlines() if len(line) > _SHORT_LINE]
        key_lines = [line for line in key_lines if not line.startswith("-")]
        spelt = (self.secret, quote(self.secret, safe=""), quote_plus(self.secret))
        return (*dict.fromkeys(spelt), self.private_key, *key_lines)


class TokenSource:
    """Hands out the current token: ask before each request, MSAL renews it in time."""

    def __init__(
        self, credentials: Credentials, endpoints: CloudEndpoints, http: httpx.Client
    ) -> None:
        self._credentials = credentials
        self._endpoints = endpoints
        self._bridge = _MsalBridge(http, endpoints)
        self._application: msal.ConfidentialClientApplication | None = None

    def token(self) -> str:
        try:
            result = self._app().acquire_token_for_client(scopes=[self._endpoints.scope])
        except httpx.HTTPError as error:
            raise unreachable(f"sign-in, {type(error).__name__}", was_sent=False) from error
        except MsalServiceError as error:
            raise unreachable("sign-in, the directory is unavailable", was_sent=False) from error
        except (ValueError, TypeError) as error:
            # MSAL's own text repeats addresses and answers, so it is not passed on.
            raise _refused("The directory or the credential was not accepted.") from error
        if "access_token" not in result:
            raise _refused_with(concealed_in(result, self._credentials.secrets))
        return str(result["access_token"])

    def conceal(self, answer: Any, token: str) -> Any:
        """The answer as it may be read on: it repeats neither the credential nor the token."""
        return concealed_in(answer, (*self._credentials.secrets, token))

    def renew(self) -> str:
        """A new token although the old one has not run out: Graph refused it."""
        self._app().remove_tokens_for_client()
        return self.token()

    def roles(self) -> frozenset[str]:
        """The application permissions in the token; a hint, as only Graph checks its signature."""
        claims = self.token().split(".")[1:2]
        try:
            content = json.loads(base64.urlsafe_b64decode(claims[0] + "==")) if claims else {}
        except ValueError:
            content = {}
        return frozenset(content.get("roles") or ())

    def _app(self) -> msal.ConfidentialClientApplication:
        if self._application is None:
            # Building it asks the directory for its endpoints, so it is not done before needed.
            self._application = msal.ConfidentialClientApplication(
                self._credentials.client_id,
                client_credential=self._client_credential(),
                authority=f"{self._endpoints.login}/{self._credentials.directory_id}",
                instance_discovery=False,
                http_client=self._bridge,
            )
        return self._application

    def _client_credential(self) -> str | dict[str, str]:
        if self._credentials.secret:
            return self._credentials.secret
        # MSAL would log a key it cannot read with everything around it.
        load_pem_private_key(self._credentials.private_key.encode(), password=None)
        return {
            "private_key": self._credentials.private_key,
            "thumbprint": self._credentials.thumbprint,
        }


@dataclass(frozen=True, slots=True)
class _Answer:
    """What MSAL reads of a response."""

    status_code: int
    text: str
    headers: dict[str, str]

    def raise_for_status(self) -> None:
        if self.status_code >= httpx.codes.BAD_REQUEST:
            raise MsalServiceError(f"HTTP {self.status_code}", error="", error_description="")


class _MsalBridge:
    """MSAL's HTTP through httpx; for the emulator, from the https address MSAL insists on."""

    def __init__(self, http: httpx.Client, endpoints: CloudEndpoints) -> None:
        self._http = http
        self._named = endpoints.login
        self._reached_at = endpoints.login_reached_at or endpoints.login

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> _Answer:
        return self._answer(self._http.get(self._real(url), params=params, headers=headers))

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> _Answer:
        return self._answer(
            self._http.post(self._real(url), params=params, data=data, headers=headers)
        )

    def close(self) -> None:
        """The client that owns the connections closes them."""

    def _real(self, url: str) -> str:
        if self._reached_at != self._named and url.startswith(f"{self._named}/"):
            return f"{self._reached_at}{url.removeprefix(self._named)}"
        return url

    def _answer(self, response: httpx.Response) -> _Answer:
        # The emulator names its endpoints by its own address, which MSAL would refuse.
        text = response.text.replace(self._reached_at, self._named)
        return _Answer(response.status_code, text, dict(response.headers))


def _refused_with(result: Mapping[str, Any]) -> AuthenticationError:
    # The trace id that follows the sentence is kept apart, as the correlation id.
    described = str(result.get("error_description") or "").partition("Trace ID")[0].strip()
    return _refused(
        described.splitlines()[0] if described else "The directory refused to issue a token.",
        code=str(result.get("error") or ""),
        request_id=str(result.get("correlation_id") or ""),
    )


def _refused(message: str, *, code: str = "", request_id: str = "") -> AuthenticationError:
    return AuthenticationError(
        message, kind=ErrorKind.AUTHENTICATION, code=code, request_id=request_id, was_sent=False
    )
