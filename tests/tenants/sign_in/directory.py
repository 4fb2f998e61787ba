"""A small OpenID Connect directory over HTTP: discovery, authorize, token and keys."""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class _Staying(HTTPRedirectHandler):
    """Shows where a redirect leads instead of going there."""

    def http_error_302(self, req, fp, code, msg, headers):
        return fp


class FakeDirectory:
    """Signs in whoever `claims` says, without asking; counts what it was asked."""

    client_id = "restore-safety"
    client_secret = "of-the-directory"

    def __init__(self):
        self.claims = {"sub": "subject-1", "preferred_username": "ada@contoso.example"}
        self.key, self.algorithm = KEY, "RS256"
        self.asked = {}
        self.heard = []
        self.codes = {}

    def __enter__(self):
        directory = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                directory.heard.append((self.path, str(self.headers)))
                self._answer(directory.get(urlsplit(self.path)))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                directory.heard.append((self.path, str(self.headers), body))
                self._answer(directory.token(parse_qs(body)))

            def _answer(self, answer):
                status, location, body = answer
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *args):
                """Nothing: a test reads no log of it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def get(self, address):
        if address.path == "/.well-known/openid-configuration":
            endpoints = {"authorization": "authorize", "token": "token"}
            found = {f"{k}_endpoint": f"{self.issuer}/{v}" for k, v in endpoints.items()}
            return 200, "", found | {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        if address.path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            return 200, "", {"keys": [public | {"kid": "one", "alg": "RS256", "use": "sig"}]}
        self.asked = {name: value[0] for name, value in parse_qs(address.query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = self.asked
        back = urlencode({"code": code, "state": self.asked["state"]})
        return 302, f"{self.asked['redirect_uri']}?{back}", {}

    def token(self, posted):
        asked = self.codes.pop(posted["code"][0])
        verifier = posted["code_verifier"][0].encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=")
        if challenge.decode() != asked["code_challenge"]:
            return 400, "", {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 300}
        key = "a-shared-secret-of-no-use-to-anybody" if self.algorithm == "HS256" else self.key
        token = jwt.encode(
            claims | self.claims, key, algorithm=self.algorithm, headers={"kid": "one"}
        )
        return 200, "", {"access_token": "an-access-token", "id_token": token}

    def follow(self, response):
        """Where the directory sends a browser back to that was sent to it."""
        request = Request(response["Location"])  # noqa: S310 -- the loopback directory's
        with build_opener(ProxyHandler({}), _Staying()).open(request, timeout=5) as answer:
            return answer.headers["Location"]
