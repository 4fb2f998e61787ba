"""The report of a synchronisation on a terminal, in lines for people."""

from collections.abc import Iterator

from restore_safety.directory.sync import Synchronised
from restore_safety.models import DirectoryKind


def as_text(done: Synchronised) -> str:
    return "\n".join(_lines(done))


def _lines(done: Synchronised) -> Iterator[str]:
    yield f"{done.total:,} objects in the directory:"
    for sync in done.syncs:
        kind = DirectoryKind(sync.kind)
        yield f"{done.counts.get(kind, 0):>9,}  {kind.plural}: {sync.state.label.lower()}"
        if remark := " ".join(filter(None, (sync.problem, sync.note))):
            yield f"{'':11}{remark}"
