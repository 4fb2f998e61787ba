"""Keep what was read on disk until it is stored, so that memory does not grow with a backup."""

import tempfile
import weakref
import zlib
from dataclasses import dataclass

_IN_MEMORY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SpoolEntry:
    """Where a piece lies in a spool, and how large it is in full, in bytes."""

    start: int
    length: int
    size: int


class Spool:
    """Compressed pieces of bytes in one temporary file, which goes when the spool goes."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._end = 0
        weakref.finalize(self, self._file.close)

    def add(self, piece: bytes) -> SpoolEntry:
        written = zlib.compress(piece, level=1)
        place = SpoolEntry(start=self._end, length=len(written), size=len(piece))
        self._file.seek(self._end)
        self._file.write(written)
        self._end += len(written)
        return place

    def read(self, place: SpoolEntry) -> bytes:
        self._file.seek(place.start)
        return zlib.decompress(self._file.read(place.length))
