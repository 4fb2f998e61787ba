"""How often the end of each restore was told, read in the product's own database."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "restore_safety.settings")
django.setup()

from django.db.models import Count, Q

from operations.models import NoticeKind, OperationRun, RunStatus


def notices_of(operations: list[str]) -> dict[str, int]:
    """The number of notices of an end, by operation, of those that have ended."""
    ended = OperationRun.objects.filter(pk__in=operations, status=RunStatus.COMPLETED)
    of_its_end = Count("notifications", filter=Q(notifications__kind=NoticeKind.ENDED))
    counted = ended.annotate(notices=of_its_end).values_list("pk", "notices")
    return {str(key): number for key, number in counted}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(notices_of(json.load(sys.stdin))))
