"""A tenant on the emulator, a backup of it, and the way of a restore from draft to its end."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from operations.models import OperationRun
from restore_safety.checks import capture as checks
from restore_safety.drafts import preview
from restore_safety.drafts import service as drafts
from restore_safety.drafts.readiness import acknowledgements_of, draft_status
from restore_safety.drafts.service import ScopeChoices
from restore_safety.execution import engine, gate
from restore_safety.execution.gate import Confirmation, offer_of
from restore_safety.models import RestoreRun
from restore_safety.policies.completeness import Completeness
from tenants.emulator.control import EmulatorControl
from tenants.graph.contracts import CONTRACTS, contract, name_of
from tenants.models import ProviderConnection, ProviderPace, Tenant, User
from tests.restore_safety.factories import (
    BackupItemFactory,
    BackupSetFactory,
    PolicyPayloadFactory,
)

GROUP = "5a3f1f0e-0000-4000-8000-000000000001"
GONE = "5a3f1f0e-0000-4000-8000-00000000dead"
CATALOG = "configurationPolicies"
COMPLIANCE = "deviceCompliancePolicies"
FILTERS = "assignmentFilters"
TAGS = "roleScopeTags"
SCRIPTS = "deviceManagementScripts"
SECRET = "emulated-client-secret"
ROLES = [
    "Group.Read.All",
    "Organization.Read.All",
    *sorted({one.write_permission for one in CONTRACTS.values()}),
    *sorted({one.read_permission for one in CONTRACTS.values()}),
]
SIMPLE = "#microsoft.graph.deviceManagementConfigurationSimpleSettingInstance"
INTEGER = "#microsoft.graph.deviceManagementConfigurationIntegerSettingValue"


def id_of(name):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def catalog(name="Firewall", *, value=1, **properties):
    return {
        "id": id_of(name),
        "name": name,
        "description": "As it should be",
        "platforms": "windows10",
        "technologies": "mdm",
        "roleScopeTagIds": ["0"],
        "settings": [
            {
                "settingInstance": {
                    "@odata.type": SIMPLE,
                    "settingDefinitionId": "firewall_enabled",
                    "simpleSettingValue": {"@odata.type": INTEGER, "value": value},
                }
            }
        ],
        **properties,
    }


def compliance(name="Passwords", *, hours=12, **properties):
    return {
        "@odata.type": "#microsoft.graph.windows10CompliancePolicy",
        "id": id_of(name),
        "displayName": name,
        "passwordRequired": True,
        "roleScopeTagIds": ["0"],
        "scheduledActionsForRule": [
            {
                "ruleName": None,
                "scheduledActionConfigurations": [
                    {"actionType": "block", "gracePeriodHours": hours}
                ],
            }
        ],
        **properties,
    }


def device_filter(name="Corporate"):
    return {
        "id": id_of(name),
        "displayName": name,
        "platform": "windows10AndLater",
        "rule": '(device.deviceOwnership -eq "Corporate")',
        "roleScopeTags": ["0"],
    }


def scope_tag(name="Branch", tag_id="7"):
    return {"id": tag_id, "displayName": name, "description": "A branch office"}


def script(name="Cleanup"):
    return {
        "id": id_of(name),
        "displayName": name,
        "fileName": "cleanup.ps1",
        "runAsAccount": "system",
        "scriptContent": "V3JpdGUtSG9zdCAxDQo=",
        "roleScopeTagIds": ["0"],
    }


def to_group(group=GROUP, filter_id=None):
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}
    if filter_id:
        target["deviceAndAppManagementAssignmentFilterId"] = filter_id
        target["deviceAndAppManagementAssignmentFilterType"] = "include"
    return {"target": target}


# More than any run here is put aside.
MOST_TURNS = 10


class Clock:
    """Real time plus all that was slept: no one waits."""

    def __init__(self):
        self.ahead = timedelta()
        self.slept = []

    def __call__(self):
        return timezone.now() + self.ahead

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.ahead += timedelta(seconds=seconds)


def pass_by(seconds):
    """Let the pace, which goes by the clock of the database, see that time has gone by."""
    gone = timedelta(seconds=seconds)
    moments = ("next_free_at", "held_until", "reads_free_at", "reads_held_until")
    ProviderPace.objects.update(**{moment: F(moment) - gone for moment in moments})


@dataclass
class Scene:
    """One tenant and what is restored to it; `live` and `backup` are pairs of key and payload."""

    control: EmulatorControl
    connection: ProviderConnection
    tenant: Tenant
    operator: User
    clock: Clock = field(default_factory=Clock)
    document: dict[str, Any] = field(default_factory=dict)
    mark: int = 0

    @property
    def guid(self):
        return str(self.connection.directory_id)

    def fill(self, *live, assignments=(), **changes):
        """Give the tenant these policies, and forget what was asked of it before."""
        objects: dict[str, list] = {}
        assigned = dict(assignments)
        for key, payload in live:
            entries = assigned.get(payload.get("id"))
            whole = payload if entries is None else {**payload, "assignments": entries}
            objects.setdefault(CONTRACTS[key].path, []).append(whole)
        client = {"client_id": self.connection.client_id, "client_secret": SECRET, "roles": ROLES}
        self.document = {
            "displayName": self.tenant.name,
            "clients": [client],
            "groups": [{"id": GROUP, "displayName": "Pilots"}],
            "objects": objects,
        } | changes
        self.refill()

    def refill(self):
        """The tenant as it was filled, as if nothing had been written to it."""
        self.control.clear_faults()
        self.control.seed_tenant(self.guid, self.document)
        self.look_from_here()

    def look_from_here(self):
        seen = self.control.requests(self.guid, after=self.mark)
        self.mark = max((one["seq"] for one in seen), default=self.mark)

    def fault(self, effect, *, method="POST", path="", **rule):
        match = {"method": method, "path": path, "tenant": self.guid}
        self.control.set_faults([{"match": match, "effect": effect, **rule}], seed=1)

    def draft(self, *backup, assignments=(), **choices):
        """A draft that restores these, with nothing captured for it yet."""
        backup_set = BackupSetFactory(
            tenant=self.tenant,
            origin_directory_id=self.connection.directory_id,
            item_count=len(backup),
        )
        assigned = dict(assignments)
        for position, (key, payload) in enumerate(backup, 1):
            BackupItemFactory(
                backup_set=backup_set,
                payload=PolicyPayloadFactory(tenant=self.tenant, body=json.dumps(payload)),
                position=position,
                contract_key=key,
                object_id=payload["id"],
                name=name_of(contract(key), payload),
                assignments=assigned.get(payload["id"], []),
                completeness=Completeness().to_json(),
            )
        now = timezone.now()
        draft = drafts.open_draft(actor=self.operator, tenant=self.tenant, now=now)
        drafts.change_scope(
            actor=self.operator,
            draft=draft,
            choices=ScopeChoices(backup_set=backup_set, **choices),
            now=now,
        )
        draft.refresh_from_db()
        return draft

    def capture(self, draft):
        """Run the checks and the preview."""
        for kind, queue in ((checks, checks.queue_checks), (preview, preview.queue_preview)):
            evidence = queue(actor=self.operator, draft=draft, now=timezone.now())
            kind.work(run_id=str(evidence.operation_run_id))
            evidence.refresh_from_db()
            assert evidence.state == "complete", evidence.failure
        self.look_from_here()
        return draft

    def status(self, draft, actor=None):
        draft.refresh_from_db()
        return draft_status(draft=draft, actor=actor or self.operator, now=timezone.now())

    def confirmation(self, draft, *, actor=None, **changes):
        """What an operator sends who has read everything."""
        status = self.status(draft)
        said = {
            "offer": offer_of(status=status, actor=actor or self.operator),
            "is_dry_run": False,
            "typed_name": self.tenant.name,
            "acknowledged": frozenset(one.key for one in acknowledgements_of(status)),
            "reason": "CHG-1",
        }
        return Confirmation(**said | changes)

    def queue(self, draft, *, confirmation=None, proof_age=timedelta(), **changes):
        now = timezone.now()
        return gate.queue_restore(
            actor=self.operator,
            draft=draft,
            confirmation=confirmation or self.confirmation(draft, **changes),
            authenticated_at=None if proof_age is None else now - proof_age,
            now=now,
        )

    def queued(self, *backup, is_dry_run=False, assignments=(), **choices):
        """A restore of these that is ready for a worker."""
        draft = self.capture(self.draft(*backup, assignments=assignments, **choices))
        return self.queue(draft, is_dry_run=is_dry_run)

    def work(self, run, *, clock=None, sleep=None, turns=MOST_TURNS):
        """Carry the run out; where it is put aside, its time comes at once, for so many turns."""
        clock = clock or self.clock
        for _ in range(turns):
            self._let_its_time_come(run, clock)
            engine.work(run_id=str(run.operation_run_id), clock=clock, sleep=sleep or clock.sleep)
            if not OperationRun.objects.get(pk=run.operation_run_id).is_paused:
                break
        return RestoreRun.objects.select_related("operation_run", "pre_restore_set").get(pk=run.pk)

    def _let_its_time_come(self, run, clock):
        waits_until = OperationRun.objects.get(pk=run.operation_run_id).waits_until
        if waits_until is not None:
            seconds = max(0.0, (waits_until - clock()).total_seconds())
            clock.sleep(seconds)
            pass_by(seconds)

    def writes(self, *, applied_only=False):
        """Method, path below the version and status of each write since the last look."""
        asked = self.control.requests(self.guid, after=self.mark, writes=True)
        return [
            (one["method"], one["path"].split("/", 2)[2], one["status"])
            for one in asked
            if one["authenticated"] and (one["applied"] or not applied_only)
        ]

    def applied(self):
        return self.writes(applied_only=True)

    def live(self, key):
        """What the tenant holds of a type, without what every tenant has, by name."""
        kind = CONTRACTS[key]
        held = self.control.dump_tenant(self.guid)["objects"].get(kind.path, [])
        return {one[kind.name_property]: one for one in held if one.get("id") != "0"}

    def change(self, key, object_id, **changes):
        self.control.change_object(self.guid, CONTRACTS[key].path, object_id, changes)

    def add(self, key, payload):
        return self.control.add_object(self.guid, CONTRACTS[key].path, payload)

    def remove(self, key, object_id):
        self.control.remove_object(self.guid, CONTRACTS[key].path, object_id)


def facts(run):
    """Outcome, verification and reason of each item, by name."""
    return {
        item.name: (item.outcome, item.verification, item.reason_code)
        for item in run.items.order_by("position")
    }


def only(run):
    """The facts of a run with one item."""
    (fact,) = facts(run).values()
    return fact


def rows(run):
    """Purpose and state of every request, in order."""
    return [
        (write.purpose, write.state)
        for item in run.items.order_by("position")
        for write in item.writes.order_by("position")
    ]
