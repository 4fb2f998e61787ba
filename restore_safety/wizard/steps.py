"""The five steps over one draft: which comes when, and what is written before it moves on."""

from dataclasses import replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django_htmx.http import HttpResponseClientRedirect
from formtools.wizard.views import NamedUrlSessionWizardView

from restore_safety.drafts import service as drafts
from restore_safety.drafts.item_queries import ItemQuery
from restore_safety.models import RestoreDraft
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.wizard.asking import asked_page, consent_from
from restore_safety.wizard.confirmation import confirm_context
from restore_safety.wizard.draft import choices_of, initial_of, selection_after
from restore_safety.wizard.forms import BackupForm, EvidenceForm, ScopeForm
from restore_safety.wizard.mapping_editor import MappingEditor
from restore_safety.wizard.mapping_section import mapping_section
from restore_safety.wizard.notices import report_scope_change, warn_of_cleared_selection
from restore_safety.wizard.pages.backup import backup_section
from restore_safety.wizard.pages.checks import findings_by_severity, missing_groups
from restore_safety.wizard.pages.evidence import evidence_section
from restore_safety.wizard.pages.frame import (
    STEP_LABELS,
    DraftPage,
    draft_page,
    has_lost_its_set,
    step_url,
)
from restore_safety.wizard.pages.preview import plan_section
from restore_safety.wizard.pages.scope import scope_section
from tenants.clock import database_now
from tenants.moments import FORMAT
from tenants.web.http import AuthedRequest

# What changes the scope is posted to an address of its own, so that signing in after a lost
# session, which leads back to that address, can say that what was sent did not arrive.
SENT = "sent"
PROPOSE = "propose"
# Buttons that save nothing: the page comes back with what was entered, to go on.
GOES_ON_ENTERING = {PROPOSE, "add-rows"}
NOTHING_SENT_WAS_SAVED = "Nothing of what you sent was saved."


