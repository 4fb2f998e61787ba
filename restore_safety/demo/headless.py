"""The demo without a person: a fresh home, one restore walked twice, and what came of each."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone

from restore_safety.backups.capture import capture_now
from restore_safety.backups.importing import import_path
from restore_safety.demo.browser import Browser
from restore_safety.demo.directory import CONTOSO
from restore_safety.demo.processes import DemoInstance, ProcessGroup, endings_interrupt, free_port
from restore_safety.demo.seed import OPERATOR, PASSWORD, connect, person, seed_people
from restore_safety.demo.walk import RestoreRequest, restore_everything, sign_in
from restore_safety.execution.ending import attention_of, facts_of
from restore_safety.models import BackupSet, RestoreRun
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.truth.attention import RestoreStatus, Verification, counts_of
from tenants.emulator.control import EmulatorControl
from tenants.graph.contracts import CONTRACTS, Contract, Restorability, is_built_in
from tenants.models import Tenant

# What would lead out of the fresh home.
OUTSIDE = ("DATABASE_URL", "BROKER_URL", "RESTORE_SAFETY_PROFILE", "DEBUG", "ALLOWED_HOSTS")
_COUNTED = ("items", "created", "updated", "unchanged", "manual_required", "failed")
_REASON = "Demo without a person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One restore in one line."""

    items: int
    created: int
    updated: int
    unchanged: int
    manual_required: int
    failed: int
    verified: int
    not_comparable: int
    restore_status: str
    attention: str
    operation_outcome: str
    snapshot: dict[str, Any]
    writes: int
    seconds: float

    @property
    def is_complete(self) -> bool:
        """All that a restore can write reads back as written, as far as Graph answers it."""
        completed = self.restore_status == RestoreStatus.COMPLETED
        seen = self.verified + self.not_comparable
        return completed and self.verified > 0 and seen == self.items - self.manual_required

    def __str__(self) -> str:
        return json.dumps(asdict(self))


def walk_apart(backup: Path | None) -> int:
    """Run the walk in a home and on ports of its own, which are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="restore-safety-demo-") as home:
        place = DemoInstance(home=Path(home), port=free_port(), emulator_port=free_port())
        environment = {key: value for key, value in os.environ.items() if key not in OUTSIDE}
        command = [sys.executable, sys.argv[0], "demo", "--headless", "--here"]
        if backup:
            command += ["--backup", str(backup)]
        with subprocess.Popen(command, env=environment | place.environment) as walk:  # noqa: S603 -- this very command
            return _waited_for(walk)


def walk_twice(
    everything: ProcessGroup, backup: Path | None, show: Callable[[Report], None]
) -> bool:
    """Restore all of the backup into the tenant, then the same once more."""
    with EmulatorControl(everything.place.emulator_url) as control:
        tenant, _ = seed_people()
        backup_set = _taken_in(control, tenant, backup)
        browser = Browser(everything.place.url)
        sign_in(browser, username=OPERATOR.username, password=PASSWORD)
        request = RestoreRequest(
            tenant_slug=tenant.slug,
            tenant_name=tenant.name,
            backup_set=backup_set.pk,
            reason=_REASON,
            password=PASSWORD,
        )
        reports = []
        for _ in range(2):
            seen, began = _last_request(control), time.monotonic()
            run_id = restore_everything(browser, request, everything.confirm_alive)
            seconds = round(time.monotonic() - began, 2)
            writes = len(control.requests(CONTOSO.id, after=seen, writes=True))
            reports.append(_report_on(run_id, writes=writes, seconds=seconds))
            show(reports[-1])
    first, second = reports
    return first.is_complete and second.writes == 0


def _taken_in(control: EmulatorControl, tenant: Tenant, backup: Path | None) -> BackupSet:
    """The backup, and a tenant that holds nothing of what a restore creates from it."""
    if backup:
        connect(control, tenant, CONTOSO, is_empty=True)
        report = import_path(
            path=backup, tenant=tenant, created_by=person(OPERATOR), now=timezone.now()
        )
        return report.backup_set
    connect(control, tenant, CONTOSO)
    captured = capture_now(tenant=tenant, created_by=person(OPERATOR), now=timezone.now())
    objects = control.dump_tenant(CONTOSO.id)["objects"]
    for contract in filter(_is_created, CONTRACTS.values()):
        for body in objects.get(contract.path, ()):
            if not is_built_in(contract, body):
                control.remove_object(CONTOSO.id, contract.path, body["id"])
    return captured


def _is_created(contract: Contract) -> bool:
    return contract.is_writable and contract.restorability is not Restorability.METADATA_ONLY


def _report_on(operation_run: UUID, *, writes: int, seconds: float) -> Report:
    run = RestoreRun.objects.select_related("operation_run").get(operation_run=operation_run)
    facts = facts_of([run.pk])[run.pk]
    counts = counts_of(facts)
    return Report(
        **{key: counts[key] for key in _COUNTED},
        # Everything that reads back as it was written; whether it asks for more, attention says.
        verified=counts["verified"] + counts["verified_in_part"],
        not_comparable=sum(
            number
            for fact, number in facts.items()
            if fact.verification is Verification.NOT_COMPARABLE
        ),
        restore_status=run.status,
        attention=attention_of(run, facts).attention,
        operation_outcome=run.operation_run.outcome,
        snapshot=run.metadata[SNAPSHOT_KEY],
        writes=writes,
        seconds=seconds,
    )


def _last_request(control: EmulatorControl) -> int:
    return max((request["seq"] for request in control.requests(CONTOSO.id)), default=0)


def _waited_for(walk: subprocess.Popen[bytes]) -> int:
    """Whatever asks this process to end is passed on; the walk ends its processes, then itself."""
    with endings_interrupt():
        while True:
            try:
                return walk.wait()
            except KeyboardInterrupt:
                walk.terminate()
