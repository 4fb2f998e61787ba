"""What an API token may be used for: the closed set of scopes, and what each reaches."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tenants.models.capabilities import Capability


class TokenScope(StrEnum):
    """One use of a token. It never gives more than its person may do; the values never change."""

    READ = "read"
    CAPTURE = "capture"
    IMPORT = "import"
    PREPARE = "prepare"
    DRY_RUN = "dry_run"
    RESTORE = "restore"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]

    @property
    def denial(self) -> str:
        """Why an act is refused, and what would change that."""
        return (
            f"This token does not have the scope “{self.value}”. "
            "A token never gains a scope: its person makes another one."
        )

    @property
    def capabilities(self) -> frozenset[Capability]:
        return _CAPABILITIES[self]


_LABELS = {
    TokenScope.READ: "Read",
    TokenScope.CAPTURE: "Capture backups",
    TokenScope.IMPORT: "Import backups",
    TokenScope.PREPARE: "Prepare restores",
    TokenScope.DRY_RUN: "Queue dry runs",
    TokenScope.RESTORE: "Queue restores",
}
_SENTENCES = {
    TokenScope.READ: "Read what you may see: tenants, backups, drafts, restores, the trail.",
    TokenScope.CAPTURE: "Capture a tenant as a backup. Nothing is written to the tenant.",
    TokenScope.IMPORT: "Upload a zip as a backup. Nothing is written to the tenant.",
    TokenScope.PREPARE: "Open drafts, choose their scope, run checks and previews.",
    TokenScope.DRY_RUN: "Queue a dry run, which writes nothing to the tenant.",
    TokenScope.RESTORE: "Queue a restore that writes to the tenant, and acknowledge follow-ups.",
}
# Whoever acts on a tenant may know of it; reading what is in it takes the scope for that.
_CAPABILITIES = {
    TokenScope.READ: frozenset({Capability.VIEW}),
    TokenScope.CAPTURE: frozenset({Capability.VIEW, Capability.CAPTURE_BACKUP}),
    TokenScope.IMPORT: frozenset({Capability.VIEW, Capability.IMPORT_BACKUP}),
    TokenScope.PREPARE: frozenset({Capability.VIEW, Capability.PREPARE_RESTORE}),
    TokenScope.DRY_RUN: frozenset(
        {Capability.VIEW, Capability.PREPARE_RESTORE, Capability.EXECUTE_RESTORE}
    ),
    TokenScope.RESTORE: frozenset(
        {
            Capability.VIEW,
            Capability.PREPARE_RESTORE,
            Capability.EXECUTE_RESTORE,
            Capability.MANAGE_RESTORES,
        }
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLimits:
    """How far a person reaches in a request that a token made: never further than they do."""

    capabilities: frozenset[Capability]
    tenant_id: int | None = None


def reach_of(scopes: Iterable[TokenScope]) -> frozenset[Capability]:
    """Every capability that one of the scopes may use."""
    reached: frozenset[Capability] = frozenset()
    return reached.union(*(scope.capabilities for scope in scopes))
