"""Makes workspace, people, connected tenants and a token: the one part that runs as the product."""

import json
import os
import sys
from datetime import timedelta
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "restore_safety.settings")
django.setup()

from django.core.management import call_command
from django.utils import timezone

from bench.torture.policies import MadeUpTenant
from restore_safety.demo.seed import PASSWORD
from tenants.access.service import bootstrap_role
from tenants.connections.service import (
    ClientSecret,
    ConnectionTarget,
    change_connection,
    verify_connection,
)
from tenants.graph.clouds import Cloud
from tenants.models import Tenant, User, Workspace
from tenants.models.capabilities import Role
from tenants.models.token_scopes import TokenScope
from tenants.tokens.service import create_token

TOKEN_LIVES = timedelta(days=20)


class NotConnectedError(RuntimeError):
    """The emulator refused the application; the message says why."""


def make(slugs: list[str]) -> str:
    """The text of a token that may restore into each of the tenants."""
    call_command("migrate", verbosity=0, interactive=False)
    workspace = Workspace.objects.create(slug="torture", name="Torture")
    operator = User.objects.create_user("operator", password=PASSWORD)
    manager = User.objects.create_user("manager", password=PASSWORD)
    for slug in slugs:
        tenant = Tenant.objects.create(slug=slug, workspace=workspace, name=slug.upper())
        bootstrap_role(user=operator, tenant=tenant, role=Role.OPERATOR)
        bootstrap_role(user=manager, tenant=tenant, role=Role.MANAGER)
        _connect(manager, tenant)
    token = create_token(
        actor=operator,
        name="Torture",
        scopes=list(TokenScope),
        tenant=None,
        valid_for=TOKEN_LIVES,
        now=timezone.now(),
    )
    return token.text


def _connect(manager: User, tenant: Tenant) -> None:
    made_up = MadeUpTenant(slug=tenant.slug, size=0)
    target = ConnectionTarget(
        cloud=Cloud.EMULATOR,
        directory_id=UUID(made_up.directory),
        client_id=made_up.client,
    )
    credential = ClientSecret(text=made_up.secret)
    change_connection(actor=manager, tenant=tenant, target=target, credential=credential)
    connection = verify_connection(actor=manager, tenant=tenant)
    if connection.verification != "verified":
        raise NotConnectedError(connection.verification_detail)


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"token": make(json.load(sys.stdin))}))
