"""No secret leaves where it belongs: canaries go through the whole life, then everything is read.

Searched are every log line, the trail, the sessions, the queue's messages, every page and file each
role can reach, and every row beside the two places that hold secrets by design: the encrypted
credential, and the payloads of backups and plans.
"""

import base64
import io
import json
import logging
import re
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
import structlog
from celery.signals import task_prerun
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from kombu.utils.json import dumps

from restore_safety.celery import app
from restore_safety.models import PlanItem, PolicyPayload
from tenants.audit import trail
from tenants.models import ProviderConnection, Verification
from tests.factories import PASSWORD
from tests.restore_safety.execution import conftest as execution
from tests.restore_safety.execution.scene import CATALOG, ROLES, Scene, catalog

scene = execution.scene

CLIENT_SECRET = "canary~client/secret+7Qx=49"
PASSED_OFF = "canary-wrong-password-81"
POLICY_SECRET = "canary-policy-secret-5521"
SECRET_VALUE = "#microsoft.graph.deviceManagementConfigurationSecretSettingValue"
# They hold secrets by design, and no page or file shows them as they are.
HOLDERS = {PolicyPayload, PlanItem, ProviderConnection, Session}
LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)')
ELSEWHERE = ("/static/", "/admin/", "/sign-out/")


def private_key():
    made = generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


class Search:
    """Everything that was written, sent or shown while it was open, by where it was found."""

    def __init__(self):
        self.lines = io.StringIO()
        self.messages = []
        self.pages = {}

    def __enter__(self):
        root = logging.getLogger()
        self.handler = logging.StreamHandler(self.lines)
        self.handler.setFormatter(root.handlers[0].formatter)
        self.level = root.level
        root.addHandler(self.handler)
        root.setLevel(logging.DEBUG)
        # A traceback for each variable that a template lacks, without what it was given.
        logging.getLogger("django.template").setLevel(logging.INFO)
        task_prerun.connect(self._sent, weak=False)
        self.eager = (app.conf.task_always_eager, app.conf.task_eager_propagates)
        app.conf.task_always_eager, app.conf.task_eager_propagates = True, True
        return self

    def __exit__(self, *_):
        app.conf.task_always_eager, app.conf.task_eager_propagates = self.eager
        task_prerun.disconnect(self._sent)
        root = logging.getLogger()
        root.setLevel(self.level)
        logging.getLogger("django.template").setLevel(logging.NOTSET)
        root.removeHandler(self.handler)

    def _sent(self, *, task_id, task, args, kwargs, **_):
        """What a worker was given, as the queue would have stored it."""
        message = app.amqp.as_task_v2(task_id, task.name, args=args, kwargs=kwargs)
        self.messages.append(dumps(message._asdict()))

    def ask(self, browser, who, address, data=None):
        answer = browser.get(address) if data is None else browser.post(address, data)
        text = answer.getvalue().decode(errors="replace")
        self.pages[who, address, len(self.pages)] = f"{text}\n{dict(answer.items())}"
        return answer, text

    def walk(self, browser, who):
        """Every page and file the person can reach from the start page."""
        waiting, seen = ["/"], {"/"}
        while waiting:
            _, text = self.ask(browser, who, waiting.pop())
            for found in LINK.findall(text):
                # Narrowed or in another order, a list shows no row that the whole does not.
                plain = found.partition("?")[0]
                if plain not in seen and not plain.startswith(ELSEWHERE):
                    seen.add(plain)
                    waiting.append(plain)
        return seen

    def places(self):
        """Every place with what stands in it."""
        yield "log", self.lines.getvalue()
        for message in self.messages:
            yield "queue", message
        for session in Session.objects.all():
            yield "session", repr(session.get_decoded())
        for row in ProviderConnection.objects.values():
            yield "rows of ProviderConnection", repr(row)
        for model in set(apps.get_models()) - HOLDERS:
            for row in model._base_manager.values():
                yield f"rows of {model.__name__}", repr(row)
        for (who, address, _), text in self.pages.items():
            yield f"{who} at {address}", text

    def found(self, canaries):
        """Which canary stands where, in any spelling it could have been given on the way."""
        wanted = {name: spellings(canary) for name, canary in canaries.items()}
        return sorted(
            {
                (name, place)
                for place, text in self.places()
                for name, spelt in wanted.items()
                if any(spelling in text for spelling in spelt)
            }
        )


