"""The pages of access to a tenant: who has it and why, and giving, changing and taking roles."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tenants.access.filters import PeopleFilter
from tenants.access.forms import GrantForm, RoleForm
from tenants.access.holdings import groups_on, people_on, spelt
from tenants.access.owners import LastOwnerError
from tenants.access.pages import (
    REVOKED,
    RoleChangePage,
    access_page,
    group_change,
    group_page,
    matrix,
    person_change,
    person_page,
)
from tenants.access.service import (
    Capabilities,
    NotAMemberError,
    RoleNotHeldError,
    grant_group_role,
    grant_role,
    revoke_group_role,
    revoke_role,
    role_with,
)
from tenants.access.shortcuts import tenant_or_404
from tenants.access.tables import GroupsTable, PeopleTable
from tenants.models import Tenant
from tenants.models.capabilities import Capability, Role
from tenants.reauthentication import proof_first
from tenants.web.http import AuthedRequest
from tenants.web.paging import paginated

_PAGE_SIZE = 25
_TENANTS = ("Tenants", reverse_lazy("tenants:tenant-list"))
_CONFLICT = 409


@require_safe
def roles(request: AuthedRequest) -> HttpResponse:
    context = {"matrix": matrix(), "roles": list(Role), "breadcrumbs": [("Roles", None)]}
    return render(request, "tenants/roles.html", context)


@require_safe
def access(request: AuthedRequest, slug: str) -> HttpResponse:
    tenant = tenant_or_404(request, slug)
    found = PeopleFilter(request.GET, queryset=people_on(tenant))
    people = PeopleTable(found.qs, tenant=tenant)
    groups = GroupsTable(groups_on(tenant), tenant=tenant)
    context = {
        "page": access_page(tenant=tenant, reader=request.user),
        "filter": found,
        "people": paginated(request, people, per_page=_PAGE_SIZE),
        "groups": paginated(request, groups, per_page=_PAGE_SIZE),
        "breadcrumbs": [_TENANTS, (tenant.name, tenant.get_absolute_url()), ("Access", None)],
    }
    return render(request, "tenants/access.html", context)


@require_safe
def access_grant(request: AuthedRequest, slug: str) -> HttpResponse:
    """Choose a person or a group, and a role; what is chosen is confirmed before it is given."""
    tenant = tenant_or_404(request, slug, Capability.MANAGE_ACCESS)
    if unproven := proof_first(request):
        return unproven
    form = GrantForm(request.GET or None, tenant=tenant)
    if form.is_valid():
        kind, key = form.chosen
        address = reverse(f"tenants:access-{kind}-role", args=[tenant.slug, key])
        return redirect(f"{address}?role={form.cleaned_data['role']}")
    context = {
        "tenant": tenant,
        "form": form,
        "breadcrumbs": [*_way_to(tenant), ("Grant a role", None)],
    }
    return render(request, "tenants/access_grant.html", context)


@require_safe
def access_person(request: AuthedRequest, slug: str, person_id: int) -> HttpResponse:
    tenant = tenant_or_404(request, slug)
    page = person_page(tenant=tenant, reader=request.user, person_id=person_id)
    context = {
        "page": page,
        "form": RoleForm(action=page.role_url, held=page.holding.directly),
        "breadcrumbs": [*_way_to(page.tenant), (page.name, None)],
    }
    return render(request, "tenants/access_person.html", context)


@require_safe
def access_group(request: AuthedRequest, slug: str, group_id: int) -> HttpResponse:
    tenant = tenant_or_404(request, slug)
    page = group_page(tenant=tenant, reader=request.user, group_id=group_id)
    context = {
        "page": page,
        "form": RoleForm(action=page.role_url, held=page.held),
        "breadcrumbs": [*_way_to(page.tenant), (page.name, None)],
    }
    return render(request, "tenants/access_group.html", context)


@require_http_methods(["GET", "POST"])
def access_person_role(request: AuthedRequest, slug: str, person_id: int) -> HttpResponse:
    tenant = tenant_or_404(request, slug, Capability.MANAGE_ACCESS)
    page = person_page(tenant=tenant, reader=request.user, person_id=person_id)
    role = _role_asked_for(request)

    def apply() -> None:
        seen, actor, user = _seen(request, page.holding.directly), request.user, page.person
        if role:
            grant_role(actor=actor, user=user, tenant=tenant, role=role, seen=seen)
        else:
            held = role_with(page.holding.directly)
            revoke_role(actor=actor, user=user, tenant=tenant, role=held, seen=seen)

    def draw(obstacle: str = "") -> RoleChangePage:
        return person_change(page=page, role=role, obstacle=obstacle)

    return _confirmed(request, apply=apply, draw=draw)


@require_http_methods(["GET", "POST"])
def access_group_role(request: AuthedRequest, slug: str, group_id: int) -> HttpResponse:
    tenant = tenant_or_404(request, slug, Capability.MANAGE_ACCESS)
    page = group_page(tenant=tenant, reader=request.user, group_id=group_id)
    role = _role_asked_for(request)

    def apply() -> None:
        seen, actor, group = _seen(request, page.held), request.user, page.group
        if role:
            grant_group_role(actor=actor, group=group, tenant=tenant, role=role, seen=seen)
        else:
            held = role_with(page.held)
            revoke_group_role(actor=actor, group=group, tenant=tenant, role=held, seen=seen)

    def draw(obstacle: str = "") -> RoleChangePage:
        return group_change(page=page, role=role, obstacle=obstacle)

    return _confirmed(request, apply=apply, draw=draw)


def _confirmed(
    request: AuthedRequest, *, apply: Callable[[], None], draw: Callable[..., RoleChangePage]
) -> HttpResponse:
    """Ask, or do what was confirmed; a refusal is said on the page that asked."""
    page, status = draw(), 200
    is_offered = request.method == "POST" or not page.barred
    back_to = f"{request.path}?role={page.role_value}"
    if is_offered and (unproven := proof_first(request, back_to=back_to)):
        return unproven
    if request.method == "POST":
        try:
            apply()
        except (LastOwnerError, NotAMemberError, RoleNotHeldError) as error:
            page, status = draw(str(error)), _CONFLICT
        else:
            messages.success(request, f"{page.name}: {_outcome(page)}")
            return redirect("tenants:access", page.tenant.slug)
    context = {
        "page": page,
        "breadcrumbs": [*_way_to(page.tenant), (page.name, page.back_url), (page.act, None)],
    }
    return render(request, "tenants/access_confirm.html", context, status=status)


def _outcome(page: RoleChangePage) -> str:
    if page.role is None:
        return f"the role on {page.tenant.name} is revoked."
    return f"{page.role.label.lower()} of {page.tenant.name}."


def _role_asked_for(request: AuthedRequest) -> Role | None:
    """The role in the address or the form; None to revoke. What is neither does not exist."""
    asked = (request.POST if request.method == "POST" else request.GET).get("role", "")
    if asked == REVOKED:
        return None
    try:
        return Role(asked)
    except ValueError as error:
        raise Http404 from error


def _seen(request: AuthedRequest, held: Capabilities) -> Capabilities:
    """What is held now when it is what the page showed; otherwise something no one can hold."""
    if request.POST.get("seen", "") == spelt(held):
        return held
    raise RoleNotHeldError("What is held changed meanwhile. Look at it again, then confirm.")


def _way_to(tenant: Tenant) -> list[tuple[object, object]]:
    return [
        _TENANTS,
        (tenant.name, tenant.get_absolute_url()),
        ("Access", reverse("tenants:access", args=[tenant.slug])),
    ]
