"""Answers that never end, over real sockets: each exchange is over in time."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from tenants.graph.clouds import Cloud
from tenants.graph.deadline import Deadline
from tenants.graph.errors import ErrorKind, GraphError
from tenants.graph.exchange import Exchange, longest_exchange
from tests.tenants.graph.scripted import CREDENTIALS, POLICIES


class Trickle(BaseHTTPRequestHandler):
    """Signs in at once, and answers Graph a byte at a time until the other side has gone."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        login = f"{self.server.address}/{CREDENTIALS.directory_id}"
        if self.path.endswith("/.well-known/openid-configuration"):
            self._whole(
                {"token_endpoint": f"{login}/token", "authorization_endpoint": f"{login}/authorize"}
            )
        else:
            self._trickle()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/token"):
            self._whole({"token_type": "Bearer", "expires_in": 3599, "access_token": "t"})
        else:
            self._trickle()

    def log_message(self, *args):
        pass

    def _whole(self, body):
        content = json.dumps(body).encode()
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(content), content)
        )

    def _trickle(self):
        self.close_connection = True
        try:
            self.wfile.write(self.server.beginning)
            while not self.server.is_over.wait(0.02):
                self.wfile.write(b"x")
        except OSError:
            self.server.gone.set()


@contextmanager
def trickling(beginning):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Trickle)
    server.daemon_threads = True
    server.address = f"http://127.0.0.1:{server.server_port}"
    server.beginning, server.gone, server.is_over = beginning, Event(), Event()
    Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    try:
        yield server
    finally:
        server.is_over.set()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "beginning",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 503 ",
    ],
    ids=["body", "chunk", "header", "status"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_answer_that_trickles_is_given_up(settings, beginning, method):
    asked = []
    with trickling(beginning) as server:
        settings.GRAPH_EMULATOR_URL = server.address
        settings.GRAPH_TIMEOUT_SECONDS = 0.15
        graph = Exchange(
            cloud=Cloud.EMULATOR,
            credentials=CREDENTIALS,
            before_request=lambda: asked.append(1),
        )

        with pytest.raises(GraphError, match=r"no whole answer in 0\.3 seconds") as refused:
            graph.ask(method, graph.address("beta", POLICIES), content=b"{}")

        assert server.gone.wait(10)
        graph.close()
    assert (refused.value.kind, refused.value.was_sent) == (ErrorKind.UNREACHABLE, True)
    assert refused.value.is_ambiguous
    assert len(asked) == 3


def test_deadline_begins_anew_with_each_exchange():
    moments = iter([0.0, 30.0, 35.0, 50.0])
    deadline = Deadline(40.0, clock=lambda: next(moments))

    before = deadline.left
    deadline.restart()

    assert (before, deadline.left) == (10.0, 25.0)


@pytest.mark.parametrize(("timeout", "whole"), [(30.0, 40.0), (2.0, 4.0)])
def test_whole_exchange_takes_no_longer_than_connecting_and_one_answer(timeout, whole):
    assert longest_exchange(timeout) == whole
