"""What an operator sees once the scope of their draft has changed."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest

from restore_safety.drafts.scope_changes import LedgerEntry, ledger_entries
from restore_safety.models import DraftChange, RestoreDraft
from restore_safety.truth.evidence import CaptureState, EvidenceKind


def report_scope_change(
    request: HttpRequest, *, draft: RestoreDraft, changes: Sequence[DraftChange]
) -> None:
    """Say what moved and what that did to the evidence; without evidence nothing was at stake."""
    complete = draft.evidence.filter(state=CaptureState.COMPLETE)
    captured = dict(complete.order_by("started_at").values_list("kind", "fingerprint"))
    if not changes or not captured:
        return
    current = complete.filter(fingerprint=changes[-1].fingerprint_after)
    speaking = [
        kind for kind in EvidenceKind if kind in set(current.values_list("kind", flat=True))
    ]
    silent = [kind for kind in EvidenceKind if kind in captured and kind not in speaking]
    moved = "; ".join(map(_said, ledger_entries(tenant=draft.tenant, rows=changes)))
    if speaking:
        messages.info(
            request,
            f"{moved}. The earlier {_named(speaking)} {_verb(speaking, 'speaks', 'speak')} "
            "for this scope again.",
        )
    if silent:
        messages.warning(
            request,
            f"{moved}. The {_named(silent)} no longer {_verb(silent, 'speaks', 'speak')} "
            "for this scope.",
        )


def warn_of_cleared_selection(request: HttpRequest, *, count: int) -> None:
    selection = "1 policy" if count == 1 else f"{count} policies"
    messages.warning(
        request,
        f"Your selection of {selection} belonged to the other backup set and was cleared.",
    )


def _said(entry: LedgerEntry) -> str:
    return f"{entry.change.field.label}: {entry.change.moved}"


def _named(kinds: Sequence[EvidenceKind]) -> str:
    return " and ".join(kind.label.lower() for kind in kinds)


def _verb(kinds: Sequence[EvidenceKind], singular: str, plural: str) -> str:
    return singular if list(kinds) == [EvidenceKind.PREVIEW] else plural
