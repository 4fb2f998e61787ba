"""The queue of work and the shared cache: both in Redis, or both in files of the home folder."""

from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry

from restore_safety.environment import HOME


def is_in_files(broker: str) -> bool:
    """Whether the queue at this address is one of files."""
    return broker.startswith("filesystem")


def transport_options(broker: str) -> dict[str, Any]:
    """Return Celery's options for the queue at this address."""
    if is_in_files(broker):
        return {
            "data_folder_in": str(HOME / "queue/messages"),
            "data_folder_out": str(HOME / "queue/messages"),
            "control_folder": str(HOME / "queue/control"),
            "processed_folder": str(HOME / "queue/processed"),
            "store_processed": False,
            "polling_interval": 0.25,
        }
    return {
        "visibility_timeout": 3600,
        # A Redis that hangs counts as one that is gone.
        "socket_connect_timeout": 5,
        "socket_timeout": 10,
        "socket_keepalive": True,
    }


def cache(broker: str, *, address: str) -> dict[str, Any]:
    """Return Django's cache beside this queue; without an address it is in the queue's Redis."""
    if is_in_files(broker):
        return {"BACKEND": "tenants.web.caches.FileCache", "LOCATION": str(HOME / "cache")}
    return {
        "BACKEND": "tenants.web.caches.RedisCache",
        "LOCATION": address or broker,
        "KEY_PREFIX": "restore-safety",
        "OPTIONS": {
            "socket_connect_timeout": 1,
            "socket_timeout": 1,
            "retry": Retry(NoBackoff(), 0),
        },
    }
