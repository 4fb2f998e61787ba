"""The embedded profile's queue: a file for each message, never seen before it is whole.

Kombu's own file transport lets a worker read a message while it is being written, which ends the
worker, and moves messages through the system's folder for temporary files.
"""

import time
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    # Kombu's own two stubs name the second argument differently.
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        unfinished = folder / f".{uuid4()}.part"
        unfinished.write_text(dumps(payload), encoding="utf-8")
        unfinished.rename(folder / f"{time.time_ns():020}_{uuid4()}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for waiting in sorted(Path(self.data_folder_in).iterdir()):
            if waiting.name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = Path(self.processed_folder) / waiting.name
            try:
                waiting.rename(taken)
            except FileNotFoundError:
                continue  # another worker was quicker
            message = loads(taken.read_text(encoding="utf-8"))
            taken.unlink()
            return message
        raise Empty


class Transport(filesystem.Transport):
    Channel = Channel
