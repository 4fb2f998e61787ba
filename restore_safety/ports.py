"""Which ports the product listens on: the one it was given, and the emulator's beside it."""

from collections.abc import Iterator

_HIGHEST = 65_535
# Ports below may be opened by administrators alone, so none of them is proposed.
_LOWEST_FOR_ALL = 1024
_EMULATOR_IS_APART = 765
_STRIDE = 100


class UnusablePortError(ValueError):
    """No program can listen there; the message says what to choose instead."""


def port_of(text: str) -> int:
    """The port that was written down, or a refusal in one sentence."""
    port = int(text) if text.isascii() and text.isdecimal() else 0
    if not 0 < port <= _HIGHEST:
        raise UnusablePortError(
            f"PORT is {text!r}, and no program can listen there. "
            f"Set it to a whole number from 1 to {_HIGHEST}, for example PORT=8000."
        )
    return port


def emulator_port_of(port: int) -> int:
    """Where the emulator listens: above the port, or below it where there is no above."""
    above = port + _EMULATOR_IS_APART
    return above if above <= _HIGHEST else port - _EMULATOR_IS_APART


def others_than(port: int) -> Iterator[int]:
    """Ports to propose instead, the nearest above first."""
    yield from range(port + _STRIDE, _HIGHEST + 1, _STRIDE)
    yield from range(port - _STRIDE, _LOWEST_FOR_ALL - 1, -_STRIDE)
