"""Slow, stale and abandoned are told apart by the lease and the last heartbeat."""

from datetime import timedelta

import pytest

from operations.liveness import Liveness, liveness_of
from operations.models import MAX_ATTEMPTS
from tests.operations.factories import NOW, OperationRunFactory

LATER = NOW + timedelta(minutes=11)


@pytest.mark.parametrize(
    ("state", "seconds", "expected"),
    [
        ({}, 0, Liveness.UNSENT),
        ({}, 86_400, Liveness.UNSENT),
        ({"dispatched_at": NOW}, 0, Liveness.WAITING),
        ({"dispatched_at": NOW}, 86_400, Liveness.WAITING),
        # The queue forgot it after a worker had taken it up: what counts is the worker.
        ({"running": True, "dispatched_at": None}, 5, Liveness.LIVE),
        ({"running": True}, 5, Liveness.LIVE),
        ({"running": True}, 40, Liveness.SLOW),
        ({"running": True}, 60, Liveness.STALE),
        ({"running": True}, 600, Liveness.STALE),
        ({"running": True}, 601, Liveness.ABANDONED),
        ({"running": True, "attempts": MAX_ATTEMPTS}, 5, Liveness.LIVE),
        ({"running": True, "attempts": MAX_ATTEMPTS}, 61, Liveness.ABANDONED),
        ({"waits_until": LATER}, 5, Liveness.SCHEDULED),
        ({"waits_until": LATER}, 700, Liveness.UNSENT),
        ({"running": True, "lease_expires_at": None, "waits_until": LATER}, 5, Liveness.PAUSED),
        ({"running": True, "lease_expires_at": None, "waits_until": LATER}, 700, Liveness.RESUMING),
        ({"completed": True}, 5, Liveness.ENDED),
    ],
)
def test_liveness(state, seconds, expected):
    run = OperationRunFactory.build(**state)

    assert liveness_of(run, NOW + timedelta(seconds=seconds)) is expected


def test_every_liveness_says_what_it_means_and_what_happens_next():
    assert all(one.sentence.endswith(".") and one.next_step.endswith(".") for one in Liveness)
    assert len({one.sentence for one in Liveness}) == len(Liveness)
    assert len({one.next_step for one in Liveness}) == len(Liveness)
