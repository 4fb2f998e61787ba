"""What was recorded before there were chains is chained as today's code would have it."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from tenants.audit import trail
from tenants.audit.guards import Guards, guards
from tenants.audit.verification import Verdict, verify_trail
from tenants.models import AuditChain, AuditEvent, Tenant

BEFORE, CHAINED = [("tenants", "0001_initial")], [("tenants", "0002_audit_chain")]


def _migrate(to):
    executor = MigrationExecutor(connection)
    executor.migrate(to)
    return MigrationExecutor(connection).loader.project_state(to).apps


@pytest.fixture
def old_rows(transactional_db):
    """The tables as they were, with events of two workspaces and of none."""
    newest = [
        node
        for node in MigrationExecutor(connection).loader.graph.leaf_nodes()
        if node[0] in {"tenants", "operations", "restore_safety"}
    ]
    apps = _migrate(BEFORE)
    yield apps
    _migrate(newest)


def test_events_of_before_are_chained_in_the_order_of_their_ids(old_rows):
    model = old_rows.get_model
    person = model("tenants", "User").objects.create(
        username="ada", first_name="Ada", last_name="Lovelace"
    )
    tenants = [
        model("tenants", "Tenant").objects.create(
            workspace=model("tenants", "Workspace").objects.create(name=name, slug=name),
            name=name,
            slug=name,
        )
        for name in ("contoso", "fabrikam")
    ]
    for n in range(7):
        tenant = [*tenants, None][n % 3]
        model("tenants", "AuditEvent").objects.create(
            workspace=tenant.workspace if tenant else None,
            tenant=tenant,
            actor=person if n % 2 else None,
            action="restore.queued",
            outcome="allowed",
            detail={"items": n, "ratio": 0.5, "huge": 2**60},
            at=timezone.now(),
        )

    _migrate(CHAINED)

    report = verify_trail(chains=AuditChain.objects.all())
    assert report.verdict is Verdict.INTACT
    assert sorted(chain.checked for chain in report.chains) == [2, 2, 3]
    assert guards() == Guards()
    assert AuditEvent.objects.filter(actor_name="Ada Lovelace (ada)").count() == 3
    # Columns of today are not there yet.
    tenant = Tenant.objects.only("workspace", "name").get(slug="contoso")
    assert trail.record(action="restore.queued", actor=None, tenant=tenant).sequence == 4
