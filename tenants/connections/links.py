"""The ways from the page of a tenant into the other apps, which register them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tenants.models import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantLink:
    """A page about the tenant; the icon is a name of bootstrap-icons."""

    label: str
    url: str
    icon: str


type Linking = Callable[[Tenant], Iterable[TenantLink]]

_LINKING: list[Linking] = []


def register(linking: Linking) -> None:
    """Ask this function too which pages another app has about a tenant."""
    if linking not in _LINKING:
        _LINKING.append(linking)


def links_of(tenant: Tenant) -> tuple[TenantLink, ...]:
    return tuple(link for linking in _LINKING for link in linking(tenant))
