"""Reaching a tenant through its provider connection: reading, writing, changing, verifying."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from tenants.access.service import require
from tenants.audit import trail
from tenants.connections.pacing import DatabasePacer
from tenants.graph.auth import Credentials
from tenants.graph.client import GraphClient
from tenants.graph.clouds import Cloud
from tenants.graph.errors import GraphError
from tenants.graph.exchange import at_once
from tenants.graph.fence import WriteFence
from tenants.graph.permissions import missing_permissions
from tenants.graph.throttling import LONGEST_WAIT, PATIENCE
from tenants.graph.writer import GraphWriter
from tenants.models import (
    AuditOutcome,
    CredentialKind,
    ProviderConnection,
    Tenant,
    User,
    Verification,
    Workspace,
)
from tenants.models.capabilities import Capability
from tenants.models.credentials import UnreadableCredentialError
from tenants.models.tenant import TenantQuerySet

# A person waits at the page meanwhile.
_PATIENCE_OF_A_PAGE = 10.0
# Sent once a verification that succeeded is on record, with its `actor` and `tenant`.
connection_verified = Signal()


class NotConnectedError(Exception):
    """The tenant has no provider connection, or none with a credential."""


class DirectoryTakenError(Exception):
    """Another tenant of the workspace is connected to the directory; the sentence is for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTarget:
    """Which directory, in which cloud, through which app registration."""

    cloud: Cloud
    directory_id: UUID
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecret:
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    private_key: str = field(repr=False)
    thumbprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    verification: Verification
    sentence: str
    missing: list[str] = field(default_factory=list)
    granted: list[str] | None = None


def reader_for(
    tenant: Tenant,
    *,
    sleep: Callable[[float], None] = time.sleep,
    before_request: Callable[[], None] = at_once,
) -> GraphClient:
    """A client that can only read the tenant; its waiting goes through `sleep`."""
    return _reader(_connection_of(tenant), sleep=sleep, before_request=before_request)


def writer_for(
    tenant: Tenant,
    fence: WriteFence,
    *,
    sleep: Callable[[float], None] = time.sleep,
    before_request: Callable[[], None] = at_once,
    justification: str = "",
) -> GraphWriter:
    """A client that also sends what is on the fence's plan, at the tenant's shared pace.

    All its waiting goes through `sleep`, and `before_request` is called before each exchange, so
    that a worker can hold on to its lease meanwhile.
    The justification is what the tenant's approver reads where writes need one.
    """
    connection = _connection_of(tenant)
    return GraphWriter(
        cloud=Cloud(connection.cloud),
        credentials=_credentials(connection),
        fence=fence,
        pacer=DatabasePacer(connection, sleep=sleep),
        sleep=sleep,
        before_request=before_request,
        justification=justification,
    )


def change_connection(
    *,
    actor: User,
    tenant: Tenant,
    target: ConnectionTarget,
    credential: ClientSecret | Certificate | None,
) -> ProviderConnection:
    """Point the connection at the target; without a credential the stored one is kept.

    A connection that changed has to be verified again. Raises DirectoryTakenError, and changes
    nothing, where another tenant of the workspace is connected to the directory: one directory
    under two names is restored to twice. Those of other workspaces are not shown here.
    """
    require(actor, Capability.MANAGE_CONNECTION, tenant)
    try:
        with transaction.atomic():
            return _changed(actor=actor, tenant=tenant, target=target, credential=credential)
    except DirectoryTakenError:
        trail.record(
            action="connection.refused",
            actor=actor,
            tenant=tenant,
            subject=f"tenant:{tenant.pk}",
            outcome=AuditOutcome.DENIED,
            detail={"cloud": target.cloud, "directory_id": str(target.directory_id)},
        )
        raise


def tenants_sharing(
    connection: ProviderConnection | ConnectionTarget, *, beside: Tenant
) -> TenantQuerySet:
    """The other tenants of the workspace that are connected to the same directory."""
    return Tenant.objects.filter(
        workspace=beside.workspace_id,
        connection__cloud=connection.cloud,
        connection__directory_id=connection.directory_id,
    ).exclude(pk=beside.pk)


def _changed(
    *,
    actor: User,
    tenant: Tenant,
    target: ConnectionTarget,
    credential: ClientSecret | Certificate | None,
) -> ProviderConnection:
    # Two tenants that are connected at the same moment do not overlook each other.
    Workspace.objects.select_for_update(no_key=True).get(pk=tenant.workspace_id)
    connection = ProviderConnection.objects.in_tenant(tenant).first()
    connection = connection or ProviderConnection(tenant=tenant)
    moves = _aim(connection, target)
    if {"cloud", "directory_id"} & moves.keys():
        _refuse_taken(actor, tenant, target)
    changed = [*moves]
    if credential is not None:
        _take(connection, credential)
        # That it is another is all the trail may know of it.
        changed.append("credential")
    if changed:
        _forget_verification(connection)
        connection.save()
        trail.record(
            action="connection.changed",
            actor=actor,
            tenant=tenant,
            subject=f"connection:{connection.pk}",
            detail={"changed": changed} | moves,
        )
    return connection


