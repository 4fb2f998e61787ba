"""A message whose connection broke is let go of; what it ends otherwise is the worker."""

from types import SimpleNamespace

import pytest
from kombu.transport import TRANSPORT_ALIASES
from structlog.testing import capture_logs

from restore_safety import celery, redis_queue
from restore_safety.redis_queue import Channel, QoS


@pytest.mark.parametrize(
    "connection", [None, SimpleNamespace(client=None)], ids=["closed channel", "collected"]
)
@pytest.mark.parametrize("act", [QoS.ack, QoS.reject])
def test_message_of_a_broken_connection_is_let_go_of(connection, act):
    qos = QoS(SimpleNamespace(connection=connection))

    with capture_logs() as logs:
        act(qos, "a-delivery-tag")

    assert [one["event"] for one in logs] == ["message_of_a_broken_connection"]


def test_message_is_not_given_back_over_a_connection_that_broke():
    assert QoS.restore_at_shutdown is False
    assert Channel.QoS is QoS


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_queue_of_production_is_ours(scheme):
    assert celery.app.main == "restore_safety"
    module, name = TRANSPORT_ALIASES[scheme].split(":")

    assert (module, name) == (redis_queue.__name__, redis_queue.Transport.__name__)
