"""What the page of a tenant shows, as one frozen object in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from tenants.access.service import capabilities_of, role_with
from tenants.change_windows.pages import opening_in_words
from tenants.change_windows.service import closure_of
from tenants.connections.links import TenantLink, links_of
from tenants.connections.service import tenants_sharing
from tenants.graph.clouds import Cloud
from tenants.graph.permissions import RequiredPermission, needless_writes, required_permissions
from tenants.models import ProviderConnection, Tenant, User
from tenants.models.capabilities import Capability, Role

MOST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One capability, and whether the reader holds it."""

    capability: Capability
    is_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantPage:
    tenant: Tenant
    connection: ProviderConnection | None
    role: Role | None
    rights: tuple[Right, ...]
    manage_denial: str
    # Other tenants of the workspace that are connected to the same directory; "" is one unseen.
    sharing: tuple[str, ...]
    opening: str
    links: tuple[TenantLink, ...]

    @property
    def verify_denial(self) -> str:
        """Why the connection can't be verified now; empty when it can."""
        if self.manage_denial:
            return self.manage_denial
        return "" if self.connection else "There is no connection to verify yet."

    @property
    def sharing_sentence(self) -> str:
        """Which tenants are the same directory; empty where none is."""
        if not self.sharing:
            return ""
        names = [name for name in self.sharing if name]
        if unseen := len(self.sharing) - len(names):
            names.append(f"{'1 tenant' if unseen == 1 else f'{unseen} tenants'} you do not see")
        verb = "is" if len(self.sharing) == 1 else "are"
        return (
            f"{' and '.join(names)} {verb} connected to this directory too. What is restored to "
            "one changes the other, and only one of them is restored to at a time. Keep one "
            "connection, and connect the others to their own directories."
        )

    @property
    def connection_facts(self) -> list[tuple[str, object]]:
        if self.connection is None:
            return []
        return [
            ("Cloud", Cloud(self.connection.cloud).label),
            ("Directory (tenant) ID", self.connection.directory_id),
            ("Application (client) ID", self.connection.client_id),
            ("Credential", self._credential),
            ("Last verified", self.connection.last_verified_at),
            ("Result", self.connection.verification_detail),
        ]

    @property
    def permissions(self) -> tuple[RequiredPermission, ...]:
        """What is needed against what the last verification found granted; empty until it did."""
        granted = self._granted
        return () if granted is None else required_permissions(granted)

    @property
    def needless_permissions(self) -> list[str]:
        """What would let the app registration change things that nothing here ever changes."""
        return needless_writes(self._granted or ())

    @property
    def _granted(self) -> list[str] | None:
        return self.connection.granted_permissions if self.connection else None

    @property
    def four_eyes(self) -> str:
        """Whether restores need another person's approval, in one sentence."""
        if not self.tenant.needs_approval:
            return "A restore into this tenant needs no approval."
        return (
            "A restore into this tenant is queued once another person has approved exactly its "
            f"plan. Requests and approvals count for {self.approval_hours} hours."
        )

    @property
    def approval_hours(self) -> int:
        return int(self.tenant.approval_lifetime.total_seconds()) // 3600

    @property
    def gate_label(self) -> str:
        return "Close the write gate" if self.tenant.writes_enabled else "Open the write gate"

    @property
    def role_sentence(self) -> str:
        return f"You are {self.role.label.lower()} here." if self.role else "You hold no full role."

    @property
    def _credential(self) -> str:
        connection = self.connection
        if connection is None or not connection.has_credential:
            return "None stored"
        return f"{connection.get_credential_kind_display()}, stored encrypted"


def tenant_page(*, tenant: Tenant, reader: User, now: datetime) -> TenantPage:
    held = capabilities_of(reader, tenant)
    manages = Capability.MANAGE_CONNECTION in held
    connection = ProviderConnection.objects.in_tenant(tenant).first()
    return TenantPage(
        tenant=tenant,
        connection=connection,
        role=role_with(held),
        rights=tuple(Right(capability=each, is_held=each in held) for each in Capability),
        manage_denial="" if manages else Capability.MANAGE_CONNECTION.denial,
        sharing=_sharing(connection, tenant, reader) if connection else (),
        opening=opening_in_words(closure_of(tenant, at=now)),
        links=links_of(tenant),
    )


def _sharing(connection: ProviderConnection, tenant: Tenant, reader: User) -> tuple[str, ...]:
    seen = Tenant.objects.visible_to(reader).filter(pk=OuterRef("pk"))
    sharing = tenants_sharing(connection, beside=tenant).annotate(is_seen=Exists(seen))
    named = sharing.values_list("name", "is_seen")[:MOST_NAMED]
    return tuple(name if is_seen else "" for name, is_seen in named)
