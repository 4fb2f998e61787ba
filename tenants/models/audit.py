"""The audit trail: what people did and were refused, written once."""

from typing import Any, Never, Self

from django.db import models

from tenants.capabilities import Capability
from tenants.models.member import User
from tenants.models.tenant import Tenant
from tenants.models.workspace import Workspace


class AuditOutcome(models.TextChoices):
    ALLOWED = "allowed", "Allowed"
    DENIED = "denied", "Denied"


class AppendOnlyError(TypeError):
    """An audit event is never changed and never removed."""


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, user: User, capability: Capability = Capability.VIEW) -> Self:
        return self.filter(tenant__in=Tenant.objects.visible_to(user, capability))

    def in_tenant(self, tenant: Tenant) -> Self:
        return self.filter(tenant=tenant)

    def update(self, **kwargs: Any) -> Never:
        raise AppendOnlyError("Audit events are never changed.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> Never:
        raise AppendOnlyError("Audit events are never changed.")

    def delete(self) -> Never:
        raise AppendOnlyError("Audit events are never removed.")


class AuditEvent(models.Model):
    # Whoever and whatever the trail names stays: people are deactivated, not deleted.
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, null=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, null=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True)
    action = models.CharField(max_length=80)
    outcome = models.CharField(max_length=10, choices=AuditOutcome)
    subject = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["tenant", "-at"], name="audit_by_tenant"),
            models.Index(fields=["subject"], name="audit_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.outcome}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError("Audit events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise AppendOnlyError("Audit events are never removed.")
