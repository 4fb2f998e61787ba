"""The measures: import, checks, preview, execution and pages, each at two sizes."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402 -- Django comes first
from django.test import Client  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from restore_safety import drafts  # noqa: E402
from restore_safety.backups.importing import import_path  # noqa: E402
from restore_safety.celery import app  # noqa: E402
from restore_safety.checks.capture import queue_checks  # noqa: E402
from restore_safety.demo.directory import CONTOSO  # noqa: E402
from restore_safety.demo.policies import choice, settings  # noqa: E402
from restore_safety.demo.processes import Place, household  # noqa: E402
from restore_safety.demo.seed import OPERATOR, connect, person, seed_people  # noqa: E402
from restore_safety.execution.gate import Confirmation, offer_of, queue_restore  # noqa: E402
from restore_safety.execution.readiness import acknowledgements_of, standing  # noqa: E402
from restore_safety.models import BackupSet, RestoreDraft, RestoreRun  # noqa: E402
from restore_safety.preview.capture import queue_preview  # noqa: E402
from tenants.graph.emulator.control import EmulatorControl  # noqa: E402
from tenants.models import Tenant  # noqa: E402

FEW, MANY = 50, 500
# An item among many may cost this much of one among few; a page with many rows, of one with one.
STEEPEST = 1.5
STEEPEST_PAGE = 6.0
_RENDERS = 5


@dataclass(frozen=True)
class Line:
    """One thing at two sizes, in milliseconds: for each item, or for the page."""

    name: str
    small: float
    large: float
    steepest: float

    @property
    def ratio(self) -> float:
        return self.large / self.small

    @property
    def is_too_steep(self) -> bool:
        return self.ratio > self.steepest

    def __str__(self) -> str:
        verdict = "TOO STEEP" if self.is_too_steep else "ok"
        return (
            f"{self.name:<28} {self.small:>9.2f} ms {self.large:>9.2f} ms"
            f"   x{self.ratio:.2f} (at most x{self.steepest:.1f})  {verdict}"
        )


@dataclass(frozen=True)
class Restored:
    """How long each part of one restore took, and where its pages are."""

    seconds: dict[str, float]
    addresses: dict[str, str]


def measure_all(place: Place) -> list[Line]:
    """Restores of two sizes into empty tenants, then the pages of one item and of many."""
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    call_command("migrate", verbosity=0, interactive=False)
    with (
        household(place) as everything,
        override_settings(ALLOWED_HOSTS=["testserver"]),
    ):
        everything.start_emulator()
        with EmulatorControl(place.emulator_url) as control:
            _restore(control, place, 1)
            one, few, many = (_restore(control, place, count) for count in (1, FEW, MANY))
            lines = [
                Line(
                    f"{part}, for each item",
                    1000 * few.seconds[part] / FEW,
                    1000 * many.seconds[part] / MANY,
                    STEEPEST,
                )
                for part in few.seconds
            ]
            browser = Client()
            browser.force_login(
                person(OPERATOR), backend="django.contrib.auth.backends.ModelBackend"
            )
            return lines + [
                Line(
                    f"{name} page, 1 and {MANY} rows",
                    _render(browser, one.addresses[name]),
                    _render(browser, many.addresses[name]),
                    STEEPEST_PAGE,
                )
                for name in one.addresses
            ]


def _restore(control: EmulatorControl, place: Place, count: int) -> Restored:
    tenant, _ = seed_people()
    connect(control, tenant, CONTOSO, is_empty=True)
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(part: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        seconds[part] = time.perf_counter() - began

    folder = _export(place.home / f"export-{time.monotonic_ns()}", count)
    with timed("Import"):
        backup_set = import_path(
            path=folder, tenant=tenant, created_by=person(OPERATOR), now=timezone.now()
        ).backup_set
    draft = _draft(tenant, backup_set)
    with timed("Checks"):
        queue_checks(actor=person(OPERATOR), draft=draft, now=timezone.now())
    with timed("Preview"):
        queue_preview(actor=person(OPERATOR), draft=draft, now=timezone.now())
    with timed("Execution"):
        run = _queue(draft)
    written = run.items.filter(outcome="created", verification="verified").count()
    if written != count:
        raise RuntimeError(f"{written} of {count} policies were written and verified")
    return Restored(seconds, _addresses(backup_set, run))


def _export(folder: Path, count: int) -> Path:
    """As IntuneManagement lays it out: a folder for each type, a file for each policy."""
    (folder / "SettingsCatalog").mkdir(parents=True)
    for number in range(count):
        definition = f"device_vendor_msft_policy_config_bench_{number}"
        policy = {
            "@odata.type": "#microsoft.graph.deviceManagementConfigurationPolicy",
            "id": CONTOSO.id_of("bench", str(number)),
            "name": f"Bench {number:04}",
            "platforms": "windows10",
            "technologies": "mdm",
            "settingCount": 10,
            "settings": settings(*(choice(f"{definition}_{n}", 1) for n in range(10))),
            "assignments": [],
        }
        file = folder / "SettingsCatalog" / f"{policy['name']}.json"
        file.write_text(json.dumps(policy), encoding="utf-16")
    return folder


def _draft(tenant: Tenant, backup_set: BackupSet) -> RestoreDraft:
    draft = drafts.open_draft(actor=person(OPERATOR), tenant=tenant, now=timezone.now())
    drafts.change_scope(
        actor=person(OPERATOR),
        draft=draft,
        choices=drafts.ScopeChoices(backup_set=backup_set),
        now=timezone.now(),
    )
    draft.refresh_from_db()
    return draft


def _queue(draft: RestoreDraft) -> RestoreRun:
    now_standing = standing(draft=draft, actor=person(OPERATOR), now=timezone.now())
    confirmation = Confirmation(
        offer=offer_of(standing=now_standing, actor=person(OPERATOR)),
        is_dry_run=False,
        typed_name=draft.tenant.name,
        acknowledged=frozenset(one.key for one in acknowledgements_of(now_standing)),
        reason="Benchmark",
    )
    return queue_restore(
        actor=person(OPERATOR), draft=draft, confirmation=confirmation, now=timezone.now()
    )


def _addresses(backup_set: BackupSet, run: RestoreRun) -> dict[str, str]:
    return {
        "Backup set": f"/backups/{backup_set.pk}/",
        "Restore": f"/restores/{run.pk}/",
        "Operation": f"/operations/{run.operation_run_id}/",
    }


def _render(browser: Client, address: str) -> float:
    """The quickest of a few renderings, in milliseconds."""

    def render() -> float:
        began = time.perf_counter()
        answer = browser.get(address)
        seconds = time.perf_counter() - began
        if answer.status_code != 200:  # noqa: PLR2004 -- the one status that is a page
            raise RuntimeError(f"{address} answered {answer.status_code}")
        return seconds

    return 1000 * min(_repeat(render))


def _repeat(render: Callable[[], float]) -> list[float]:
    return [render() for _ in range(_RENDERS)]
