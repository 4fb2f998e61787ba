"""`RUNS=… SEED=… python -m bench.torture`: both profiles, one line of JSON, 1 where it found a lie.

ITEMS, TENANTS and PROFILES narrow it down; what the processes said lies in the folder it names.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.torture.campaign import ITEMS, Campaign, Tally, stack_of
from bench.torture.oracle import Wrong
from bench.torture.policies import MadeUpTenant
from bench.torture.servers import NoServersError
from bench.torture.stack import PROFILES

RUNS = 16
TENANTS = 4
DONE_TO_IT = ("runs", "items", "kills", "restarts", "skews", "faults")


def main() -> int:
    runs = int(os.environ.get("RUNS", RUNS))
    seed = int(os.environ.get("SEED", "1"))
    wished = os.environ.get("PROFILES", ",".join(PROFILES)).split(",")
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="restore-safety-torture-"))
    # PostgreSQL's own account has to pass through it.
    folder.chmod(0o755)
    tallies: dict[str, Tally] = {}
    for number, profile in enumerate(wished):
        share = runs // len(wished) + (number < runs % len(wished))
        try:
            tallies[profile] = _tortured(profile, share, seed, folder / profile)
        except NoServersError as error:
            _say(f"Profile {profile} skipped: {error}.")
    counts: Counter[str] = sum((one.counts for one in tallies.values()), Counter())
    findings = [finding for one in tallies.values() for finding in one.findings]
    wrong = Counter(finding.wrong for finding in findings)
    answer = {
        **{name: counts[name] for name in DONE_TO_IT},
        **{one.value: wrong[one] for one in Wrong},
        "dropped_connections": counts["dropped_connections"],
        "answers_500": counts["answers_500"],
        "outcomes": dict(sum((one.outcomes for one in tallies.values()), Counter())),
        "profiles": list(tallies),
        "seed": seed,
        "seconds": round(time.monotonic() - began),
    }
    if findings or not counts["runs"]:
        _say(f"What the processes said lies in {folder}.")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"{json.dumps(answer)}\n")
    return int(bool(findings) or not counts["runs"])


def _tortured(profile: str, runs: int, seed: int, home: Path) -> Tally:
    size = int(os.environ.get("ITEMS", ITEMS))
    count = min(runs, int(os.environ.get("TENANTS", TENANTS)))
    tenants = [MadeUpTenant(slug=f"t{number}", size=size) for number in range(count)]
    with stack_of(profile, home) as stack:
        campaign = Campaign(stack=stack, seed=seed, tenants=tenants, report=_say)
        campaign.run(runs)
    return campaign.tally


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
