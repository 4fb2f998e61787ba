"""Writing to Graph: only what a fence lets through, at the pace that all workers share."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httpx
import structlog

from tenants.graph.auth import Credentials
from tenants.graph.client import GraphClient
from tenants.graph.clouds import Cloud
from tenants.graph.contracts import workload_of
from tenants.graph.errors import ApprovalRequiredError, ErrorKind, FenceRefusalError, GraphError
from tenants.graph.exchange import Answer, at_once
from tenants.graph.fence import PlannedWrite, WriteFence
from tenants.graph.filing import approved_headers, filing_headers
from tenants.graph.payloads import Json
from tenants.graph.throttling import ATTEMPTS, LONGEST_WAIT, Pacer, wait_before

logger = structlog.stdlib.get_logger(__name__)

# An address ends in its object's id, in one of the two forms that Graph uses.
_ID_AT_END = re.compile(r"(?:\('([A-Za-z0-9_-]+)'\)|/([A-Za-z0-9_-]+))$")
# A wait up to this long is no reason to look again.
AT_ONCE_SECONDS = 2.0

type BeforeExchange = Callable[[bool], None]


def at_its_turn(has_waited: bool) -> None:  # noqa: FBT001 -- the one thing it is called with
    """Nothing is asked before a write of its own leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAnswer:
    """What came back for a write that succeeded."""

    status: int
    body: Json
    request_id: str
    location: str

    @property
    def object_id(self) -> str:
        """The id of what was created: in the body or its address; "" where the answer has none."""
        found = _ID_AT_END.search(self.location)
        return str(self.body.get("id") or (found and (found[1] or found[2])) or "")


class GraphWriter(GraphClient):
    """Also sends what is on the fence's plan, at the pace all workers share."""

    def __init__(  # noqa: PLR0913 -- the reader's, and the two things that hold a writer back
        self,
        *,
        cloud: Cloud,
        credentials: Credentials,
        fence: WriteFence,
        pacer: Pacer,
        sleep: Callable[[float], None] = time.sleep,
        before_request: Callable[[], None] = at_once,
        transport: httpx.BaseTransport | None = None,
        justification: str = "",
    ) -> None:
        super().__init__(
            cloud=cloud,
            credentials=credentials,
            pacer=pacer,
            # Whoever writes has a run that may be cancelled; it does not wait for so long.
            patience=LONGEST_WAIT,
            sleep=sleep,
            before_request=before_request,
            transport=transport,
        )
        self._fence = fence
        self._turns = pacer
        self._justification = justification

    def send(
        self,
        write: PlannedWrite,
        *,
        before_exchange: BeforeExchange = at_its_turn,
        approval_code: str = "",
    ) -> WriteAnswer:
        """Carry out one planned write; `before_exchange` is called right before each exchange.

        With the `approval_code` of the request that it was filed as, the very same write is
        carried out; without one, a write that the tenant's approver has to agree to is filed.
        Only a throttled write is sent again, as nothing came of it. Any other failure is raised;
        where it `is_ambiguous` the target has to be read before anything else is done. Whatever
        wait an answer asks for, 503s among them, is kept by the pace: nothing of the workload
        leaves before it is over, this write sent once more included.

        Raises LongWaitError, with nothing applied by the last exchange and nothing sent since,
        when the next turn is further away than a worker waits. What `before_exchange` raises ends
        the write before it leaves.
        """
        leaving = self._fence.resolved(write)
        workload = workload_of(leaving.path)
        attempt = 1
        while True:
            # Refused before it waits for a turn, and again when it leaves.
            self._pass_fence(leaving)
            waited = self._turns.wait_turn(workload) + self._signed_in(workload)
            before_exchange(attempt > 1 or waited > AT_ONCE_SECONDS)
            try:
                answer = self._carried_out(leaving, approval_code, before_exchange)
            except FenceRefusalError:
                raise
            except GraphError as error:
                pause = self._give_way(workload, error, attempt)
                # A longer pause than a worker waits for is said by its next turn.
                is_last = attempt >= ATTEMPTS and pause <= LONGEST_WAIT
                if error.kind is not ErrorKind.THROTTLED or is_last:
                    raise
            else:
                self._turns.answered(workload)
                return answer
            attempt += 1

    def _signed_in(self, workload: str) -> float:
        """Sign in before anything is asked of the write: the directory may take its time."""
        try:
            return self._exchange.sign_in()
        except GraphError as error:
            self._give_way(workload, error, attempt=1)
            raise

    def _give_way(self, workload: str, error: GraphError, attempt: int) -> float:
        """Hold all workers off for as long as the answer asks, and count it if it is trouble."""
        is_throttled = error.kind is ErrorKind.THROTTLED
        pause = wait_before(attempt, error.retry_after) if is_throttled else error.retry_after
        if pause:
            self._turns.hold_off(workload, pause)
        if is_throttled or _is_trouble(error):
            error.is_outage = self._turns.failed(workload)
        elif error.was_sent:
            self._turns.answered(workload)
        return pause or 0.0

    def _carried_out(
        self, write: PlannedWrite, approval_code: str, before_exchange: BeforeExchange
    ) -> WriteAnswer:
        came = self._exchange_or_file(write, approval_code, before_exchange)
        self._fence.spend(write.operation_id)
        body = came.body
        answer = WriteAnswer(
            status=came.status,
            body=body if isinstance(body, dict) else {},
            request_id=came.headers.get("request-id", ""),
            location=came.headers.get("location", ""),
        )
        if write.binds and answer.object_id:
            self._fence.bind(write.binds, answer.object_id)
        logger.info(
            "graph_written",
            operation_id=write.operation_id,
            status=answer.status,
            request_id=answer.request_id,
        )
        return answer

    def _exchange_or_file(
        self, write: PlannedWrite, approval_code: str, before_exchange: BeforeExchange
    ) -> Answer:
        """Where the tenant's approver has to agree, the write is filed, with the reason for it."""
        began = time.monotonic()

        def before_again() -> None:
            before_exchange(time.monotonic() - began > AT_ONCE_SECONDS)

        def exchanged(headers: Mapping[str, str] | None) -> Answer:
            self._pass_fence(write)
            url = self._exchange.address(write.version, write.path)
            return self._exchange.ask(
                write.method, url, content=write.body, headers=headers, before_again=before_again
            )

        try:
            return exchanged(approved_headers(approval_code) if approval_code else None)
        except ApprovalRequiredError as error:
            if error.approval_code or approval_code or not self._justification:
                raise
        before_again()
        return exchanged(filing_headers(self._justification, write.operation_id))

    def _pass_fence(self, write: PlannedWrite) -> None:
        self._fence.check(
            write.operation_id, write.method, write.path, write.body, version=write.version
        )


def _is_trouble(error: GraphError) -> bool:
    """Whether the service as a whole may be down, rather than this one write refused."""
    return error.kind is ErrorKind.UNREACHABLE or (
        error.status is not None and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )
