"""Tokens as the login service gives and refuses them, and what Graph makes of them."""

import base64
import time
import uuid
from urllib.parse import urlsplit

import httpx
import jwt
import msal
import pytest
import requests
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from requests.adapters import HTTPAdapter

HOST = "login.emulator.invalid"
GRAPH_SCOPE = "https://graph.microsoft.com/.default"
# A token whose header is nested deeper than a reader of JSON goes.
DEEP = f"{base64.b64encode(b'[' * 27_000).decode()}.e30.e30"


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
    made = trustme.CA().issue_cert("restore.example", key_type=trustme.KeyType.RSA)
    public = made.cert_chain_pems[0].bytes()
    return (
        made.private_key_pem.bytes().decode(),
        public.decode(),
        x509.load_pem_x509_certificate(public),
    )


def asserted(tenant, assertion):
    form = tenant.form() | {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    return httpx.post(f"{tenant.url}/{tenant.id}/oauth2/v2.0/token", data=form).json()


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
    ("changes", "algorithm", "said"),
    [
        ({}, "RS256", ""),
        ({}, "PS256", ""),
        ({}, "RS512", "an invalid signature"),
        ({"exp": 1}, "RS256", "not within its valid time range"),
        ({"iss": "another"}, "RS256", "not within its valid time range"),
        ({"aud": "https://login.emulator.invalid/token"}, "RS256", "audience does not match"),
    ],
)
def test_an_assertion_has_to_hold_in_every_part(tenant, changes, algorithm, said):
    private, public, _ = a_certificate()
    client = {"client_id": tenant.client_id, "certificate": public}
    tenant.control.change_tenant(tenant.id, {"clients": [client]})
    address = f"{tenant.url}/{tenant.id}/oauth2/v2.0/token"
    claims = {"aud": address, "iss": tenant.client_id, "exp": int(time.time()) + 60}

    answer = asserted(tenant, jwt.encode(claims | changes, private, algorithm=algorithm))

    assert said in answer.get("error_description", "access_token")
    assert ("access_token" in answer) == (not said)


@pytest.mark.parametrize("assertion", ["", "a", "a.b.c", "W10.W10.W10", DEEP])
@pytest.mark.parametrize("known_by", ["certificate", "certificate_thumbprint"])
def test_an_assertion_that_is_none_is_refused(tenant, assertion, known_by):
    _, public, certificate = a_certificate()
    thumbprint = certificate.fingerprint(hashes.SHA256()).hex()
    known = public if known_by == "certificate" else thumbprint
    client = {"client_id": tenant.client_id, known_by: known}
    tenant.control.change_tenant(tenant.id, {"clients": [client]})

    assert asserted(tenant, assertion)["error_codes"] == [700027]


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


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer a.b.c", f"Bearer {DEEP}", "Basic YTpi"]
)
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
