"""The registry of kinds, and what a concealed follow-up may not carry."""

import pytest

from operations.models import RunOutcome
from operations.work_kinds import (
    Action,
    Continuation,
    FollowUp,
    Leftover,
    concealed_follow_up,
    continuation_of,
    register,
)
from tests.operations.factories import NOW, OperationRunFactory


class Quiet(Continuation):
    """Dispatches nothing and has nothing to add."""

    def dispatch(self, run):
        return None


def test_the_owner_of_a_kind_is_the_first_to_register_it(demo):
    quiet = Quiet()
    register("quiet", quiet)
    register("quiet", Quiet())

    assert continuation_of(OperationRunFactory.build(kind="quiet")) is quiet
    assert continuation_of(OperationRunFactory.build(kind="demo")) is demo
    assert continuation_of(OperationRunFactory.build(kind="forgotten")) is None


def test_only_dispatch_has_to_be_said(auditor):
    run = OperationRunFactory.build(kind="quiet")

    assert Quiet().follow_up(run, auditor) is None
    assert Quiet().follow_ups([run], auditor) == {}
    assert Quiet().abandon(run.pk, NOW) == Leftover(outcome=RunOutcome.FAILED, counts={})
    assert Quiet().withdraw(run.pk, NOW) is None


@pytest.mark.parametrize(
    "leak",
    [
        {"url": "/restores/1/"},
        {"action": Action(label="Open", url="/restores/1/")},
        {"details": (("Items", 3),)},
        {"status": RunOutcome.FAILED},
        {"cause": RunOutcome.FAILED},
    ],
)
def test_a_concealed_follow_up_carries_nothing_to_follow(leak):
    with pytest.raises(ValueError, match="concealed"):
        FollowUp(headline="Hidden", sentence="Hidden.", concealed=True, **leak)


def test_the_safe_sentence_is_ready_to_use():
    follow_up = concealed_follow_up()

    assert (follow_up.concealed, follow_up.url, follow_up.action) == (True, None, None)
