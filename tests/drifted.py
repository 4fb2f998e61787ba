"""The demo's drifted tenant, and a browser for it that needs no server: for journeys."""

from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.test import Client
from django.utils import timezone

from restore_safety.backups.capture import capture_now
from restore_safety.demo import seed
from restore_safety.demo.browser import Browser, Page
from restore_safety.demo.directory import CONTOSO
from restore_safety.demo.drift import drift
from restore_safety.demo.walk import RestoreRequest
from restore_safety.models import BackupSet
from tenants.emulator.control import EmulatorControl
from tenants.models import Tenant
from tests.sign_ins import signed_in


class ClientBrowser(Browser):
    """The demo's browser, asking the application itself instead of a server."""

    def __init__(self, person):
        super().__init__("http://testserver")
        self.client = Client(raise_request_exception=True)
        signed_in(self.client, person)

    def ask(self, request):
        address = urlsplit(request.full_url)
        answer = self.client.generic(
            request.get_method(),
            address.path + (f"?{address.query}" if address.query else ""),
            request.data or b"",
            content_type="application/x-www-form-urlencoded",
            headers=dict(request.header_items()),
        )
        if answer.status_code in {301, 302}:
            return self.open(answer.headers["Location"])
        text = answer.content.decode()
        return Page(request.full_url, answer.status_code, text, answer.headers)


@dataclass(frozen=True)
class Drifted:
    """Contoso after its backup: changed by hand, with policies and a group gone."""

    tenant: Tenant
    backup_set: BackupSet
    control: EmulatorControl

    @property
    def request(self):
        return RestoreRequest(
            tenant_slug=self.tenant.slug,
            tenant_name=self.tenant.name,
            backup_set=self.backup_set.pk,
            reason="CHG-1042",
            password=seed.PASSWORD,
        )

    def writes(self, after=0):
        """What the tenant was asked to change: method and path, ids left out."""
        return [
            (one["method"], one["path"])
            for one in self.control.requests(CONTOSO.id, after=after, writes=True)
        ]

    def last_request(self):
        return max(one["seq"] for one in self.control.requests(CONTOSO.id))


@contextmanager
def drifted_tenant(emulator):
    """Contoso connected, backed up and drifted, with the demo's people around it."""
    with emulator.control as control:
        tenant, _ = seed.seed_people()
        seed.connect(control, tenant, CONTOSO)
        captured = capture_now(
            tenant=tenant, created_by=seed.person(seed.OPERATOR), now=timezone.now()
        )
        drift(control)
        yield Drifted(tenant, captured, control)