def spellings(canary):
    encoded = base64.b64encode(canary.encode()).decode()
    return {canary, quote(canary, safe=""), json.dumps(canary)[1:-1], encoded.rstrip("=")[:-1]}


@pytest.fixture
def echoing():
    """A directory whose refusals repeat everything it was sent."""

    class Directory(BaseHTTPRequestHandler):
        def do_GET(self):
            root = f"http://127.0.0.1:{self.server.server_port}"
            place = self.path.split("/v2.0")[0]
            self._answer(
                200,
                {
                    "token_endpoint": f"{root}{place}/oauth2/v2.0/token",
                    "authorization_endpoint": f"{root}{place}/oauth2/v2.0/authorize",
                    "issuer": f"{root}{place}/v2.0",
                },
            )

        def do_POST(self):
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told = {key: values[0] for key, values in parse_qs(sent).items()}
            said = f"AADSTS7000215: {told.get('client_secret')} is wrong, from {sent}"
            self._answer(401, {"error": "invalid_client", "error_description": said})

        def _answer(self, status, body):
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Nothing: what it was asked is no line of the product's."""

    server = HTTPServer(("127.0.0.1", 0), Directory)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def search(settings):
    with Search() as search:
        yield search


def zipped(policy):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("SettingsCatalog/Wi-Fi.json", json.dumps(policy))
    content.seek(0)
    content.name = "backup.zip"
    return content


def secretive(name):
    """A policy with a secret setting in clear, as an export can hold one."""
    policy = catalog(name)
    setting = policy["settings"][0]["settingInstance"]
    setting["simpleSettingValue"] = {
        "@odata.type": SECRET_VALUE,
        "value": POLICY_SECRET,
        "valueState": "notEncrypted",
    }
    return policy


def test_every_place_that_is_searched_would_show_a_canary(search, sign_in, scene, owner):
    planted = "planted canary"
    run = scene.work(scene.queue(scene.capture(scene.draft((CATALOG, catalog()))), reason=planted))
    structlog.get_logger("test").warning("planted", value=planted)
    trail.record(action="restore.exported", actor=owner, tenant=scene.tenant, detail={"a": planted})
    browser = sign_in(owner)
    session = browser.session
    session["planted"] = planted
    session.save()
    app.tasks["restore_safety.tasks.run_restore"].apply_async(kwargs={"run_id": str(run.pk)})
    search.messages.append(dumps({"planted": planted}))
    search.walk(browser, "owner")

    places = {place for _, place in search.found({"planted": planted})}

    address = reverse("restores:run-detail", args=[run.pk])
    assert {
        "log",
        "queue",
        "session",
        "rows of AuditEvent",
        "rows of RestoreRun",
        f"owner at {address}",
        f"owner at {reverse('restores:run-items-csv', args=[run.pk])}",
        f"owner at {reverse('restores:run-receipt-file', args=[run.pk])}",
        f"owner at {reverse('audit:event-json')}",
    } <= places
    assert len(search.messages) == 2


