"""Work on one policy that must not take all the others down with it."""

from collections.abc import Callable

import structlog

logger = structlog.stdlib.get_logger(__name__)


def attempted[Answer](act: Callable[[], Answer], *, item_id: str) -> Answer | None:
    """The answer; None where the policy has an unexpected shape."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 -- whatever it was, the other policies go on
        logger.error(  # noqa: TRY400 -- a traceback's message could quote the policy
            "policy_malformed", item_id=item_id, error=type(error).__name__
        )
        return None
