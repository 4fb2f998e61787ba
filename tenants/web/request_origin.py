"""Where a request came from, for what is recorded while it is answered."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOrigin:
    request_id: str = ""
    address: str = ""
    # The prefix of the API token that made the request; empty for a browser.
    token: str = ""
    # What was asked for, without names; empty before an address is resolved.
    page: str = ""


# Outside a request (a worker, a command) there is no origin to name.
_NOWHERE = RequestOrigin()
request_origin: ContextVar[RequestOrigin] = ContextVar("request_origin", default=_NOWHERE)
