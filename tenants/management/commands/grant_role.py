"""Give a person a role on a tenant from the command line, where no one can grant it in a page."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.access.owners import LastOwnerError
from tenants.access.service import bootstrap_role
from tenants.management.database import errors_in_one_line
from tenants.models import Tenant, User
from tenants.models.capabilities import Role


class Command(BaseCommand):
    help = "Make a person a member of a tenant's workspace, with a role on the tenant; audited."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("role", help=", ".join(Role))
        parser.add_argument("--tenant", required=True, metavar="SLUG")

    @errors_in_one_line()
    def handle(self, *args: Any, **options: Any) -> None:
        role = _role(options["role"])
        user = _user(options["username"])
        tenant = _tenant(options["tenant"])
        try:
            bootstrap_role(user=user, tenant=tenant, role=role)
        except LastOwnerError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.username} is {role.label.lower()} of {tenant.name}.")


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError as error:
        raise CommandError(f"No role is called {name}. There are: {', '.join(Role)}.") from error


def _user(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(
            f"No one signs in as {username}. Add the person first: createsuperuser, or the admin."
        )
    if not user.is_active:
        raise CommandError(f"The account of {username} is deactivated, so a role would not count.")
    return user


def _tenant(slug: str) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"No tenant has the slug {slug}. Open it with create_tenant.")
    return tenant
