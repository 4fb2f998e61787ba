"""The wizard's addresses: its steps, and the POSTs beside them."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from restore_safety.backups.deleting import BackupGoneError
from restore_safety.checks.capture import queue_checks
from restore_safety.drafts import service as drafts
from restore_safety.drafts.capture_records import EmptyScopeError
from restore_safety.drafts.item_queries import ItemQuery
from restore_safety.drafts.preview import queue_preview
from restore_safety.drafts.service import DraftDiscardedError, DraftInUseError, DraftSubmittedError
from restore_safety.execution import approval_requests
from restore_safety.execution.confirmation import Confirmation
from restore_safety.execution.gate import Refusal, RestoreRefusedError, queue_restore
from restore_safety.models import BackupSet, RestoreDraft
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.wizard.confirmation import (
    FORGETS_ACKNOWLEDGEMENTS,
    confirmation_from,
    keep_entered,
    refused_page,
)
from restore_safety.wizard.pages.frame import STEP_LABELS, draft_page, next_step_url, step_url
from restore_safety.wizard.pages.kept_evidence import evidence_page
from restore_safety.wizard.steps import NOTHING_SENT_WAS_SAVED, draft_wizard
from tenants.access.service import require
from tenants.access.shortcuts import tenant_or_404
from tenants.clock import database_now
from tenants.models import AuditEvent, Tenant
from tenants.models.capabilities import Capability
from tenants.reauthentication import proof_address, proved_at
from tenants.web.http import AuthedRequest
from tenants.web.searching import searchable

TENANTS_PER_PAGE = 25
CAPTURES = {EvidenceKind.CHECKS: queue_checks, EvidenceKind.PREVIEW: queue_preview}


def of_draft[**P](
    view: Callable[Concatenate[AuthedRequest, RestoreDraft, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Find the draft for who may prepare restores there; of a discarded one, say who did that."""

    @wraps(view)
    def with_draft(
        request: AuthedRequest, draft_id: UUID, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        try:
            draft = _visible_drafts(request).filter(pk=draft_id).first()
            if draft is None:
                return _discarded(request, draft_id)
            require(request.user, Capability.PREPARE_RESTORE, draft.tenant)
        except (Http404, PermissionDenied):
            if request.htmx:
                # What polls swaps no error in: the page itself has to say it.
                return HttpResponseClientRefresh()
            raise
        try:
            return view(request, draft, *args, **kwargs)
        except DraftDiscardedError:
            if request.htmx:
                return HttpResponseClientRefresh()
            return _discarded(request, draft_id)

    return with_draft


def _visible_drafts(request: AuthedRequest) -> QuerySet[RestoreDraft]:
    visible = RestoreDraft.objects.visible_to(request.user)
    return visible.select_related("tenant__workspace", "backup_set", "owner")


def _discarded(request: AuthedRequest, draft_id: UUID) -> HttpResponse:
    """Who discarded the draft, for people who could have gone on with it; a 404 for others."""
    events = AuditEvent.objects.visible_to(request.user, Capability.PREPARE_RESTORE)
    event = (
        events.filter(action="restore_draft.discarded", subject=f"restore_draft:{draft_id}")
        .select_related("actor", "tenant")
        .first()
    )
    if event is None or request.htmx:
        raise Http404
    return render(request, "restore_safety/wizard/discarded.html", {"event": event}, status=410)


@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def draft_step(request: AuthedRequest, draft: RestoreDraft, step: str) -> HttpResponse:
    """One step of the wizard."""
    if step not in STEP_LABELS:
        raise Http404
    if draft.submitted_at is not None:
        return _to_its_run(request, draft)
    try:
        response: HttpResponse = draft_wizard(request, step=step, draft=draft)
    except DraftSubmittedError:
        return _to_its_run(request, draft)
    except BackupGoneError as error:
        messages.error(request, f"{error} {NOTHING_SENT_WAS_SAVED}")
        return redirect(step_url(draft, "backup"))
    return response


@require_safe
@of_draft
def draft_resume(request: AuthedRequest, draft: RestoreDraft) -> HttpResponse:
    """Go to the step that asks for something first."""
    if draft.submitted_at is not None:
        return _to_its_run(request, draft)
    return redirect(next_step_url(draft=draft, actor=request.user, now=timezone.now()))


@require_safe
def draft_evidence(request: AuthedRequest, draft_id: UUID, evidence_id: UUID) -> HttpResponse:
    """One capture as it was, for everybody who may know of the draft."""
    draft = get_object_or_404(_visible_drafts(request), pk=draft_id)
    captured = get_object_or_404(
        draft.evidence.select_related("captured_by", "operation_run"), pk=evidence_id
    )
    query = ItemQuery.from_address(request.GET)
    page = evidence_page(draft=draft, captured=captured, viewer=request.user, query=query)
    return render(request, "restore_safety/wizard/evidence.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def draft_create(request: AuthedRequest) -> HttpResponse:
    """Choose the tenant to restore into; posting opens a draft for it."""
    if request.method == "POST":
        return _open_draft(request)
    text = searchable(request.GET.get("q", ""))
    tenants = Tenant.objects.visible_to(request.user, Capability.PREPARE_RESTORE)
    if text:
        tenants = tenants.filter(name__icontains=text)
    tenants = tenants.select_related("workspace").order_by("name", "pk")
    page = Paginator(tenants, TENANTS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "restore_safety/wizard/tenant.html", {"tenants": page, "text": text})


def _open_draft(request: AuthedRequest) -> HttpResponse:
    slug = request.POST.get("tenant", "")
    if "\x00" in slug:  # PostgreSQL would refuse to look for it
        raise Http404
    tenant = tenant_or_404(request, slug, capability=Capability.PREPARE_RESTORE)
    set_id = request.POST.get("backup_set")
    chosen = _backup_set_or_404(tenant, set_id) if set_id else None
    actor, now = request.user, timezone.now()
    if chosen is None:
        draft = drafts.open_draft(actor=actor, tenant=tenant, now=now)
        return redirect(step_url(draft, "backup"))
    try:
        draft = drafts.open_draft_from(actor=actor, tenant=tenant, backup_set=chosen, now=now)
    except BackupGoneError as error:
        messages.error(request, f"No draft was opened. {error}")
        return redirect("backups:set-list")
    return redirect(step_url(draft, "scope"))


def _backup_set_or_404(tenant: Tenant, set_id: str) -> BackupSet:
    try:
        return get_object_or_404(BackupSet.objects.in_tenant(tenant).restorable(), pk=UUID(set_id))
    except ValueError as error:
        raise Http404 from error


@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def capture(request: AuthedRequest, draft: RestoreDraft, kind: str) -> HttpResponse:
    """Queue the checks or the preview for the scope as it stands; looking at it does nothing."""
    try:
        queue_evidence = CAPTURES[EvidenceKind(kind)]
    except ValueError as error:
        raise Http404 from error
    if request.method != "POST":
        return _nothing_arrived(request, draft, kind, "Nothing was queued: run it again here.")
    try:
        queue_evidence(actor=request.user, draft=draft, now=timezone.now())
    except EmptyScopeError:
        messages.error(request, "Nothing is in scope. Select at least one policy first.")
        return redirect(step_url(draft, "scope"))
    except DraftSubmittedError:
        return _to_its_run(request, draft)
    return redirect(step_url(draft, kind))


@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def queue(request: AuthedRequest, draft: RestoreDraft) -> HttpResponse:
    """Queue the confirmed restore, or say which condition failed and keep what was typed.

    Who has to prove first that it is them comes back to the confirm step with all they entered, and
    queues from there. The request itself is not resumed: a restore starts with a click on a page
    that shows what it would write now, never as the end of signing in.
    """
    if request.method != "POST":
        return _nothing_arrived(request, draft, "confirm", "Nothing was queued: confirm again.")
    require(request.user, Capability.EXECUTE_RESTORE, draft.tenant)
    confirmation, now = confirmation_from(request.POST), timezone.now()
    if request.POST.get("action") == "ask":
        return _asked(request, draft, confirmation)
    try:
        run = queue_restore(
            actor=request.user,
            draft=draft,
            confirmation=confirmation,
            authenticated_at=proved_at(request),
            now=now,
        )
    except RestoreRefusedError as error:
        if error.refusal is Refusal.SIGN_IN_TOO_OLD:
            return _prove_first(request, draft)
        return _refused(request, draft, error, is_dry_run=confirmation.is_dry_run)
    kind = "dry run" if run.is_dry_run else "restore"
    address = reverse("operations:run-detail", args=[run.operation_run_id])
    if run.created_at == now:
        said = format_html('{} queued. <a href="{}">Follow it</a>', kind.capitalize(), address)
        messages.success(request, said)
    else:
        said = format_html(
            'This {} was already queued, nothing was added. <a href="{}">Follow it</a>',
            kind,
            address,
        )
        messages.info(request, said)
    return redirect(address)


def _asked(request: AuthedRequest, draft: RestoreDraft, confirmation: Confirmation) -> HttpResponse:
    """Ask another person for approval, or say which condition failed and keep what was typed."""
    try:
        asked = approval_requests.ask(
            actor=request.user,
            draft=draft,
            confirmation=confirmation,
            authenticated_at=proved_at(request),
            now=timezone.now(),
        )
    except RestoreRefusedError as error:
        if error.refusal is Refusal.SIGN_IN_TOO_OLD:
            return _prove_first(request, draft)
        return _refused(request, draft, error, is_dry_run=False)
    messages.success(request, "Approval is requested. Approvers are notified.")
    return redirect(asked)


def _prove_first(request: AuthedRequest, draft: RestoreDraft) -> HttpResponse:
    keep_entered(request, draft)
    messages.info(
        request,
        f"Nothing was queued into {draft.tenant} yet. What you entered is kept: prove that it is "
        "you, and you come back to it.",
    )
    return redirect(proof_address(back_to=step_url(draft, "confirm")))


def _nothing_arrived(
    request: AuthedRequest, draft: RestoreDraft, step: str, what_now: str
) -> HttpResponse:
    """Where signing in again after a lost session leads, for what was posted then is gone."""
    if draft.submitted_at is not None:
        return _to_its_run(request, draft)
    messages.warning(request, f"If your session had ended, what you sent is gone. {what_now}")
    return redirect(step_url(draft, step))


def _refused(
    request: AuthedRequest, draft: RestoreDraft, error: RestoreRefusedError, *, is_dry_run: bool
) -> HttpResponse:
    draft.refresh_from_db()
    if draft.submitted_at is not None:
        messages.error(request, error.sentence)
        return _to_its_run(request, draft)
    if error.refusal in FORGETS_ACKNOWLEDGEMENTS:
        # The way on leads through other steps; what was typed waits for the way back.
        keep_entered(request, draft)
    page = draft_page(draft=draft, actor=request.user, step="confirm", now=database_now())
    return refused_page(request, page, is_dry_run=is_dry_run, error=error)


@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def draft_discard(request: AuthedRequest, draft: RestoreDraft) -> HttpResponse:
    """Ask, then discard a draft no run was made from."""
    if draft.submitted_at is not None:
        return _to_its_run(request, draft)
    if request.method != "POST":
        return render(request, "restore_safety/wizard/discard.html", {"draft": draft})
    try:
        drafts.discard(actor=request.user, draft=draft)
    except DraftInUseError:
        messages.error(request, "Runs were made from this draft, so it stays on record.")
        return redirect("restores:draft-resume", draft_id=draft.pk)
    messages.success(request, "The draft was discarded.")
    return redirect("home")


def _to_its_run(request: AuthedRequest, draft: RestoreDraft) -> HttpResponse:
    run = draft.runs.filter(is_dry_run=False).first()
    address = reverse("restores:run-detail", args=[run.pk]) if run else reverse("restores:run-list")
    sent = f" {NOTHING_SENT_WAS_SAVED}" if request.method == "POST" else ""
    messages.info(request, f"This draft was queued as a restore and no longer changes.{sent}")
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
