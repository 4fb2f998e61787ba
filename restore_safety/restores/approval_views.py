"""Requests for approval: what another person is asked to approve, and what they decide."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from restore_safety.execution import approval_requests
from restore_safety.execution.approval_requests import DecisionRefusedError, ProofNeededError
from restore_safety.restores.pages.approval import approval_page, visible_request
from tenants.access.service import require
from tenants.models.capabilities import Capability
from tenants.reauthentication import proof_address, proved_at
from tenants.web.http import AuthedRequest

_RESTORES = ("Restores", reverse_lazy("restores:run-list"))
_ENTERED = "decision-reason"
_LONGEST_KEPT = 1000


@require_safe
def approval(request: AuthedRequest, request_id: UUID) -> HttpResponse:
    asked = visible_request(user=request.user, request_id=request_id)
    context = {
        "page": approval_page(request=asked, viewer=request.user, now=timezone.now()),
        "entered": request.session.pop(f"{_ENTERED}-{asked.pk}", ""),
        "breadcrumbs": [_RESTORES, ("Approval", None)],
    }
    return render(request, "restore_safety/restores/approval.html", context)


@require_POST
def decide(request: AuthedRequest, request_id: UUID) -> HttpResponse:
    """Approve or reject; who has to prove first that it is them comes back with their reason."""
    asked = visible_request(user=request.user, request_id=request_id)
    require(request.user, Capability.APPROVE_RESTORE, asked.tenant)
    approve = request.POST.get("decision") == "approve"
    reason = request.POST.get("reason", "").replace("\x00", "")
    try:
        approval_requests.decide(
            actor=request.user,
            request=asked,
            approve=approve,
            reason=reason,
            authenticated_at=proved_at(request),
            now=timezone.now(),
        )
    except ProofNeededError:
        request.session[f"{_ENTERED}-{asked.pk}"] = reason[:_LONGEST_KEPT]
        messages.info(request, "Nothing is decided yet: prove that it is you, and decide then.")
        return redirect(proof_address(back_to=reverse("restores:approval", args=[asked.pk])))
    except DecisionRefusedError as refusal:
        request.session[f"{_ENTERED}-{asked.pk}"] = reason[:_LONGEST_KEPT]
        messages.error(request, f"Nothing was decided. {refusal}")
    else:
        messages.success(request, "The restore is approved." if approve else "It is rejected.")
    return redirect(asked)


@require_POST
def withdraw(request: AuthedRequest, request_id: UUID) -> HttpResponse:
    asked = visible_request(user=request.user, request_id=request_id)
    if approval_requests.withdraw(actor=request.user, request=asked, now=timezone.now()):
        messages.info(request, "The request is withdrawn.")
    else:
        messages.warning(request, "It is decided on already.")
    return redirect(asked)
