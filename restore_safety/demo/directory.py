"""A made-up directory and its groups; every id follows from a name, so seeding twice agrees."""

from dataclasses import dataclass
from uuid import UUID, uuid5

_OURS = UUID("7d6f6c1e-3a3f-4a0e-9a55-3b0f6a1f7c10")

WORKSTATIONS = "All workstations"
PILOT = "Pilot ring"
FINANCE = "Finance department"
KIOSKS = "Field kiosks"
EXECUTIVES = "Executives"
AGENTS = "Branch office agents"
BREAK_GLASS = "Break glass accounts"
MEMBERS = {
    WORKSTATIONS: 1840,
    PILOT: 60,
    FINANCE: 115,
    KIOSKS: 42,
    EXECUTIVES: 12,
    AGENTS: 9,
    BREAK_GLASS: 2,
}


@dataclass(frozen=True, slots=True)
class Directory:
    name: str

    @property
    def id(self) -> str:
        return self.id_of("directory", self.name)

    @property
    def client_id(self) -> str:
        return self.id_of("client", self.name)

    def group(self, name: str) -> str:
        return self.id_of("group", name)

    def id_of(self, kind: str, name: str) -> str:
        return str(uuid5(_OURS, f"{self.name}/{kind}/{name}"))


CONTOSO = Directory("Contoso")
FABRIKAM = Directory("Fabrikam")
