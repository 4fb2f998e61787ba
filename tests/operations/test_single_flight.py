import pytest
from django.db import IntegrityError, connection

from operations.models import OperationRun, RunStatus
from operations.single_flight import Queued, live_run, queue_once
from tests.factories import TenantFactory
from tests.operations.factories import OperationRunFactory

KEY = "demo"


def queued(actor, tenant, key=KEY):
    return queue_once(
        actor=actor, tenant=tenant, kind="demo", title="Demo", subject="", exclusive_key=key
    )


def test_second_request_is_answered_with_the_run_under_way(tenant, operator, manager):
    first = queued(operator, tenant)

    assert first.is_new
    assert queued(manager, tenant) == Queued(run=first.run, is_new=False)
    assert list(OperationRun.objects.all()) == [first.run]


@pytest.mark.parametrize("state", ["running", "completed"])
def test_only_a_live_run_stands_in_the_way(tenant, operator, state):
    run = OperationRunFactory(tenant=tenant, exclusive_key=KEY, **{state: True})

    assert queued(operator, tenant).is_new == (run.status == RunStatus.COMPLETED)


def test_keys_and_tenants_do_not_stand_in_each_others_way(tenant, operator):
    OperationRunFactory(tenant=TenantFactory(), exclusive_key=KEY, running=True)
    OperationRunFactory(tenant=tenant, exclusive_key="other", running=True)
    OperationRunFactory.create_batch(2, tenant=tenant, running=True)

    assert live_run(tenant=tenant, exclusive_key=KEY) is None
    assert queued(operator, tenant).is_new


def test_database_refuses_a_second_live_run(tenant):
    OperationRunFactory(tenant=tenant, exclusive_key=KEY)

    with pytest.raises(IntegrityError):
        OperationRunFactory(tenant=tenant, exclusive_key=KEY, running=True)


def test_who_comes_second_at_the_same_moment_is_led_to_the_first(tenant, operator):
    """Between looking and queueing, somebody else queues."""
    made = []

    def interrupt(execute, sql, params, many, context):
        if sql.startswith("SAVEPOINT") and not made:
            made.append(None)
            made.append(OperationRunFactory(tenant=tenant, exclusive_key=KEY))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(interrupt):
        answer = queued(operator, tenant)

    assert (answer.is_new, answer.run.exclusive_key) == (False, KEY)
    assert OperationRun.objects.live().count() == 1
