"""What is put before the operator to confirm, signed: it comes back untouched or not at all."""

import secrets
from typing import Any

from django.core import signing

from restore_safety.drafts.readiness import DraftStatus
from restore_safety.execution.confirmation import Refusal, RestoreRefusedError
from restore_safety.models import RestoreDraft
from tenants.models import User

SALT = "restore-safety.confirmation"


def offer_of(*, status: DraftStatus, actor: User) -> str:
    """What is put before the operator, signed: it comes back untouched or not at all.

    Evidence that is not current, as while it is being captured, cannot be confirmed: it is not
    named, so what it turns out to say has to be read first.
    """
    checks, preview = (
        evidence.captured if evidence.integrity.is_current else None
        for evidence in (status.checks, status.preview)
    )
    return signing.dumps(
        {
            "draft": str(status.draft.pk),
            "actor": actor.pk,
            "fingerprint": status.fingerprint,
            "checks": str(checks.pk) if checks else "",
            "preview": str(preview.pk) if preview else "",
            "plan": preview.plan_hash if preview else "",
            "nonce": secrets.token_urlsafe(9),
        },
        salt=SALT,
    )


def names_the_same(offer: str, other: str) -> bool:
    """Whether both offers are of the same draft, scope, evidence and plan, to the same person."""
    try:
        first, second = (signing.loads(each, salt=SALT) for each in (offer, other))
    except signing.BadSignature:
        return False
    return bool(first | {"nonce": ""} == second | {"nonce": ""})


def open_offer(offer: str, *, draft: RestoreDraft, actor: User) -> dict[str, Any]:
    """What the offer names; RestoreRefusedError unless it was made to the actor for the draft."""
    try:
        offered: dict[str, Any] = signing.loads(offer, salt=SALT)
    except signing.BadSignature:
        offered = {}
    if offered.get("draft") != str(draft.pk) or offered.get("actor") != actor.pk:
        raise RestoreRefusedError(
            Refusal.CONFIRMATION_INVALID,
            "This confirmation does not belong to you and this draft. Open the confirm step again.",
        )
    return offered
