"""Issue a receipt: refused until the restore has ended, and noted in the trail it ends with."""

from collections.abc import Iterator
from typing import Any

from restore_safety.execution.plan import PlanAlteredError, confirm_unaltered
from restore_safety.models import RestoreRun
from restore_safety.restores.receipts.anchors import TrailDisagreesError, confirmed_anchors_of
from restore_safety.restores.receipts.contents import records_of
from restore_safety.restores.receipts.linking import document_of
from restore_safety.restores.receipts.signing import installation_key
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.fingerprint import fingerprint_of_document
from restore_safety.truth.scope import Scope, ScopeFormatError
from tenants.access.service import require
from tenants.audit import trail
from tenants.models import User
from tenants.models.capabilities import Capability

_NOT_ENDED = "The restore has not ended. A receipt holds its result, so it is issued after the end."
_OTHER_SCOPE = "Its stored scope no longer has the fingerprint it was confirmed with."
_OTHER_PLAN = "Its stored plan no longer adds up to the hash it was confirmed with."


class ReceiptRefusedError(Exception):
    """No receipt can be issued for the restore as it stands; the message says why."""


def obstacle_to_issuing(run: RestoreRun) -> str:
    """Why there is no receipt yet, as a sentence; "" when nothing is in the way."""
    return "" if RestoreStatus(run.status).is_ended else _NOT_ENDED


def issue(*, actor: User, run: RestoreRun) -> Iterator[str]:
    """The receipt's parts, for whoever may view the restore; that it was issued is on record."""
    require(actor, Capability.VIEW, run.tenant)
    return _issued(run, actor)


def issue_unattended(*, run: RestoreRun) -> Iterator[str]:
    """The receipt's parts for whoever runs the installation, from the command line."""
    return _issued(run, None)


def file_name_of(run: RestoreRun) -> str:
    return f"restore-{str(run.pk)[:8]}-receipt.json"


def _issued(run: RestoreRun, actor: User | None) -> Iterator[str]:
    if reason := obstacle_to_issuing(run):
        raise ReceiptRefusedError(reason)
    scope = _confirmed_scope_of(run)
    # What was altered since is never signed for.
    try:
        confirm_unaltered(preview=run.preview, confirmed_hash=run.plan_hash)
    except PlanAlteredError as error:
        raise ReceiptRefusedError(_OTHER_PLAN) from error
    try:
        anchors = confirmed_anchors_of(run)
    except TrailDisagreesError as error:
        raise ReceiptRefusedError(str(error)) from error
    key = installation_key()
    issued = trail.record(
        action="restore.receipt_issued",
        actor=actor,
        tenant=run.tenant,
        subject=f"restore_run:{run.pk}",
        detail={"key": key.fingerprint},
    )
    records = records_of(run, scope=scope, anchors=anchors, issued=issued, key_id=key.fingerprint)
    return document_of(records, key)


def _confirmed_scope_of(run: RestoreRun) -> dict[str, Any]:
    """The scope's document as it was confirmed, of whichever version that was."""
    document: dict[str, Any] = run.preview.scope
    try:
        Scope.from_json(document)
    except (ScopeFormatError, AttributeError) as error:
        raise ReceiptRefusedError(_OTHER_SCOPE) from error
    if fingerprint_of_document(document) != run.fingerprint:
        raise ReceiptRefusedError(_OTHER_SCOPE)
    return document
