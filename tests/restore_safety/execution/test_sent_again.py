"""A write that leaves again at once is asked for again: gate, right, account, freeze and target."""

from datetime import timedelta

import httpx
import pytest

from restore_safety.models import RestoreWrite
from tenants.access import service as access
from tenants.models import Tenant, User
from tenants.models.capabilities import Role
from tests.factories import ChangeWindowFactory
from tests.restore_safety.execution.scene import CATALOG, catalog, only
from tests.restore_safety.execution.test_multi_admin_approval import gate

CREATED = ("created", "verified", "written")


@pytest.fixture
def acts(scene, operator, owner):
    """What stops a run, and the reason it gives."""
    return {
        "gate": (lambda: Tenant.objects.update(writes_enabled=False), "write_gate_closed"),
        "role": (
            lambda: access.revoke_role(
                actor=owner, user=operator, tenant=scene.tenant, role=Role.OPERATOR
            ),
            "right_withdrawn",
        ),
        "account": (
            lambda: User.objects.filter(pk=operator.pk).update(is_active=False),
            "right_withdrawn",
        ),
        "freeze": (
            lambda: ChangeWindowFactory(
                tenant=scene.tenant, starts_at=scene.clock() - timedelta(hours=1)
            ),
            "freeze_window",
        ),
    }


def after_first_write(monkeypatch, act):
    """Something happens right after the first write was answered."""
    send, answered = httpx.HTTPTransport.handle_request, []

    def handle(transport, request):
        answer = send(transport, request)
        if request.method == "POST" and request.url.path.endswith("Policies"):
            answer.read()
            answered.append(answer.status_code)
            if len(answered) == 1:
                act()
        return answer

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    return answered


@pytest.mark.parametrize("name", ["gate", "role", "account", "freeze"])
def test_a_write_whose_token_was_refused(scene, monkeypatch, acts, name):
    act, reason = acts[name]
    run = scene.queued((CATALOG, catalog()))
    scene.fault({"status": 401}, path="configurationPolicies$", times=1)
    answered = after_first_write(monkeypatch, act)

    run = scene.work(run)

    assert answered == [401]
    assert only(run) == ("not_started", "not_attempted", reason)
    assert scene.applied() == []


@pytest.mark.parametrize("name", ["gate", "role", "account", "freeze"])
def test_a_write_that_is_filed(scene, monkeypatch, acts, name):
    act, reason = acts[name]
    gate(scene, "configurationPolicy")
    run = scene.queued((CATALOG, catalog()))
    answered = after_first_write(monkeypatch, act)

    run = scene.work(run)

    assert len(answered) == 1
    assert only(run) == ("not_started", "not_attempted", reason)
    assert scene.control.approvals(scene.guid) == []


def test_nothing_stops_it_where_nothing_changed(scene):
    run = scene.queued((CATALOG, catalog()))
    scene.fault({"status": 401}, path="configurationPolicies$", times=1)

    assert only(scene.work(run)) == CREATED
    assert RestoreWrite.objects.get().doubts == 0
