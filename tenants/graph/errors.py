"""What can go wrong at Graph, as kinds a caller can act on. Messages never carry a payload."""

from datetime import datetime
from enum import StrEnum


class ErrorKind(StrEnum):
    PERMISSION = "permission"
    APPROVAL_REQUIRED = "approval_required"
    AUTHENTICATION = "authentication"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    UNREACHABLE = "unreachable"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    FENCE = "fence"


class GraphError(Exception):
    """One failed exchange with Graph, with everything support needs to trace it."""

    def __init__(  # noqa: PLR0913 -- one keyword for each fact an operator may need
        self,
        message: str,
        *,
        kind: ErrorKind,
        status: int | None = None,
        code: str = "",
        request_id: str = "",
        client_request_id: str = "",
        retry_after: float | None = None,
        approval_code: str = "",
        was_sent: bool = True,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.status = status
        self.code = code
        self.request_id = request_id
        self.client_request_id = client_request_id
        self.retry_after = retry_after
        self.approval_code = approval_code
        self.was_sent = was_sent
        # Set where a write failed after several others of its workload, by any worker: whatever
        # was to be written is not at fault, and goes once the service is back.
        self.is_outage = False

    @property
    def is_ambiguous(self) -> bool:
        """Whether a write may have been applied although no success came back."""
        return self.was_sent and self.kind in (ErrorKind.UNAVAILABLE, ErrorKind.UNREACHABLE)


class NotFoundError(GraphError):
    """The item, or the way to it, does not exist."""


class ThrottledError(GraphError):
    """Graph refused for now, without doing anything."""


class LongWaitError(ThrottledError):
    """The next turn is further away than a worker waits: nothing was sent; come back at `until`.

    Either Graph asked for such a pause or the service is down; whoever gets this gives up its
    turn and its worker, and nothing has failed.
    """

    def __init__(self, *, seconds: float, until: datetime) -> None:
        super().__init__(
            f"Nothing may be sent to Graph before {until:%Y-%m-%d %H:%M:%S} UTC.",
            kind=ErrorKind.THROTTLED,
            retry_after=seconds,
            was_sent=False,
        )
        self.seconds = seconds
        self.until = until


class ApprovalRequiredError(GraphError):
    """Multi Admin Approval holds this write; with `approval_code` it is filed and waits."""


class AuthenticationError(GraphError):
    """No usable token: wrong credential, wrong directory, or Graph refused the token."""


class FenceRefusalError(GraphError):
    """A write that is not on the plan was about to leave: an incident, never routine."""

    def __init__(self, operation_id: str, reason: str) -> None:
        super().__init__(
            f"The write fence refused operation {operation_id}: {reason}",
            kind=ErrorKind.FENCE,
            was_sent=False,
        )
        self.operation_id = operation_id
        self.reason = reason


_SUBCLASSES: dict[ErrorKind, type[GraphError]] = {
    ErrorKind.NOT_FOUND: NotFoundError,
    ErrorKind.THROTTLED: ThrottledError,
    ErrorKind.APPROVAL_REQUIRED: ApprovalRequiredError,
    ErrorKind.AUTHENTICATION: AuthenticationError,
}


def error_class(kind: ErrorKind) -> type[GraphError]:
    return _SUBCLASSES.get(kind, GraphError)
