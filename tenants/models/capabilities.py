"""What a person may do with a tenant, and the roles that bundle it."""

from enum import StrEnum


class Capability(StrEnum):
    """One act on a tenant; the value is the codename of its permission, so it never changes."""

    VIEW = "view_tenant"
    CAPTURE_BACKUP = "capture_backup"
    IMPORT_BACKUP = "import_backup"
    PREPARE_RESTORE = "prepare_restore"
    EXECUTE_RESTORE = "execute_restore"
    MANAGE_RESTORES = "manage_restores"
    MANAGE_CONNECTION = "manage_connection"
    APPROVE_RESTORE = "approve_restore"
    OVERRIDE_SAFEGUARDS = "override_safeguards"
    MANAGE_ACCESS = "manage_access"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def meaning(self) -> str:
        """What whoever holds it may do, in one sentence."""
        return _MEANINGS[self]

    @property
    def denial(self) -> str:
        """Why an act is disabled, and who can change that."""
        return (
            f"Your role on this tenant does not include “{self.label}”. "
            "An owner of the tenant can grant it."
        )


_LABELS = {
    Capability.VIEW: "View the tenant",
    Capability.CAPTURE_BACKUP: "Capture backups",
    Capability.IMPORT_BACKUP: "Import backups",
    Capability.PREPARE_RESTORE: "Prepare restores",
    Capability.EXECUTE_RESTORE: "Execute restores",
    Capability.MANAGE_RESTORES: "Archive and delete restores",
    Capability.MANAGE_CONNECTION: "Manage the provider connection",
    Capability.APPROVE_RESTORE: "Approve restores",
    Capability.OVERRIDE_SAFEGUARDS: "Override safeguards",
    Capability.MANAGE_ACCESS: "Manage access",
}

_MEANINGS = {
    Capability.VIEW: (
        "See the tenant and everything of it; without it the tenant does not exist for a person."
    ),
    Capability.CAPTURE_BACKUP: "Read the tenant's policies into a new backup.",
    Capability.IMPORT_BACKUP: "Bring exported files in as a backup of the tenant.",
    Capability.PREPARE_RESTORE: "Open drafts, choose a scope, run checks and previews.",
    Capability.EXECUTE_RESTORE: "Confirm dry runs and restores; a restore writes to the tenant.",
    Capability.MANAGE_RESTORES: (
        "Archive and delete restores and backups, and cancel other people's operations."
    ),
    Capability.MANAGE_CONNECTION: (
        "Change and verify how the tenant is reached, open or close its write gate, and set its "
        "change windows and whether restores need approval."
    ),
    Capability.APPROVE_RESTORE: (
        "Approve or reject restores that another person asks for, where the tenant needs approval."
    ),
    Capability.OVERRIDE_SAFEGUARDS: (
        "In an emergency, start a restore in a freeze or without approval. The reason is kept and "
        "shown with the restore."
    ),
    Capability.MANAGE_ACCESS: (
        "Give and take roles on the tenant, and invite people to its workspace."
    ),
}


class Role(StrEnum):
    """What a person is on a tenant; each role holds all of the one before it."""

    AUDITOR = "auditor"
    OPERATOR = "operator"
    MANAGER = "manager"
    OWNER = "owner"

    @property
    def label(self) -> str:
        return self.value.capitalize()


_AUDITOR = frozenset({Capability.VIEW})
_OPERATOR = _AUDITOR | {
    Capability.CAPTURE_BACKUP,
    Capability.IMPORT_BACKUP,
    Capability.PREPARE_RESTORE,
    Capability.EXECUTE_RESTORE,
}
_MANAGER = _OPERATOR | {
    Capability.MANAGE_RESTORES,
    Capability.MANAGE_CONNECTION,
    Capability.APPROVE_RESTORE,
}

ROLE_CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.AUDITOR: _AUDITOR,
    Role.OPERATOR: _OPERATOR,
    Role.MANAGER: _MANAGER,
    Role.OWNER: frozenset(Capability),
}
