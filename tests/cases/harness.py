"""One walk from a backup to a verified restore, in process, against the emulator."""

import io
import json
import uuid
import zipfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from restore_safety.backups.capture import capture_now
from restore_safety.backups.importing import import_path
from restore_safety.checks import capture as checks
from restore_safety.drafts import preview
from restore_safety.drafts import service as drafts
from restore_safety.drafts.readiness import acknowledgements_of, draft_status
from restore_safety.drafts.service import ScopeChoices
from restore_safety.execution import engine, gate
from restore_safety.execution.gate import Confirmation, offer_of
from restore_safety.models import BackupSet, RestoreDraft, RestoreRun
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.scope import ScopeMode
from tenants.emulator.control import EmulatorControl
from tenants.graph.contracts import CONTRACTS, contract
from tenants.models import ProviderConnection, Tenant, User
from tests.cases.makers import id_of
from tests.restore_safety.execution.scene import pass_by

SECRET = "emulated-client-secret"
ROLES = sorted(
    {"Application.Read.All", "Group.Read.All", "Organization.Read.All", "Policy.Read.All"}
    | {"RoleManagement.Read.Directory", "User.Read.All", "Agreement.Read.All"}
    | {one.write_permission for one in CONTRACTS.values()}
    | {one.read_permission for one in CONTRACTS.values()}
)


class Clock:
    """Real time plus all that was slept, so that no test waits."""

    def __init__(self):
        self.ahead = timedelta()

    def __call__(self):
        return timezone.now() + self.ahead

    def sleep(self, seconds):
        self.ahead += timedelta(seconds=seconds)


