import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tenants.graph.auth import Credentials, TokenSource
from tenants.graph.clouds import Cloud, endpoints
from tenants.graph.errors import AuthenticationError, ErrorKind, GraphError

DIRECTORY = "22222222-2222-4222-8222-222222222222"
EMULATOR = "http://127.0.0.1:8765"


def _token(**claims):
    return jwt.encode(claims, None, algorithm="none")


class Login:
    """A login service that names its endpoints by the address it is reached at."""

    def __init__(self, base, answer=None):
        self.base = base
        self.answer = answer
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        if request.url.path.endswith("/.well-known/openid-configuration"):
            login = f"{self.base}/{DIRECTORY}"
            return httpx.Response(
                200,
                json={
                    "issuer": f"{login}/v2.0",
                    "token_endpoint": f"{login}/oauth2/v2.0/token",
                    "authorization_endpoint": f"{login}/oauth2/v2.0/authorize",
                },
            )
        return self.answer or httpx.Response(
            200,
            json={
                "token_type": "Bearer",
                "expires_in": 3599,
                "access_token": _token(roles=["Group.Read.All"], n=len(self.requests)),
            },
        )

    @property
    def addresses(self):
        return [(request.method, str(request.url)) for request in self.requests]


@pytest.fixture(autouse=True)
def _emulator_address(settings):
    settings.GRAPH_EMULATOR_URL = EMULATOR


def _source(login, cloud=Cloud.EMULATOR, **credential):
    credentials = Credentials(
        directory_id=DIRECTORY, client_id="app", **(credential or {"secret": "hush"})
    )
    http = httpx.Client(transport=httpx.MockTransport(login))
    return TokenSource(credentials, endpoints(cloud), http)


@pytest.mark.parametrize(
    ("cloud", "base"),
    [
        (Cloud.EMULATOR, EMULATOR),
        (Cloud.GLOBAL, "https://login.microsoftonline.com"),
        (Cloud.CHINA, "https://login.chinacloudapi.cn"),
    ],
)
def test_msal_signs_in_where_the_cloud_is(cloud, base):
    login = Login(base)
    source = _source(login, cloud)

    first, second = source.token(), source.token()

    assert first == second
    assert source.roles() == {"Group.Read.All"}
    assert login.addresses == [
        ("GET", f"{base}/{DIRECTORY}/v2.0/.well-known/openid-configuration"),
        ("POST", f"{base}/{DIRECTORY}/oauth2/v2.0/token"),
    ]
    form = dict(httpx.QueryParams(login.requests[1].content.decode()))
    assert form["grant_type"] == "client_credentials"
    assert form["scope"] == endpoints(cloud).scope
    assert form["client_secret"] == "hush"


def test_renewing_asks_again():
    login = Login(EMULATOR)
    source = _source(login)

    assert source.token() != source.renew()
    assert len(login.requests) == 3


def test_certificate_signs_an_assertion():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    login = Login(EMULATOR)

    assert _source(login, private_key=pem, thumbprint="AB" * 20).token()

    form = dict(httpx.QueryParams(login.requests[1].content.decode()))
    assert form["client_assertion_type"].endswith("jwt-bearer")
    assert "client_secret" not in form


def test_refusal_tells_the_reason_and_nothing_secret():
    answer = httpx.Response(
        401,
        json={
            "error": "invalid_client",
            "error_description": "AADSTS7000215: Invalid client secret provided. Trace ID: 1",
            "correlation_id": "c",
        },
    )

    with pytest.raises(AuthenticationError) as refused:
        _source(Login(EMULATOR, answer)).token()

    error = refused.value
    assert (error.message, error.code, error.request_id) == (
        "AADSTS7000215: Invalid client secret provided.",
        "invalid_client",
        "c",
    )
    assert not error.is_ambiguous


@pytest.mark.parametrize(
    ("status", "kind"), [(400, ErrorKind.AUTHENTICATION), (503, ErrorKind.UNREACHABLE)]
)
def test_directory_that_does_not_answer_properly_is_an_error(status, kind):
    with pytest.raises(GraphError) as refused:
        _source(lambda _: httpx.Response(status, json={"error": "x"})).token()

    assert refused.value.kind is kind
    assert not refused.value.is_ambiguous


def test_unreachable_login_is_not_a_write():
    def login(request):
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(GraphError) as refused:
        _source(login).token()

    assert refused.value.kind is ErrorKind.UNREACHABLE
    assert not refused.value.is_ambiguous


def test_unusable_key_is_an_error():
    with pytest.raises(AuthenticationError):
        _source(Login(EMULATOR), private_key="nonsense", thumbprint="AB" * 20).token()


def test_credentials_hide_what_is_secret():
    shown = repr(Credentials(directory_id="d", client_id="c", secret="hush"))

    assert "hush" not in shown
    with pytest.raises(ValueError, match="either"):
        Credentials(directory_id="d", client_id="c")
