"""The store that every web process counts attempts in, and what is said when it cannot be reached.

A limit that cannot be counted refuses who signs in, and lets who reads go on. What is only kept to
be quicker is then simply made anew.
"""

import time
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.filebased import FileBasedCache as DjangoFileCache
from django.core.cache.backends.redis import RedisCache as DjangoRedisCache
from redis.exceptions import RedisError

# So long after a failure nothing is asked: each of many questions would be waited for.
_PAUSE_SECONDS = 5.0


class CacheUnavailableError(Exception):
    """The store cannot be reached, so nothing can be counted or kept in it."""


@dataclass(slots=True)
class _Rest:
    until: float = 0.0


class GuardedCache(BaseCache):
    """Raises CacheUnavailableError for whatever its store raises, and then lets it rest a while."""

    # Each thread has a cache of its own; that the store is away is known to all of the process.
    rest = _Rest()

    def _asked(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < self.rest.until:
            raise CacheUnavailableError
        try:
            return getattr(super(), name)(*args, **kwargs)
        except (RedisError, OSError) as error:
            self.rest.until = time.monotonic() + _PAUSE_SECONDS
            raise CacheUnavailableError from error

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._asked("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._asked("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._asked("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._asked("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._asked("delete", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._asked("incr", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._asked("has_key", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._asked("get_many", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._asked("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._asked("delete_many", *args, **kwargs)

    def clear(self) -> Any:
        return self._asked("clear")


class RedisCache(GuardedCache, DjangoRedisCache):
    """Production's store."""


class FileCache(GuardedCache, DjangoFileCache):
    """The embedded profile's store."""


def kept(key: str) -> Any:
    """Return what was kept under the key; None where nothing is, or the store is away."""
    try:
        return cache.get(key)
    except CacheUnavailableError:
        return None


def keep(key: str, value: object, *, seconds: float) -> None:
    """Keep the value for so long, unless the store is away."""
    try:
        cache.set(key, value, seconds)
    except CacheUnavailableError:
        return
