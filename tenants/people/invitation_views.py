"""Taking up an invitation, for people signed in and for people without an account.

The session keeps the digest of the link's token, so no form's address holds the token, and neither
does the trail of what was refused.
"""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tenants.membership.invitation_session import remember, remembered, taken_up
from tenants.membership.invitations import (
    InvitationGoneError,
    UsernameTakenError,
    accept_invitation,
    digest_of,
    join,
    open_invitation,
)
from tenants.models import User
from tenants.people.forms import JoinForm
from tenants.people.pages import invitation_page
from tenants.sign_in import oidc
from tenants.sign_in.service import sign_in_as


@login_not_required
@never_cache
@require_safe
def invitation_open(request: HttpRequest, token: str) -> HttpResponse:
    """Remember an open invitation; every other link is answered like an unknown one."""
    digest = digest_of(token)
    if open_invitation(digest=digest, now=timezone.now()) is None:
        raise Http404
    remember(request, digest)
    return redirect("tenants:invitation-accept")


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest) -> HttpResponse:
    digest, now = remembered(request), timezone.now()
    invitation = open_invitation(digest=digest, now=now)
    if invitation is None:
        raise Http404
    user = request.user
    is_newcomer = isinstance(user, AnonymousUser)
    sent = request.POST if request.method == "POST" else None
    form = JoinForm(sent, workspace=invitation.workspace) if is_newcomer else None
    if request.method == "POST":
        try:
            if isinstance(user, User):
                acceptance = accept_invitation(actor=user, digest=digest, now=now)
                return redirect(taken_up(request, acceptance))
            if form is not None and form.is_valid():
                person, acceptance = join(newcomer=form.newcomer(), digest=digest, now=now)
                sign_in_as(request, person)
                return redirect(taken_up(request, acceptance))
        except UsernameTakenError as error:
            if form is not None:
                form.add_error("username", str(error))
        except InvitationGoneError as error:
            raise Http404 from error
    context = {
        "page": invitation_page(invitation=invitation, now=now),
        "form": form,
        "directory": oidc.offered(),
    }
    return render(request, "tenants/invitation_accept.html", context)
