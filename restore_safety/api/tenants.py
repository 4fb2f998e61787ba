"""Who the token is, the tenants it reaches, and taking their backups."""

from datetime import datetime
from typing import Literal

from django.utils import timezone
from ninja import Field, File, Form, Query, Router, Schema
from ninja.files import UploadedFile
from ninja.responses import Status

from restore_safety.api.auth import ApiRequest, tenant_for
from restore_safety.api.documented import ACTING, FINDING, READING
from restore_safety.api.operations import OperationAnswer, operation_answer
from restore_safety.api.shapes import (
    Page,
    Sent,
    TenantName,
    Text,
    Window,
    narrowed,
    page_of,
    taken,
    tenant_name,
)
from restore_safety.backups.capture import queue_backup
from restore_safety.backups.forms import UploadForm
from restore_safety.backups.importing import queue_import
from tenants.access.service import capabilities_of, require
from tenants.access.shortcuts import tenant_or_404
from tenants.change_windows.service import closure_of
from tenants.models import ProviderConnection, Tenant
from tenants.models.capabilities import Capability
from tenants.models.token_scopes import TokenScope
from tenants.web.tenant_filters import TenantFilter

router = Router(tags=["Tenants"])


class TokenAnswer(Schema):
    """The token that called. Its secret is nowhere to be read."""

    prefix: str
    name: str
    scopes: list[TokenScope]
    tenant: TenantName | None = Field(description="The only tenant it reaches, if there is one.")
    expires_at: datetime


class MeAnswer(Schema):
    username: str
    name: str
    token: TokenAnswer


class ConnectionAnswer(Schema):
    """How the tenant is reached; never with what."""

    cloud: str
    directory_id: str
    client_id: str
    state: str = Field(description="unverified, verified or failed")
    sentence: str
    last_verified_at: datetime | None
    missing_permissions: list[str]


class TenantLine(Schema):
    slug: str
    name: str
    workspace: str
    writes_enabled: bool
    connection: ConnectionAnswer | None


class TenantAnswer(TenantLine):
    longest_evidence_age_seconds: float | None
    needs_approval: bool = Field(description="Whether another person approves each restore.")
    closed_for_writes: str = Field(
        description="Why its change windows allow no writes now; empty where they do."
    )
    capabilities: list[Capability] = Field(
        description="What the token may do here: its person's capabilities within its scopes."
    )


class TenantPage(Page[TenantLine]):
    pass


class TenantChoices(Window):
    search: Text | None = Field(None, description="In the name, the slug or the workspace.")
    connection: Literal["unverified", "verified", "failed"] | None = None


class CaptureRequest(Sent):
    label: Text = Field("", description="What to call the backup; else its tenant and the time.")

    model_config = {"json_schema_extra": {"examples": [{"label": "Nightly"}]}}


class ImportForm(Schema):
    label: Text = Field("", description="What to call the backup; else the name of the file.")


@router.get("/me", response=READING | {200: MeAnswer}, operation_id="getMe")
def get_me(request: ApiRequest) -> MeAnswer:
    """Who the token acts as, and its scopes."""
    token, user = request.auth.token, request.auth.reader
    return MeAnswer(
        username=user.get_username(),
        name=str(user),
        token=TokenAnswer(
            prefix=token.prefix,
            name=token.name,
            scopes=list(token.scope_members),
            tenant=tenant_name(token.tenant) if token.tenant else None,
            expires_at=token.expires_at,
        ),
    )


@router.get("/tenants", response=READING | {200: TenantPage}, operation_id="listTenants")
def list_tenants(request: ApiRequest, choices: Query[TenantChoices]) -> TenantPage:
    """The tenants open to the token's person, by name."""
    visible = Tenant.objects.visible_to(request.user).select_related("workspace", "connection")
    found = narrowed(TenantFilter, visible.order_by("name", "pk"), choices)
    return page_of(TenantPage, found, choices, _line)


@router.get(
    "/tenants/{slug:slug}", response=FINDING | {200: TenantAnswer}, operation_id="getTenant"
)
def get_tenant(request: ApiRequest, slug: str) -> TenantAnswer:
    """One tenant, and what the token may do there."""
    tenant = tenant_or_404(request, slug)
    longest = tenant.max_evidence_age
    closure = closure_of(tenant, at=timezone.now())
    return TenantAnswer(
        **_line(tenant).model_dump(),
        longest_evidence_age_seconds=longest.total_seconds() if longest else None,
        needs_approval=tenant.needs_approval,
        closed_for_writes=closure.sentence if closure else "",
        capabilities=sorted(capabilities_of(request.auth.actor, tenant)),
    )


@router.post(
    "/tenants/{slug:slug}/captures",
    response=ACTING | {202: OperationAnswer},
    operation_id="captureBackup",
)
def capture_backup(request: ApiRequest, slug: str, body: CaptureRequest) -> Status[OperationAnswer]:
    """Have the tenant captured as a backup; asked again meanwhile, it is the same operation."""
    tenant = tenant_for(request, slug, TokenScope.CAPTURE)
    run = queue_backup(actor=request.user, tenant=tenant, label=body.label).run
    return Status(202, operation_answer(run, request.user, timezone.now()))


@router.post(
    "/tenants/{slug:slug}/imports",
    response=ACTING | {202: OperationAnswer},
    operation_id="importBackup",
)
def import_backup(
    request: ApiRequest,
    slug: str,
    file: File[UploadedFile],
    form: Form[ImportForm],
) -> Status[OperationAnswer]:
    """Upload a zip of an exported folder as a backup, within the limits of the page for it.

    The same file, sent again while it is imported, is answered with the same operation.
    """
    tenant = tenant_for(request, slug, TokenScope.IMPORT)
    require(request.user, Capability.IMPORT_BACKUP, tenant)
    sent = {"tenant": tenant.slug, "label": form.label}
    upload = taken(UploadForm(sent, {"file": file}, user=request.user), "body")
    run = queue_import(
        actor=request.user, tenant=tenant, upload=upload["file"], label=upload["label"]
    ).run
    return Status(202, operation_answer(run, request.user, timezone.now()))


def _line(tenant: Tenant) -> TenantLine:
    return TenantLine(
        slug=tenant.slug,
        name=tenant.name,
        workspace=tenant.workspace.name,
        writes_enabled=tenant.writes_enabled,
        connection=_connection(tenant),
    )


def _connection(tenant: Tenant) -> ConnectionAnswer | None:
    connection: ProviderConnection | None = getattr(tenant, "connection", None)
    if connection is None:
        return None
    return ConnectionAnswer(
        cloud=connection.cloud,
        directory_id=str(connection.directory_id),
        client_id=connection.client_id,
        state=connection.state.value,
        sentence=connection.verification_detail,
        last_verified_at=connection.last_verified_at,
        missing_permissions=connection.missing_permissions,
    )
