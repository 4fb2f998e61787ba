"""`python -m bench.memory`: how much memory an import takes among few files and among many.

Each export is imported in a process of its own, so that the one before leaves nothing behind. What
is measured is the most memory that process held, above what it held before its first import.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.exports import write_export

FEW, MANY = 1_000, 5_000
# Names, digests and places on disk are held of every policy, so it is not 1. With the content held
# as well, even packed, it is near 3.
STEEPEST = 2.0
_KIB = 1024


@dataclass(frozen=True)
class Measured:
    """What one import came to: its files, the policies kept, and memory in bytes."""

    files: int
    size: int
    policies: int
    baseline: int
    peak: int

    @property
    def growth(self) -> int:
        return self.peak - self.baseline

    def __str__(self) -> str:
        return (
            f"{self.files:>6,} files, {_mb(self.size)}, {self.policies:>6,} policies:"
            f" baseline {_mb(self.baseline)}, peak {_mb(self.peak)}, growth {_mb(self.growth)}"
        )


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="restore-safety-bench-") as home:
        few, many = (_imported_apart(Path(home, str(count)), count) for count in (FEW, MANY))
    ratio = many.growth / few.growth
    verdict = "TOO STEEP" if ratio > STEEPEST else "ok"
    each = (many.growth - few.growth) / (many.files - few.files) / _KIB
    for line in (few, many):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(
        f"growth of {MANY:,} to {FEW:,} files: x{ratio:.2f} (at most x{STEEPEST:.1f})  {verdict}\n"
        f"each further file: {each:.1f} KB in memory, "
        f"{(many.size - few.size) / (many.files - few.files) / _KIB:.1f} KB on disk\n"
    )
    return int(ratio > STEEPEST)


def _imported_apart(home: Path, count: int) -> Measured:
    folder = home / "export"
    files, size = write_export(folder, count)
    # Migrations take more memory than an import, and are no part of it.
    _in_new_process(str(home))
    return Measured(files=files, size=size, **_in_new_process(str(home), str(folder)))


def _in_new_process(*arguments: str) -> dict[str, int]:
    answered = subprocess.run(  # noqa: S603 -- this interpreter and this module
        [sys.executable, "-m", "bench.memory", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    numbers: dict[str, int] = json.loads(answered.stdout)
    return numbers


def measure(home: Path, folder: Path | None) -> dict[str, int]:
    """Import one export in this process, which has to be new; without one, prepare the database."""
    from restore_safety.demo.processes import DemoInstance, free_port  # noqa: PLC0415 -- not in the parent

    place = DemoInstance(home=home, port=free_port(), emulator_port=free_port())
    # The settings are read from the environment once, so it is set before they are.
    os.environ |= place.environment | {
        "DJANGO_SETTINGS_MODULE": "restore_safety.settings",
        "LOG_LEVEL": "WARNING",
    }
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 -- Django comes first
    from django.utils import timezone  # noqa: PLC0415

    from restore_safety.backups.importing import import_path  # noqa: PLC0415
    from restore_safety.demo.seed import seed_people  # noqa: PLC0415

    if folder is None:
        call_command("migrate", verbosity=0, interactive=False)
        seed_people()
        return {}
    tenant, _ = seed_people()
    baseline = _resident()
    report = import_path(path=folder, tenant=tenant, created_by=None, now=timezone.now())
    return {
        "policies": report.backup_set.item_count,
        "baseline": baseline,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB,
    }


def _resident() -> int:
    """The memory this process holds now, in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def _mb(size: int) -> str:
    return f"{size / _KIB**2:>6.1f} MB"


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(main())
    at, *export = map(Path, sys.argv[1:])
    json.dump(measure(at, export[0] if export else None), sys.stdout)
