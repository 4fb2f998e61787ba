"""The emulator, the drifted tenant on it, and a worker that works where it is called."""

import pytest

from restore_safety.celery import app
from restore_safety.demo import seed
from tests.drifted import ClientBrowser, drifted_tenant


@pytest.fixture
def drifted(transactional_db, settings, emulator):
    settings.GRAPH_EMULATOR_URL = emulator.url
    with drifted_tenant(emulator) as drifted:
        yield drifted


@pytest.fixture
def eager():
    """Tasks run where they are sent, so that a page posted to shows what came of it."""
    before = (app.conf.task_always_eager, app.conf.task_eager_propagates)
    app.conf.task_always_eager, app.conf.task_eager_propagates = True, True
    yield
    app.conf.task_always_eager, app.conf.task_eager_propagates = before


@pytest.fixture
def browser_of(drifted, eager):
    return lambda someone: ClientBrowser(seed.person(someone))


@pytest.fixture
def browser(browser_of):
    return browser_of(seed.OPERATOR)
