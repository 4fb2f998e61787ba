"""How a tenant is reached: its provider connection, and the pace its writes keep."""

from typing import Self

from django.db import models

from tenants.models.capabilities import Capability
from tenants.models.credentials import decrypt, encrypt
from tenants.models.member import User
from tenants.models.tenant import Tenant


class CredentialKind(models.TextChoices):
    SECRET = "secret", "Client secret"
    CERTIFICATE = "certificate", "Certificate"


class Verification(models.TextChoices):
    UNVERIFIED = "unverified", "Not verified"
    VERIFIED = "verified", "Verified"
    FAILED = "failed", "Verification failed"


class ProviderConnectionQuerySet(models.QuerySet["ProviderConnection"]):
    def visible_to(self, user: User, capability: Capability = Capability.VIEW) -> Self:
        return self.filter(tenant__in=Tenant.objects.visible_to(user, capability))

    def in_tenant(self, tenant: Tenant) -> Self:
        return self.filter(tenant=tenant)


class ProviderConnection(models.Model):
    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="connection")
    cloud = models.CharField(max_length=20)
    directory_id = models.UUIDField("directory (tenant) ID")
    client_id = models.CharField("application (client) ID", max_length=100)
    credential_kind = models.CharField(
        max_length=20, choices=CredentialKind, default=CredentialKind.SECRET
    )
    encrypted_credential = models.TextField(blank=True, editable=False)
    certificate_thumbprint = models.CharField(max_length=64, blank=True)
    verification = models.CharField(
        max_length=20, choices=Verification, default=Verification.UNVERIFIED
    )
    last_verified_at = models.DateTimeField(null=True, blank=True)
    verification_detail = models.TextField(blank=True)
    missing_permissions = models.JSONField(default=list, blank=True)
    granted_permissions = models.JSONField(
        null=True, blank=True, help_text="Null: the last verification did not learn them."
    )

    objects = ProviderConnectionQuerySet.as_manager()

    class Meta:
        ordering = ["tenant"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(credential_kind=CredentialKind.SECRET)
                | ~models.Q(certificate_thumbprint=""),
                name="certificate_has_a_thumbprint",
            ),
            models.CheckConstraint(
                condition=models.Q(verification=Verification.UNVERIFIED)
                | models.Q(last_verified_at__isnull=False),
                name="verification_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant} through {self.cloud}"

    def set_secret(self, secret: str) -> None:
        """Take a client secret; it can be used from here on, but never read back in a page."""
        self.credential_kind = CredentialKind.SECRET
        self.encrypted_credential = encrypt(secret)
        self.certificate_thumbprint = ""

    def set_certificate(self, *, private_key: str, thumbprint: str) -> None:
        self.credential_kind = CredentialKind.CERTIFICATE
        self.encrypted_credential = encrypt(private_key)
        self.certificate_thumbprint = thumbprint

    def credential(self) -> str:
        """The secret or private key in the clear, for the token request alone."""
        return decrypt(self.encrypted_credential)

    @property
    def has_credential(self) -> bool:
        return bool(self.encrypted_credential)

    @property
    def state(self) -> Verification:
        return Verification(self.verification)


class ProviderPace(models.Model):
    """When something of a workload may go out to a directory, shared by every worker.

    Kept by directory and app, as the provider counts: two tenants that are connected to the same
    directory share it.
    """

    cloud = models.CharField(max_length=20)
    directory_id = models.UUIDField("directory (tenant) ID")
    client_id = models.CharField("application (client) ID", max_length=100)
    workload = models.CharField(max_length=60)
    next_free_at = models.DateTimeField(help_text="The next turn that nobody has taken.")
    held_until = models.DateTimeField(help_text="No write leaves before, whose turn ever it is.")
    reads_free_at = models.DateTimeField(
        help_text="When all reads that were taken of the budget would have gone one by one."
    )
    reads_held_until = models.DateTimeField(help_text="Nothing leaves before, reads neither.")
    failures = models.PositiveIntegerField(
        default=0, help_text="Writes in a row that the service did not get to."
    )

    class Meta:
        ordering = ["cloud", "directory_id", "client_id", "workload"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["cloud", "directory_id", "client_id", "workload"],
                name="one_pace_per_directory_app_and_workload",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workload} of {self.directory_id}"
