"""The pages of a workspace's people: members, groups and invitations."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tenants.access.filters import PeopleFilter
from tenants.access.holders import tenants_of_group, tenants_of_person
from tenants.access.owners import LastOwnerError
from tenants.access.service import NotAMemberError, require_in_workspace
from tenants.access.shortcuts import workspace_or_404
from tenants.membership.groups import (
    GroupMovedError,
    GroupNameTakenError,
    add_to_group,
    create_group,
    delete_group,
    remove_from_group,
    rename_group,
)
from tenants.membership.invitations import InvitationGoneError, invite, revoke_invitation
from tenants.membership.members import MemberMovedError, remove_member
from tenants.models import User, Workspace
from tenants.models.tenant import TenantQuerySet
from tenants.people.forms import GroupForm, GroupMemberForm, InvitationForm
from tenants.people.pages import (
    MemberPage,
    WorkspaceGroupPage,
    deletion_barred,
    group_member_page,
    groups_for,
    invitation_page,
    invitations_for,
    member_page,
    members_for,
    members_of_group,
    visible_tenants,
    workspace_group_page,
)
from tenants.people.tables import (
    GroupMemberTable,
    InvitationTable,
    MemberTable,
    WorkspaceGroupTable,
)
from tenants.reauthentication import entered_before, proof_first
from tenants.web.http import AuthedRequest
from tenants.web.paging import paginated

_PAGE_SIZE = 25
_TENANTS = ("Tenants", reverse_lazy("tenants:tenant-list"))
_CONFLICT = 409

type Breadcrumbs = list[tuple[object, object]]


@require_safe
def member_list(request: AuthedRequest, slug: str) -> HttpResponse:
    workspace = workspace_or_404(request, slug)
    found = PeopleFilter(request.GET, queryset=members_for(workspace, request.user))
    tenants = list(visible_tenants(workspace, request.user))
    table = MemberTable(found.qs, workspace=workspace, tenants=tenants)
    context = {
        "workspace": workspace,
        "filter": found,
        "table": paginated(request, table, per_page=_PAGE_SIZE),
        "breadcrumbs": _way(workspace),
    }
    return render(request, "tenants/member_list.html", context)


@require_safe
def member_detail(request: AuthedRequest, slug: str, person_id: int) -> HttpResponse:
    workspace = workspace_or_404(request, slug)
    page = _member_page(request, workspace, person_id)
    context = {"page": page, "breadcrumbs": _way(workspace, (str(page.person), None))}
    return render(request, "tenants/member_detail.html", context)


@require_http_methods(["GET", "POST"])
def member_remove(request: AuthedRequest, slug: str, person_id: int) -> HttpResponse:
    workspace, status = workspace_or_404(request, slug), 200
    page = _member_page(request, workspace, person_id)
    everywhere = tenants_of_person(page.person, workspace)
    if unproven := _unproven(request, workspace, everywhere, barred=page.barred):
        return unproven
    if request.method == "POST":
        try:
            remove_member(actor=request.user, workspace=workspace, user=page.person)
        except (LastOwnerError, MemberMovedError, NotAMemberError) as error:
            page, status = _member_page(request, workspace, person_id, str(error)), _CONFLICT
        else:
            return _without_member(request, workspace, page.person)
    detail = reverse("tenants:member-detail", args=[workspace.slug, person_id])
    way = _way(workspace, (str(page.person), detail), ("Remove", None))
    context = {"page": page, "breadcrumbs": way}
    return render(request, "tenants/member_remove.html", context, status=status)


def _without_member(request: AuthedRequest, workspace: Workspace, person: User) -> HttpResponse:
    messages.success(request, f"{person} is not a member of {workspace.name} any more.")
    if person == request.user:
        return redirect("tenants:tenant-list")
    return redirect("tenants:member-list", workspace.slug)


@require_safe
def group_list(request: AuthedRequest, slug: str) -> HttpResponse:
    workspace = workspace_or_404(request, slug)
    table = WorkspaceGroupTable(groups_for(workspace, request.user), workspace=workspace)
    context = {
        "workspace": workspace,
        "table": paginated(request, table, per_page=_PAGE_SIZE),
        "breadcrumbs": _way(workspace, ("Groups", None)),
    }
    return render(request, "tenants/group_list.html", context)


@require_http_methods(["GET", "POST"])
def group_create(request: AuthedRequest, slug: str) -> HttpResponse:
    workspace = workspace_or_404(request, slug)
    if unproven := proof_first(request, keep=("name",)):
        return unproven
    name = entered_before(request).get("name", "")
    form = GroupForm(_posted(request), name=name, submit="Make the group")
    if form.is_valid():
        try:
            group = create_group(
                actor=request.user, workspace=workspace, name=form.cleaned_data["name"]
            )
        except GroupNameTakenError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, "The group is there. Add its members.")
            return redirect("tenants:group-detail", workspace.slug, group.group_id)
    context = {
        "title": f"A group in {workspace.name}",
        "form": form,
        "breadcrumbs": _way(workspace, _groups(workspace), ("New", None)),
    }
    return render(request, "tenants/group_name.html", context)


@require_safe
def group_detail(request: AuthedRequest, slug: str, group_id: int) -> HttpResponse:
    workspace = workspace_or_404(request, slug)
    page = _group_page(request, workspace, group_id)
    members = GroupMemberTable(
        members_of_group(page.group),
        workspace=workspace,
        group=page.group.group,
        denial=page.denial,
    )
    context = {
        "page": page,
        "table": paginated(request, members, per_page=_PAGE_SIZE),
        "breadcrumbs": _way(workspace, _groups(workspace), (page.group.name, None)),
    }
    return render(request, "tenants/group_detail.html", context)


@require_http_methods(["GET", "POST"])
def group_rename(request: AuthedRequest, slug: str, group_id: int) -> HttpResponse:
    workspace = workspace_or_404(request, slug)
    page = _group_page(request, workspace, group_id)
    _confirm_may_post(request, page)
    form = GroupForm(_posted(request), name=page.group.name, submit="Rename the group")
    way = _way(workspace, _groups(workspace), _group(page), ("Rename", None))
    title = f"Rename {page.group.name}"
    if form.is_valid():
        try:
            rename_group(actor=request.user, group=page.group, name=form.cleaned_data["name"])
        except GroupNameTakenError as error:
            form.add_error("name", str(error))
        else:
            return redirect("tenants:group-detail", workspace.slug, group_id)
    context = {"title": title, "form": form, "denial": page.denial, "breadcrumbs": way}
    return render(request, "tenants/group_name.html", context)


@require_http_methods(["GET", "POST"])
def group_delete(request: AuthedRequest, slug: str, group_id: int) -> HttpResponse:
    workspace = workspace_or_404(request, slug)
    page, status = _group_page(request, workspace, group_id), 200
    barred, everywhere = deletion_barred(page), tenants_of_group(page.group.group)
    if unproven := _unproven(request, workspace, everywhere, barred=barred):
        return unproven
    if request.method == "POST":
        try:
            delete_group(actor=request.user, group=page.group)
        except (GroupMovedError, LastOwnerError) as error:
            page, status = _group_page(request, workspace, group_id, str(error)), _CONFLICT
        else:
            messages.success(request, f"The group {page.group.name} is deleted.")
            return redirect("tenants:group-list", workspace.slug)
    way = _way(workspace, _groups(workspace), _group(page), ("Delete", None))
    context = {"page": page, "barred": barred, "breadcrumbs": way}
    return render(request, "tenants/group_delete.html", context, status=status)


@require_http_methods(["GET", "POST"])
def group_member_add(request: AuthedRequest, slug: str, group_id: int) -> HttpResponse:
    """Choose a member of the workspace, then confirm what they would get."""
    workspace = workspace_or_404(request, slug)
    page = _group_page(request, workspace, group_id)
    asked = request.POST if request.method == "POST" else request.GET
    back_to = f"{request.path}?{urlencode({'person': asked.get('person', '')})}"
    everywhere = tenants_of_group(page.group.group)
    if unproven := _unproven(request, workspace, everywhere, barred=page.denial, back_to=back_to):
        return unproven
    form = GroupMemberForm(asked or None, group=page.group)
    if not form.is_valid():
        way = _way(workspace, _groups(workspace), _group(page), ("Add a member", None))
        context = {"page": page, "form": form, "breadcrumbs": way}
        return render(request, "tenants/group_member_add.html", context)
    return _change_member(request, page, form.cleaned_data["person"], is_joining=True)


@require_http_methods(["GET", "POST"])
def group_member_remove(
    request: AuthedRequest, slug: str, group_id: int, person_id: int
) -> HttpResponse:
    workspace = workspace_or_404(request, slug)
    page = _group_page(request, workspace, group_id)
    person = get_object_or_404(members_of_group(page.group), pk=person_id)
    asked = group_member_page(page=page, reader=request.user, person=person, is_joining=False)
    everywhere = tenants_of_group(page.group.group)
    if unproven := _unproven(request, workspace, everywhere, barred=asked.barred):
        return unproven
    return _change_member(request, page, person, is_joining=False)


@require_safe
def invitation_list(request: AuthedRequest, slug: str) -> HttpResponse:
    workspace = workspace_or_404(request, slug)
    invitations = invitations_for(workspace, request.user)
    table = InvitationTable(invitations, workspace=workspace, now=timezone.now())
    context = {
        "workspace": workspace,
        "table": paginated(request, table, per_page=_PAGE_SIZE),
        "breadcrumbs": _way(workspace, ("Invitations", None)),
    }
    return render(request, "tenants/invitation_list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def invitation_create(request: AuthedRequest, slug: str) -> HttpResponse:
    """Ask who to invite, and answer with the link: it is in this answer and nowhere else."""
    workspace = workspace_or_404(request, slug)
    if unproven := proof_first(request, keep=("invitee", "tenant", "role")):
        return unproven
    form = InvitationForm(
        _posted(request),
        workspace=workspace,
        inviter=request.user,
        entered=entered_before(request),
    )
    way = _way(workspace, _invitations(workspace), ("New", None))
    if not form.is_valid():
        context = {"workspace": workspace, "form": form, "breadcrumbs": way}
        return render(request, "tenants/invitation_create.html", context)
    invitation, token = invite(
        actor=request.user,
        workspace=workspace,
        invitee=form.cleaned_data["invitee"],
        gift=form.gift(),
        now=timezone.now(),
    )
    context = {
        "page": invitation_page(invitation=invitation, now=invitation.created_at),
        "workspace": workspace,
        "link": request.build_absolute_uri(reverse("tenants:invitation-open", args=[token])),
        "breadcrumbs": way,
    }
    return render(request, "tenants/invitation_made.html", context)


@require_http_methods(["GET", "POST"])
def invitation_revoke(request: AuthedRequest, slug: str, invitation_id: int) -> HttpResponse:
    workspace, now = workspace_or_404(request, slug), timezone.now()
    invitations = invitations_for(workspace, request.user)
    invitation = get_object_or_404(
        invitations.select_related("workspace", "tenant__workspace"), pk=invitation_id
    )
    obstacle, status = "", 200
    if request.method == "POST":
        try:
            revoke_invitation(actor=request.user, invitation=invitation, now=now)
        except InvitationGoneError as error:
            obstacle, status = str(error), _CONFLICT
        else:
            messages.success(request, "The link does not work any more.")
            return redirect("tenants:invitation-list", workspace.slug)
    context = {
        "page": invitation_page(invitation=invitation, now=now, obstacle=obstacle),
        "workspace": workspace,
        "breadcrumbs": _way(workspace, _invitations(workspace), ("Revoke", None)),
    }
    return render(request, "tenants/invitation_revoke.html", context, status=status)


def _change_member(
    request: AuthedRequest, page: WorkspaceGroupPage, person: User, *, is_joining: bool
) -> HttpResponse:
    group, obstacle, status = page.group, "", 200
    change = add_to_group if is_joining else remove_from_group
    if request.method == "POST":
        try:
            change(actor=request.user, group=group, user=person)
        except (GroupMovedError, LastOwnerError, NotAMemberError) as error:
            obstacle, status = str(error), _CONFLICT
        else:
            said = "is in" if is_joining else "is not any more in"
            messages.success(request, f"{person} {said} {group.name}.")
            return redirect("tenants:group-detail", group.workspace.slug, group.group_id)
    asked = group_member_page(
        page=page, reader=request.user, person=person, is_joining=is_joining, obstacle=obstacle
    )
    way = _way(group.workspace, _groups(group.workspace), _group(page), (str(person), None))
    context = {"page": asked, "breadcrumbs": way}
    return render(request, "tenants/group_member.html", context, status=status)


def _unproven(
    request: AuthedRequest,
    workspace: Workspace,
    everywhere: TenantQuerySet,
    *,
    barred: str,
    back_to: str = "",
) -> HttpResponse | None:
    """The way to a fresh proof, for who may do it on all these tenants and has none.

    Where the page offers nothing, nothing is proved; what is posted all the same is held against
    the right alone, for what stood in its way may be gone by now.
    """
    if request.method == "POST":
        require_in_workspace(request.user, workspace, everywhere=everywhere)
    elif barred:
        return None
    return proof_first(request, back_to=back_to)


def _confirm_may_post(request: AuthedRequest, page: WorkspaceGroupPage) -> None:
    """A form that would be refused whatever it says is refused before it is read."""
    if request.method == "POST":
        group = page.group
        everywhere = tenants_of_group(group.group)
        require_in_workspace(request.user, group.workspace, everywhere=everywhere)


def _posted(request: AuthedRequest) -> QueryDict | None:
    """What was posted, were it nothing; None where nothing was."""
    return request.POST if request.method == "POST" else None


def _member_page(
    request: AuthedRequest, workspace: Workspace, person_id: int, obstacle: str = ""
) -> MemberPage:
    return member_page(
        workspace=workspace, reader=request.user, person_id=person_id, obstacle=obstacle
    )


def _group_page(
    request: AuthedRequest, workspace: Workspace, group_id: int, obstacle: str = ""
) -> WorkspaceGroupPage:
    return workspace_group_page(
        workspace=workspace, reader=request.user, group_id=group_id, obstacle=obstacle
    )


def _way(workspace: Workspace, *further: tuple[object, object]) -> Breadcrumbs:
    address = reverse("tenants:member-list", args=[workspace.slug]) if further else None
    return [_TENANTS, (f"Members of {workspace.name}", address), *further]


def _groups(workspace: Workspace) -> tuple[str, str]:
    return "Groups", reverse("tenants:group-list", args=[workspace.slug])


def _group(page: WorkspaceGroupPage) -> tuple[str, str]:
    group = page.group
    return group.name, reverse("tenants:group-detail", args=[group.workspace.slug, group.group_id])


def _invitations(workspace: Workspace) -> tuple[str, str]:
    return "Invitations", reverse("tenants:invitation-list", args=[workspace.slug])
