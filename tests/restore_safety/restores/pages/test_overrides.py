"""A safeguard that was overridden stays in sight of whoever looks at the restore, in red."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.models.token_scopes import TokenScope
from tenants.tokens.service import create_token
from tests.factories import ChangeWindowFactory
from tests.restore_safety.execution.conftest import (  # noqa: F401 -- fixtures
    scene,
)
from tests.restore_safety.execution.scene import CATALOG, catalog

REASONS = {
    "Started without approval": "Nobody else is awake",
    "Freeze overridden": "The plant stands still",
}


@pytest.fixture
def run(scene, tenant, owner):  # noqa: F811
    """A restore that has ended, of a tenant that needs approval and is frozen."""
    tenant.needs_approval = True
    tenant.save()
    ChangeWindowFactory(tenant=tenant, starts_at=timezone.now() - timedelta(hours=1))
    draft = scene.capture(scene.draft((CATALOG, catalog())))
    scene.operator = owner
    queued = scene.queue(
        draft,
        break_glass=REASONS["Started without approval"],
        break_glass_name=tenant.name,
        freeze_override=REASONS["Freeze overridden"],
    )
    return scene.work(queued)


def text_of(browser, name, *args):
    return " ".join(browser.get(reverse(f"restores:{name}", args=args)).text.split())


@pytest.mark.parametrize("name", ["run-detail", "run-print"])
def test_record_names_each_override_and_its_reason_in_red(sign_in, auditor, run, name):
    text = text_of(sign_in(auditor), name, run.pk)

    assert run.ended_at is not None
    for label, reason in REASONS.items():
        (alert,) = (one for one in text.split('<div class="rs-alert ') if f">{label}<" in one)
        assert alert.startswith("tone-danger")
        assert f"Reason: {reason}</p>" in alert


def test_list_names_each_override_in_red(sign_in, auditor, run):
    text = text_of(sign_in(auditor), "run-list")

    for label in REASONS:
        assert re.search(
            rf'<span class="rs-badge tone-danger"[^>]*><i [^>]*></i>{label}</span>', text
        )


def test_script_reads_each_override_and_its_reason(client, auditor, run):
    token = create_token(
        actor=auditor,
        name="Audit",
        scopes=tuple(TokenScope),
        tenant=None,
        valid_for=timedelta(days=7),
        now=timezone.now(),
    )
    answer = client.get(
        f"/api/v1/restores/{run.pk}", headers={"Authorization": f"Bearer {token.text}"}
    )

    told = {one["label"]: one["reason"] for one in answer.json()["overrides"]}
    assert told == REASONS
