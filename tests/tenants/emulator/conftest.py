"""One emulator process for the session; every test has a tenant of its own."""

import ssl
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tenants.emulator.control import EmulatorControl, EmulatorProcess
from tests.tenants.emulator.graph_bodies import GROUP

SECRET = "a-secret-nobody-uses"
ALL_ROLES = [
    "Agreement.ReadWrite.All",
    "Application.Read.All",
    "CloudPC.ReadWrite.All",
    "DeviceManagementApps.ReadWrite.All",
    "DeviceManagementManagedDevices.ReadWrite.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementRBAC.ReadWrite.All",
    "DeviceManagementScripts.ReadWrite.All",
    "Group.Read.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "Policy.ReadWrite.ConditionalAccess",
]


TLS = ssl.create_default_context()  # made once: it costs more than the requests do


@dataclass(frozen=True)
class TenantUnderTest:
    id: str
    client_id: str
    url: str
    control: EmulatorControl

    def token(self) -> str:
        address = f"{self.url}/{self.id}/oauth2/v2.0/token"
        answer = httpx.post(address, data=self.form(), verify=TLS)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def form(self, **changes: str) -> dict[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": SECRET,
            "scope": "https://graph.microsoft.com/.default",
        } | changes

    def client(self) -> httpx.Client:
        authorization = {"Authorization": f"Bearer {self.token()}"}
        return httpx.Client(base_url=self.url, headers=authorization, timeout=30, verify=TLS)


@pytest.fixture
def make_tenant(
    emulator: EmulatorProcess, control: EmulatorControl
) -> Callable[..., TenantUnderTest]:
    def make(*, roles: list[str] = ALL_ROLES, **document: Any) -> TenantUnderTest:
        tenant, client_id = str(uuid.uuid4()), str(uuid.uuid4())
        clients = [{"client_id": client_id, "client_secret": SECRET, "roles": roles}]
        control.seed_tenant(tenant, {"displayName": "Contoso", "clients": clients} | document)
        return TenantUnderTest(tenant, client_id, emulator.url, control)

    return make


@pytest.fixture
def tenant(make_tenant: Callable[..., TenantUnderTest]) -> TenantUnderTest:
    return make_tenant(groups=[{"id": GROUP, "displayName": "Pilot's ring", "memberCount": 12}])


@pytest.fixture
def graph(tenant: TenantUnderTest) -> Iterator[httpx.Client]:
    with tenant.client() as client:
        yield client


@pytest.fixture
def faulty(tenant: TenantUnderTest) -> Iterator[Callable[..., None]]:
    """Sets rules for this tenant alone, and takes them away."""

    def set_rule(*, method: str = "POST", path: str = "", **rule: Any) -> None:
        match = {"method": method, "path": path, "tenant": tenant.id}
        tenant.control.set_faults([{"match": match, **rule}], seed=7)

    yield set_rule
    tenant.control.clear_faults()
