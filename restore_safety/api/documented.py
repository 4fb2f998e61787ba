"""Which errors an operation answers with, so that its part of the document leaves none out."""

from restore_safety.api.answers import Problem

type Answers = dict[int, type]

# A list, or what everybody with the scope can read.
READING: Answers = dict.fromkeys((400, 401, 403, 422, 429, 503), Problem)
# One thing, which may not be there.
FINDING: Answers = READING | {404: Problem}
# An act on one thing: the request may be too large to take.
ACTING: Answers = FINDING | {413: Problem}
# An act that is refused where things stand otherwise than it needs.
REFUSABLE: Answers = ACTING | {409: Problem}