@dataclass(frozen=True)
class Life:
    """What an owner does with the product from the first day on, each step with a secret in it."""

    search: Search
    scene: Scene
    settings: Any
    committing: Callable
    private_key: str
    browser: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def post(self, address, sent):
        with self.committing(execute=True):
            return self.search.ask(self.browser, "owner", address, sent)

    def sign_in(self):
        """At first with another password. The session's key is a secret too."""
        for password in (PASSED_OFF, PASSWORD):
            self.post(reverse("tenants:sign-in"), {"username": "owner", "password": password})
        return self.browser.cookies["sessionid"].value

    def connect(self, *, echoing):
        """Sent wrong, then saved and refused in words that repeat it."""
        refused, _ = self._send_connection(self._certificate | {"directory_id": "no directory"})
        cut, _ = self._send_connection(self._certificate | {"private_key": self.private_key[:-40]})
        assert (refused.status_code, cut.status_code) == (200, 200)
        self.settings.GRAPH_EMULATOR_URL = echoing
        details = []
        for sent in (self._certificate, self._client_secret):
            self._send_connection(sent)
            assert self._connection.state is Verification.FAILED
            details.append(self._connection.verification_detail)
        assert "(concealed) is wrong" in details[1]

    def verify(self, *, at):
        """Refused once by a tenant that repeats the secret, then as it should be."""
        self.settings.GRAPH_EMULATOR_URL = at
        client = {
            "client_id": self.scene.connection.client_id,
            "client_secret": CLIENT_SECRET,
            "roles": ROLES,
        }
        self.scene.fill((CATALOG, catalog("Firewall")), clients=[client])
        address = reverse("tenants:connection-verify", args=[self.scene.tenant.slug])
        self.scene.fault(
            {"status": 403, "code": "Forbidden", "message": f"Refused: {CLIENT_SECRET}"},
            method="GET",
            path="organization",
        )
        self.post(address, {})
        assert self._connection.verification_detail == "Refused: (concealed)"
        self.scene.control.clear_faults()
        self.post(address, {})
        assert self._connection.state is Verification.VERIFIED

    def back_up(self):
        """Of the tenant, and from a file."""
        tenant = {"tenant": self.scene.tenant.slug, "label": ""}
        self.post(reverse("backups:capture"), tenant)
        self.post(reverse("backups:upload"), tenant | {"file": zipped(secretive("Wi-Fi"))})

    def restore(self):
        """One refused aloud, one as wanted, one that was only prepared; returns the second."""
        message = f"Value '{POLICY_SECRET}' is not valid."
        self.scene.fault({"status": 400, "code": "BadRequest", "message": message})
        refused = self.scene.work(self.scene.queued((CATALOG, secretive("Wi-Fi"))))
        assert [item.outcome for item in refused.items.all()] == ["failed"]
        assert "Value '(concealed)' is not valid." in refused.items.get().sentence
        self.scene.control.clear_faults()
        done = self.scene.work(self.scene.queued((CATALOG, secretive("Wi-Fi again"))))
        assert [item.outcome for item in done.items.all()] == ["created"]
        self.scene.capture(self.scene.draft((CATALOG, secretive("Wi-Fi, a third"))))
        return done

    def break_down(self):
        """While a secret is on its way."""
        keys, self.settings.CREDENTIAL_KEYS = self.settings.CREDENTIAL_KEYS, []
        broken, _ = self._send_connection(self._client_secret | {"client_id": "another"})
        self.settings.CREDENTIAL_KEYS = keys
        assert broken.status_code == 500

    def _send_connection(self, values):
        address = reverse("tenants:connection-change", args=[self.scene.tenant.slug])
        return self.post(address, values)

    @property
    def _connection(self):
        self.scene.connection.refresh_from_db()
        return self.scene.connection

    @property
    def _client_secret(self):
        return {
            "cloud": "emulator",
            "directory_id": self.scene.guid,
            "client_id": self.scene.connection.client_id,
            "credential_kind": "secret",
            "secret": CLIENT_SECRET,
        }

    @property
    def _certificate(self):
        return self._client_secret | {
            "credential_kind": "certificate",
            "private_key": self.private_key,
            "thumbprint": "AB" * 20,
        }


@pytest.fixture
def life(search, scene, settings, owner, django_capture_on_commit_callbacks):
    return Life(search, scene, settings, django_capture_on_commit_callbacks, private_key())


@pytest.fixture
def everybody(request, sign_in):
    """A browser each: of members of the workspace, of an outsider, of who never signed in."""
    names = ("owner", "manager", "operator", "auditor", "outsider")
    browsers = {name: sign_in(request.getfixturevalue(name)) for name in names}
    return browsers | {"nobody": Client()}


def test_no_secret_is_anywhere_it_does_not_belong(life, search, echoing, emulator, everybody):
    session_key = life.sign_in()
    life.connect(echoing=echoing)
    life.verify(at=emulator.url)
    life.back_up()
    done = life.restore()
    life.break_down()
    seen = {name: search.walk(browser, name) for name, browser in everybody.items()}

    receipt = reverse("restores:run-receipt-file", args=[done.pk])
    reached = {name for name, addresses in seen.items() if receipt in addresses}
    assert reached == {"owner", "manager", "operator", "auditor"}
    assert len(search.pages) > 100
    assert len(search.messages) >= 2
    canaries = {
        "client secret": CLIENT_SECRET,
        "private key": life.private_key.splitlines()[12],
        "password": PASSWORD,
        "wrong password": PASSED_OFF,
        "session": session_key,
        "policy's secret": POLICY_SECRET,
    }
    assert search.found(canaries) == []