def _refuse_taken(actor: User, tenant: Tenant, target: ConnectionTarget) -> None:
    sharing = tenants_sharing(target, beside=tenant)
    if not sharing.exists():
        return
    seen = sharing.visible_to(actor).first()
    name = f"{seen}, a tenant of this workspace," if seen else "Another tenant of this workspace"
    raise DirectoryTakenError(
        f"{name} is already connected to this directory. Restore and capture there, or connect "
        "that tenant to another directory first."
    )


def verify_connection(*, actor: User, tenant: Tenant) -> ProviderConnection:
    """Ask the tenant who it is, and keep the answer; only the very directory verifies."""
    require(actor, Capability.MANAGE_CONNECTION, tenant)
    connection = _connection_of(tenant)
    verdict = _verdict_on(connection)
    with transaction.atomic():
        # The verdict is on what was asked; a connection changed meanwhile stays unverified.
        asked = ProviderConnection.objects.filter(
            pk=connection.pk,
            cloud=connection.cloud,
            directory_id=connection.directory_id,
            client_id=connection.client_id,
            encrypted_credential=connection.encrypted_credential,
        )
        asked.update(
            verification=verdict.verification,
            verification_detail=verdict.sentence,
            missing_permissions=verdict.missing,
            granted_permissions=verdict.granted,
            last_verified_at=timezone.now(),
        )
        trail.record(
            action="connection.verified"
            if verdict.verification is Verification.VERIFIED
            else "connection.verification_failed",
            actor=actor,
            tenant=tenant,
            subject=f"connection:{connection.pk}",
            detail={"sentence": verdict.sentence, "missing_permissions": verdict.missing},
        )
    connection.refresh_from_db()
    if connection.state is Verification.VERIFIED:
        connection_verified.send(sender=ProviderConnection, actor=actor, tenant=tenant)
    return connection


def _verdict_on(connection: ProviderConnection) -> _Verdict:
    try:
        with _reader(connection, patience=_PATIENCE_OF_A_PAGE) as reader:
            granted = sorted(reader.roles())
            directories = reader.list("organization", version="v1.0")
    except (GraphError, UnreadableCredentialError) as error:
        return _Verdict(verification=Verification.FAILED, sentence=str(error))
    missing = missing_permissions(granted)
    if [directory.get("id") for directory in directories] != [str(connection.directory_id)]:
        return _Verdict(
            verification=Verification.FAILED,
            sentence="The credential opens another directory than the one entered.",
            missing=missing,
            granted=granted,
        )
    name = directories[0].get("displayName") or "The directory"
    lacking = f"lacks {len(missing)} permissions" if missing else "holds every permission needed"
    return _Verdict(
        verification=Verification.VERIFIED,
        sentence=f"{name} answered; the app registration {lacking}.",
        missing=missing,
        granted=granted,
    )


def _connection_of(tenant: Tenant) -> ProviderConnection:
    connection = ProviderConnection.objects.in_tenant(tenant).first()
    if connection is None or not connection.has_credential:
        raise NotConnectedError(f"{tenant} is not connected: set up its provider connection.")
    return connection


def _reader(
    connection: ProviderConnection,
    *,
    sleep: Callable[[float], None] = time.sleep,
    before_request: Callable[[], None] = at_once,
    patience: float = PATIENCE,
) -> GraphClient:
    return GraphClient(
        cloud=Cloud(connection.cloud),
        credentials=_credentials(connection),
        pacer=DatabasePacer(connection, sleep=sleep, longest_wait=min(patience, LONGEST_WAIT)),
        patience=patience,
        sleep=sleep,
        before_request=before_request,
    )


def _credentials(connection: ProviderConnection) -> Credentials:
    directory, client = str(connection.directory_id), connection.client_id
    if connection.credential_kind == CredentialKind.SECRET:
        return Credentials(directory_id=directory, client_id=client, secret=connection.credential())
    return Credentials(
        directory_id=directory,
        client_id=client,
        private_key=connection.credential(),
        thumbprint=connection.certificate_thumbprint,
    )


def _aim(connection: ProviderConnection, target: ConnectionTarget) -> dict[str, str]:
    """Set what differs, and say from what to what."""
    is_new = connection.pk is None
    moves = {}
    for name in ("cloud", "directory_id", "client_id"):
        before, after = getattr(connection, name), getattr(target, name)
        if before != after:
            moves[name] = f"{'not set' if is_new else before} → {after}"
            setattr(connection, name, after)
    return moves


def _take(connection: ProviderConnection, credential: ClientSecret | Certificate) -> None:
    match credential:
        case ClientSecret():
            connection.set_secret(credential.text)
        case Certificate():
            connection.set_certificate(
                private_key=credential.private_key, thumbprint=credential.thumbprint
            )


def _forget_verification(connection: ProviderConnection) -> None:
    connection.verification = Verification.UNVERIFIED
    connection.verification_detail = ""
    connection.missing_permissions = []
    connection.granted_permissions = None
    connection.last_verified_at = None
