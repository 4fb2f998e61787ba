"""Open a tenant from the command line: the first one of an installation, or many by a script."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from tenants.connections.opening import AmbiguousWorkspaceError, open_tenant
from tenants.management.database import errors_in_one_line


class Command(BaseCommand):
    help = "Open a tenant, and its workspace when there is none of that name yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", required=True, help="its name, or its slug")
        parser.add_argument("--name", required=True, help="what people call the tenant")
        parser.add_argument("--slug", required=True, help="how addresses call it")

    @errors_in_one_line()
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tenant = open_tenant(
                workspace_name=options["workspace"], name=options["name"], slug=options["slug"]
            )
        except AmbiguousWorkspaceError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(_sentence(error)) from error
        self.stdout.write(
            f"The tenant {tenant.name} ({tenant.slug}) is open in the workspace "
            f"{tenant.workspace.name}. No one sees it before grant_role gives them a role."
        )


def _sentence(error: ValidationError) -> str:
    """What is wrong with which answer, in one line."""
    said = (f"{field}: {' '.join(complaints)}" for field, complaints in error.message_dict.items())
    return f"Nothing was opened. {'; '.join(said)}"
