"""Which errors an operation answers with, so that its part of the document leaves none out."""

from restore_safety.api.answers import Problem
from tenants.token_scopes import TokenScope

type Answers = dict[int, type]

# A list, or what everybody with the scope can read.
READING: Answers = {
    400: Problem,
    401: Problem,
    403: Problem,
    422: Problem,
    429: Problem,
}
# One thing, which may not be there.
FINDING: Answers = READING | {404: Problem}


def acting(scope: TokenScope, *, conflicts: bool = False, uploads: bool = False) -> Answers:
    """An act on one thing: it may be refused as things stand, and be too large to take."""
    answers: Answers = FINDING | {413: Problem}
    return answers | {409: Problem} if conflicts else answers
