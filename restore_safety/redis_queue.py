"""Production's queue: kombu's Redis transport, made to survive a Redis that goes away.

When the connection breaks while a task runs, kombu tries to give its message back over that very
connection, which ends the worker; a task that ends afterwards does the same by acknowledging. Here
a message of a broken connection is let go of: the database holds whether work is done, and
the recovery sends what is not.
"""

from typing import Any, override

import structlog
from kombu.transport import redis as kombu_redis
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = structlog.stdlib.get_logger(__name__)


class QoS(kombu_redis.QoS):
    restore_at_shutdown = False

    @override
    def ack(self, delivery_tag: str) -> None:
        if self._is_reachable("ack"):
            super().ack(delivery_tag)

    @override
    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if self._is_reachable("reject"):
            super().reject(delivery_tag, requeue=requeue)

    def _is_reachable(self, wanted: str) -> bool:
        """Whether the connection still stands that the message came by."""
        # Either is gone once the channel was closed, whatever kombu's types say.
        connection: Any = self.channel.connection
        if connection is not None and connection.client is not None:
            return True
        logger.info("message_of_a_broken_connection", wanted=wanted)
        return False


class Channel(kombu_redis.Channel):
    QoS = QoS

    def _connparams(self, **kwargs: bool) -> dict[str, Any]:
        # Who publishes is a person's request, and who consumes connects anew by itself.
        parameters: dict[str, Any] = super()._connparams(**kwargs)  # type: ignore[misc]  # untyped
        return parameters | {"retry": Retry(NoBackoff(), 0)}


class Transport(kombu_redis.Transport):
    Channel = Channel
