"""`python -m bench`: what one item costs among few and among many, and what pages cost."""

import os
import sys
import tempfile
from pathlib import Path

from restore_safety.demo.processes import DemoInstance, free_port


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="restore-safety-bench-") as home:
        place = DemoInstance(home=Path(home), port=free_port(), emulator_port=free_port())
        # The settings are read from the environment once, so it is set before they are.
        os.environ |= place.environment | {
            "DJANGO_SETTINGS_MODULE": "restore_safety.settings",
            "LOG_LEVEL": "WARNING",
        }
        from bench.measures import measure_all  # noqa: PLC0415 -- only now is there a place

        lines = measure_all(place)
    for line in lines:
        sys.stdout.write(f"{line}\n")
    return int(any(line.is_too_steep for line in lines))


if __name__ == "__main__":
    sys.exit(main())
