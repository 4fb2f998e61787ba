"""What is asked before a scope is saved that costs evidence, or that was changed meanwhile."""

from collections.abc import Iterator

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from restore_safety.drafts.service import Consent, ScopeEffect
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.wizard.forms import ScopeForm
from restore_safety.wizard.pages.frame import DraftPage
from restore_safety.wizard.pages.scope_effects import effect_page

# What a page of the wizard posts beside the fields of its form.
_BESIDE_THE_FORM = ("shown", "item", "listed_q", "listed_type", "listed_page", "q", "type")


def consent_from(posted: QueryDict) -> Consent:
    """The scope the page was drawn for, and the agreement it repeats; neither is trusted."""
    return Consent(seen=posted.get("seen", ""), agreed=posted.get("agreed", ""))


def asked_page(
    request: HttpRequest, *, page: DraftPage, form: forms.Form, prefix: str, effect: ScopeEffect
) -> HttpResponse:
    """What would change and what it costs; everything that was chosen is posted again with it."""
    chosen = form.cleaned_data.get("backup_set")
    context = {
        "page": page,
        "asked": effect_page(draft=page.draft, effect=effect, chosen=chosen),
        "kept": list(_kept(request.POST, form, prefix)),
        "seen": fingerprint_of(effect.before),
        "action": request.POST.get("action", "continue"),
    }
    return render(request, "restore_safety/wizard/ask.html", context)


def _kept(posted: QueryDict, form: forms.Form, prefix: str) -> Iterator[tuple[str, str]]:
    fields = (form.add_prefix(name) for name in form.fields)
    rows = f"{form.mapping_prefix}-" if isinstance(form, ScopeForm) else None
    of_rows = [name for name in posted if rows and name.startswith(rows)]
    for name in (f"{prefix}-current_step", *fields, *of_rows, *_BESIDE_THE_FORM):
        for value in posted.getlist(name):
            yield name, value
