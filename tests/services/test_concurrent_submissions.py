"""Fifty submissions at the same moment: one restore, whichever way they come."""

import os
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import httpx
import pytest
from django.db import connection
from django.utils import timezone

from restore_safety.execution import gate
from restore_safety.execution.gate import Refusal, RestoreRefusedError
from restore_safety.models import RestoreDraft, RestoreItem, RestoreRun
from tenants.models import AuditEvent, Verification
from tenants.models.token_scopes import TokenScope
from tenants.tokens.service import create_token
from tests.factories import ProviderConnectionFactory
from tests.restore_safety.execution.scene import (
    CATALOG,
    SCRIPTS,
    SECRET,
    Scene,
    catalog,
    script,
)

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(
        os.environ.get("RESTORE_SAFETY_SERVICES") != "1",
        reason="needs PostgreSQL and Redis: run make services-test",
    ),
]
SUBMISSIONS = 50


@pytest.fixture
def scene(transactional_db, settings, emulator, tenant, operator):
    settings.GRAPH_EMULATOR_URL = emulator.url
    provider = ProviderConnectionFactory(
        tenant=tenant,
        directory_id=uuid.uuid4(),
        secret=SECRET,
        verification=Verification.VERIFIED,
        last_verified_at=timezone.now(),
    )
    with emulator.control as control:
        made = Scene(control=control, connection=provider, tenant=tenant, operator=operator)
        made.fill()
        yield made


@pytest.fixture
def draft(scene):
    return prepared(scene)


def prepared(scene):
    return scene.capture(scene.draft((CATALOG, catalog()), (SCRIPTS, script())))


def at_once(submit, arguments):
    """What each call answers; all of them begin together, each on a connection of its own."""
    barrier = Barrier(len(arguments))

    def submitted(argument):
        barrier.wait()
        try:
            return submit(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(arguments)) as pool:
        return list(pool.map(submitted, arguments))


def assert_one_restore():
    run = RestoreRun.objects.get()
    assert RestoreItem.objects.filter(run=run).count() == RestoreItem.objects.count() == 2
    assert AuditEvent.objects.filter(action="restore.queued").count() == 1
    assert run.operation_run.attempts == 0
    return run


def queue(scene, draft_id, confirmation):
    now = timezone.now()
    return gate.queue_restore(
        actor=scene.operator,
        draft=RestoreDraft.objects.get(pk=draft_id),
        confirmation=confirmation,
        authenticated_at=now,
        now=now,
    )


def test_fifty_submissions_of_one_confirmation_are_one_restore(scene, draft):
    confirmation = scene.confirmation(draft)

    runs = at_once(
        lambda _: queue(scene, draft.pk, confirmation).pk,
        range(SUBMISSIONS),
    )

    assert set(runs) == {assert_one_restore().pk}


def test_fifty_posts_of_one_confirmation_are_one_restore(scene, draft, live_server):
    token = create_token(
        actor=scene.operator,
        name="Script",
        scopes=list(TokenScope),
        tenant=None,
        valid_for=timedelta(days=1),
        now=timezone.now(),
    )
    confirmation = scene.confirmation(draft)
    body = {
        "mode": "restore",
        "offer": confirmation.offer,
        "typed_name": confirmation.typed_name,
        "reason": confirmation.reason,
        "acknowledged": sorted(confirmation.acknowledged),
    }

    def post(_):
        return httpx.post(
            f"{live_server.url}/api/v1/drafts/{draft.pk}/queue",
            json=body,
            headers={"Authorization": f"Bearer {token.text}"},
            timeout=120,
            trust_env=False,
        )

    answers = at_once(post, range(SUBMISSIONS))

    assert Counter(answer.status_code for answer in answers) == {202: 1, 200: SUBMISSIONS - 1}
    assert {answer.json()["restore_id"] for answer in answers} == {str(assert_one_restore().pk)}


def test_of_fifty_submissions_of_several_drafts_one_restore_is_queued(scene, draft):
    """The others hear why: the tenant is restored once at a time."""
    drafts = [draft, *(prepared(scene) for _ in range(4))]
    offered = [(one.pk, scene.confirmation(one)) for one in drafts] * 10

    def submit(one):
        try:
            return queue(scene, *one).pk
        except RestoreRefusedError as error:
            return error.refusal

    answers = at_once(submit, offered)

    run = assert_one_restore()
    assert Counter(answers) == {run.pk: 10, Refusal.TENANT_BUSY: 40}
