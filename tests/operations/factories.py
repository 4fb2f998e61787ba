"""Runs in each state a test needs, and the notices about them."""

from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from operations.models import (
    Notification,
    OperationRun,
    ProcessRole,
    RunOutcome,
    RunStatus,
    ServiceProcess,
)
from tests.factories import TenantFactory, UserFactory

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


class OperationRunFactory(DjangoModelFactory):
    class Meta:
        model = OperationRun

    class Params:
        running = factory.Trait(
            status=RunStatus.RUNNING,
            dispatched_at=NOW,
            started_at=NOW,
            heartbeat_at=NOW,
            lease_token=1,
            lease_expires_at=NOW + timedelta(seconds=60),
            attempts=1,
        )
        completed = factory.Trait(
            status=RunStatus.COMPLETED,
            outcome=RunOutcome.SUCCEEDED,
            dispatched_at=NOW,
            started_at=NOW,
            ended_at=NOW + timedelta(seconds=75),
            lease_token=1,
            attempts=1,
        )

    tenant = factory.SubFactory(TenantFactory)
    kind = "demo"
    title = factory.Sequence(lambda n: f"Demo work {n}")
    subject = "demo:1"
    initiator = factory.SubFactory(UserFactory)
    queued_at = NOW


class NotificationFactory(DjangoModelFactory):
    class Meta:
        model = Notification

    run = factory.SubFactory(OperationRunFactory, completed=True)
    tenant = factory.SelfAttribute("run.tenant")
    user = factory.SelfAttribute("run.initiator")
    headline = factory.Sequence(lambda n: f"Demo work {n} finished")
    created_at = NOW


class ServiceProcessFactory(DjangoModelFactory):
    class Meta:
        model = ServiceProcess

    role = ProcessRole.WORKER
    host = "this-machine"
    pid = factory.Sequence(lambda n: n + 1)
    started_at = NOW
    seen_at = NOW
    clock_ahead = timedelta()
