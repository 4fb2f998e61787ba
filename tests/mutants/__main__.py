"""Report the mutants of the pure core that no test finds out, or only those named so."""

import json
import sys
import tomllib
from pathlib import Path

from tests.mutants.altering import mutants_of
from tests.mutants.running import survivors

PACKAGE = "restore_safety.truth"
FOLDER = Path("restore_safety/truth")
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
LEAST_KILLED = 0.95


def main(wanted: list[str]) -> int:
    """Success is enough killed, and a reason on record for each that was not."""
    reasons = tomllib.loads(EQUIVALENT.read_text())
    made = mutants_of(PACKAGE, FOLDER)
    mutants = [one for one in made if not wanted or one.name.startswith(tuple(wanted))]
    unexplained = surviving = 0
    for mutant in survivors(mutants):
        surviving += 1
        reason = reasons.get(mutant.name, "")
        unexplained += not reason
        _say(f"{FOLDER / mutant.module.rpartition('.')[2]}.py:{mutant.line} {mutant.name}")
        _say(f"    {reason or 'No reason is on record: a test is missing.'}")
    gone = sorted(reasons.keys() - {mutant.name for mutant in made})
    for name in gone:
        _say(f"{EQUIVALENT.name} explains a mutant that is not made any more: {name}")
    killed = len(mutants) - surviving
    _say(json.dumps({"mutants": len(mutants), "killed": killed}))
    return int(bool(unexplained or gone or killed < LEAST_KILLED * len(mutants)))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
