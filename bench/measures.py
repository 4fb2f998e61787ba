"""The measures: import, checks, preview, execution and pages, each at two sizes.

Restores are carried out at two sizes; the wizard is only walked to its last step at two larger
ones, into tenants that hold what would be restored, some of it moved: nothing there is executed.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django

django.setup()

from django.core.management import call_command
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone

from restore_safety.backups.importing import import_path
from restore_safety.celery import app
from restore_safety.checks.capture import queue_checks
from restore_safety.demo.directory import CONTOSO
from restore_safety.demo.policies.building import Json, choice, settings
from restore_safety.demo.policies.catalog import CATALOG
from restore_safety.demo.processes import DemoInstance, household
from restore_safety.demo.seed import OPERATOR, connect, person, seed_people
from restore_safety.drafts import service as drafts
from restore_safety.drafts.preview import queue_preview
from restore_safety.drafts.readiness import acknowledgements_of, draft_status
from restore_safety.execution.gate import Confirmation, offer_of, queue_restore
from restore_safety.models import BackupSet, RestoreDraft, RestoreRun
from tenants.emulator.control import EmulatorControl
from tenants.models import Tenant

FEW, MANY = 50, 500
HUNDREDS, THOUSANDS = 500, 5000
# An item among many may cost this much of one among few; a page with many rows, of one with one.
STEEPEST = 1.5
STEEPEST_PAGE = 6.0
# A page of the wizard holds fifty rows at most, and yet settles which of ten times as many items
# are in scope before it says anything of them: that part alone may grow.
STEEPEST_STEP = 4.0
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


@dataclass(frozen=True)
class Walked:
    """How long the captures of one draft took, and the pages of its steps in milliseconds."""

    seconds: dict[str, float]
    pages: dict[str, float]


def measure_all(place: DemoInstance) -> list[Line]:
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
            lines += [
                Line(
                    f"{name} page, 1 and {MANY} rows",
                    _render(browser, one.addresses[name]),
                    _render(browser, many.addresses[name]),
                    STEEPEST_PAGE,
                )
                for name in one.addresses
            ]
            return lines + _wizard_lines(control, place, browser)


def _wizard_lines(control: EmulatorControl, place: DemoInstance, browser: Client) -> list[Line]:
    """Captures and steps of drafts of two sizes, each measured before the next draft is made."""
    hundreds, thousands = (_walk(control, place, browser, count) for count in (HUNDREDS, THOUSANDS))
    captures = [
        Line(
            f"{part} of {HUNDREDS} and {THOUSANDS}",
            1000 * hundreds.seconds[part] / HUNDREDS,
            1000 * thousands.seconds[part] / THOUSANDS,
            STEEPEST,
        )
        for part in hundreds.seconds
    ]
    return captures + [
        Line(
            f"{name}, {HUNDREDS} and {THOUSANDS}",
            hundreds.pages[name],
            thousands.pages[name],
            STEEPEST_STEP,
        )
        for name in hundreds.pages
    ]


def _walk(control: EmulatorControl, place: DemoInstance, browser: Client, count: int) -> Walked:
    tenant, _ = seed_people()
    connect(control, tenant, CONTOSO, is_empty=True)
    policies = [_policy(number) for number in range(count)]
    for policy in policies:
        control.add_object(CONTOSO.id, CATALOG, _moved(policy))
    folder = _export(place.home / f"export-{time.monotonic_ns()}", policies)
    backup_set = import_path(
        path=folder, tenant=tenant, created_by=person(OPERATOR), now=timezone.now()
    ).backup_set
    draft = _draft(tenant, backup_set)
    seconds = {}
    for part, capture in (("Checks", queue_checks), ("Preview", queue_preview)):
        began = time.perf_counter()
        evidence = capture(actor=person(OPERATOR), draft=draft, now=timezone.now())
        seconds[part] = time.perf_counter() - began
    if evidence.plan.filter(decision="update").count() != len(range(0, count, 3)):
        raise RuntimeError(f"the preview of {count} policies did not find what had moved")
    pages = {
        f"{name.capitalize()} step": _render(browser, f"/restores/drafts/{draft.pk}/{name}/")
        for name in ("scope", "preview", "confirm")
    }
    return Walked(seconds, pages)


def _moved(policy: Json) -> Json:
    """Every third policy as an admin left it in the tenant."""
    number = int(policy["name"].rpartition(" ")[2])
    live = {
        key: value for key, value in policy.items() if key not in {"assignments", "settingCount"}
    }
    return live | {"description": "Moved"} if number % 3 == 0 else live


def _restore(control: EmulatorControl, place: DemoInstance, count: int) -> Restored:
    tenant, _ = seed_people()
    connect(control, tenant, CONTOSO, is_empty=True)
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(part: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        seconds[part] = time.perf_counter() - began

    policies = [_policy(number) for number in range(count)]
    folder = _export(place.home / f"export-{time.monotonic_ns()}", policies)
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


def _export(folder: Path, policies: Iterable[Json]) -> Path:
    """As IntuneManagement lays it out: a folder for each type, a file for each policy."""
    (folder / "SettingsCatalog").mkdir(parents=True)
    for policy in policies:
        file = folder / "SettingsCatalog" / f"{policy['name']}.json"
        file.write_text(json.dumps(policy), encoding="utf-16")
    return folder


def _policy(number: int) -> Json:
    definition = f"device_vendor_msft_policy_config_bench_{number}"
    return {
        "@odata.type": "#microsoft.graph.deviceManagementConfigurationPolicy",
        "id": CONTOSO.id_of("bench", str(number)),
        "name": f"Bench {number:04}",
        "description": "As it was backed up",
        "platforms": "windows10",
        "technologies": "mdm",
        "settingCount": 10,
        "settings": settings(*(choice(f"{definition}_{n}", 1) for n in range(10))),
        "assignments": [],
    }


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
    status = draft_status(draft=draft, actor=person(OPERATOR), now=timezone.now())
    confirmation = Confirmation(
        offer=offer_of(status=status, actor=person(OPERATOR)),
        is_dry_run=False,
        typed_name=draft.tenant.name,
        acknowledged=frozenset(one.key for one in acknowledgements_of(status)),
        reason="Benchmark",
    )
    now = timezone.now()
    return queue_restore(
        actor=person(OPERATOR),
        draft=draft,
        confirmation=confirmation,
        authenticated_at=now,
        now=now,
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
