"""An app that owns one kind of work, and answers for it what a test wants answered."""

import pytest

from operations.work_kinds import Continuation, Leftover


class DemoContinuation(Continuation):
    """Keeps what it was asked; what it answers is for tests to set."""

    def __init__(self):
        self.dispatched = []
        self.abandoned = []
        self.withdrawn = []
        self.viewers = []
        self.broker_error = None
        self.answer = None
        self.is_news = True
        self.left = Leftover()
        self.answers = {}

    def dispatch(self, run):
        if self.broker_error is not None:
            raise self.broker_error
        self.dispatched.append(run.pk)

    def follow_up(self, run, viewer):
        self.viewers.append(viewer)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def follow_ups(self, runs, viewer):
        return self.answers

    def notifies(self, run):
        return self.is_news

    def abandon(self, run_id, now):
        self.abandoned.append((run_id, now))
        return self.left

    def withdraw(self, run_id, now):
        self.withdrawn.append((run_id, now))


@pytest.fixture
def demo(monkeypatch):
    """The only registered kind is `demo`."""
    continuation = DemoContinuation()
    monkeypatch.setattr("operations.work_kinds._registered", {"demo": [continuation]})
    return continuation
