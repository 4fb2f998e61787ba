"""Graph and its login played from a script, for what the client does with each answer."""

from datetime import UTC, datetime

import httpx

from tenants.graph.auth import Credentials
from tenants.graph.errors import LongWaitError
from tenants.graph.fence import PlannedWrite, WritePurpose
from tenants.graph.throttling import LONGEST_WAIT, OUTAGE_AFTER

BASE = "http://127.0.0.1:8765"
CREDENTIALS = Credentials(
    directory_id="22222222-2222-4222-8222-222222222222",
    client_id="app",
    secret="hush",
)
POLICIES = "deviceManagement/configurationPolicies"
ID = "0f0f0f0f-0000-4000-8000-000000000000"
CREATE = PlannedWrite(
    operation_id="a:1",
    purpose=WritePurpose.CREATE,
    method="POST",
    version="beta",
    path=POLICIES,
    body=b'{"name":"a"}',
    binds="a",
)


class Service:
    """Graph and its login, answering from a script; the last answer repeats."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []
        self.tokens = 0
        self.is_login_away = False

    def __call__(self, request):
        path = request.url.path
        if path.endswith("/.well-known/openid-configuration"):
            login = f"{BASE}/{CREDENTIALS.directory_id}"
            return httpx.Response(
                200,
                json={
                    "token_endpoint": f"{login}/oauth2/v2.0/token",
                    "authorization_endpoint": f"{login}/authorize",
                },
            )
        if path.endswith("/token") and self.is_login_away:
            raise httpx.ConnectError("lost", request=request)
        if path.endswith("/token"):
            self.tokens += 1
            token = {"token_type": "Bearer", "expires_in": 3599, "access_token": f"t{self.tokens}"}
            return httpx.Response(200, json=token)
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, type):
            raise answer("lost", request=request)
        return answer(request) if callable(answer) else answer

    @property
    def urls(self):
        return [str(request.url) for request in self.requests]


def refusal(status, headers=None, message="No."):
    return httpx.Response(
        status, headers=headers, json={"error": {"code": "Code", "message": message}}
    )


class Pacer:
    """Remembers what it is told; it waits for nothing, and says so of what is too far away."""

    def __init__(self, *, at_once=None):
        self.calls = []
        self.held = 0.0
        self.failures = 0
        self.reads = []
        self.reads_held = {}
        self.pauses = []
        self.at_once = at_once

    def wait_to_read(self, workload, count=1):
        seconds = self.reads_held.get(workload, 0.0)
        if seconds > LONGEST_WAIT:
            raise LongWaitError(seconds=seconds, until=datetime(2026, 1, 1, tzinfo=UTC))
        self.reads.append((workload, count))
        if workload in self.reads_held:
            self.pauses.append(self.reads_held.pop(workload))

    def hold_off_reads(self, workload, seconds):
        self.reads_held[workload] = seconds

    def reads_at_once(self, workload):
        return self.at_once

    def wait_turn(self, workload):
        if self.held > LONGEST_WAIT:
            raise LongWaitError(seconds=self.held, until=datetime(2026, 1, 1, tzinfo=UTC))
        self.calls.append(("turn", workload))
        waited, self.held = self.held, 0.0
        return waited

    def hold_off(self, workload, seconds):
        self.calls.append(("hold", workload, seconds))
        self.held = seconds

    def failed(self, workload):
        self.failures += 1
        return self.failures >= OUTAGE_AFTER

    def answered(self, workload):
        self.failures = 0
