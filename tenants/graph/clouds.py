"""The Microsoft clouds a tenant can live in, and where each answers."""

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tenants.graph.contracts import CONDITIONAL_ACCESS, DIRECTORY


class Cloud(StrEnum):
    GLOBAL = "global"
    US_GOV_L4 = "us_gov_l4"
    US_GOV_DOD = "us_gov_dod"
    CHINA = "china"
    EMULATOR = "emulator"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def graph_host(self) -> str:
        """The host in the addresses of links; the emulator plays the global cloud."""
        return _HOSTS.get(self, _HOSTS[Cloud.GLOBAL])[1]


_LABELS = {
    Cloud.GLOBAL: "Global (and GCC)",
    Cloud.US_GOV_L4: "US Government L4 (GCC High)",
    Cloud.US_GOV_DOD: "US Government L5 (DoD)",
    Cloud.CHINA: "China (21Vianet)",
    Cloud.EMULATOR: "Emulator",
}
_HOSTS = {
    Cloud.GLOBAL: ("login.microsoftonline.com", "graph.microsoft.com"),
    Cloud.US_GOV_L4: ("login.microsoftonline.us", "graph.microsoft.us"),
    Cloud.US_GOV_DOD: ("login.microsoftonline.us", "dod-graph.microsoft.us"),
    Cloud.CHINA: ("login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn"),
}
# Below Microsoft's limits, which other apps of the tenant share.
_INTUNE_WRITES_PER_SECOND = 4.0
_CONDITIONAL_ACCESS_SECONDS_BETWEEN_WRITES = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBudget:
    """How much may be read of a workload: so many at once, and one more after each pause."""

    seconds_apart: float
    at_once: int
    # Whether the provider counts reads and writes together, so that they take the same turns.
    is_shared_with_writes: bool = False


# Of 1,000 requests in 20 s, of all kinds, the writes take 80.
_INTUNE_READS = ReadBudget(seconds_apart=1 / 35, at_once=200)
# Of the 3,500 units in 10 s of a small directory; an object costs one or two.
_DIRECTORY_READS = ReadBudget(seconds_apart=1 / 100, at_once=500)
_CONDITIONAL_ACCESS_READS = ReadBudget(
    seconds_apart=_CONDITIONAL_ACCESS_SECONDS_BETWEEN_WRITES, at_once=1, is_shared_with_writes=True
)
_READS = {DIRECTORY: _DIRECTORY_READS, CONDITIONAL_ACCESS: _CONDITIONAL_ACCESS_READS}


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEndpoints:
    """Where to sign in and where to ask; `login` is always https, as MSAL insists on it."""

    login: str
    graph: str
    # The audience tokens are asked for.
    scope: str
    # Where the sign-in address is really reached, if elsewhere: only ever the emulator.
    login_reached_at: str = ""
    # None is without limit.
    writes_per_second: float | None = _INTUNE_WRITES_PER_SECOND
    timeout_seconds: float = 30.0

    def seconds_between_writes(self, workload: str) -> float:
        """The pace that all workers together keep to in one tenant."""
        if self.writes_per_second is None:
            return 0.0
        if workload == CONDITIONAL_ACCESS:
            return _CONDITIONAL_ACCESS_SECONDS_BETWEEN_WRITES
        return 1 / self.writes_per_second

    def read_budget(self, workload: str) -> ReadBudget | None:
        """What all workers together may read in one tenant; None is without limit."""
        if self.writes_per_second is None:
            return None
        return _READS.get(workload, _INTUNE_READS)


def endpoints(cloud: Cloud) -> CloudEndpoints:
    if cloud is Cloud.EMULATOR:
        return _emulator()
    login, graph = _HOSTS[cloud]
    return CloudEndpoints(
        login=f"https://{login}",
        graph=f"https://{graph}",
        scope=f"https://{graph}/.default",
        timeout_seconds=settings.GRAPH_TIMEOUT_SECONDS,
    )


def _emulator() -> CloudEndpoints:
    if not settings.GRAPH_EMULATOR_URL:
        raise ImproperlyConfigured("Set GRAPH_EMULATOR_URL to connect to the Graph emulator.")
    base = settings.GRAPH_EMULATOR_URL.rstrip("/")
    return CloudEndpoints(
        login="https://login.emulator.invalid",
        graph=base,
        scope="https://graph.microsoft.com/.default",
        login_reached_at=base,
        writes_per_second=None,
        timeout_seconds=settings.GRAPH_TIMEOUT_SECONDS,
    )
