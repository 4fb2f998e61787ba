"""Who may do what on a tenant, and by which way it came to them."""

from ninja import Field, Query, Router, Schema

from restore_safety.api.auth import ApiRequest
from restore_safety.api.documented import FINDING
from restore_safety.api.shapes import Page, Text, Window, narrowed, page_of
from tenants.access.filters import PeopleFilter
from tenants.access.holdings import Holding, Source, holding_of, people_on
from tenants.access.shortcuts import tenant_or_404
from tenants.models.capabilities import Capability

router = Router(tags=["Tenants"])


class SourceAnswer(Schema):
    """One way in which a person holds capabilities."""

    group: str | None = Field(description="The group that gives them; null where they are direct.")
    capabilities: list[Capability]


class AccessLine(Schema):
    username: str
    name: str
    is_active: bool = Field(description="Of an account that is deactivated, nothing counts.")
    standing: str = Field(description="The role given in all, in a word, and what goes beyond it.")
    capabilities: list[Capability] = Field(description="What counts.")
    sources: list[SourceAnswer]


class AccessPage(Page[AccessLine]):
    pass


class AccessChoices(Window):
    q: Text | None = Field(None, description="In the name, the sign-in or the e-mail.")


@router.get(
    "/tenants/{slug:slug}/access", response=FINDING | {200: AccessPage}, operation_id="listAccess"
)
def list_access(request: ApiRequest, slug: str, choices: Query[AccessChoices]) -> AccessPage:
    """Who has which role on the tenant, and why: directly or by which group."""
    tenant = tenant_or_404(request, slug)
    people = narrowed(PeopleFilter, people_on(tenant), choices)
    return page_of(AccessPage, people, choices, lambda person: _line(holding_of(person, tenant)))


def _line(holding: Holding) -> AccessLine:
    return AccessLine(
        username=holding.person.get_username(),
        name=str(holding.person),
        is_active=holding.person.is_active,
        standing=holding.role,
        capabilities=sorted(holding.effective),
        sources=[_source(source) for source in holding.sources],
    )


def _source(source: Source) -> SourceAnswer:
    return SourceAnswer(group=source.group or None, capabilities=sorted(source.capabilities))
