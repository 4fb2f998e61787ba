"""Queries of restores: those of the list, and one by its id for a viewer."""

from uuid import UUID

from django.db import models
from django.shortcuts import get_object_or_404

from restore_safety.models import RestoreRun
from restore_safety.models.run import RestoreRunQuerySet
from tenants.models import User


def runs_for(user: User) -> RestoreRunQuerySet:
    """The restores of the list; a row that would ask for more fails instead of querying again."""
    return (
        RestoreRun.objects.visible_to(user)
        .select_related("tenant", "backup_set", "draft", "requested_by", "follow_up_note__author")
        .order_by("-created_at", "-pk")
        .fetch_mode(models.FETCH_RAISE)
    )


def visible_run(*, user: User, run_id: UUID) -> RestoreRun:
    runs = RestoreRun.objects.visible_to(user).select_related(
        "tenant__workspace",
        "draft",
        "backup_set",
        "preview__captured_by",
        "operation_run",
        "pre_restore_set",
        "requested_by",
        "archived_by",
        "approval__decided_by",
        "approval__requested_by",
        "follow_up_note__author",
    )
    return get_object_or_404(runs, pk=run_id)
