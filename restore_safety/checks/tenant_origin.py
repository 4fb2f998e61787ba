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
    if not context.origin_directory_id:
        yield FoundIssue(
            severity=Severity.WARNING,
            code="origin_unknown",
            title="The backup does not say which tenant it comes from",
            why=(
                "Policies are matched by type and name only, and the ids of groups, scope tags and "
                "filters may mean something else here."
            ),
            remedy=(
                "Make sure the backup belongs to this tenant, or was made to be restored to "
                "others, and read the matches in the preview closely."
            ),
        )
    elif not context.same_origin:
        yield FoundIssue(
            severity=Severity.BLOCKER,
            code="tenant_mismatch",
            title=f"The backup was taken from another tenant than {context.tenant_name}",
            why=(
                f"It comes from the directory {context.origin_directory_id}; this tenant is "
                f"{context.directory_id}. The ids in it mean nothing here."
            ),
            remedy="Choose a backup of this tenant, or open the restore in the tenant it is from.",
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
