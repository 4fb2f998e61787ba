"""Scripts with tokens, and one of everything that they may read or act on."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from restore_safety.models import BackupItem, Decision, RestoreDraft, Severity
from restore_safety.policies.plan import plan_hash
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.evidence import EvidenceKind
from tenants.models import Verification
from tenants.models.token_scopes import TokenScope
from tenants.tokens.service import create_token
from tests.operations.factories import OperationRunFactory
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    WRITTEN,
    DraftFactory,
    EvidenceFactory,
    FindingFactory,
    PlanItemFactory,
    RestoreRunFactory,
    RestoreWriteFactory,
    item_of,
)

GROUP = "6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c"


class Script:
    """Something that calls the API with one token and no cookie."""

    def __init__(self, text):
        self.text = text
        self.client = Client(raise_request_exception=True)

    def ask(self, method, path, body=None, **more):
        if body is not None:
            more |= {"data": json.dumps(body), "content_type": "application/json"}
        return self.client.generic(
            method,
            f"/api/v1{path}",
            headers={"Authorization": f"Bearer {self.text}"},
            **more,
        )

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, body=None, **more):
        return self.ask("POST", path, body, **more)

    def patch(self, path, body):
        return self.ask("PATCH", path, body)

    def upload(self, path, **values):
        return self.client.post(
            f"/api/v1{path}", values, headers={"Authorization": f"Bearer {self.text}"}
        )


@pytest.fixture
def token_of():
    """`token_of(person, *scopes)`: a token that was just made, every scope where none is named."""

    def make(person, *scopes, tenant=None, days=7, name="nightly"):
        return create_token(
            actor=person,
            name=name,
            scopes=scopes or tuple(TokenScope),
            tenant=tenant,
            valid_for=timedelta(days=days),
            now=timezone.now(),
        )

    return make


@pytest.fixture
def script_of(token_of):
    """`script_of(person, *scopes)`: a script with such a token."""
    return lambda person, *scopes, **more: Script(token_of(person, *scopes, **more).text)


class World:
    """One tenant with a backup, a proven draft, a restore that left something open, and work."""

    def __init__(self, tenant, person):
        self.tenant, self.person = tenant, person
        self.backup_set = BackupSetFactory(
            tenant=tenant, label=f"Backup of {tenant.name}", item_count=2, created_by=person
        )
        target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP}
        for name in ("Firewall", "Passwords"):
            BackupItemFactory(
                backup_set=self.backup_set,
                name=name,
                assignments=[{"target": target}],
                group_names={GROUP: "Pilots"},
            )
        self.draft = self.proven()
        self.checks = self.draft.evidence.get(kind=EvidenceKind.CHECKS)
        self.preview = self.draft.evidence.get(kind=EvidenceKind.PREVIEW)
        self.run = RestoreRunFactory(
            tenant=tenant,
            requested_by=person,
            backup_set=BackupSetFactory(tenant=tenant, label=f"Older backup of {tenant.name}"),
            status=RestoreStatus.PARTIAL,
        )
        for fact in (WRITTEN, REFUSED):
            RestoreWriteFactory(item=item_of(self.run, fact))
        self.operation = OperationRunFactory(tenant=tenant, initiator=person, running=True)

    @property
    def items(self):
        return list(BackupItem.objects.filter(backup_set=self.backup_set).order_by("position"))

    def proven(self):
        """A draft with checks that warn once, and a preview that writes."""
        draft = DraftFactory(tenant=self.tenant, owner=self.person, backup_set=self.backup_set)
        draft = RestoreDraft.objects.get(pk=draft.pk)
        checks = EvidenceFactory(
            draft=draft, kind=EvidenceKind.CHECKS, plan_hash="", writes=0, warnings=1
        )
        FindingFactory(
            evidence=checks, severity=Severity.WARNING, subjects=[{"id": "1", "name": "Firewall"}]
        )
        preview = EvidenceFactory(draft=draft, kind=EvidenceKind.PREVIEW)
        for position, item in enumerate(draft.resolved_items().order_by("position"), 1):
            PlanItemFactory(
                evidence=preview, backup_item=item, position=position, decision=Decision.CREATE
            )
        preview.plan_hash = plan_hash(preview.plan.order_by("position"))
        preview.save(update_fields=["plan_hash"])
        return draft

    @property
    def ids(self):
        """What stands in an address, by the name the document gives it."""
        return {
            "slug": self.tenant.slug,
            "set_id": str(self.backup_set.pk),
            "draft_id": str(self.draft.pk),
            "evidence_id": str(self.preview.pk),
            "restore_id": str(self.run.pk),
            "operation_id": str(self.operation.pk),
        }

    def id_at(self, path, name):
        if name != "item_id":
            return self.ids[name]
        return self.run.items.first().pk if "restores" in path else str(self.items[0].pk)


@pytest.fixture
def world(tenant, operator, connection):
    connection.verification = Verification.VERIFIED
    connection.last_verified_at = NOW
    connection.save()
    return World(tenant, operator)


@pytest.fixture
def other_world(other_tenant, outsider):
    """The same in the other workspace."""
    return World(other_tenant, outsider)
