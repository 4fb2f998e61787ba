"""Which policy types the product knows, and how much of each a restore can put back."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tenants.graph.contracts import SUBJECTS
from tenants.web.http import AuthedRequest


@require_safe
def policy_type_list(request: AuthedRequest) -> HttpResponse:
    context = {"subjects": SUBJECTS, "breadcrumbs": [("Policy types", None)]}
    return render(request, "restore_safety/policy_types.html", context)
