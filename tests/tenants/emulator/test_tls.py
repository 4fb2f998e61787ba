"""The emulator over https, as a client that knows nothing of it expects Graph."""

import ssl
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import jwt
import msal
import pytest

from tenants.emulator.certificate import certificate_beside

DIRECTORY = "0a1b2c3d-0000-4000-8000-000000000001"
CLIENT = {
    "client_id": "0a1b2c3d-0000-4000-8000-000000000002",
    "client_secret": "a-secret-nobody-uses",
    "roles": ["Organization.Read.All"],
}
SCOPE = "https://graph.microsoft.com/.default"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The address by name, and the path of the certificate, both as the process prints them."""
    state = tmp_path_factory.mktemp("tls") / "state.sqlite3"
    command = [sys.executable, "-m", "tenants.emulator", "--tls", "--port", "0"]
    with subprocess.Popen(
        [*command, "--state", str(state)],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        url = process.stdout.readline().strip().removeprefix("listening on ")
        certificate = Path(process.stdout.readline().strip().removeprefix("certificate "))
        yield f"https://localhost:{urlsplit(url).port}", certificate
        process.terminate()


@pytest.fixture(scope="module")
def http(served):
    url, certificate = served
    trusting = ssl.create_default_context(cafile=certificate)
    with httpx.Client(base_url=url, verify=trusting, trust_env=False) as client:
        document = {"displayName": "Contoso", "clients": [CLIENT]}
        client.put(f"/_emulator/tenants/{DIRECTORY}", json=document).raise_for_status()
        yield client


@pytest.fixture(autouse=True)
def _own_trust(monkeypatch):
    """What the environment trusts would go before what MSAL is told to."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def plain_msal(served):
    url, certificate = served
    return msal.ConfidentialClientApplication(
        CLIENT["client_id"],
        client_credential=CLIENT["client_secret"],
        authority=f"{url}/{DIRECTORY}",
        verify=str(certificate),
        instance_discovery=False,
    )


def test_a_plain_msal_client_signs_in_and_graph_takes_its_token(served, http):
    answer = plain_msal(served).acquire_token_for_client([SCOPE])

    authorization = {"Authorization": f"Bearer {answer['access_token']}"}
    organization = http.get("/v1.0/organization", headers=authorization).json()
    assert [one["displayName"] for one in organization["value"]] == ["Contoso"]
    assert organization["@odata.context"].startswith(f"{served[0]}/v1.0/")


def test_the_published_keys_are_those_tokens_are_signed_with(served, http):
    token = plain_msal(served).acquire_token_for_client([SCOPE])["access_token"]
    named = http.get(f"/{DIRECTORY}/v2.0/.well-known/openid-configuration").json()

    (published,) = http.get(named["jwks_uri"]).json()["keys"]

    assert jwt.get_unverified_header(token)["kid"] == published["kid"]
    claims = jwt.decode(
        token,
        jwt.PyJWK(published).key,
        algorithms=named["id_token_signing_alg_values_supported"],
        audience="https://graph.microsoft.com",
    )
    assert (claims["tid"], claims["appid"]) == (DIRECTORY, CLIENT["client_id"])


def test_who_does_not_trust_the_certificate_does_not_connect(served, http):
    untrusting = ssl.create_default_context()

    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{served[0]}/_emulator/health", verify=untrusting, trust_env=False)


def test_the_certificate_is_made_once_and_its_key_is_the_owners_alone(tmp_path):
    state = tmp_path / "new" / "state.sqlite3"
    first = certificate_beside(state)
    content = first.server.read_bytes()

    assert certificate_beside(state) == first
    assert first.server.read_bytes() == content
    assert first.server.stat().st_mode & 0o777 == 0o600