@dataclass
class Walk:
    """A tenant on the emulator, a backup of it or for it, and what comes of restoring that."""

    control: EmulatorControl
    connection: ProviderConnection
    tenant: Tenant
    operator: User
    folder: Path
    clock: Clock = field(default_factory=Clock)
    backup: BackupSet | None = None
    draft: RestoreDraft | None = None
    run: RestoreRun | None = None
    mark: int = 0

    @property
    def directory(self):
        return str(self.connection.directory_id)

    # The tenant

    def hold(self, objects=None, *, groups=(), users=(), **document):
        """Make the tenant hold these payloads by contract key or path, groups and users."""
        client = {"client_id": self.connection.client_id, "client_secret": SECRET, "roles": ROLES}
        held = dict(held_at(key, list(payloads)) for key, payloads in (objects or {}).items())
        self.control.clear_faults()
        self.control.seed_tenant(
            self.directory,
            {
                "displayName": self.tenant.name,
                "clients": [client],
                "groups": [group_of(one) for one in groups],
                "objects": held | ({"users": list(users)} if users else {}),
            }
            | document,
        )

    def live(self, key):
        """What the tenant holds of a type; without what every tenant has."""
        held = self.control.dump_tenant(self.directory)["objects"].get(path_of(key), [])
        return [one for one in held if one.get("id") != "0"]

    def live_named(self, key, name):
        (found,) = [one for one in self.live(key) if name_in(one) == name]
        return found

    def change_live(self, key, object_id, **changes):
        self.control.change_object(self.directory, path_of(key), object_id, changes)

    def fault(self, effect, *, method="POST", path="", **rule):
        match = {"method": method, "path": path, "tenant": self.directory}
        self.control.set_faults([{"match": match, "effect": effect, **rule}], seed=1)

    def asked(self):
        """Every authenticated request the tenant has answered."""
        requests = self.control.requests(self.directory)
        return [one for one in requests if one["authenticated"]]

    def writes(self):
        """Method and path below the version of each write since the last preview."""
        found = self.control.requests(self.directory, after=self.mark, writes=True)
        return [
            (one["method"], one["path"].split("/", 2)[2]) for one in found if one["authenticated"]
        ]

    def refused(self):
        """Method, path and status of each write since the last preview that was not carried out."""
        found = self.control.requests(self.directory, after=self.mark, writes=True)
        return [
            (one["method"], one["path"], one["status"])
            for one in found
            if one["authenticated"] and one["status"] >= 400
        ]

    # The backup

    def import_files(self, files, *, origin=True):
        """Import a zip of these: bytes, text or anything JSON, by name.

        The origin is this tenant, or the given directory, or unmarked when it is None.
        """
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, written(content))
            if origin:
                archive.writestr("MigrationTable.json", written(self._table(origin)))
        path = self.folder / f"{uuid.uuid4()}.zip"
        path.write_bytes(packed.getvalue())
        report = import_path(
            path=path, tenant=self.tenant, created_by=self.operator, now=timezone.now()
        )
        self.backup = report.backup_set
        return self.backup

    def _table(self, origin):
        directory = self.directory if origin is True else origin
        return {"TenantId": directory, "Organization": "Example", "Objects": []}

    def import_policies(self, *policies, origin=True):
        """Import each as a file of its own, in a folder whose name says nothing."""
        files = {f"Policies/{number}.json": one for number, one in enumerate(policies)}
        return self.import_files(files, origin=origin)

    def capture(self):
        self.backup = capture_now(tenant=self.tenant, created_by=self.operator, now=timezone.now())
        return self.backup

    @property
    def entries(self):
        """The items of the backup by name."""
        rows = self.backup.items.select_related("payload")
        return {one.name: one for one in rows}

    @property
    def unread(self):
        """Why each file was left out, by its name."""
        return {one["name"]: one["reason"] for one in self.backup.unreadable}

    # The evidence

    def open_draft(self, *, only=None, **choices):
        """A draft of the whole backup, or of the items with these names only."""
        now = timezone.now()
        self.draft = drafts.open_draft(actor=self.operator, tenant=self.tenant, now=now)
        if only is not None:
            picked = frozenset(str(one.pk) for one in self.backup.items.all() if one.name in only)
            choices |= {"mode": ScopeMode.SELECTED, "selected": picked}
        drafts.change_scope(
            actor=self.operator,
            draft=self.draft,
            choices=ScopeChoices(backup_set=self.backup, **choices),
            now=now,
        )
        self.draft.refresh_from_db()
        return self.draft

    def mapping(self, groups):
        """The choice that maps groups of the backup to groups of the tenant, by name."""
        of_groups = {id_of(old): id_of(new) for old, new in groups.items()}
        return {"mapping": {ReferenceKind.GROUP: of_groups}}

    def check(self, **choices):
        """Run the checks for a fresh draft, and give what they found."""
        self.open_draft(**choices)
        return self._check()

    def preview(self, **choices):
        """Run checks and preview for a fresh draft, and give the plan by name."""
        self.check(**choices)
        self._evidence(preview, preview.queue_preview)
        seen = self.control.requests(self.directory, after=self.mark)
        self.mark = max((one["seq"] for one in seen), default=self.mark)
        return self.plan

    def prove(self):
        """Run checks and preview for the draft there is."""
        self._check()
        self._evidence(preview, preview.queue_preview)

    def _check(self):
        self._evidence(checks, checks.queue_checks)
        return self.findings

    def _evidence(self, kind, queue):
        evidence = queue(actor=self.operator, draft=self.draft, now=timezone.now())
        kind.work(run_id=str(evidence.operation_run_id))
        evidence.refresh_from_db()
        assert evidence.state == "complete", evidence.failure

    @property
    def findings(self):
        evidence = self.draft.evidence.filter(kind="checks").first()
        return list(evidence.findings.all())

    def found(self, *names, severity=None):
        """The findings about all of these policies, of these severities."""
        wanted = {severity} if isinstance(severity, str) else severity
        return [
            one
            for one in self.findings
            if set(names) <= {subject["name"] for subject in one.subjects}
            and (wanted is None or one.severity in wanted)
        ]

    def codes(self, *names, severity=None):
        return {one.code for one in self.found(*names, severity=severity)}

    @property
    def plan(self):
        evidence = self.draft.evidence.filter(kind="preview").first()
        return {one.backup_item.name: one for one in evidence.plan.select_related("backup_item")}

    @property
    def decisions(self):
        return {name: one.decision for name, one in self.plan.items()}

    def bodies(self, name):
        """The planned requests of a policy: purpose, method, path and body."""
        return [
            (one["purpose"], one["method"], one["path"], json.loads(one["body"] or "null"))
            for one in self.plan[name].writes
        ]

    def sent(self, name, purpose):
        """The one planned body of that purpose."""
        (body,) = [body for kind, _, _, body in self.bodies(name) if kind == purpose]
        return body

    # What is said of a policy

    def said_by_checks(self, name):
        return "\n".join(f"{one.title} {one.why} {one.remedy}" for one in self.found(name))

    def said_by_preview(self, name):
        return "\n".join(_texts(self.plan[name], without={"writes", "absence"}))

    def said_afterwards(self, name):
        return "\n".join(_texts(self.items[name]))

    def said_before(self, name):
        """All that checks and preview say of a policy."""
        return f"{self.said_by_checks(name)}\n{self.said_by_preview(name)}"

    def named(self, member, said):
        """Whether a text names a member, by its name in Graph or spelt out in words."""
        return _squeezed(member) in _squeezed(said)

    @property
    def readiness(self):
        """How much is proven of the draft: ready, ready_with_caution, risky or blocked."""
        self.draft.refresh_from_db()
        return self._status().assessment.safety.value

    def _status(self):
        return draft_status(draft=self.draft, actor=self.operator, now=timezone.now())

    # The restore

    def restore(self, **choices):
        """Check, preview, confirm everything that is asked and carry it out; results by name."""
        self.preview(**choices)
        return self.carry_out()

    def restore_unblocked(self, **choices):
        """Restore what no blocker is about."""
        self.preview(**choices)
        barred = {
            subject["name"]
            for one in self.findings
            if one.severity == "blocker"
            for subject in one.subjects
        }
        return self.restore(only=set(self.entries) - barred, **choices)

    def carry_out(self):
        """Confirm and carry out what was previewed; results by name."""
        self.draft.refresh_from_db()
        status = self._status()
        now = timezone.now()
        self.run = gate.queue_restore(
            actor=self.operator,
            draft=self.draft,
            confirmation=Confirmation(
                offer=offer_of(status=status, actor=self.operator),
                is_dry_run=False,
                typed_name=self.tenant.name,
                acknowledged=frozenset(one.key for one in acknowledgements_of(status)),
                reason="CHG-1",
            ),
            authenticated_at=now,
            now=now,
        )
        return self._work()

    def go_on(self):
        """Work on the run again as often as it is still live, an hour later each time."""
        for _ in range(3):
            if not self.run.operation_run.is_live:
                break
            hour = timedelta(hours=1).total_seconds()
            self.clock.sleep(hour)
            pass_by(hour)
            self._work()
        return self.items

    def _work(self):
        run_id = str(self.run.operation_run_id)
        engine.work(run_id=run_id, clock=self.clock, sleep=self.clock.sleep)
        self.run = RestoreRun.objects.select_related("operation_run").get(pk=self.run.pk)
        return self.items

    @property
    def items(self):
        return {one.name: one for one in self.run.items.all()}

    @property
    def results(self):
        """Outcome and verification by name."""
        return {one.name: (one.outcome, one.verification) for one in self.run.items.all()}


def _texts(row, without=frozenset()):
    """All that a row holds, as text."""
    names = {field.name for field in row._meta.concrete_fields if not field.is_relation}
    return [json.dumps(getattr(row, name), default=str) for name in sorted(names - without)]


def _squeezed(said):
    return "".join(one for one in said.casefold() if one.isalnum())


def group_of(named):
    return {"id": id_of(named), "displayName": named} if isinstance(named, str) else named


def path_of(key):
    """The path of a contract's collection; a path stays what it is."""
    return key if "/" in key else contract(key).path


def held_at(key, payloads):
    """The collection that holds them, and what it holds: them, or one object they lie below."""
    kind = CONTRACTS.get(key)
    if kind is None or not kind.parent_path:
        return path_of(key), payloads
    name = kind.path.rpartition("/")[2]
    return kind.parent_path, [{"id": id_of(kind.parent_path), name: payloads}]


def name_in(payload: dict[str, Any]):
    return payload.get("displayName") or payload.get("name")


def written(content):
    """The bytes of a file in the zip."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode()
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
