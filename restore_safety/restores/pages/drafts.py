"""The drafts a person may go on with, for the list of them and for the home page."""

from django.db import models

from restore_safety.models import RestoreDraft
from restore_safety.models.draft import RestoreDraftQuerySet
from tenants.models import User
from tenants.models.capabilities import Capability


def drafts_for(user: User) -> RestoreDraftQuerySet:
    """The open drafts of the tenants in which the user may prepare restores, the newest first.

    A row that would ask for more fails instead of querying again.
    """
    drafts = RestoreDraft.objects.visible_to(user, Capability.PREPARE_RESTORE).open()
    return (
        drafts.select_related("tenant", "backup_set", "owner", "follows")
        .order_by("-updated_at", "-pk")
        .fetch_mode(models.FETCH_RAISE)
    )
