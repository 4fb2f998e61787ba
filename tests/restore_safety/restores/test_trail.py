"""The trail of a restore: everything that happened to it, told by whom and when, in pages."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from operations import lifecycle
from operations.models import RunOutcome
from restore_safety.drafts import service as drafts
from restore_safety.execution.gate import Refusal
from restore_safety.restores import records
from restore_safety.restores.trail import EVENTS_PER_PAGE, trail_of
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.evidence import EvidenceKind
from tenants.audit import trail
from tenants.models import AuditOutcome
from tests.operations.factories import OperationRunFactory
from tests.restore_safety.factories_runs import (
    NOW,
    REFUSED,
    REHEARSED,
    EvidenceFactory,
    RestoreRunFactory,
    item_of,
)

LATER = NOW + timedelta(days=1)


@pytest.fixture
def run(tenant, operator):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator, status=RestoreStatus.FAILED)
    item_of(run, REFUSED)
    return run


def write(run, action, subject, actor=None, **values):
    trail.record(action=action, actor=actor, tenant=run.tenant, subject=subject, **values)


def told(run, viewer, **choices):
    return [
        (event.about, event.what, event.who, event.more)
        for event in trail_of(run, viewer, **choices).events
    ]


def test_trail_is_of_the_run_its_draft_its_evidence_and_its_siblings(run, operator, outsider):
    checks = EvidenceFactory(
        draft=run.draft,
        kind=EvidenceKind.CHECKS,
        plan_hash="",
        operation_run=OperationRunFactory(tenant=run.tenant, kind="checks"),
    )
    rehearsal = RestoreRunFactory(
        tenant=run.tenant, draft=run.draft, preview=run.preview, is_dry_run=True
    )
    subjects = [
        f"restore_run:{run.pk}",
        f"operation_run:{run.operation_run_id}",
        f"restore_draft:{run.draft_id}",
        f"operation_run:{checks.operation_run_id}",
        f"restore_run:{rehearsal.pk}",
        f"operation_run:{rehearsal.operation_run_id}",
    ]
    for subject in (*subjects, "restore_run:another"):
        write(run, "probe.written", subject, operator)

    assert [about for about, *_ in told(run, operator)] == [
        "Dry run of the same draft",
        "Dry run of the same draft",
        "Checks",
        "Draft",
        "",
        "",
    ]
    assert told(run, outsider) == []


def test_trail_of_a_dry_run_tells_of_the_restore_that_followed(run, operator):
    rehearsal = RestoreRunFactory(
        tenant=run.tenant, draft=run.draft, preview=run.preview, is_dry_run=True
    )
    write(run, "restore.queued", f"restore_run:{run.pk}", operator, detail={"reason": "Chg 7"})

    assert told(rehearsal, operator) == [
        ("The restore of the same draft", "Restore queued", "operator", "Chg 7")
    ]


def test_trail_tells_of_workers_that_begin_take_over_and_end(operator, tenant):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator, running=True)
    operation = OperationRunFactory(tenant=tenant, kind="unknown")
    type(run).objects.filter(pk=run.pk).update(operation_run=operation)
    run.refresh_from_db()

    outcome = RunOutcome.PARTIALLY_SUCCEEDED

    lifecycle.start(run_id=operation.pk, now=NOW)
    lease = lifecycle.start(run_id=operation.pk, now=LATER)
    lifecycle.end(lease=lease, outcome=outcome, counts={}, now=LATER)

    assert told(run, operator) == [
        (
            "",
            "Operation ended",
            "The product",
            "It ended; part of the work was not done, or is left for people to look at.",
        ),
        ("", "Another worker took it over, as attempt 2", "The product", ""),
        ("", "Operation started", "The product", ""),
    ]


def test_trail_tells_what_people_did_with_the_record(run, operator, manager):
    records.follow_up(actor=operator, run=run, now=LATER)
    records.acknowledge_follow_up(actor=operator, run=run, note="Known.", now=LATER)
    records.archive(actor=manager, run=run, now=LATER)
    records.note_export(actor=manager, run=run, form="csv", choices={"outcome": "failed"})

    assert told(run, operator) == [
        ("", "Restore's items exported", "manager", "CSV, narrowed by outcome failed"),
        ("", "Restore archived", "manager", ""),
        ("", "Follow-up acknowledged", "operator", "Known."),
        ("", "Follow-up taken up in a draft", "operator", ""),
    ]


def test_trail_names_the_condition_that_refused_a_restore(run, operator):
    write(
        run,
        "restore.refused",
        f"restore_draft:{run.draft_id}",
        operator,
        outcome=AuditOutcome.DENIED,
        detail={"condition": Refusal.SCOPE_CHANGED},
    )

    (event,) = trail_of(run, operator).events

    assert (event.what, event.more, event.denied) == (
        "Restore refused",
        "Scope changed",
        AuditOutcome.DENIED,
    )


def test_trail_is_cut_into_pages(run, operator):
    for _ in range(EVENTS_PER_PAGE + 2):
        write(run, "probe.written", f"restore_run:{run.pk}", operator)

    assert [len(told(run, operator, page=page)) for page in (None, "2", "9", "x")] == [
        EVENTS_PER_PAGE,
        2,
        2,
        EVENTS_PER_PAGE,
    ]


def test_trail_holds_the_changes_of_the_scope_until_it_was_queued(operator, tenant):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator, is_dry_run=True)
    item_of(run, REHEARSED)
    for hours in (-1, 1):
        drafts.change_scope(
            actor=operator,
            draft=run.draft,
            choices=drafts.ScopeChoices(assignment_mode="replace" if hours > 0 else "leave"),
            now=NOW + timedelta(hours=hours),
        )

    trail = trail_of(run, operator)

    assert [(one.change.field, one.actor) for one in trail.changes] == [
        ("assignment_mode", "operator")
    ]
    assert (trail.changes_in_all, trail.earlier_changes) == (1, 0)


def test_trail_costs_the_same_for_one_event_and_three(run, operator):
    def cost():
        with CaptureQueriesContext(database) as queries:
            told(run, operator)
        return len(queries)

    write(run, "probe.written", f"restore_run:{run.pk}", operator)
    one = cost()
    write(run, "probe.written", f"restore_draft:{run.draft_id}")
    write(run, "probe.written", f"operation_run:{run.operation_run_id}")

    assert cost() == one
