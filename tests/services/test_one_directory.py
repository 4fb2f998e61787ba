"""Two tenants that are one directory: what belongs to the directory is shared at every moment."""

import os
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.utils import timezone

from restore_safety.models import RestoreRun
from tenants.access.service import bootstrap_role
from tenants.connections.pacing import DatabasePacer
from tenants.connections.service import (
    ClientSecret,
    ConnectionTarget,
    DirectoryTakenError,
    change_connection,
)
from tenants.graph.clouds import Cloud, endpoints
from tenants.graph.contracts import CONDITIONAL_ACCESS, INTUNE
from tenants.models import ProviderConnection, ProviderPace
from tenants.models.capabilities import Role
from tests.factories import ProviderConnectionFactory, TenantFactory
from tests.restore_safety.factories_runs import RestoreRunFactory
from tests.services.test_races import at_once

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        os.environ.get("RESTORE_SAFETY_SERVICES") != "1",
        reason="needs PostgreSQL and Redis: run make services-test",
    ),
]
BUDGETS = endpoints(Cloud.GLOBAL)


@pytest.fixture
def same(tenant, other_tenant):
    """The connections of two tenants of two workspaces to one directory through one app."""
    there = {"cloud": "global", "directory_id": uuid4(), "client_id": "app"}
    return [ProviderConnectionFactory(tenant=one, **there) for one in (tenant, other_tenant)]


def test_no_two_workers_get_the_same_turn(same):
    def turn_of(connection):
        return lambda: DatabasePacer(connection, sleep=lambda seconds: None).wait_turn(
            CONDITIONAL_ACCESS
        )

    waits = sorted(at_once(*[turn_of(connection) for connection in same * 4]))

    apart = BUDGETS.seconds_between_writes(CONDITIONAL_ACCESS)
    assert all(later - earlier > apart / 2 for earlier, later in pairwise(waits))
    assert waits[-1] > 7 * apart - 2


def test_no_two_workers_get_the_same_part_of_a_budget(same):
    budget = BUDGETS.read_budget(INTUNE)
    before = timezone.now()

    def read(connection):
        return lambda: DatabasePacer(connection).wait_to_read(INTUNE, budget.at_once // 4)

    answers = at_once(*[read(connection) for connection in same * 2])

    taken = ProviderPace.objects.get().reads_free_at - before
    assert answers == [None] * 4
    assert taken.total_seconds() > 0.9 * budget.at_once * budget.seconds_apart


def test_one_of_two_restores_into_a_directory_is_let_in(same):
    there = {"cloud": "global", "directory_id": same[0].directory_id}

    def start(connection):
        return lambda: RestoreRunFactory(tenant=connection.tenant, running=True, **there)

    answers = at_once(*[start(connection) for connection in same])

    assert {type(answer) for answer in answers} == {IntegrityError, RestoreRun}
    assert RestoreRun.objects.locking().count() == 1


def test_one_of_two_connections_to_a_directory_is_let_in(workspace, manager):
    target = ConnectionTarget(cloud=Cloud.GLOBAL, directory_id=uuid4(), client_id="app")
    tenants = [TenantFactory(workspace=workspace, name=name) for name in ("One", "Two")]
    for tenant in tenants:
        bootstrap_role(user=manager, tenant=tenant, role=Role.MANAGER)

    def connect(tenant):
        return lambda: change_connection(
            actor=manager, tenant=tenant, target=target, credential=ClientSecret(text="s3cret")
        )

    answers = at_once(*[connect(tenant) for tenant in tenants])

    assert {type(answer) for answer in answers} == {ProviderConnection, DirectoryTakenError}
    assert ProviderConnection.objects.get().directory_id == target.directory_id
