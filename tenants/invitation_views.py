"""Taking up an invitation, for people signed in and for people without an account.

The session keeps the digest of the link's token, so no form's address holds the token, and neither
does the trail of what was refused.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tenants.invitations import (
    Acceptance,
    InvitationGoneError,
    UsernameTakenError,
    accept_invitation,
    digest_of,
    join,
    open_invitation,
)
from tenants.models import User
from tenants.people_forms import JoinForm
from tenants.people_selectors import invitation_page
from tenants.signing_in import sign_in_as

_KEPT = "invitation"


@login_not_required
@never_cache
@require_safe
def invitation_open(request: HttpRequest, token: str) -> HttpResponse:
    """Remember an open invitation; every other link is answered like an unknown one."""
    digest = digest_of(token)
    if open_invitation(digest=digest, now=timezone.now()) is None:
        raise Http404
    request.session[_KEPT] = digest
    return redirect("tenants:invitation-accept")


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest) -> HttpResponse:
    digest, now = request.session.get(_KEPT, ""), timezone.now()
    invitation = open_invitation(digest=digest, now=now)
    if invitation is None:
        raise Http404
    user = request.user
    is_newcomer = isinstance(user, AnonymousUser)
    form = JoinForm(request.POST if request.method == "POST" else None) if is_newcomer else None
    if request.method == "POST":
        try:
            if isinstance(user, User):
                return _joined(request, accept_invitation(actor=user, digest=digest, now=now))
            if form is not None and form.is_valid():
                person, acceptance = join(newcomer=form.newcomer(), digest=digest, now=now)
                sign_in_as(request, person)
                return _joined(request, acceptance)
        except UsernameTakenError as error:
            if form is not None:
                form.add_error("username", str(error))
        except InvitationGoneError as error:
            raise Http404 from error
    context = {"page": invitation_page(invitation=invitation, now=now), "form": form}
    return render(request, "tenants/invitation_accept.html", context)


def _joined(request: HttpRequest, acceptance: Acceptance) -> HttpResponse:
    request.session.pop(_KEPT, None)
    is_withheld = acceptance.invitation.tenant is not None and not acceptance.is_granted
    say = messages.warning if is_withheld else messages.success
    say(request, acceptance.sentence)
    return redirect("tenants:tenant-list")
