"""The requests for approval that wait for one person, in a fixed number of queries."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery

from restore_safety.models import ApprovalRequest, CapturedEvidence, DraftChange
from restore_safety.models.draft import target_behind
from restore_safety.truth.evidence import EvidenceKind
from tenants.access.holders import holds
from tenants.models import ProviderConnection, User
from tenants.models.capabilities import Capability
from tenants.models.scoping import TenantOwnedQuerySet


def waiting_for(user: User, *, now: datetime) -> TenantOwnedQuerySet[ApprovalRequest]:
    """The requests the user can decide on now, those with the least time left first.

    The rules of `truth.four_eyes` in SQL, as the state of one request takes several queries.
    """
    requests = (
        ApprovalRequest.objects.visible_to(user, Capability.APPROVE_RESTORE)
        .filter(
            ~Exists(_moved()),
            holds(Capability.EXECUTE_RESTORE, user="requested_by", tenant="tenant"),
            tenant__needs_approval=True,
            decision="",
            decide_by__gt=now,
            draft__submitted_at=None,
            draft__backup_set__isnull=False,
            checks_id=_newest(EvidenceKind.CHECKS),
            preview_id=_newest(EvidenceKind.PREVIEW),
            plan_hash=F("preview__plan_hash"),
        )
        .exclude(requested_by=user)
    )
    return (
        requests.exclude(_aimed_elsewhere(requests))
        .select_related("tenant", "requested_by")
        .order_by("decide_by", "pk")
        .fetch_mode(models.FETCH_RAISE)
    )


def _moved() -> models.QuerySet[DraftChange]:
    return DraftChange.objects.filter(draft=OuterRef("draft"), at__gt=OuterRef("requested_at"))


def _newest(kind: EvidenceKind) -> Subquery:
    """What speaks for the scope that approval was asked for."""
    captured = CapturedEvidence.objects.filter(
        draft=OuterRef("draft"), kind=kind, fingerprint=OuterRef("fingerprint")
    )
    return Subquery(captured.values("pk")[:1])


def _aimed_elsewhere(requests: TenantOwnedQuerySet[ApprovalRequest]) -> Q:
    """Those whose tenant is connected to another directory by now."""
    asked = set(requests.values_list("tenant_id", "target"))
    connections = {
        one.tenant_id: one
        for one in ProviderConnection.objects.filter(tenant__in=requests.values("tenant"))
    }
    elsewhere = Q(pk__in=())
    for tenant_id, target in asked:
        if target != target_behind(tenant_id, connections.get(tenant_id)).key:
            elsewhere |= Q(tenant=tenant_id, target=target)
    return elsewhere
