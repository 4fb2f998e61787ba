"""The scheduled task that finds runs whose worker vanished."""

from celery import shared_task
from django.utils import timezone

from operations import lifecycle


@shared_task(ignore_result=True)
def reconcile_operation_runs() -> None:
    lifecycle.reconcile(now=timezone.now())