class DraftWizard(NamedUrlSessionWizardView):  # type: ignore[misc]  # formtools has no types
    """The draft's row holds the answers; the session only knows which step was looked at.

    It never queues anything: the last step posts to an address of its own.
    """

    def get_prefix(self, request: AuthedRequest, *args: Any, **kwargs: Any) -> str:
        # By class name alone, two drafts in two tabs would share their answers.
        return f"draft-{kwargs['draft'].pk}"

    def get_step_url(self, step: str) -> str:
        return step_url(self.draft, step)

    def get_template_names(self) -> list[str]:
        # What polls for progress gets the parts it swaps; the page's messages wait for a page.
        step = self.steps.current
        name = "live" if self.request.htmx and step in {"checks", "preview"} else step
        return [f"restore_safety/wizard/{name}.html"]

    def get_form_initial(self, step: str) -> dict[str, Any]:
        return initial_of(self.draft).get(step, {})

    def get_form_kwargs(self, step: str | None = None) -> dict[str, Any]:
        match step:
            case "backup":
                return {"tenant": self.draft.tenant}
            case "scope":
                return {"editor": self._editor}
            case _:
                return {}

    @property
    def draft(self) -> RestoreDraft:
        draft: RestoreDraft = self.kwargs["draft"]
        return draft

    def get(self, *args: Any, **kwargs: Any) -> HttpResponse:
        if asked_first := self._asked_first():
            return asked_first
        if SENT in self.request.GET:
            return self._send_to(self.kwargs["step"], self._what_was_lost())
        self.storage.current_step = self.kwargs["step"]
        response: HttpResponse = self.render(self.get_form())
        return response

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        step = self.kwargs["step"]
        if asked_first := self._asked_first():
            return asked_first
        if step == self.steps.last or not self._is_this_step_posted(step):
            return redirect(self.get_step_url(step))
        self.storage.current_step = step
        if step == "scope" and self._action in GOES_ON_ENTERING:
            return self._go_on_entering()
        try:
            response: HttpResponse = super().post(*args, **kwargs)
        except drafts.NotAgreedError as error:
            return self._ask(error.effect)
        return response

    def process_step(self, form: forms.Form) -> Any:
        """Write the step to the draft before the wizard moves on."""
        if not isinstance(form, EvidenceForm):
            self._change_scope(form)
        # The row keeps the answers. What the session keeps only has to say: this step was posted.
        return {}

    def render_next_step(self, form: forms.Form, **kwargs: Any) -> HttpResponse:
        if self._action == "continue":
            return redirect(self.get_step_url(self.steps.next))
        address = self.get_step_url(self.steps.current)
        return redirect(f"{address}?{urlencode(self._next_list())}")

    def get_context_data(self, form: forms.Form, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(form=form, **kwargs)
        step = self.steps.current
        page = draft_page(draft=self.draft, actor=self.request.user, step=step, now=database_now())
        # A page that comes back still shows choices made from the scope as it was seen first.
        seen = self.request.POST.get("seen") if form.is_bound else None
        context |= {"seen": page.status.fingerprint if seen is None else seen}
        if isinstance(form, ScopeForm):
            context |= {"mapping": mapping_section(self._editor, form.mapping, page.status)}
        if form.is_bound and isinstance(form, ScopeForm):
            posted = self._selection()
            section = scope_section(self.draft, self._listed, posted=posted)
            return context | {"page": page, "section": section}
        query = ItemQuery.from_address(self.request.GET)
        return context | {"page": page} | _section(self.request, page, query)

    @cached_property
    def _editor(self) -> MappingEditor:
        return MappingEditor(self.draft)

    def _go_on_entering(self) -> HttpResponse:
        """The page with everything that was entered, and more rows or the proposals filled in."""
        form = self.get_form(data=self.request.POST)
        form.mapping, filled = self._editor.rows_to_go_on(
            self.request.POST, form.mapping_prefix, propose=self._action == PROPOSE
        )
        if self._action == PROPOSE:
            count = "1 proposal is" if filled == 1 else f"{filled} proposals are"
            messages.info(self.request, f"{count} filled in. Nothing is saved yet.")
        response: HttpResponse = self.render(form)
        return response

    def _asked_first(self) -> HttpResponse | None:
        """The way to an earlier step that has to be answered before this one means anything."""
        step = self.kwargs["step"]
        if step == "backup" and self.draft.undoes_id is not None:
            return self._send_to("scope", "An undo starts from what the restore replaced.")
        if step != "backup" and self.draft.backup_set_id is None:
            return self._send_to("backup", self._why_no_set())
        if step not in {"backup", "scope"} and not self.draft.resolved_items().exists():
            return self._send_to("scope", "Nothing is in scope. Select at least one policy first.")
        return None

    def _why_no_set(self) -> str:
        if not has_lost_its_set(self.draft):
            return "Choose a backup set first."
        why = "The backup set this draft was made from no longer exists. Choose another one."
        return f"{why} {NOTHING_SENT_WAS_SAVED}" if self.request.method == "POST" else why

    def _what_was_lost(self) -> str:
        """After a lost session, what was sent is unknown, but what is on record is known."""
        label = STEP_LABELS[self.kwargs["step"]].lower()
        saved = format_date(timezone.localtime(self.draft.updated_at), FORMAT)
        return (
            f"What you sent from the {label} step was not saved, for example because your session "
            f"had ended. The draft is as it was saved on {saved}: make your changes again."
        )

    def _ask(self, effect: drafts.ScopeEffect) -> HttpResponse:
        step = self.steps.current
        form = self.get_form(data=self.request.POST)
        form.full_clean()
        page = draft_page(draft=self.draft, actor=self.request.user, step=step, now=database_now())
        return asked_page(self.request, page=page, form=form, prefix=self.prefix, effect=effect)

    def _send_to(self, step: str, why: str) -> HttpResponse:
        messages.info(self.request, why)
        address = self.get_step_url(step)
        return HttpResponseClientRedirect(address) if self.request.htmx else redirect(address)

    def _is_this_step_posted(self, step: str) -> bool:
        """Whether the form belongs to this draft and this step, as its management form says."""
        return bool(self.request.POST.get(f"{self.prefix}-current_step") == step)

    def _change_scope(self, form: forms.Form) -> None:
        choices = choices_of(form, selected=self._selection())
        is_other_set = choices.backup_set not in {None, self.draft.backup_set}
        cleared = self.draft.selected_items.count() if is_other_set else 0
        changes = drafts.change_scope(
            actor=self.request.user,
            draft=self.draft,
            choices=choices,
            now=timezone.now(),
            consent=consent_from(self.request.POST),
        )
        report_scope_change(self.request, draft=self.draft, changes=changes)
        if cleared:
            warn_of_cleared_selection(self.request, count=cleared)

    def _selection(self) -> frozenset[str]:
        return selection_after(
            draft=self.draft,
            action=self._action,
            shown=self.request.POST.getlist("shown"),
            ticked=self.request.POST.getlist("item"),
            listed=self._listed,
        )

    def _next_list(self) -> dict[str, str]:
        """Which part of the list to show next: what was searched for, or the same again."""
        act, _, page = self._action.partition(":")
        match act:
            case "search":
                return ItemQuery.from_address(self.request.POST).address
            case "page":
                return replace(self._listed, page=page).address
            case _:
                return self._listed.address

    @property
    def _action(self) -> str:
        # It leads to an address, and one with a NUL is refused.
        return str(self.request.POST.get("action", "continue")).replace("\x00", "")

    @property
    def _listed(self) -> ItemQuery:
        return ItemQuery.as_listed(self.request.POST)


def _section(request: AuthedRequest, page: DraftPage, query: ItemQuery) -> dict[str, Any]:
    """What this step shows inside its frame."""
    match page.step:
        case "backup":
            return {"section": backup_section(page.draft, query)}
        case "scope":
            return {"section": scope_section(page.draft, query)}
        case "checks":
            section = evidence_section(page, EvidenceKind.CHECKS)
            return {
                "section": section,
                "groups": findings_by_severity(section.captured),
                "misses_groups": bool(missing_groups(page.status)),
            }
        case "preview":
            section = evidence_section(page, EvidenceKind.PREVIEW)
            return {"section": section, "plan": plan_section(section.captured, query)}
        case _:
            return confirm_context(request, page)


STEPS = dict(
    zip(
        STEP_LABELS,
        (BackupForm, ScopeForm, EvidenceForm, EvidenceForm, EvidenceForm),
        strict=True,
    )
)

draft_wizard = DraftWizard.as_view(
    list(STEPS.items()), url_name="restores:draft-step", done_step_name="done"
)
