"""A client that dies while it sends a request."""

import asyncio
from contextlib import closing

from tenants.emulator.server import application
from tenants.emulator.state import State


class Transport:
    is_closed = False

    def close(self):
        self.is_closed = True


def test_request_that_never_arrives_whole_is_no_error_and_changes_nothing(tmp_path):
    transport, sent = Transport(), []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/beta/deviceManagement/configurationPolicies",
        "query_string": b"",
        "headers": [],
        "emulator.transport": transport,
    }

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    state = State(tmp_path / "state.sqlite3")
    with closing(state.db):
        asyncio.run(application(state)(scope, receive, send))

        assert transport.is_closed
        assert sent == []
        assert state.db.execute("SELECT count(*) FROM requests").fetchone()[0] == 0
