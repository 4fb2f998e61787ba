"""How many notices each ended restore left, read in the product's own database."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "restore_safety.settings")
django.setup()

from django.db.models import Count  # noqa: E402 -- Django comes first

from operations.models import OperationRun, RunStatus  # noqa: E402


def notices_of(operations: list[str]) -> dict[str, int]:
    """The number of notices by operation, of those that have ended."""
    ended = OperationRun.objects.filter(pk__in=operations, status=RunStatus.COMPLETED)
    counted = ended.annotate(notices=Count("notifications")).values_list("pk", "notices")
    return {str(key): number for key, number in counted}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(notices_of(json.load(sys.stdin))))
