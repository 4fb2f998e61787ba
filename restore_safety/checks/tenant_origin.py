"""Whether the backup comes from the tenant it would be written to."""

from collections.abc import Iterable, Iterator

from restore_safety.checks.context import CheckContext
from restore_safety.checks.findings import FoundIssue
from restore_safety.models import Severity
from tenants.graph.errors import GraphError


def check(context: CheckContext) -> Iterable[FoundIssue]:
    yield from _backup_origin(context)
    yield from _connected_directory(context)


def _backup_origin(context: CheckContext) -> Iterator[FoundIssue]:
    """A known other origin weighs as much as one that is not known: both need a mapping."""
    if context.same_origin:
        return
    origin = context.origin_directory_id
    yield FoundIssue(
        severity=Severity.WARNING,
        code="tenant_mismatch" if origin else "origin_unknown",
        title=(
            f"The backup was taken from another tenant than {context.tenant_name}"
            if origin
            else "The backup does not say which tenant it comes from"
        ),
        why=(
            (f"It comes from the directory {origin}. " if origin else "")
            + "Policies are matched by type and name. Groups and other objects are found by a "
            "mapping, by an id that this tenant knows, or by a name that only one object has here; "
            "what cannot be found has a finding of its own."
        ),
        remedy=(
            "Make sure the backup was made to be restored here. Map what has no unique name, and "
            "read the matches in the preview closely."
        ),
    )


def _connected_directory(context: CheckContext) -> Iterator[FoundIssue]:
    organization = context.organization
    if isinstance(organization, GraphError):
        yield FoundIssue(
            severity=Severity.UNKNOWN,
            code="directory_unconfirmed",
            title="Which directory the connection reaches could not be confirmed",
            why="The tenant's organisation record could not be read.",
            remedy=(
                "Make sure the connection may read it (Organization.Read.All), then run the checks "
                "again."
            ),
        )
    elif str(organization.get("id", "")).lower() != context.directory_id:
        yield FoundIssue(
            severity=Severity.BLOCKER,
            code="connected_elsewhere",
            title=f"The connection does not reach the directory of {context.tenant_name}",
            why=(
                f"It answers as {organization.get('id') or 'no directory'}, while this tenant is "
                f"{context.directory_id}. A restore would write somewhere else."
            ),
            remedy="Correct the tenant's provider connection, then run the checks again.",
        )
