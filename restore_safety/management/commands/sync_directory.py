"""Synchronise a tenant's directory from the command line, in the foreground."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operations.models import RunOutcome
from restore_safety.directory.reading import sentence_of
from restore_safety.directory.report import as_text
from restore_safety.directory.sync import sync_now
from tenants.connections.service import NotConnectedError
from tenants.graph.errors import GraphError
from tenants.management.database import errors_in_one_line
from tenants.models import Tenant
from tenants.models.credentials import UnreadableCredentialError


class Command(BaseCommand):
    help = "Read what policies of a tenant refer to (groups, filters, apps …), and keep it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant", help="the slug of the tenant")

    @errors_in_one_line()
    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant “{options['tenant']}”.")
        try:
            done = sync_now(tenant=tenant)
        except (NotConnectedError, UnreadableCredentialError) as error:
            raise CommandError(str(error)) from error
        except GraphError as error:
            raise CommandError(sentence_of(error)) from error
        self.stdout.write(as_text(done))
        if done.outcome is RunOutcome.FAILED:
            raise CommandError("No kind could be read.")
