"""The demo's directories as the emulator is filled with them."""

from restore_safety.demo.directory import MEMBERS, Directory
from restore_safety.demo.policies import objects_of
from restore_safety.demo.policies.building import Json
from tenants.emulator.catalogue.access import DIRECTORY_ROLES
from tenants.emulator.catalogue.access import STRENGTHS as AUTHENTICATION_STRENGTHS
from tenants.emulator.wellknown import ROLES, STRENGTHS
from tenants.graph.permissions import required_permissions

# All that the product can use.
_ROLES = tuple(one.name for one in required_permissions(()))


def document_of(directory: Directory, *, client_secret: str, is_empty: bool = False) -> Json:
    """The whole directory as the emulator takes it; an empty one has no policies."""
    client = {
        "client_id": directory.client_id,
        "client_secret": client_secret,
        "roles": list(_ROLES),
    }
    return {
        "displayName": directory.name,
        "clients": [client],
        "groups": [group_of(directory, name) for name in MEMBERS],
        "objects": _objects(directory, is_empty=is_empty),
    }


def group_of(directory: Directory, name: str) -> Json:
    """A security group of the directory as the emulator takes it."""
    return {
        "id": directory.group(name),
        "displayName": name,
        "memberCount": MEMBERS[name],
        "securityEnabled": True,
        "mailEnabled": False,
    }


def _objects(directory: Directory, *, is_empty: bool) -> dict[str, list[Json]]:
    objects = _built_in_objects()
    if not is_empty:
        for path, made in objects_of(directory).items():
            objects[path] = [*objects.get(path, []), *made]
    return objects


def _built_in_objects() -> dict[str, list[Json]]:
    """What every tenant has from the start: directory roles and strengths."""
    roles = [
        {"id": key, "templateId": key, "displayName": name, "isBuiltIn": True, "isEnabled": True}
        for key, name in ROLES.items()
    ]
    return {
        DIRECTORY_ROLES: roles,
        AUTHENTICATION_STRENGTHS: [dict(one) for one in STRENGTHS.values()],
    }
