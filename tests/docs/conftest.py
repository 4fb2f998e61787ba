"""Everything the contract's addresses lead to, in each state in which they answer differently."""

import pytest
from django.urls import reverse

from restore_safety.drafts.service import discard
from restore_safety.models import Decision, RestoreDraft, RestoreRun, Severity
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.policies.plan import plan_hash
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.evidence import EvidenceKind
from tenants.models import Verification
from tests.operations.factories import NotificationFactory, OperationRunFactory
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    WRITTEN,
    DraftFactory,
    EvidenceFactory,
    FindingFactory,
    PlanItemFactory,
    RestoreItemFactory,
    RestoreRunFactory,
    RestoreWriteFactory,
    broad,
    item_of,
    on_record,
)

GROUP = "6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c"


class World:
    """One tenant with drafts, restores and operations, and the browsers of its people."""

    def __init__(self, *, tenant, operator, browser):
        self.tenant = tenant
        self.operator = operator
        self._browser = browser
        self.backup_set = BackupSetFactory(tenant=tenant, label="Nightly backup", item_count=2)
        target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP}
        for name in ("Firewall", "Passwords"):
            BackupItemFactory(
                backup_set=self.backup_set,
                name=name,
                assignments=[{"target": target}],
                group_names={GROUP: "Pilots"},
            )

    def by(self, person):
        """That person's browser."""
        return self._browser(person)

    def draft(self, *, backup=True, evidence=True):
        """A draft for the whole set; with evidence, checks that warn once and a preview."""
        draft = DraftFactory(
            tenant=self.tenant,
            owner=self.operator,
            backup_set=self.backup_set if backup else None,
        )
        if backup and evidence:
            checks = EvidenceFactory(
                draft=draft, kind=EvidenceKind.CHECKS, plan_hash="", writes=0, warnings=1
            )
            FindingFactory(
                evidence=checks, severity=Severity.WARNING, subjects=[{"id": "1", "name": "A"}]
            )
            self._preview(draft)
        return draft

    def submitted(self):
        """A draft that was queued as a restore."""
        return self.run().draft

    def discarded(self):
        """A draft that is gone; what named it still does."""
        draft = self.draft()
        discard(actor=self.operator, draft=RestoreDraft.objects.get(pk=draft.pk))
        return draft

    def run(self, *, facts=(WRITTEN, REFUSED), **values):
        """A restore that ended with items in need, and the journal behind it."""
        run = RestoreRunFactory(
            tenant=self.tenant,
            requested_by=self.operator,
            backup_set=self.backup_set,
            **{"status": RestoreStatus.PARTIAL} | values,
        )
        for fact in facts:
            RestoreWriteFactory(item=item_of(run, fact))
        return run

    def archived(self):
        """A restore without anything open that left the list."""
        return self.run(
            facts=(WRITTEN,),
            status=RestoreStatus.COMPLETED,
            archived_at=NOW,
            archived_by=self.operator,
        )

    def provable(self):
        """A restore whose plan adds up to the hash it was confirmed with."""
        run = self.run()
        run.plan_hash = run.preview.plan_hash = plan_hash(run.preview.plan.order_by("position"))
        run.metadata[SNAPSHOT_KEY]["plan_hash"] = run.plan_hash
        run.preview.save()
        run.save()
        return on_record(run)

    def running(self):
        run = self.run(facts=(), running=True)
        RestoreItemFactory(run=run)
        return run

    def operation(self, **values):
        return OperationRunFactory(tenant=self.tenant, initiator=self.operator, **values)

    def notice(self, run):
        return NotificationFactory(run=run.operation_run, user=self.operator)

    def offer(self, draft):
        """The signed confirmation the operator is shown."""
        address = reverse("restores:draft-step", args=[draft.pk, "confirm"])
        page = self.by("operator").get(address)
        return page.context["confirm_form"]["offer"].value()

    def confirmation(self, draft, **changes):
        """What the operator sends who has read everything."""
        return {
            "offer": self.offer(draft),
            "action": "restore",
            "typed_name": self.tenant.name,
            "reason": "Change 4711",
            "acknowledged": [broad("1")],
        } | changes

    def queue(self, draft, **changes):
        values = self.confirmation(draft, **changes)
        return self.by("operator").post(reverse("restores:draft-queue", args=[draft.pk]), values)

    def queued(self, draft):
        """The run of a draft that was confirmed in the browser."""
        assert self.queue(draft).status_code == 302
        return RestoreRun.objects.get(draft=draft)

    def _preview(self, draft):
        preview = EvidenceFactory(draft=draft, kind=EvidenceKind.PREVIEW)
        for position, item in enumerate(draft.resolved_items().order_by("position"), 1):
            PlanItemFactory(
                evidence=preview, backup_item=item, position=position, decision=Decision.CREATE
            )
        preview.plan_hash = plan_hash(preview.plan.order_by("position"))
        preview.save(update_fields=["plan_hash"])


@pytest.fixture
def world(request, tenant, operator, connection, sign_in):
    """The world, with a verified connection; a browser is opened for whoever is asked for."""
    connection.verification = Verification.VERIFIED
    connection.last_verified_at = NOW
    connection.save()
    open_browsers = {}

    def browser(person):
        if person not in open_browsers:
            open_browsers[person] = sign_in(request.getfixturevalue(person))
        return open_browsers[person]

    return World(tenant=tenant, operator=operator, browser=browser)
