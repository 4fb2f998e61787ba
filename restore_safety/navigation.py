"""What the frame of every page shows: the ways through the product, and what waits to be read."""

from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest
from django.urls import reverse

from operations.notifications import unread_count
from tenants.connections.links import TenantLink
from tenants.models import Tenant, User

_ENTRIES = (
    ("home", "Home", "house"),
    ("restores:run-list", "Restores", "arrow-counterclockwise"),
    ("restores:draft-list", "Drafts", "pencil-square"),
    ("backups:set-list", "Backups", "archive"),
    ("operations:run-list", "Operations", "activity"),
    ("tenants:tenant-list", "Tenants", "buildings"),
    ("policy-types", "Policy types", "list-check"),
    ("audit:event-list", "Audit trail", "journal-text"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One way of the sidebar; `current` is the value of aria-current, empty elsewhere."""

    label: str
    url: str
    icon: str
    current: str


class Navigation:
    """The frame of one request; what costs a query is asked only when it is drawn."""

    def __init__(self, request: HttpRequest, user: User) -> None:
        self._request = request
        self._user = user

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entry(*entry) for entry in _ENTRIES)

    @property
    def home(self) -> str:
        return reverse("home")

    @property
    def notifications(self) -> str:
        return reverse("operations:notification-list")

    @property
    def badges(self) -> str:
        """The address of the page that says what each badge means."""
        return reverse("badges")

    @cached_property
    def unread(self) -> int:
        return unread_count(self._user)

    @property
    def person(self) -> str:
        return self._user.get_full_name() or self._user.get_username()

    @property
    def initials(self) -> str:
        words = self.person.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    def _entry(self, route: str, label: str, icon: str) -> Entry:
        url = reverse(route)
        match = self._request.resolver_match
        here = match.view_name if match else ""
        is_within = _place_of(here) == _place_of(route)
        current = "page" if self._request.path == url else "true"
        return Entry(label=label, url=url, icon=icon, current=current if is_within else "")


def _place_of(view_name: str) -> str:
    """The way a page belongs to: its app, and within the restores what is not queued yet."""
    if view_name.startswith("restores:draft-"):
        return "drafts"
    place = view_name.partition(":")[0]
    return "tenants" if place == "directory" else place


def links_of_tenant(tenant: Tenant) -> tuple[TenantLink, ...]:
    """The pages of this app that are about one tenant."""
    backups, restores = reverse("backups:set-list"), reverse("restores:run-list")
    return (
        TenantLink(
            label="Directory",
            url=reverse("directory:object-list", args=[tenant.slug]),
            icon="diagram-3",
        ),
        TenantLink(label="Backups", url=f"{backups}?tenant={tenant.slug}", icon="archive"),
        TenantLink(
            label="Restores",
            url=f"{restores}?tenant={tenant.slug}",
            icon="arrow-counterclockwise",
        ),
    )


def navigation(request: HttpRequest) -> dict[str, Navigation]:
    """Context processor: nothing for who is not signed in, or not yet known."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    return {"navigation": Navigation(request, user)}
