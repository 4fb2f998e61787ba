"""The database and the store of counted attempts, made to fail for what has to go on or say so."""

from contextlib import contextmanager

from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from django.test import override_settings
from redis.exceptions import TimeoutError as RedisTimeoutError

from tenants.web.caches import GuardedCache


class _Failing(LocMemCache):
    """Raises what it is given, whatever it is asked."""

    error = None
    asked = 0

    def make_and_validate_key(self, key, version=None):
        kind = type(self)
        kind.asked += 1
        if kind.error is not None:
            raise kind.error
        return super().make_and_validate_key(key, version=version)

    def clear(self):
        if self.error is not None:
            raise self.error
        super().clear()


class BrokenCache(GuardedCache, _Failing):
    @classmethod
    def break_with(cls, error):
        """Fail with this from now on; None mends it."""
        cls.error, cls.asked = error, 0
        cls.rest.until = 0.0


@contextmanager
def cache_away(error=None):
    """The store fails with the error inside the block; without one it hangs."""
    broken = {"default": {"BACKEND": "tests.outages.BrokenCache"}}
    with override_settings(CACHES=broken):
        BrokenCache.break_with(error or RedisTimeoutError("it hangs"))
        try:
            yield BrokenCache
        finally:
            BrokenCache.break_with(None)


@contextmanager
def database_away(error):
    """Every query fails with the error inside the block, as with a server that was ended."""

    def fail(execute, sql, params, many, context):
        raise error

    with connection.execute_wrapper(fail):
        yield
