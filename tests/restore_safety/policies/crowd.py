"""A restore of as many policies as asked for, made in bulk: backup, draft, evidence, journal."""

from dataclasses import dataclass

from django.utils import timezone

from restore_safety.drafts.readiness import acknowledgements_of, draft_status
from restore_safety.models import (
    BackupItem,
    Decision,
    PlanItem,
    RestoreDraft,
    RestoreItem,
    RestoreRun,
    RestoreWrite,
    Severity,
    WriteState,
)
from restore_safety.policies.plan import plan_hash
from restore_safety.truth.attention import ItemOutcome, ReasonCode, Verification
from restore_safety.truth.evidence import EvidenceKind
from tenants.models import ProviderConnection
from tenants.models import Verification as ConnectionVerification
from tests.factories import ProviderConnectionFactory
from tests.restore_safety.factories import BackupSetFactory, PolicyPayloadFactory
from tests.restore_safety.factories_runs import (
    DraftFactory,
    EvidenceFactory,
    FindingFactory,
    RestoreRunFactory,
)

DECISIONS = (Decision.UPDATE, Decision.CREATE, Decision.UNCHANGED, Decision.NOT_EVALUABLE)
TO_DEVICES = {"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}
BODY = '{"description":"' + "x" * 500 + '"}'


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Everything the pages of one restore stand on."""

    draft: RestoreDraft
    run: RestoreRun

    @property
    def items(self):
        return BackupItem.objects.filter(backup_set=self.draft.backup_set_id)

    def address(self, step):
        return f"/restores/drafts/{self.draft.pk}/{step}/"

    def acknowledged(self):
        now = draft_status(draft=self.draft, actor=self.draft.owner, now=timezone.now())
        return [one.key for one in acknowledgements_of(now)]


def crowd_of(count, *, tenant, operator):
    """The tenant's restore of so many policies, with current evidence; and one that has ended."""
    if not ProviderConnection.objects.filter(tenant=tenant).exists():
        ProviderConnectionFactory(
            tenant=tenant,
            verification=ConnectionVerification.VERIFIED,
            last_verified_at=timezone.now(),
        )
    backup_set = BackupSetFactory(tenant=tenant, label=f"Set of {count}", item_count=count)
    items = _items(backup_set, count)
    draft = DraftFactory(tenant=tenant, owner=operator, backup_set=backup_set)
    checks = EvidenceFactory(
        draft=draft, kind=EvidenceKind.CHECKS, plan_hash="", writes=0, warnings=1
    )
    FindingFactory(
        evidence=checks,
        severity=Severity.WARNING,
        subjects=[{"id": str(one.pk), "name": one.name} for one in items],
    )
    preview = _preview(draft, items)
    return Crowd(draft=draft, run=_run(draft, preview))


def _items(backup_set, count):
    payload = PolicyPayloadFactory(tenant=backup_set.tenant)
    return BackupItem.objects.bulk_create(
        BackupItem(
            tenant=backup_set.tenant,
            backup_set=backup_set,
            position=number,
            contract_key="configurationPolicies",
            object_id=f"policy-{number}",
            name=f"Policy {number:05}",
            payload=payload,
            assignments=[TO_DEVICES],
            completeness={"pages_read": True},
            digest=f"sha256:{number:064x}",
        )
        for number in range(1, count + 1)
    )


def _preview(draft, items):
    written = sum(DECISIONS[item.position % 4] in DECISIONS[:2] for item in items)
    preview = EvidenceFactory(
        draft=draft,
        writes=written,
        not_evaluable=sum(DECISIONS[item.position % 4] is DECISIONS[3] for item in items),
        impact={
            "effects": {"changes_for_everybody": written},
            "reach": {"all_devices": written},
        },
    )
    PlanItem.objects.bulk_create(_planned(preview, item) for item in items)
    preview.plan_hash = plan_hash(preview.plan.order_by("position"))
    preview.save(update_fields=["plan_hash"])
    return preview


def _planned(preview, item):
    decision = DECISIONS[item.position % 4]
    is_written = decision in DECISIONS[:2]
    request = {
        "id": f"{item.pk}:1",
        "purpose": "update",
        "method": "PUT",
        "version": "beta",
        "path": f"deviceManagement/configurationPolicies/{item.object_id}",
        "body": BODY,
        "body_digest": "sha256:0",
        "binds": "",
    }
    effects = {"changes_for_everybody": True} if is_written else {}
    return PlanItem(
        tenant_id=preview.tenant_id,
        evidence=preview,
        backup_item=item,
        position=item.position,
        decision=decision,
        sentence=f"What is said of {item.name}.",
        writes=[request] if is_written else [],
        changes=[{"path": "description", "before": "old", "after": "new"}] if is_written else [],
        assignments_before=[TO_DEVICES],
        assignments_after=[TO_DEVICES],
        impact={"before": ["all devices"], "after": ["all devices"], "effects": effects},
    )


def _run(draft, preview):
    run = RestoreRunFactory(
        tenant=draft.tenant,
        requested_by=draft.owner,
        backup_set=draft.backup_set,
        draft=draft,
        preview=preview,
        is_dry_run=True,
    )
    items = RestoreItem.objects.bulk_create(
        RestoreItem(
            tenant_id=run.tenant_id,
            run=run,
            plan_item=planned,
            backup_item=planned.backup_item,
            position=planned.position,
            contract_key=planned.backup_item.contract_key,
            name=planned.backup_item.name,
            state="settled",
            outcome=ItemOutcome.UPDATED,
            verification=Verification.VERIFIED,
            reason_code=ReasonCode.WRITTEN,
        )
        for planned in preview.plan.select_related("backup_item")
    )
    RestoreWrite.objects.bulk_create(
        RestoreWrite(
            tenant_id=run.tenant_id,
            item=item,
            position=0,
            operation_id=f"{item.backup_item_id}:1",
            purpose="update",
            method="PUT",
            path="deviceManagement/configurationPolicies",
            state=WriteState.APPLIED,
        )
        for item in items
    )
    return run
