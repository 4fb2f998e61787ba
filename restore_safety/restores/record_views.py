"""What people do with the record of a restore: each act is confirmed first, then posted."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from restore_safety.models import RestoreRun
from restore_safety.restores import records
from restore_safety.restores.forms import AcknowledgementForm
from restore_safety.restores.pages.actions import act_page
from restore_safety.restores.records import RecordAct, RecordRefusedError
from restore_safety.restores.run_queries import visible_run
from tenants.web.http import AuthedRequest

_RERUN = "A new draft holds the scope of that restore. Its checks and preview have to run anew."
_ALREADY_OPEN = "This is the draft that was opened from that restore before. No other was made."
_UNDO = (
    "This draft undoes the restore. Nothing is written before its checks, its preview and your "
    "confirmation."
)
_UNDO_OPEN = "This is the draft of that undo, which was opened before. No other was made."
_RESTORES = ("Restores", reverse_lazy("restores:run-list"))


@require_safe
def confirm(request: AuthedRequest, run_id: UUID, act: str) -> HttpResponse:
    """Ask before anything is done; what is in the way is said instead."""
    if act not in RecordAct:
        raise Http404
    run = visible_run(user=request.user, run_id=run_id)
    records.require_act(request.user, RecordAct(act), run)
    return _confirmation(request, RecordAct(act), run, AcknowledgementForm())


@require_POST
def acknowledge(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    run = visible_run(user=request.user, run_id=run_id)
    records.require_act(request.user, RecordAct.ACKNOWLEDGE, run)
    form = AcknowledgementForm(request.POST)
    if not form.is_valid():
        return _confirmation(request, RecordAct.ACKNOWLEDGE, run, form)
    return _carried_out(
        request,
        run,
        lambda: records.acknowledge_follow_up(
            actor=request.user, run=run, note=form.cleaned_data["note"], now=timezone.now()
        ),
        "The follow-up is acknowledged. What the restore left open is still open in the tenant.",
    )


@require_POST
def archive(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    run = visible_run(user=request.user, run_id=run_id)
    return _carried_out(
        request,
        run,
        lambda: records.archive(actor=request.user, run=run, now=timezone.now()),
        "The restore is archived.",
    )


@require_POST
def unarchive(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    run = visible_run(user=request.user, run_id=run_id)
    return _carried_out(
        request,
        run,
        lambda: records.unarchive(actor=request.user, run=run),
        "The restore is back in the list.",
    )


@require_POST
def delete(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    run = visible_run(user=request.user, run_id=run_id)
    try:
        records.delete_for_good(actor=request.user, run=run)
    except RecordRefusedError as refusal:
        messages.warning(request, f"The record was not deleted. {refusal}")
        return redirect("restores:run-detail", run_id)
    messages.info(request, "The record is deleted for good. The audit trail stays.")
    return redirect("restores:run-list")


@require_POST
def rerun(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    run = visible_run(user=request.user, run_id=run_id)
    try:
        successor = records.rerun(actor=request.user, run=run, now=timezone.now())
    except RecordRefusedError as refusal:
        messages.warning(request, f"No draft was made. {refusal}")
        return redirect("restores:run-detail", run.pk)
    messages.info(request, _RERUN if successor.is_new else _ALREADY_OPEN)
    return redirect("restores:draft-step", successor.draft.pk, "scope")


@require_POST
def undo(request: AuthedRequest, run_id: UUID) -> HttpResponse:
    """Open the draft of the undo; what it writes is checked, previewed and confirmed there."""
    run = visible_run(user=request.user, run_id=run_id)
    try:
        successor = records.undo(actor=request.user, run=run, now=timezone.now())
    except RecordRefusedError as refusal:
        messages.warning(request, f"No undo was prepared. {refusal}")
        return redirect("restores:run-detail", run.pk)
    messages.info(request, _UNDO if successor.is_new else _UNDO_OPEN)
    return redirect("restores:draft-step", successor.draft.pk, "scope")


def _carried_out(
    request: AuthedRequest, run: RestoreRun, act: Callable[[], None], notice: str
) -> HttpResponse:
    try:
        act()
    except RecordRefusedError as refusal:
        messages.warning(request, f"Nothing was changed. {refusal}")
    else:
        messages.info(request, notice)
    return redirect("restores:run-detail", run.pk)


def _confirmation(
    request: AuthedRequest, act: RecordAct, run: RestoreRun, form: AcknowledgementForm
) -> HttpResponse:
    address = reverse("restores:run-detail", args=[run.pk])
    context = {
        "page": act_page(act=act, run=run),
        "form": form,
        "breadcrumbs": [_RESTORES, (str(run), address), (act.label, None)],
    }
    return render(request, "restore_safety/restores/run_confirm.html", context)
