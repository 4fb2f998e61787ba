"""Tokens as the login service gives and refuses them, and what Graph makes of them."""

import datetime as dt
import uuid
from urllib.parse import urlsplit

import httpx
import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from requests.adapters import HTTPAdapter

HOST = "login.emulator.invalid"
GRAPH_SCOPE = "https://graph.microsoft.com/.default"


class Rewriting(HTTPAdapter):
    """Sends what is meant for the https host to the emulator, and says so in headers."""

    def __init__(self, url):
        super().__init__()
        self.url = url

    def send(self, request, **options):
        request.headers.update({"X-Forwarded-Host": HOST, "X-Forwarded-Proto": "https"})
        request.url = self.url + urlsplit(request.url).path
        return super().send(request, **options)


def msal_token(tenant, credential):
    with requests.Session() as session:
        session.mount(f"https://{HOST}", Rewriting(tenant.url))
        app = msal.ConfidentialClientApplication(
            tenant.client_id,
            client_credential=credential,
            authority=f"https://{HOST}/{tenant.id}",
            instance_discovery=False,
            http_client=session,
        )
        return app.acquire_token_for_client([GRAPH_SCOPE])


def a_certificate():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "restore")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    return private, certificate.public_bytes(serialization.Encoding.PEM).decode(), certificate


def test_msal_gets_a_token_with_a_secret_and_graph_takes_it(tenant):
    answer = msal_token(tenant, tenant.form()["client_secret"])

    authorization = {"Authorization": f"Bearer {answer['access_token']}"}
    organization = httpx.get(f"{tenant.url}/v1.0/organization", headers=authorization).json()
    assert organization["value"] == [
        {"id": tenant.id, "displayName": "Contoso", "tenantType": "AAD", "verifiedDomains": []}
    ]


def test_msal_gets_a_token_with_a_certificate_and_only_with_the_registered_one(tenant):
    private, public, _ = a_certificate()
    other_private, other_public, _ = a_certificate()
    client = {"client_id": tenant.client_id, "certificate": public}
    tenant.control.change_tenant(tenant.id, {"clients": [client]})

    good = msal_token(tenant, {"private_key": private, "public_certificate": public})
    bad = msal_token(tenant, {"private_key": other_private, "public_certificate": other_public})

    assert "access_token" in good
    assert (bad["error"], bad["error_codes"]) == ("invalid_client", [700027])


def test_a_client_known_by_thumbprint_may_sign_in(tenant):
    private, public, certificate = a_certificate()
    thumbprint = certificate.fingerprint(hashes.SHA256()).hex().upper()
    client = {"client_id": tenant.client_id, "certificate_thumbprint": thumbprint}
    tenant.control.change_tenant(tenant.id, {"clients": [client]})

    answer = msal_token(tenant, {"private_key": private, "public_certificate": public})

    assert "access_token" in answer


@pytest.mark.parametrize(
    ("changes", "status", "number"),
    [
        ({"client_secret": "wrong"}, 401, 7000215),
        ({"client_id": str(uuid.uuid4())}, 400, 700016),
        ({"scope": "https://graph.microsoft.com/User.Read"}, 400, 70011),
        ({"grant_type": "password"}, 400, 70003),
        ({"client_id": ""}, 400, 900144),
    ],
)
def test_a_wrong_token_request_is_refused_with_its_number(tenant, changes, status, number):
    address = f"{tenant.url}/{tenant.id}/oauth2/v2.0/token"

    answer = httpx.post(address, data=tenant.form(**changes))

    assert (answer.status_code, answer.json()["error_codes"]) == (status, [number])
    assert answer.json()["error_description"].startswith(f"AADSTS{number}: ")


def test_an_unknown_tenant_is_refused_by_token_and_discovery(tenant):
    address = f"{tenant.url}/{uuid.uuid4()}"

    token = httpx.post(f"{address}/oauth2/v2.0/token", data=tenant.form())
    discovery = httpx.get(f"{address}/v2.0/.well-known/openid-configuration")

    assert [(one.status_code, one.json()["error_codes"]) for one in (token, discovery)] == [
        (400, [90002]),
        (400, [90002]),
    ]


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer a.b.c", "Basic YTpi"])
def test_graph_refuses_a_call_without_a_good_token(tenant, authorization):
    answer = httpx.get(f"{tenant.url}/v1.0/organization", headers={"Authorization": authorization})

    assert (answer.status_code, answer.json()["error"]["code"]) == (
        401,
        "InvalidAuthenticationToken",
    )


@pytest.mark.parametrize("change", [{"tokenLifetimeSeconds": 0}, {"revokeTokens": True}])
def test_an_expired_or_revoked_token_is_refused(tenant, change):
    is_expiry = "tokenLifetimeSeconds" in change
    token = None if is_expiry else tenant.token()
    tenant.control.change_tenant(tenant.id, change)
    token = token or tenant.token()

    answer = httpx.get(
        f"{tenant.url}/v1.0/organization", headers={"Authorization": f"Bearer {token}"}
    )

    assert answer.status_code == 401


def test_a_missing_app_role_is_named_by_intune_and_concealed_by_the_others(make_tenant):
    tenant = make_tenant(roles=["DeviceManagementConfiguration.Read.All"])
    with tenant.client() as graph:
        answers = {
            "catalog": graph.get("/beta/deviceManagement/configurationPolicies"),
            "create": graph.post("/beta/deviceManagement/configurationPolicies", json={}),
            "tags": graph.get("/beta/deviceManagement/roleScopeTags"),
            "access": graph.get("/v1.0/identity/conditionalAccess/policies"),
            "groups": graph.get("/v1.0/groups"),
        }

    assert {key: one.status_code for key, one in answers.items()} == {
        "catalog": 200,
        "create": 403,
        "tags": 403,
        "access": 403,
        "groups": 403,
    }
    assert {key: one.json()["error"]["code"] for key, one in answers.items() if one.is_error} == {
        "create": "Forbidden",
        "tags": "Forbidden",
        "access": "AccessDenied",
        "groups": "Authorization_RequestDenied",
    }
    assert "DeviceManagementConfiguration.ReadWrite.All" in answers["create"].text
