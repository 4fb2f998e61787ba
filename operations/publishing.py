"""Sending a run to the queue, in about two seconds or not at all."""

from typing import Any

from celery import Task

# Of a queue that hangs: how long to wait for it, and for each of the few answers it owes.
_PATIENCE = {"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 0}


def publish(task: Task[..., Any], **arguments: str) -> None:
    """Send the task; kombu's OperationalError when the queue does not take it at once.

    Over a connection of its own: one that was kept may have died meanwhile, which shows only after
    it was waited for.
    """
    with task.app.connection_for_write(transport_options=_PATIENCE) as connection:
        # Its types do not know what it passes on to the sending.
        task.apply_async(kwargs=arguments, connection=connection, retry=False)  # type: ignore[call-arg]
