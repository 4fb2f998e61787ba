"""Refusals whose wording depends on the service behind a collection."""

from tenants.emulator.catalogue import Collection, Family
from tenants.emulator.refusals import RefusedError, no_route


def missing(collection: Collection, key: str) -> RefusedError:
    if collection.family is Family.DIRECTORY:
        return RefusedError(
            404,
            "Request_ResourceNotFound",
            f"Resource '{key}' does not exist or one of its queried reference-property objects"
            " are not present.",
        )
    is_intune = collection.family is Family.INTUNE
    text = "An error has occurred" if is_intune else f"The resource '{key}' was not found."
    return RefusedError(404, "ResourceNotFound", text, wrapped=is_intune)


def not_allowed(collection: Collection, method: str, path: str) -> RefusedError:
    if collection.family is Family.INTUNE:
        return no_route(method, path)
    return RefusedError(
        405,
        "Request_BadRequest",
        "Specified HTTP method is not allowed for the request target.",
    )


def forbidden(family: Family, roles: tuple[str, ...]) -> RefusedError:
    if family is Family.INTUNE:
        return RefusedError(
            403,
            "Forbidden",
            "Application is not authorized to perform this operation. Application must have one of"
            f" the following scopes: {', '.join(dict.fromkeys(roles))}",
            wrapped=True,
        )
    if family is Family.ACCESS:
        return RefusedError(
            403,
            "AccessDenied",
            "You cannot perform the requested operation, required scopes are missing in the token.",
        )
    return RefusedError(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
