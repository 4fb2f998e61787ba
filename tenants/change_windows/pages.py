"""What the page of change windows shows, as one frozen object in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime

from tenants.access.service import has
from tenants.change_windows.service import MOST_WINDOWS, closure_of, when_in_words
from tenants.models import ChangeWindow, Tenant, User
from tenants.models.capabilities import Capability
from tenants.models.recurrence import Closure


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLine:
    """One window in words."""

    window: ChangeWindow
    is_in_force: bool

    @property
    def when(self) -> str:
        return when_in_words(self.window)

    @property
    def created_by(self) -> str:
        return str(self.window.created_by) if self.window.created_by else "a former member"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowsPage:
    """The tenant's windows, and whether it takes writes at the moment."""

    tenant: Tenant
    closure: Closure | None
    lines: tuple[WindowLine, ...]
    manage_denial: str

    @property
    def sentence(self) -> str:
        return opening_in_words(self.closure)


def opening_in_words(closure: Closure | None) -> str:
    """Whether restores may write now, in one sentence."""
    if closure is None:
        return "Restores may write to this tenant now."
    return f"No restore writes to this tenant now. {closure.sentence}"


def windows_page(*, tenant: Tenant, reader: User, now: datetime) -> WindowsPage:
    rows = ChangeWindow.objects.in_tenant(tenant).not_removed().not_over_at(now)
    manages = has(reader, Capability.MANAGE_CONNECTION, tenant)
    return WindowsPage(
        tenant=tenant,
        closure=closure_of(tenant, at=now),
        lines=tuple(
            WindowLine(window=row, is_in_force=row.to_window().span_at(now) is not None)
            for row in rows.select_related("created_by")[:MOST_WINDOWS]
        ),
        manage_denial="" if manages else Capability.MANAGE_CONNECTION.denial,
    )
