import os

from restore_safety.backups.spool import Spool


def test_every_piece_reads_back_in_any_order_from_memory_and_from_disk():
    spool = Spool()
    pieces = [os.urandom(100_000) for _ in range(30)]
    places = [spool.add(piece) for piece in pieces]

    late = spool.add(b"")

    assert [spool.read(place) for place in reversed(places)] == list(reversed(pieces))
    assert spool.read(late) == b""
    assert places[0].size == 100_000
