"""What the product needs to be granted in Graph, what for, and what of it a tenant has granted."""

from collections.abc import Iterable
from dataclasses import dataclass

from tenants.graph.contracts import CONTRACTS, Contract

# What the product reads besides the policies themselves: the directory and its groups.
_SUPPORTING = {
    "Organization.Read.All": "Identifying which directory answers, its domains and its licences",
    "Group.Read.All": "Names and sizes of groups, and whether they exist",
    "User.Read.All": "Names of the users that policies name",
    "RoleManagement.Read.Directory": "Names of directory roles that policies name",
    "Application.Read.All": "Names of applications and service principals that policies name",
    "Agreement.Read.All": "Names of terms of use that policies name",
    "DeviceManagementApps.Read.All": "Names of apps that policies name",
    "DeviceManagementServiceConfig.Read.All": "Names of notification templates",
}
# A broader permission contains the narrower one that a contract names.
_CONTAINED_IN = {
    "Organization.Read.All": {"Directory.Read.All", "Directory.ReadWrite.All"},
    "Group.Read.All": {"Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"},
    "User.Read.All": {"Directory.Read.All", "Directory.ReadWrite.All"},
    "Application.Read.All": {"Directory.Read.All", "Directory.ReadWrite.All"},
    "RoleManagement.Read.Directory": {"RoleManagement.Read.All", "Directory.Read.All"},
}
_NARROW = ".Read."
_PROPER_NAMES = frozenset({"Android", "Apple", "Autopilot", "Linux", "Windows"})
# What a permission is called that lets its holder change something.
_CHANGING = ("write", "manage", "privileged", "send", "create", "delete", "fullcontrol")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredPermission:
    """One permission the product needs, and what was granted that gives it."""

    name: str
    needed_for: str
    granted_as: str

    @property
    def is_granted(self) -> bool:
        return bool(self.granted_as)

    @property
    def through(self) -> str:
        """The wider permission that gives it; empty where it was granted itself, or not at all."""
        return "" if self.granted_as == self.name else self.granted_as


def required_permissions(granted: Iterable[str]) -> tuple[RequiredPermission, ...]:
    """Each permission once, in its widest form, held against what was granted."""
    held = set(granted)
    return tuple(
        RequiredPermission(
            name=name,
            needed_for=_needed_for(name),
            granted_as=_granted_as(name, held),
        )
        for name in sorted(_widest())
    )


def missing_permissions(granted: Iterable[str]) -> list[str]:
    """What the app registration lacks of all the product can use."""
    return [one.name for one in required_permissions(granted) if not one.is_granted]


def needless_writes(granted: Iterable[str]) -> list[str]:
    """What was granted that can change something and that nothing here has a use for."""
    needed = _needed()
    return sorted(
        permission
        for permission in set(granted) - needed
        # What stands before the first dot is what it is about, not what it lets one do.
        if any(word in permission.partition(".")[2].lower() for word in _CHANGING)
    )


def _needed() -> set[str]:
    return set(_SUPPORTING) | {
        permission for contract in CONTRACTS.values() for permission in _of(contract)
    }


def _of(contract: Contract) -> tuple[str, ...]:
    """What a type is read with, and where a restore writes it, written with."""
    if not contract.is_writable:
        return (contract.read_permission,)
    return contract.read_permission, contract.write_permission


def _widest() -> set[str]:
    """Naming the wider one is enough where both are needed."""
    needed = _needed()
    return {permission for permission in needed if _containing(permission) & needed == {permission}}


def _granted_as(name: str, held: set[str]) -> str:
    """What gives the permission: itself, or else a wider one."""
    given = held & _containing(name)
    return name if name in given else min(given, default="")


def _needed_for(name: str) -> str:
    if name in _SUPPORTING:
        return _SUPPORTING[name]
    reading = [one for one in CONTRACTS.values() if name in _containing(one.read_permission)]
    writing = [one for one in CONTRACTS.values() if name in _of(one)[1:]]
    plurals = dict.fromkeys(one.plural for one in (*reading, *writing))
    acts = [act for act, types in (("Reading", reading), ("writing", writing)) if types]
    listed = ", ".join(_within_a_sentence(plural) for plural in plurals)
    return f"{' and '.join(acts).capitalize()} {listed}"


def _containing(permission: str) -> set[str]:
    """The permission itself, and those that include it."""
    wider = permission.replace(_NARROW, ".ReadWrite.")
    return {permission, wider} | _CONTAINED_IN.get(permission, set())


def _within_a_sentence(name: str) -> str:
    """With a small letter at its front, unless it is a proper name's, like that of PowerShell."""
    first = name.partition(" ")[0]
    is_proper = first in _PROPER_NAMES or first != first.capitalize()
    return name if is_proper else name[:1].lower() + name[1:]
