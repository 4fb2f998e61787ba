"""Whether a reading of the tenant is of one moment, or a long wait came between its answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tenants.graph.writer import AT_ONCE_SECONDS


@dataclass(slots=True)
class Freshness:
    """Watches how long one worker's client waits between the requests of a reading.

    A wait before the first of them makes nothing old; slow answers are no waits.
    """

    _is_asking: bool = field(init=False, default=False)
    _longest_wait: float = field(init=False, default=0.0)

    @property
    def is_lost(self) -> bool:
        """Whether what was answered first may have changed by the time of the last answer."""
        return self._longest_wait > AT_ONCE_SECONDS

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch the reading inside the block, apart from any before it."""
        self._is_asking, self._longest_wait = False, 0.0
        yield

    def before_request(self, then: Callable[[], None]) -> Callable[[], None]:
        """What the client calls before each request, made known here."""

        def ask() -> None:
            self._is_asking = True
            then()

        return ask

    def sleep(self, then: Callable[[float], None]) -> Callable[[float], None]:
        """How the client waits, made known here."""

        def wait(seconds: float) -> None:
            if self._is_asking:
                self._longest_wait = max(self._longest_wait, seconds)
            then(seconds)

        return wait
