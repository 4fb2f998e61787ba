"""Reads in batches, at the pace of each service: each part is asked until it is answered."""

from collections.abc import Callable, Mapping, Sequence

from tenants.canonical_json import canonical
from tenants.graph.batching import (
    AtOnce,
    BatchAnswer,
    BatchRead,
    answers_in,
    batch_body,
    together,
)
from tenants.graph.contracts import workload_of
from tenants.graph.errors import ErrorKind, GraphError, LongWaitError
from tenants.graph.exchange import Exchange, object_in
from tenants.graph.patience import Patience, is_passing
from tenants.graph.throttling import ReadPacer


class BatchReader:
    """Asks one tenant; it remembers how many parts of each service are taken at once."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        pacer: ReadPacer,
        sleep: Callable[[float], None],
        patience: float,
    ) -> None:
        self._exchange = exchange
        self._pacer = pacer
        self._sleep = sleep
        self._patience = patience
        self._at_once: dict[str, AtOnce] = {}

    def answers_to(self, reads: Sequence[BatchRead]) -> list[BatchAnswer]:
        """The answer to each read, in their order; a part that fails does not fail the others."""
        asking = _Asking(reads, Patience(self._patience))
        while asking.waiting:
            self._ask_once(asking)
            self._step_back(asking)
        return [asking.answers[position] for position in range(len(reads))]

    def _ask_once(self, asking: "_Asking") -> None:
        """Ask until everything has an answer, if only that there is trouble."""
        while asking.waiting:
            chosen = together(asking.reads, asking.waiting, self._number)
            if not self._has_turn(asking, chosen):
                continue
            asked = [position for positions in chosen.values() for position in positions]
            asking.waiting = [one for one in asking.waiting if one not in asked]
            try:
                asking.answers |= self._asked(asking.reads, asked)
            except GraphError as error:
                if not is_passing(error):
                    raise
                asking.fail(asked, error)
                if error.kind is not ErrorKind.THROTTLED:
                    # The others would fare no better; they wait for this to pass.
                    asking.troubled += [*asked, *asking.waiting]
                    asking.fail(asking.waiting, error)
                    asking.waiting = []
                    return
            for workload, positions in chosen.items():
                self._weigh(asking, workload, positions)

    def _asked(self, reads: Sequence[BatchRead], asked: Sequence[int]) -> dict[int, BatchAnswer]:
        url = self._exchange.address(reads[asked[0]].version, "$batch")
        body = self._exchange.ask("POST", url, content=canonical(batch_body(reads, asked)))
        got = answers_in(object_in(body), asked)
        return {position: got.get(position) or _unanswered() for position in asked}

    def _has_turn(self, asking: "_Asking", chosen: Mapping[str, Sequence[int]]) -> bool:
        for workload, positions in chosen.items():
            try:
                self._pacer.wait_to_read(workload, len(positions))
            except LongWaitError as error:
                asking.give_up(workload, error)
                return False
        return True

    def _weigh(self, asking: "_Asking", workload: str, positions: Sequence[int]) -> None:
        """What was refused for now is asked again once its service takes more."""
        refused = asking.having(positions, lambda error: error.kind is ErrorKind.THROTTLED)
        self._size(workload).took(asked=len(positions), refused=len(refused))
        asking.troubled += asking.having(
            positions, lambda error: error.kind is not ErrorKind.THROTTLED and _may_pass(error)
        )
        if len(refused) < len(positions):
            asking.patience.rewarded()
        if not refused:
            return
        asking.waiting += refused
        error = asking.most_demanding(refused)
        try:
            pause = asking.patience.pause_after(error)
        except GraphError:
            asking.give_up(workload, error)
        else:
            self._pacer.hold_off_reads(workload, pause)

    def _step_back(self, asking: "_Asking") -> None:
        """Have those that met with trouble asked again after a pause, or leave it at that."""
        if not asking.troubled:
            return
        error = asking.most_demanding(asking.troubled)
        try:
            pause = asking.patience.pause_after(error)
        except GraphError:
            return
        asking.waiting, asking.troubled = asking.troubled, []
        if error.retry_after is None:
            self._sleep(pause)
            return
        for workload in {workload_of(asking.reads[one].path) for one in asking.waiting}:
            self._pacer.hold_off_reads(workload, pause)

    def _number(self, workload: str) -> int:
        return self._size(workload).number

    def _size(self, workload: str) -> AtOnce:
        if workload not in self._at_once:
            self._at_once[workload] = AtOnce.of(self._pacer.reads_at_once(workload))
        return self._at_once[workload]


class _Asking:
    """What is still to be asked of one batch of reads, and what came back so far."""

    def __init__(self, reads: Sequence[BatchRead], patience: Patience) -> None:
        self.reads = reads
        self.patience = patience
        self.answers: dict[int, BatchAnswer] = {}
        self.waiting = list(range(len(reads)))
        # Answered with what may pass: asked again after a pause.
        self.troubled: list[int] = []

    def fail(self, positions: Sequence[int], error: GraphError) -> None:
        answer = BatchAnswer(status=error.status or 0, body={}, error=error)
        self.answers |= dict.fromkeys(positions, answer)

    def give_up(self, workload: str, error: GraphError) -> None:
        """Nothing more is asked of this service."""
        left = [one for one in self.waiting if workload_of(self.reads[one].path) == workload]
        self.waiting = [one for one in self.waiting if one not in left]
        self.fail(left, error)

    def having(self, positions: Sequence[int], fits: Callable[[GraphError], bool]) -> list[int]:
        return [
            one
            for one in positions
            if (error := self.answers[one].error) is not None and fits(error)
        ]

    def most_demanding(self, positions: Sequence[int]) -> GraphError:
        """The error that asks for the longest wait."""
        errors = [error for one in positions if (error := self.answers[one].error) is not None]
        return max(errors, key=lambda error: error.retry_after or 0.0)


def _may_pass(error: GraphError) -> bool:
    return is_passing(error) or error.status is None


def _unanswered() -> BatchAnswer:
    error = GraphError("Graph left this part of a batch unanswered.", kind=ErrorKind.UNAVAILABLE)
    return BatchAnswer(status=0, body={}, error=error)
