"""The last step: what is put before the operator, and what they get back when it is refused."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from restore_safety.execution.gate import (
    Confirmation,
    Refusal,
    RestoreRefusedError,
    offer_of,
)
from restore_safety.execution.readiness import acknowledgements_of
from restore_safety.selectors.confirm_step import confirm_section
from restore_safety.selectors.drafts import DraftPage
from restore_safety.wizard.forms import ConfirmForm

CONFIRM_TEMPLATE = "restore_safety/wizard/confirm.html"
FIELDS = {
    Refusal.NAME_NOT_TYPED: "typed_name",
    Refusal.WARNINGS_NOT_ACKNOWLEDGED: "acknowledged",
    Refusal.REASON_MISSING: "reason",
}
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
    reason = posted.get("reason", "")
    return Confirmation(
        offer=posted.get("offer", ""),
        is_dry_run=posted.get("action") == "dry-run",
        typed_name=posted.get("typed_name", ""),
        acknowledged=frozenset(posted.getlist("acknowledged")),
        reason="" if "\x00" in reason else reason,
    )


def confirm_context(page: DraftPage) -> dict[str, Any]:
    """The confirm step with a fresh offer and nothing filled in."""
    return {"section": confirm_section(page.standing), "confirm_form": _form(page)}


def refused_page(
    request: HttpRequest, page: DraftPage, *, is_dry_run: bool, error: RestoreRefusedError
) -> HttpResponse:
    """The confirm step again, with the refusal on top, what was typed, and a fresh offer."""
    form = _form(page, typed=_kept(page, request.POST, error.refusal))
    is_about_fields = not is_dry_run and error.refusal in FIELDS
    context = {
        "page": page,
        "section": confirm_section(page.standing),
        "confirm_form": form,
        "refusals": _complain(form, error) if is_about_fields else [error.sentence],
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
    offer = {"offer": offer_of(standing=page.standing, actor=page.actor)}
    return ConfirmForm(
        None if typed is None else offer | dict(typed),
        initial=offer,
        acknowledgements=acknowledgements_of(page.standing),
        tenant=page.draft.tenant,
    )


def _kept(page: DraftPage, posted: QueryDict, refusal: Refusal) -> dict[str, Any]:
    asked = {one.key for one in acknowledgements_of(page.standing)}
    is_forgotten = refusal in FORGETS_ACKNOWLEDGEMENTS
    ticked = asked.intersection(posted.getlist("acknowledged"))
    return {
        "typed_name": posted.get("typed_name", ""),
        "reason": posted.get("reason", ""),
        "acknowledged": [] if is_forgotten else sorted(ticked),
    }
