"""The last step: what is put before the operator, and what they get back when it is refused."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from restore_safety.drafts.readiness import acknowledgements_of
from restore_safety.execution.gate import (
    Confirmation,
    Refusal,
    RestoreRefusedError,
    names_the_same,
    offer_of,
)
from restore_safety.models import RestoreDraft
from restore_safety.wizard.forms import ConfirmForm
from restore_safety.wizard.pages.confirm import confirm_section
from restore_safety.wizard.pages.frame import DraftPage
from tenants.models.recurrence import exists, readings
from tenants.reauthentication import is_recent, proved_at

CONFIRM_TEMPLATE = "restore_safety/wizard/confirm.html"
FIELDS = {
    Refusal.NAME_NOT_TYPED: "typed_name",
    Refusal.WARNINGS_NOT_ACKNOWLEDGED: "acknowledged",
    Refusal.REASON_MISSING: "reason",
    Refusal.FROZEN: "starts",
    Refusal.START_INVALID: "starts",
}
_TYPED = (
    "typed_name",
    "reason",
    "freeze_override",
    "starts",
    "starts_zone",
    "break_glass",
    "break_glass_name",
)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ENTERED = ("offer", "acknowledged", *_TYPED)
# What was ticked then was about other evidence, so it has to be read and ticked anew.
FORGETS_ACKNOWLEDGEMENTS = frozenset(
    {
        Refusal.CONFIRMATION_INVALID,
        Refusal.SCOPE_CHANGED,
        Refusal.CHECKS_NOT_CURRENT,
        Refusal.PREVIEW_NOT_CURRENT,
        Refusal.EVIDENCE_REPLACED,
        Refusal.PLAN_ALTERED,
    }
)


def confirmation_from(posted: QueryDict) -> Confirmation:
    """What the operator sent, as the gate takes it; a reason no record can hold is none."""
    action = posted.get("action")

    def text(name: str) -> str:
        said = posted.get(name, "")
        return "" if "\x00" in said else said

    return Confirmation(
        offer=posted.get("offer", ""),
        is_dry_run=action == "dry-run",
        typed_name=posted.get("typed_name", ""),
        acknowledged=frozenset(posted.getlist("acknowledged")),
        reason=text("reason"),
        freeze_override=text("freeze_override"),
        # What is entered beside another button is not meant by this one.
        break_glass=text("break_glass") or " " if action == "break-glass" else "",
        break_glass_name=text("break_glass_name"),
        starts_at=_start_from(posted),
    )


def _start_from(posted: QueryDict) -> datetime | None:
    """The instant of the local time that was entered; None where the start is not put off.

    Of a time that occurs twice the first is meant; one that never occurs, or cannot be read, is
    over already, so that the gate refuses it.
    """
    entered = posted.get("starts", "").strip()
    if not entered:
        return None
    try:
        local = datetime.fromisoformat(entered).replace(tzinfo=None)
        zone = ZoneInfo(posted.get("starts_zone") or "UTC")
        return readings(local, zone)[0] if exists(local, zone) else _NEVER
    except (ValueError, OverflowError, ZoneInfoNotFoundError, OSError):
        return _NEVER


def keep_entered(request: HttpRequest, draft: RestoreDraft) -> None:
    """Keep what was typed and ticked with the session, until its draft's confirm step takes it."""
    entered = QueryDict(mutable=True)
    for name in _ENTERED:
        entered.setlist(name, request.POST.getlist(name))
    request.session[_kept_under(draft)] = entered.urlencode()


def confirm_context(request: HttpRequest, page: DraftPage) -> dict[str, Any]:
    """The confirm step with a fresh offer, and nothing filled in but what was kept for it."""
    is_proven = is_recent(proved_at(request), now=timezone.now())
    evidence = (page.status.checks, page.status.preview)
    may_queue = all(one.integrity.is_current for one in evidence)
    entered = _taken_up(request, page, is_last=is_proven and may_queue)
    return {
        "section": confirm_section(page.status, page.actor),
        "confirm_form": _form(page, typed=entered),
        "is_taken_up": entered is not None and may_queue,
        "has_dropped_ticks": entered is not None and entered["has_dropped"],
        "asks_for_proof": not is_proven,
    }


def _taken_up(request: HttpRequest, page: DraftPage, *, is_last: bool) -> dict[str, Any] | None:
    """What was kept; it stays kept while something else has to come first, like a proof.

    What was ticked is dropped when other evidence or another scope is put before them now.
    """
    name = _kept_under(page.draft)
    kept = request.session.pop(name, None) if is_last else request.session.get(name)
    if kept is None:
        return None
    posted = QueryDict(kept)
    fresh = offer_of(status=page.status, actor=page.actor)
    is_same = names_the_same(posted.get("offer", ""), fresh)
    return _kept(page, posted, is_forgotten=not is_same)


def _kept_under(draft: RestoreDraft) -> str:
    return f"confirmation-{draft.pk}"


def refused_page(
    request: HttpRequest, page: DraftPage, *, is_dry_run: bool, error: RestoreRefusedError
) -> HttpResponse:
    """The confirm step again, with the refusal on top, what was typed, and a fresh offer."""
    is_forgotten = error.refusal in FORGETS_ACKNOWLEDGEMENTS
    form = _form(page, typed=_kept(page, request.POST, is_forgotten=is_forgotten))
    is_about_fields = not is_dry_run and error.refusal in FIELDS
    context = {
        "page": page,
        "section": confirm_section(page.status, page.actor),
        "confirm_form": form,
        "refusals": _complain(form, error) if is_about_fields else [error.sentence],
        "asks_for_proof": not is_recent(proved_at(request), now=timezone.now()),
    }
    return render(request, CONFIRM_TEMPLATE, context, status=409)


def _complain(form: ConfirmForm, error: RestoreRefusedError) -> list[str]:
    """Every condition that is still open at its field, not only the one the gate met first."""
    for field, sentence in tuple(form.open_conditions()):
        form.add_error(field, sentence)
    if FIELDS[error.refusal] not in form.errors:
        form.add_error(FIELDS[error.refusal], error.sentence)
    return [str(sentence) for field in form.fields for sentence in form.errors.get(field, ())]


def _form(page: DraftPage, *, typed: Mapping[str, Any] | None = None) -> ConfirmForm:
    offer = {"offer": offer_of(status=page.status, actor=page.actor)}
    return ConfirmForm(
        None if typed is None else offer | dict(typed),
        initial=offer | _asked_for(page),
        acknowledgements=acknowledgements_of(page.status),
        tenant=page.draft.tenant,
    )


def _asked_for(page: DraftPage) -> dict[str, Any]:
    """What approval was asked with is filled in again; the tenant's name is typed anew."""
    filled: dict[str, Any] = {"starts_zone": page.actor.time_zone}
    held = page.status.approval
    if held is None or held.request.requested_by_id != page.actor.pk:
        return filled
    request = held.request
    if request.starts_at is not None:
        local = request.starts_at.astimezone(ZoneInfo(page.actor.time_zone))
        filled["starts"] = local.replace(tzinfo=None)
    return filled | {"reason": request.reason, "acknowledged": request.acknowledged}


def _kept(page: DraftPage, posted: QueryDict, *, is_forgotten: bool) -> dict[str, Any]:
    asked = {one.key for one in acknowledgements_of(page.status)}
    ticked = asked.intersection(posted.getlist("acknowledged"))
    return {
        **{name: posted.get(name, "") for name in _TYPED},
        "acknowledged": [] if is_forgotten else sorted(ticked),
        "has_dropped": is_forgotten and bool(posted.getlist("acknowledged")),
    }
