"""The way from an address to a tenant or a workspace, for views."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from tenants.access.service import require, require_in_workspace
from tenants.models import Tenant, Workspace
from tenants.models.capabilities import Capability
from tenants.web.http import NUL, AuthedRequest, PersonRequest


def tenant_or_404(
    request: PersonRequest, slug: str, capability: Capability | None = None
) -> Tenant:
    """The tenant if the person may know of it; 403 when they lack the capability asked for."""
    if NUL in slug:
        raise Http404
    visible = Tenant.objects.visible_to(request.user).select_related("workspace")
    tenant = get_object_or_404(visible, slug=slug)
    if capability is not None:
        require(request.user, capability, tenant)
    return tenant


def workspace_or_404(request: AuthedRequest, slug: str) -> Workspace:
    """The workspace of a member; 403 when they decide on access to none of its tenants."""
    if NUL in slug:
        raise Http404
    workspace = get_object_or_404(Workspace, slug=slug, memberships__user=request.user)
    require_in_workspace(request.user, workspace)
    return workspace
