"""Restores of one profile, in rounds: prepared in peace, carried out in chaos, then judged."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.torture.chaos import Chaos
from bench.torture.client import Api
from bench.torture.faults import LATE_MS, rules_for
from bench.torture.oracle import Evidence, Finding, Wrong, judge
from bench.torture.policies import MadeUpTenant
from bench.torture.servers import Servers
from bench.torture.stack import PRODUCTION, Stack
from restore_safety.demo.processes import endings_interrupt, signals_held_back
from tenants.emulator.control import EmulatorControl

type Json = dict[str, Any]
type Report = Callable[[str], None]

ITEMS = 50
PREPARE_SECONDS = 300
# Chaos ends after a while, so that what is left can prove that it goes on by itself.
CHAOS_SECONDS = 90
END_SECONDS = 900
_LOOK_SECONDS = 0.5


@dataclass(slots=True)
class Tally:
    """What was done to the product, and what was found."""

    counts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Restore:
    """One restore on its way, and how its tenant stood before."""

    tenant: MadeUpTenant
    run: str
    operation: str
    wanted: Json
    before: Json


@dataclass(slots=True, kw_only=True)
class Campaign:
    """All rounds of one profile on one stack."""

    stack: Stack
    seed: int
    tenants: list[MadeUpTenant]
    report: Report
    tally: Tally = field(default_factory=Tally)
    backups: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, Json] = field(default_factory=dict)
    _seen: int = 0

    def run(self, runs: int) -> None:
        with self.stack.control as control:
            for tenant in self.tenants:
                control.seed_tenant(tenant.directory, tenant.document(tenant.as_backed_up()))
        world = self.stack.as_the_product("bench.torture.world", [one.slug for one in self.tenants])
        self.stack.start_product()
        api = Api(self.stack.url, world["token"])
        self._capture(api)
        number = 0
        while runs > 0:
            self._round(api, self.tenants[:runs], number)
            runs -= len(self.tenants)
            number += 1
        self.tally.counts["answers_500"] = api.unexplained
        api.close()

    def _capture(self, api: Api) -> None:
        started = {one.slug: api.start_capture(one.slug) for one in self.tenants}
        for slug, operation in started.items():
            api.await_end(operation, PREPARE_SECONDS)
            self.backups[slug] = api.backup_of(operation)
        with self.stack.control as control:
            self.wanted = {one.slug: control.dump_tenant(one.directory) for one in self.tenants}

    def _round(self, api: Api, tenants: list[MadeUpTenant], number: int) -> None:
        rng = random.Random(f"{self.seed}:{self.stack.profile}:{number}")
        prepared = self._prepared(api, tenants, rng)
        rules = [rule for one in tenants for rule in rules_for(one.directory, rng)]
        with self.stack.control as control:
            control.set_faults(rules, seed=rng.randrange(2**31))
            restores = [_queued(api, *one) for one in prepared]
            chaos = Chaos(stack=self.stack, rng=rng)
            stuck = self._endured(api, restores, chaos)
            self.tally.counts["faults"] += sum(one["fired"] for one in control.faults())
            control.clear_faults()
            # What was let through late must have arrived before the tenant is looked at.
            time.sleep(max(LATE_MS) / 1000)
            found = self._judged(api, control, restores, stuck)
        self.tally.counts += chaos.counts
        self.tally.counts["runs"] += len(restores)
        self.tally.findings += found
        self._report(number, chaos, found)
        hit = {one.tenant.directory for one in restores if one.run in {two.run for two in found}}
        for rule in (one for one in rules if one["match"]["tenant"] in hit):
            self.report(f"  {json.dumps(rule)}")

    def _prepared(
        self, api: Api, tenants: list[MadeUpTenant], rng: random.Random
    ) -> list[tuple[MadeUpTenant, str, Json, Json]]:
        """Each tenant drifted, with a draft whose evidence is current."""
        drafts: dict[str, str] = {}
        before: dict[str, Json] = {}
        with self.stack.control as control:
            for one in tenants:
                control.seed_tenant(one.directory, one.document(one.as_drifted(rng)))
                before[one.slug] = control.dump_tenant(one.directory)
                drafts[one.slug] = api.open_draft(one.slug, self.backups[one.slug])
            for kind in ("checks", "preview"):
                started = [api.start_evidence(draft, kind) for draft in drafts.values()]
                for operation in started:
                    api.await_end(operation, PREPARE_SECONDS)
            seen = control.requests(after=self._seen)
            self._seen = max((one["seq"] for one in seen), default=self._seen)
        return [(one, drafts[one.slug], self.wanted[one.slug], before[one.slug]) for one in tenants]

    def _endured(self, api: Api, restores: list[_Restore], chaos: Chaos) -> set[str]:
        """Wait for the ends, in chaos for a while; the runs that did not end."""
        began = time.monotonic()
        waiting = {one.run: one.operation for one in restores}
        is_settled = False
        while waiting and time.monotonic() - began < CHAOS_SECONDS + END_SECONDS:
            if time.monotonic() - began < CHAOS_SECONDS:
                chaos.go_on()
            elif not is_settled:
                chaos.settle()
                is_settled = True
            for run, operation in list(waiting.items()):
                if api.operation(operation)["status"] == "completed":
                    del waiting[run]
            time.sleep(_LOOK_SECONDS)
        if not is_settled:
            chaos.settle()
        return set(waiting)

    def _judged(
        self, api: Api, control: EmulatorControl, restores: list[_Restore], stuck: set[str]
    ) -> list[Finding]:
        found = self._unannounced(restores)
        for one in restores:
            answer = api.get(f"/restores/{one.run}")
            items = api.items(one.run)
            self.tally.counts["items"] += len(items)
            self.tally.outcomes.update(item["outcome"] or item["state"] for item in items)
            if one.run in stuck:
                sentence = f"still {answer['status']} after {CHAOS_SECONDS + END_SECONDS} seconds"
                found.append(
                    Finding(wrong=Wrong.STUCK_RUN, run=one.run, item="", sentence=sentence)
                )
                continue
            evidence = Evidence(
                run=one.run,
                items=items,
                wanted=one.wanted,
                before=one.before,
                after=control.dump_tenant(one.tenant.directory),
                log=control.requests(one.tenant.directory, after=self._seen, writes=True),
            )
            found += judge(evidence)
        return found

    def _unannounced(self, restores: list[_Restore]) -> list[Finding]:
        """Each end is told to whoever asked for the restore, once."""
        by_operation = {one.operation: one.run for one in restores}
        told = self.stack.as_the_product("bench.torture.notices", list(by_operation))
        return [
            Finding(
                wrong=Wrong.LOST_OUTCOME,
                run=by_operation[operation],
                item="",
                sentence=f"its end was told {number} times",
            )
            for operation, number in told.items()
            if number != 1
        ]

    def _report(self, number: int, chaos: Chaos, found: list[Finding]) -> None:
        counts = self.tally.counts
        self.report(
            f"{self.stack.profile}, round {number}: {counts['runs']} runs, "
            f"{counts['items']} items, {counts['kills']} kills, {counts['restarts']} restarts, "
            f"{counts['skews']} skews, {counts['faults']} faults, {len(found)} findings"
        )
        for finding in found:
            self.report(str(finding))
        for line in chaos.told if found else ():
            self.report(f"  {line}")


def _queued(api: Api, tenant: MadeUpTenant, draft: str, wanted: Json, before: Json) -> _Restore:
    answer = api.queue(draft, tenant.slug.upper())
    return _Restore(
        tenant=tenant,
        run=answer["restore_id"],
        operation=answer["operation_id"],
        wanted=wanted,
        before=before,
    )


@contextmanager
def stack_of(profile: str, home: Path) -> Iterator[Stack]:
    """The processes of a profile, which end with the block."""
    servers = Servers(home / "servers") if profile == PRODUCTION else None
    stack = Stack(profile=profile, home=home, servers=servers)
    with endings_interrupt():
        try:
            stack.start()
            yield stack
        finally:
            # A second Ctrl-C does not leave servers behind.
            with signals_held_back():
                stack.stop()
