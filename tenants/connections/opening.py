"""Open a tenant, and the workspace it belongs to, where no one can do it in a page yet."""

from django.db import transaction
from django.utils.text import slugify

from tenants.audit import trail
from tenants.models import Tenant, Workspace


class AmbiguousWorkspaceError(Exception):
    """Several workspaces have that name."""


def open_tenant(*, workspace_name: str, name: str, slug: str) -> Tenant:
    """A tenant of the workspace of that name or slug, which is opened where there is none."""
    with transaction.atomic():
        tenant = Tenant(workspace=_workspace(workspace_name), name=name, slug=slug)
        tenant.full_clean()
        tenant.save()
        trail.record(
            action="tenant.added", actor=None, tenant=tenant, subject=f"tenant:{tenant.pk}"
        )
    return tenant


def _workspace(name: str) -> Workspace:
    if by_slug := Workspace.objects.filter(slug=name).first():
        return by_slug
    named = list(Workspace.objects.filter(name=name))
    if len(named) > 1:
        slugs = ", ".join(workspace.slug for workspace in named)
        raise AmbiguousWorkspaceError(
            f"Several workspaces are called {name}. Name one by its slug: {slugs}."
        )
    if named:
        return named[0]
    workspace = Workspace(name=name, slug=slugify(name))
    workspace.full_clean()
    workspace.save()
    trail.record(
        action="workspace.added",
        actor=None,
        tenant=None,
        workspace=workspace,
        subject=f"workspace:{workspace.pk}",
    )
    return workspace
