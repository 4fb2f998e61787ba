"""A store that is away: it is asked once in a while, and what is only kept is made anew."""

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from tenants.web import caches
from tenants.web.caches import CacheUnavailableError, keep, kept
from tests.outages import cache_away


@pytest.fixture
def broken():
    with cache_away() as store:
        store.break_with(None)
        yield store


@pytest.mark.parametrize(
    "error", [RedisConnectionError("gone"), RedisTimeoutError("hangs"), OSError("disk is full")]
)
@pytest.mark.parametrize(
    "ask",
    [
        lambda: cache.get("a"),
        lambda: cache.set("a", 1),
        lambda: cache.add("a", 1),
        lambda: cache.incr("a"),
        lambda: cache.delete("a"),
        lambda: cache.touch("a"),
        lambda: "a" in cache,
        lambda: cache.get_many(["a"]),
        lambda: cache.set_many({"a": 1}),
        lambda: cache.delete_many(["a"]),
    ],
)
def test_whatever_the_store_raises_is_said_as_one_error(broken, error, ask):
    broken.break_with(error)

    with pytest.raises(CacheUnavailableError):
        ask()


def test_store_that_failed_rests_before_it_is_asked_again(broken, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(caches.time, "monotonic", lambda: now[0])
    broken.break_with(RedisConnectionError("gone"))
    for _ in range(3):
        with pytest.raises(CacheUnavailableError):
            cache.get("a")
    assert broken.asked == 1

    broken.error = None
    now[0] += 5

    assert cache.get("a", "nothing") == "nothing"
    assert broken.asked == 2


def test_error_of_the_asker_is_no_outage(broken):
    with pytest.raises(ValueError, match="not found"):
        cache.incr("never-set")

    assert cache.get("a") is None


def test_what_is_only_kept_is_missed_and_not_kept(broken):
    broken.break_with(OSError("disk is full"))

    keep("a", 1, seconds=60)
    assert kept("a") is None

    broken.break_with(None)
    keep("a", 1, seconds=60)
    assert kept("a") == 1
