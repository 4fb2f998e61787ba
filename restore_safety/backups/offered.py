"""Whether a tenant has a service at all: a type it cannot hold is no gap in a backup of it."""

from tenants.graph.errors import ErrorKind, GraphError

# What Graph says where a licence, and not a permission, is what a tenant lacks.
_NO_SERVICE = (
    "not applicable to target tenant",
    "premiumlicenserequired",
    "not premium licensed",
    "does not have a license",
    "does not have a valid license",
    "no valid license",
    "not licensed",
)


def is_service_missing(error: GraphError) -> bool:
    """Whether the whole list failed because the tenant does not have this service.

    A refusal that says nothing of a licence is one of a permission, and never counts.
    """
    if error.kind is ErrorKind.NOT_FOUND:
        return True
    said = f"{error.code} {error.message}".casefold()
    is_answer = error.kind in (ErrorKind.PERMISSION, ErrorKind.REJECTED)
    return is_answer and any(text in said for text in _NO_SERVICE)


def service_missing_reason(error: GraphError) -> str:
    """Why nothing of a type was captured, as a clause for the list of what was left out."""
    said = str(error).rstrip(".")
    return f"the tenant does not have this service ({error.status}), so it holds none: {said}"
