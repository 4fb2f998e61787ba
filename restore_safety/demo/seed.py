"""Sets the demo up: workspaces, people, connected tenants, their backups, and the drift."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from restore_safety.backups.capture import capture_now
from restore_safety.demo.directory import CONTOSO, FABRIKAM, Directory
from restore_safety.demo.documents import document_of
from restore_safety.demo.drift import drift
from restore_safety.directory.sync import sync_now
from restore_safety.models import BackupSet
from tenants.access.service import bootstrap_role, capabilities_of, grant_group_role
from tenants.connections.service import (
    ClientSecret,
    ConnectionTarget,
    change_connection,
    verify_connection,
)
from tenants.emulator.control import EmulatorControl
from tenants.graph.clouds import Cloud
from tenants.membership.groups import add_to_group, create_group
from tenants.models import Tenant, User, Workspace, WorkspaceGroup
from tenants.models.capabilities import Role

PASSWORD = "drift-and-restore"  # noqa: S105 -- printed for everybody; the demo listens to itself


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    role: Role
    says: str


OWNER = Person("owner", Role.OWNER, "also decides who may do what, and invites people")
MANAGER = Person("manager", Role.MANAGER, "also manages the connections and past restores")
OPERATOR = Person("operator", Role.OPERATOR, "captures backups, prepares and runs restores")
AUDITOR = Person("auditor", Role.AUDITOR, "reads everything, changes nothing")
OUTSIDER = Person("outsider", Role.OWNER, "belongs to another workspace, sees nothing of this one")
PEOPLE = (OPERATOR, AUDITOR, MANAGER, OWNER, OUTSIDER)
# Whose role on Fabrikam the auditor has; on Contoso they hold one of their own besides.
AUDITORS = "Audit team"


def seed(control: EmulatorControl) -> None:
    """Make what is missing; what an earlier start made, and people did since, stays."""
    contoso, fabrikam = seed_people()
    for tenant, directory in ((contoso, CONTOSO), (fabrikam, FABRIKAM)):
        if not BackupSet.objects.in_tenant(tenant).exists():
            connect(control, tenant, directory)
            capture_now(
                tenant=tenant,
                created_by=person(OPERATOR),
                now=timezone.now(),
                label="Nightly backup",
            )
            sync_now(tenant=tenant)
    drift(control)


def seed_people() -> tuple[Tenant, Tenant]:
    """The two tenants and who is what in them, and a workspace that is none of their business."""
    group = _workspace("Contoso Group", "contoso-group")
    others = _workspace("Northwind Traders", "northwind-traders")
    contoso, fabrikam = _tenant(group, CONTOSO.name), _tenant(group, FABRIKAM.name)
    for someone in (OPERATOR, MANAGER, OWNER):
        for tenant in (contoso, fabrikam):
            _enrol(someone, tenant)
    _enrol(AUDITOR, contoso)
    _form_auditors(contoso, fabrikam)
    _enrol(OUTSIDER, _tenant(others, "Northwind"))
    return contoso, fabrikam


def connect(
    control: EmulatorControl, tenant: Tenant, directory: Directory, *, is_empty: bool = False
) -> None:
    """Fill the directory on the emulator, or leave it without policies, and connect to it."""
    secret = secrets.token_urlsafe(24)
    document = document_of(directory, client_secret=secret, is_empty=is_empty)
    control.seed_tenant(directory.id, document)
    change_connection(
        actor=person(MANAGER),
        tenant=tenant,
        target=ConnectionTarget(
            cloud=Cloud.EMULATOR,
            directory_id=UUID(directory.id),
            client_id=directory.client_id,
        ),
        credential=ClientSecret(text=secret),
    )
    verify_connection(actor=person(MANAGER), tenant=tenant)


def person(someone: Person) -> User:
    return User.objects.get(username=someone.username)


def _workspace(name: str, slug: str) -> Workspace:
    return Workspace.objects.get_or_create(slug=slug, defaults={"name": name})[0]


def _tenant(workspace: Workspace, name: str) -> Tenant:
    return Tenant.objects.get_or_create(
        slug=name.lower(), defaults={"workspace": workspace, "name": name}
    )[0]


def _enrol(someone: Person, tenant: Tenant) -> None:
    user = User.objects.filter(username=someone.username).first()
    user = user or User.objects.create_user(someone.username, password=PASSWORD)
    if not capabilities_of(user, tenant):
        bootstrap_role(user=user, tenant=tenant, role=someone.role)


def _form_auditors(*tenants: Tenant) -> None:
    """The group that gives its members the auditor's role, made once."""
    workspace = tenants[0].workspace
    if WorkspaceGroup.objects.in_workspace(workspace).filter(name=AUDITORS).exists():
        return
    owner = person(OWNER)
    group = create_group(actor=owner, workspace=workspace, name=AUDITORS)
    for tenant in tenants:
        grant_group_role(actor=owner, group=group.group, tenant=tenant, role=Role.AUDITOR)
    add_to_group(actor=owner, group=group, user=person(AUDITOR))
