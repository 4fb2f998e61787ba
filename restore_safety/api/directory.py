"""A tenant's directory as it was last read: what its policies refer to, by name and id."""

from datetime import datetime

from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from restore_safety.api.auth import ApiRequest, tenant_for
from restore_safety.api.documented import ACTING, FINDING
from restore_safety.api.operations import OperationAnswer, operation_answer
from restore_safety.api.shapes import Page, Said, Text, Window, explained, narrowed, page_of
from restore_safety.directory.describing import described
from restore_safety.directory.filters import DirectoryFilter
from restore_safety.directory.pages import KindLine, directory_of, directory_page
from restore_safety.directory.sync import queue_sync
from restore_safety.models import DirectoryKind, DirectoryObject
from tenants.access.shortcuts import tenant_or_404
from tenants.models.token_scopes import TokenScope

router = Router(tags=["Directory"])


class DirectoryLine(Schema):
    kind: DirectoryKind
    id: str = Field(description="Its id in Graph, in lower case; of an application its client id.")
    name: str
    details: str = Field(description="What else is known of it, in words.")
    members: int | None = Field(description="Of a group; null where the number is not known.")
    seen_at: datetime


class DirectoryObjectPage(Page[DirectoryLine]):
    pass


class DirectoryChoices(Window):
    q: Text | None = Field(None, description="In the name, or exactly its id.")
    kind: DirectoryKind | None = None


class DirectoryKindAnswer(Schema):
    """How far one kind of the directory is known."""

    kind: DirectoryKind
    label: str
    count: int
    state: Said
    is_complete: bool = Field(description="False: what is not listed may exist all the same.")
    synchronised_at: datetime | None = Field(description="When what is listed was read.")
    problem: str
    note: str


@router.get(
    "/tenants/{slug:slug}/directory",
    response=FINDING | {200: DirectoryObjectPage},
    operation_id="listDirectory",
)
def list_directory(
    request: ApiRequest, slug: str, choices: Query[DirectoryChoices]
) -> DirectoryObjectPage:
    """What policies of the tenant can refer to, by name. It asks nothing of the tenant."""
    tenant = tenant_or_404(request, slug)
    rows = directory_of(tenant).order_by("folded_name", "pk")
    return page_of(DirectoryObjectPage, narrowed(DirectoryFilter, rows, choices), choices, _line)


@router.get(
    "/tenants/{slug:slug}/directory/kinds",
    response=FINDING | {200: list[DirectoryKindAnswer]},
    operation_id="listDirectoryKinds",
)
def list_directory_kinds(request: ApiRequest, slug: str) -> list[DirectoryKindAnswer]:
    """When each kind was read, and what is missing of it."""
    page = directory_page(tenant=tenant_or_404(request, slug), viewer=request.user)
    return [_kind(one) for one in page.kinds]


@router.post(
    "/tenants/{slug:slug}/directory/syncs",
    response=ACTING | {202: OperationAnswer},
    operation_id="syncDirectory",
)
def sync_directory(request: ApiRequest, slug: str) -> Status[OperationAnswer]:
    """Have the directory read; one that is under way already is answered instead."""
    tenant = tenant_for(request, slug, TokenScope.CAPTURE)
    run = queue_sync(actor=request.user, tenant=tenant).run
    return Status(202, operation_answer(run, request.user, timezone.now()))


def _line(row: DirectoryObject) -> DirectoryLine:
    return DirectoryLine(
        kind=row.kind_member,
        id=row.object_id,
        name=row.name,
        details=described(row),
        members=row.facts.members,
        seen_at=row.seen_at,
    )


def _kind(line: KindLine) -> DirectoryKindAnswer:
    return DirectoryKindAnswer(
        kind=line.kind,
        label=line.kind.plural,
        count=line.count,
        state=explained(line.state),
        is_complete=line.is_complete,
        synchronised_at=line.synchronised_at,
        problem=line.problem,
        note=line.note,
    )
