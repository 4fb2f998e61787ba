"""A workspace's own groups of people; Django's groups belong to no workspace."""

from typing import Self

from django.contrib.auth.models import Group
from django.db import models

from tenants.models.capabilities import Capability
from tenants.models.member import User
from tenants.models.tenant import Tenant
from tenants.models.workspace import Workspace

GROUP_NAME_LENGTH = 100


class WorkspaceGroupQuerySet(models.QuerySet["WorkspaceGroup"]):
    def managed_by(self, user: User) -> Self:
        """The groups of the workspaces in which the user decides on access to a tenant."""
        managed = Tenant.objects.visible_to(user, Capability.MANAGE_ACCESS)
        return self.filter(workspace__in=managed.values("workspace"))

    def in_workspace(self, workspace: Workspace) -> Self:
        return self.filter(workspace=workspace)


class WorkspaceGroup(models.Model):
    """A group with the name its workspace gave it; who is in it, Django's group knows."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(max_length=GROUP_NAME_LENGTH)
    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="workspace_group")

    objects = WorkspaceGroupQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"], name="one_group_of_a_name_per_workspace"
            ),
        ]

    def __str__(self) -> str:
        return self.name
