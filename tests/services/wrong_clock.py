"""Run a module of the product on a machine whose clock is CLOCK_AHEAD_SECONDS ahead; -180: behind.

`CLOCK_AHEAD_SECONDS=180 python -m tests.services.wrong_clock celery --app=restore_safety worker`
"""

import os
import runpy
import sys
from datetime import timedelta

from django.utils import timezone

true_time = timezone.now
AHEAD = timedelta(seconds=float(os.environ["CLOCK_AHEAD_SECONDS"]))

# Before anything of the product is imported: fields of models keep the function they find.
timezone.now = lambda: true_time() + AHEAD
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
