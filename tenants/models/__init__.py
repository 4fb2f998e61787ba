"""The rows behind who and where."""

from tenants.models.audit import AppendOnlyError, AuditChain, AuditEvent, AuditOutcome
from tenants.models.change_window import ChangeWindow
from tenants.models.connection import (
    CredentialKind,
    ProviderConnection,
    ProviderPace,
    Verification,
)
from tenants.models.group import WorkspaceGroup
from tenants.models.invitation import Invitation, InvitationState
from tenants.models.member import Membership, User
from tenants.models.tenant import Tenant, TenantGroupPermission, TenantUserPermission
from tenants.models.token import ApiToken, TokenState
from tenants.models.workspace import Workspace

__all__ = [
    "ApiToken",
    "AppendOnlyError",
    "AuditChain",
    "AuditEvent",
    "AuditOutcome",
    "ChangeWindow",
    "CredentialKind",
    "Invitation",
    "InvitationState",
    "Membership",
    "ProviderConnection",
    "ProviderPace",
    "Tenant",
    "TenantGroupPermission",
    "TenantUserPermission",
    "TokenState",
    "User",
    "Verification",
    "Workspace",
    "WorkspaceGroup",
]
