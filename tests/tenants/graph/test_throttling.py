from datetime import UTC, datetime

import pytest

from tenants.graph.throttling import retry_after_of, wait_before

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("2.128", 2.128),
        ("Thu, 01 Jan 2026 12:00:09 GMT", 9.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("-3", 0.0),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_comes_in_three_forms_or_not_at_all(value, seconds):
    assert retry_after_of(value, now=NOW) == seconds


def test_wait_is_what_graph_asked_for():
    assert wait_before(3, 2.5) == 2.5


@pytest.mark.parametrize(("attempt", "ceiling"), [(1, 1), (2, 2), (3, 4), (9, 30)])
def test_wait_doubles_with_jitter_where_graph_asks_for_nothing(attempt, ceiling):
    for _ in range(50):
        assert ceiling / 2 <= wait_before(attempt, None) <= ceiling
