"""API tokens: how a script acts as a person, within limits, for a while."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from tenants.capabilities import Capability
from tenants.models.member import User
from tenants.models.tenant import Tenant
from tenants.token_scopes import TokenScope


class TokenState(models.TextChoices):
    """Whether a token still opens anything; derived, never stored."""

    USABLE = "usable", "Usable"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: User, capability: Capability = Capability.VIEW) -> Self:
        """A person's own tokens: nobody else's are anybody's business."""
        return self.filter(user=user)


class ApiToken(models.Model):
    """What a script shows instead of signing in. Only the hash of its secret is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=20, unique=True)
    secret_hash = models.CharField(max_length=80, unique=True)
    scopes = models.JSONField(default=list)
    # A tenant that goes takes the token along: without it the token would reach every other one.
    tenant = models.ForeignKey(
        Tenant, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="api_token_expires"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @property
    def scope_members(self) -> tuple[TokenScope, ...]:
        """The scopes in the order of the registry; one this version does not know counts not."""
        return tuple(scope for scope in TokenScope if scope.value in self.scopes)

    def state_at(self, now: datetime) -> TokenState:
        if self.revoked_at is not None:
            return TokenState.REVOKED
        return TokenState.USABLE if now < self.expires_at else TokenState.EXPIRED
