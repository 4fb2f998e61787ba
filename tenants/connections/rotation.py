"""Every stored credential under the first of the configured keys, so that the others can go."""

from dataclasses import dataclass

from django.db import transaction

from tenants.audit import trail
from tenants.models import ProviderConnection
from tenants.models.credentials import UnreadableCredentialError, rotate


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationReport:
    """How many credentials are under the first key now, and whose could not be read."""

    rotated: int
    unreadable: tuple[str, ...]


def rotate_credentials() -> RotationReport:
    """Encrypt each credential anew; what none of the keys opens stays as it is and is named.

    Nothing but the encryption changes, so a verified connection stays verified. It may be run as
    often as one likes, also while connections are changed.
    """
    rotated, unreadable = 0, []
    connections = ProviderConnection.objects.exclude(encrypted_credential="")
    for pk in connections.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            connection = (
                ProviderConnection.objects.select_for_update(of=("self",))
                .select_related("tenant")
                .filter(pk=pk)
                .first()
            )
            if connection is None or not connection.has_credential:
                continue
            try:
                connection.encrypted_credential = rotate(connection.encrypted_credential)
            except UnreadableCredentialError:
                unreadable.append(connection.tenant.slug)
                continue
            connection.save(update_fields=["encrypted_credential"])
            rotated += 1
            trail.record(
                action="connection.credential_rotated",
                actor=None,
                tenant=connection.tenant,
                subject=f"connection:{connection.pk}",
            )
    return RotationReport(rotated=rotated, unreadable=tuple(unreadable))
