"""How often a read is asked again, and when it is given up: asking again changes nothing."""

from tenants.graph.batching import RETRIED
from tenants.graph.errors import ErrorKind, GraphError
from tenants.graph.throttling import ATTEMPTS, LONGEST_WAIT, wait_before


class Patience:
    """Trouble is tried a few times; throttling is waited out for as long as waiting helps."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waited = 0.0
        self._refusals = 0
        self._failures = 0

    def rewarded(self) -> None:
        """Something was answered: what is still refused is worth as much waiting once more."""
        self._waited, self._refusals = 0.0, 0

    def pause_after(self, error: GraphError) -> float:
        """The seconds to wait before asking again; raises the error where patience is over.

        A pause longer than a worker waits is returned as it is: the pace says so at the next turn.
        """
        if error.kind is ErrorKind.THROTTLED:
            self._refusals += 1
            pause = wait_before(self._refusals, error.retry_after)
            if self._refusals > ATTEMPTS:
                # What Graph asks for has been kept often enough to be too short.
                pause = max(pause, wait_before(self._refusals - ATTEMPTS, None))
            self._waited += pause
            is_over = self._waited > self._seconds
        else:
            self._failures += 1
            pause = wait_before(self._failures, error.retry_after)
            is_over = self._failures >= ATTEMPTS
        if is_over and pause <= LONGEST_WAIT:
            raise error
        return pause


def is_passing(error: GraphError) -> bool:
    """Whether the same read may be answered later."""
    return error.kind is ErrorKind.UNREACHABLE or error.status in RETRIED
